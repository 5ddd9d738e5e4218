"""Knows what a well-formed transcript is, how to repair one, how far apart two are."""
