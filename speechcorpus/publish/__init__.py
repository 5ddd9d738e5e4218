"""Writes and verifies a release tree on disk."""
