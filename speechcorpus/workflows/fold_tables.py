"""The scoring fold with the tables that ship with the package and OpenCC's Taiwan forms."""

from functools import cache, partial
from importlib.resources import files

from speechcorpus.domain.transcript import Script
from speechcorpus.transcribe.scoring_fold import (
    FOLD_TABLE_NAMES,
    Fold,
    FoldTables,
    parse_fold_tables,
    scoring_fold,
)


def fold_for(script: Script = "Hant") -> Fold:
    """Return the fold that makes texts of this script comparable.

    Examples
    --------
    >>> fold = fold_for("Hant")
    >>> fold("臺語，説 Ａ。") == fold("台語說a")
    True
    """
    return partial(scoring_fold, tables=fold_tables(), script=script)


@cache
def fold_tables() -> FoldTables:
    """Return the shipped tables of the fold, read once for each process."""
    from opencc import OpenCC  # only scoring needs it

    folder = files("speechcorpus.transcribe") / "data"
    texts = {name: (folder / name).read_bytes().decode() for name in FOLD_TABLE_NAMES}
    return parse_fold_tables(texts, OpenCC("t2tw").convert)
