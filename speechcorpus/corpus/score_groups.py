"""Into which groups the clips of a release fall when a recogniser is evaluated on them."""

from collections.abc import Mapping
from math import floor

from speechcorpus.corpus.columns import BANDS
from speechcorpus.corpus.documents import Row
from speechcorpus.domain.errors import ReleaseError

COLUMN_OF: Mapping[str, str] = {
    "variety": "language",
    "band": "noise_band",
    "measured-band": "noise_band_measured",
    "style": "style",
    "gender": "gender",
    "age": "age_band",
    "subvariety": "subvariety",
    "orthography": "orthography",
    "device": "device",
    "speaker": "speaker_id",
    "session": "session_id",
}
LEVEL = "level"
GROUPINGS = (*COLUMN_OF, LEVEL)
USUAL = ("variety", "band", LEVEL, "style", "gender", "speaker")
BIN_DB = 5
_OF_ONE_SPEAKER = frozenset(("speaker", "session", "device"))  # devices are numbered for each speaker
_CROSSED, _BESIDE = "+", " × "
_SCALES = {"noise_dba": "dB(A)", "noise_dbfs": "dBFS"}  # a calibrated level is preferred


def parse_groupings(listed: str) -> tuple[str, ...]:
    """Return the groupings that a comma-separated list names; `+` joins two into one.

    Raises
    ------
    ReleaseError : `score.grouping`, for a name that is none

    Examples
    --------
    >>> parse_groupings("variety, variety+band")
    ('variety', 'variety+band')
    """
    found = tuple(dict.fromkeys(name.strip() for name in listed.split(",") if name.strip()))
    for name in (part for each in found for part in each.split(_CROSSED)):
        if name not in GROUPINGS:
            raise ReleaseError(
                "score.grouping", f"{name!r} is not one of {', '.join(GROUPINGS)}", grouping=name
            )
    return found


def group_of(row: Row, grouping: str) -> str | None:
    """Return the group of a clip, None if the release does not say.

    Examples
    --------
    >>> row = {"language": "nan-TW", "noise_band": "low", "noise_dba": 38.2, "noise_dbfs": -57.0}
    >>> group_of(row, "level"), group_of(row, "variety+band"), group_of(row, "style")
    ('35 to 40 dB(A)', 'nan-TW × low', None)
    """
    names = [_level_bin(row) if part == LEVEL else _cell(row, part) for part in grouping.split(_CROSSED)]
    return None if None in names else _BESIDE.join(str(name) for name in names)


def order_of(grouping: str, name: str) -> tuple[tuple[float, str], ...]:
    """Return what the groups of a grouping are sorted by: bands and levels from quiet to loud, else names.

    Examples
    --------
    >>> sorted(["high", "low", "medium"], key=lambda name: order_of("band", name))
    ['low', 'medium', 'high']
    """
    pairs = zip(grouping.split(_CROSSED), name.split(_BESIDE), strict=False)
    return tuple(_place(part, one) for part, one in pairs)


def is_of_one_speaker(grouping: str) -> bool:
    """Say whether each group is of one speaker by its nature.

    Examples
    --------
    >>> is_of_one_speaker("speaker+band"), is_of_one_speaker("band")
    (True, False)
    """
    return not _OF_ONE_SPEAKER.isdisjoint(grouping.split(_CROSSED))


def level_edges(name: str) -> tuple[float, float, str]:
    """Return the edges of a bin of levels and their unit.

    Examples
    --------
    >>> level_edges("-60 to -55 dBFS")
    (-60.0, -55.0, 'dBFS')
    """
    low, _, high, unit = name.split(" ")
    return float(low), float(high), unit


def _place(grouping: str, name: str) -> tuple[float, str]:
    if grouping == LEVEL:
        low, _, unit = level_edges(name)
        return low, unit
    if grouping in ("band", "measured-band"):
        return float(BANDS.index(name) if name in BANDS else len(BANDS)), name
    return 0.0, name


def _cell(row: Row, grouping: str) -> str | None:
    value = row.get(COLUMN_OF[grouping])
    return value.replace(_BESIDE, " x ") if isinstance(value, str) else None


def _level_bin(row: Row) -> str | None:
    for column, unit in _SCALES.items():
        level = row.get(column)
        if isinstance(level, int | float) and abs(level) < 1000:  # a hostile table may say anything
            low = floor(level / BIN_DB) * BIN_DB
            return f"{low} to {low + BIN_DB} {unit}"
    return None
