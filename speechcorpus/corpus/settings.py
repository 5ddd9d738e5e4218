"""What a manager may choose about a release; everything else follows from the catalogue."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

from speechcorpus.corpus.datasheet_questions import KEYS
from speechcorpus.domain.errors import ReleaseError

FORMATS = ("audio", "parquet", "lhotse", "shar", "webdataset", "kaldi", "nemo")
RAI_KEYS = ("data_collection", "data_annotation_protocol", "personal_sensitive_information")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSettings:
    """Settings of one build; all have a default.

    `creator` (whom to name as the maker) and `url` (page of the corpus) go into `croissant.json`; `formats`
    are built beside the bundle `core`; `datasheet` holds the manager's answers by question key of
    `corpus/datasheet_questions.py`, `rai` the three statements on responsible use.
    """

    title: str = ""
    creator: str = ""
    url: str = ""
    rate_hz: int = 16_000
    min_duration_s: float = 0.3
    max_duration_s: float = 30.0  # the longest window common ASR models take
    include_synthetic: bool = False
    formats: tuple[str, ...] = FORMATS
    datasheet: Mapping[str, str] = field(default_factory=dict)
    rai: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.formats) - set(FORMATS))
        if unknown:
            raise _bad("formats", f"{unknown[0]} is not one of {', '.join(FORMATS)}")
        if foreign := sorted(set(self.datasheet) - KEYS):  # an answer that nobody would ever read
            raise _bad("datasheet", f"has no question {foreign[0]!r}; it has {', '.join(sorted(KEYS))}")
        if not 0 < self.min_duration_s <= self.max_duration_s < math.inf:
            raise _bad("min_duration_s", "must be above 0 and not above max_duration_s, which has an end")
        if self.rate_hz <= 0:
            raise _bad("rate_hz", "must be above 0")

    def to_json(self) -> dict[str, object]:
        """Return the settings as `release.json` and the catalogue keep them."""
        return {**asdict(self), "formats": list(self.formats)}


def settings_from_toml(text: str) -> ReleaseSettings:
    """Return the settings of a TOML file, `[datasheet]` and `[rai]` being tables of sentences.

    Raises
    ------
    ReleaseError : `release.settings`, naming the key

    Examples
    --------
    >>> settings_from_toml("title = 'Noise'\\n[datasheet]\\nfunding = 'A grant.'").title
    'Noise'
    """
    try:
        return settings_from_mapping(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ReleaseError("release.settings", f"the settings are no TOML: {error}") from error


def settings_from_mapping(values: Mapping[str, object]) -> ReleaseSettings:
    """Return the settings of a mapping as `to_json` gives it; unknown keys and wrong types are refused."""
    known = {f.name: f for f in fields(ReleaseSettings)}
    for key in values:
        if key not in known:
            raise _bad(key, "is not a release setting")
    return ReleaseSettings(**{key: _typed(key, value) for key, value in values.items()})  # type: ignore[arg-type]


def _typed(key: str, value: object) -> object:
    if key == "formats" and isinstance(value, list | tuple):
        return tuple(str(entry) for entry in value)
    if key in ("datasheet", "rai") and isinstance(value, Mapping):
        return {str(name): str(answer) for name, answer in value.items()}
    if key in ("min_duration_s", "max_duration_s") and type(value) in (int, float):
        return float(str(value))
    wanted = {"title": str, "creator": str, "url": str, "rate_hz": int, "include_synthetic": bool}.get(key)
    if wanted is not None and type(value) is wanted:
        return value
    raise _bad(key, f"cannot be {value!r}")


def _bad(key: str, sentence: str) -> ReleaseError:
    return ReleaseError("release.settings", f"{key} {sentence}", key=key)
