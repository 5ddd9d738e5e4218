"""What has been accepted of what is wanted: cells of variety, style and band, and their sums."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

GENDERS: Final = ("f", "m", "x", "unsaid")
SHORT_PCT: Final = 35
FULL_PCT: Final = 100

Key = tuple[str, str, str]  # variety, style, band
State = Literal["no-target", "short", "under-way", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What one speaker has had accepted in one cell."""

    key: Key
    speaker: str
    gender: str  # of GENDERS
    items: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What was accepted in one cell, or in several together."""

    items: int
    seconds: float
    speakers: int
    by_gender: Mapping[str, float]  # gender -> seconds, only genders that spoke
    target_s: int
    asked: int  # prompts in tasks that are not void
    open_tasks: int

    @property
    def percent(self) -> float | None:
        """How much of the target is there; None without a target."""
        return 100 * self.seconds / self.target_s if self.target_s else None

    @property
    def state(self) -> State:
        """How near the target is."""
        percent = self.percent
        if percent is None:
            return "no-target"
        return "full" if percent >= FULL_PCT else "short" if percent < SHORT_PCT else "under-way"

    @property
    def missing_s(self) -> float:
        """How many seconds the target still lacks."""
        return max(0.0, self.target_s - self.seconds)

    def gender_pct(self, gender: str) -> float:
        """Return the share of the accepted time that this gender spoke, in percent."""
        return 100 * self.by_gender.get(gender, 0.0) / self.seconds if self.seconds else 0.0


def cell_of(
    voices: Iterable[Voice],
    keys: Sequence[Key],
    *,
    targets: Mapping[Key, int],
    asked: Mapping[Key, tuple[int, int]],
) -> Cell:
    """Return what these keys come to together.

    Parameters
    ----------
    targets : seconds that are wanted
    asked : prompts in tasks, and open tasks

    Examples
    --------
    >>> key = ("nan-TW", "read", "low")
    >>> ann = Voice(key=key, speaker="ann", gender="f", items=2, seconds=30.0)
    >>> cell = cell_of([ann], [key], targets={key: 60}, asked={key: (5, 1)})
    >>> cell.percent, cell.state, cell.gender_pct("f"), cell.missing_s
    (50.0, 'under-way', 100.0, 30.0)
    """
    wanted = set(keys)
    mine = [voice for voice in voices if voice.key in wanted]
    seconds: dict[str, float] = {}
    for voice in mine:
        seconds[voice.gender] = seconds.get(voice.gender, 0.0) + voice.seconds
    return Cell(
        items=sum(voice.items for voice in mine),
        seconds=sum(voice.seconds for voice in mine),
        speakers=len({voice.speaker for voice in mine}),
        by_gender={gender: seconds[gender] for gender in GENDERS if gender in seconds},
        target_s=sum(targets.get(key, 0) for key in wanted),
        asked=sum(asked.get(key, (0, 0))[0] for key in wanted),
        open_tasks=sum(asked.get(key, (0, 0))[1] for key in wanted),
    )


def largest_share_pct(voices: Sequence[Voice]) -> float:
    """Return the share of all accepted time that the busiest speaker has, in percent."""
    seconds: dict[str, float] = {}
    for voice in voices:
        seconds[voice.speaker] = seconds.get(voice.speaker, 0.0) + voice.seconds
    total = sum(seconds.values())
    return 100 * max(seconds.values()) / total if total else 0.0
