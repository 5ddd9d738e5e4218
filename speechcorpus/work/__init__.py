"""Knows what was promised for a task and what is owed: terms, claim, receipts."""
