"""The capture protocol: parse, one workflow, JSON."""
