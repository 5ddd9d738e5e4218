"""Knows the states of a sitting, a take and an upload, and which event leads from one to the next."""
