"""The rule tables that ship with the package."""

from functools import cache
from importlib.resources import files

from speechcorpus.transcribe.tables import TABLE_NAMES, Tables, parse_tables


@cache
def rule_tables() -> Tables:
    """Return the shipped tables, read once for each process.

    Examples
    --------
    >>> rule_tables().to_traditional["发"]
    ('發', '髮')
    """
    folder = files("speechcorpus.transcribe") / "data"
    # Bytes, then decode: reading as text would fold line ends and change the version.
    return parse_tables({name: (folder / name).read_bytes().decode() for name in TABLE_NAMES})
