"""Measures a whole clip, turns measurements into findings, findings into a verdict; settles reviews."""
