"""What a change does, on one page: who gains and who loses, with uncertainty."""
