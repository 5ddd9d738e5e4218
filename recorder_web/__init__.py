"""Speaks HTTP and HTML to contributors, QC staff, managers and ML teams; decides nothing."""
