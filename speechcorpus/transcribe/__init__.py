"""Knows what a well-formed transcript is, how to repair one, how far apart two are."""

from speechcorpus.transcribe.check import check
from speechcorpus.transcribe.fix import safe_fix
from speechcorpus.transcribe.reading_tier import check_reading
from speechcorpus.transcribe.tables import TABLE_NAMES, Tables, parse_tables

__all__ = ["TABLE_NAMES", "Tables", "check", "check_reading", "parse_tables", "safe_fix"]
