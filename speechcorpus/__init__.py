"""Collects speech under a required noise band and turns it into a corpus that loads in one line."""
