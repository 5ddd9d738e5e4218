"""The rule tables that ship with the package, and the one that an operator may add."""

import os
from functools import cache
from importlib.resources import files
from pathlib import Path

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.transcribe.moe_variants import with_moe_variants
from speechcorpus.transcribe.tables import TABLE_NAMES, Tables, parse_tables

MOE_VARIANTS, MOE_HEADWORDS = "x-異用字.json", "詞目總檔.csv"
ENVIRONMENT = "SPEECHCORPUS_MOE_VARIANTS"


def rule_tables(moe_variants: Path | None = None) -> Tables:
    """Return the shipped tables, read once for each process.

    Parameters
    ----------
    moe_variants : folder with an operator's copy of the dictionary's list of variants and of its headwords,
        under the names they are published by; its licence lets nobody ship it changed. None for the folder
        that `SPEECHCORPUS_MOE_VARIANTS` names, and none if it is not set

    Raises
    ------
    TranscriptError : `transcript.tables`, for a copy that cannot be read

    Examples
    --------
    >>> rule_tables().to_traditional["发"]
    ('發', '髮')
    """
    named = os.environ.get(ENVIRONMENT)
    return _tables(moe_variants or (Path(named) if named else None))


@cache
def _tables(moe_variants: Path | None) -> Tables:
    folder = files("speechcorpus.transcribe") / "data"
    # Bytes, then decode: reading as text would fold line ends and change the version.
    tables = parse_tables({name: (folder / name).read_bytes().decode() for name in TABLE_NAMES})
    if moe_variants is None:
        return tables
    try:
        texts = [
            (moe_variants / name).read_text(encoding="utf-8-sig") for name in (MOE_VARIANTS, MOE_HEADWORDS)
        ]
    except (OSError, UnicodeDecodeError) as error:
        raise TranscriptError(
            "transcript.tables", f"the copy in {moe_variants} cannot be read: {error}"
        ) from error
    return with_moe_variants(tables, *texts)
