"""Detectors of defects: array in, value and places out."""
