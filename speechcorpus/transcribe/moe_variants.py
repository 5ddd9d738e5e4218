"""The Ministry's own list of variant spellings, from an operator's copy: HAN-MOE asks about those as well."""

import csv
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.transcribe.tables import Tables


def with_moe_variants(tables: Tables, variants: str, headwords: str) -> Tables:
    """Return the tables with an operator's copy of that list, which is another version of the rule book.

    Raises
    ------
    TranscriptError : as `parse_moe_variants`
    """
    parts = (tables.version, *(hashlib.sha256(text.encode()).hexdigest() for text in (variants, headwords)))
    return replace(
        tables,
        version=hashlib.sha256("\n".join(parts).encode()).hexdigest(),
        moe_variants=parse_moe_variants(variants, headwords),
    )


def parse_moe_variants(variants: str, headwords: str) -> Mapping[str, tuple[str, ...]]:
    """Return the spellings that the Ministry's dictionary lists beside its own, each with its headwords.

    The licence of these files lets nobody ship them changed: an operator names a copy.

    Parameters
    ----------
    variants : JSON, number of an entry → its other spellings
    headwords : CSV with the columns 主編碼 and 詞目

    Raises
    ------
    TranscriptError : `transcript.tables`, for text of another form

    Examples
    --------
    >>> parse_moe_variants('{"53": ["儂"]}', "主編碼,詞目\\n53,人\\n")
    {'儂': ('人',)}
    """
    try:
        words = {row["主編碼"]: row["詞目"] for row in csv.DictReader(headwords.splitlines())}
        found: dict[str, tuple[str, ...]] = {}
        for number, spellings in json.loads(variants).items():
            for spelling in spellings if number in words else ():
                found[spelling] = (*found.get(spelling, ()), words[number])
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise TranscriptError(
            "transcript.tables", f"the list of variants is not understood: {error}"
        ) from None
    right = frozenset(words.values())
    return {
        spelling: tuple(dict.fromkeys(heads))
        for spelling, heads in found.items()
        if spelling and spelling not in right
    }
