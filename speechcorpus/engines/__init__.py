"""Runs one pure function over many items: `run_batch`, its journal, and an adapter for each engine."""
