"""Runs one pure function over many items."""
