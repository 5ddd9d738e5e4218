"""Measures the background of a recording and says which dB band it falls in."""
