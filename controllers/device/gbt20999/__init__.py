"""GB/T 20999-2017: frames, dictionary, session and adapter."""
