"""Who and what was withdrawn from a corpus, by the names its releases use."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

NAMES = re.compile(r"spk\d{5}(?:-s\d{4}(?:-\d{6})?)?")
HIDDEN = "withdrawn"
RUN = re.compile(rf"{HIDDEN}(?:, {HIDDEN})+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """The names of a register: whole speakers, and single clips of others."""

    speakers: frozenset[str]
    clips: frozenset[str]

    def holds(self, utt_id: object) -> bool:
        """Say whether a clip is withdrawn: by its own name, or with its speaker.

        >>> gone = Withdrawn(speakers=frozenset({"spk00001"}), clips=frozenset({"spk00002-s0001-000001"}))
        >>> [gone.holds(f"spk0000{n}-s0001-000001") for n in (1, 2, 3)]
        [True, True, False]
        """
        name = str(utt_id)
        return name in self.clips or name.partition("-")[0] in self.speakers

    def hide(self, text: str) -> str:
        """Return a text with every withdrawn name replaced by the word `withdrawn`.

        >>> Withdrawn(speakers=frozenset({"spk00001"}), clips=frozenset()).hide("left: spk00001-s0001-000001")
        'left: withdrawn'
        """
        hidden = NAMES.sub(lambda found: HIDDEN if self.holds(found[0]) else found[0], text)
        return RUN.sub(HIDDEN, hidden)


def withdrawn_in(rows: Iterable[Mapping[str, object]]) -> Withdrawn:
    """Return the names in the rows of a register; rows that name nobody, as its head, are passed over."""
    speakers, clips = set(), set()
    for row in rows:
        if "speaker_id" in row:
            speakers.add(str(row["speaker_id"]))
        elif "utt_id" in row:
            clips.add(str(row["utt_id"]))
    return Withdrawn(speakers=frozenset(speakers), clips=frozenset(clips))


def applied_seq(rows: Iterable[Mapping[str, object]]) -> int:
    """Return up to which number of the feed a register goes, 0 when nothing was ever withdrawn.

    >>> applied_seq([{"comment": "…"}, {"seq": 2, "utt_id": "spk00001-s0001-000001"}])
    2
    """
    numbers = (row.get("seq") for row in rows)
    return max((number for number in numbers if isinstance(number, int)), default=0)
