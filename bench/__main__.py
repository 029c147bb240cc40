"""python -m bench: every bench, one after the other."""

from bench import bandwidth, corpus

bandwidth.main([])
corpus.main([])
