"""Cutting, joining and moving segments by hand: the text is kept, ids are stable, undo is exact."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import regex

from speechcorpus.domain.errors import SittingError, TranscriptError
from speechcorpus.domain.event import SPEAKER
from speechcorpus.record.segmentation import LONGEST_S

EditKind = Literal["split", "merge", "move", "lane", "undo"]

SHORTEST_S = 0.3  # what a release takes at least
MARKS = "，。？！、；：,.?!"
JOINS = "\u200d"  # what stands on both sides of it is one sign
# Tone marks and tone digits end a romanised syllable, none begins with one.
LATIN_END = regex.compile(r"[\p{Latin}\p{M}0-9]\Z")
LATIN_START = regex.compile(r"\p{Latin}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A segment of a take with its text, "" for none."""

    id: str
    start_sample: int
    end_sample: int
    speaker: str | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What an edit found and what it left, both complete: taking it back needs nothing else."""

    kind: EditKind
    before: tuple[Part, ...]
    after: tuple[Part, ...]


def split(part: Part, at_sample: int, text_at: int, *, new_id: str, rate_hz: int) -> Edit:
    """Return the edit that cuts a segment in two; the first half keeps the id.

    Marks and blanks at the cut stay with the first half, blanks at the new ends fall away.

    Parameters
    ----------
    text_at : code points of the text that belong to the first half

    Raises
    ------
    TranscriptError : `segment.outside`, `segment.too-short`, `segment.text-place` inside one sign

    Examples
    --------
    >>> whole = Part(id="a", start_sample=0, end_sample=32_000, speaker=None, text="食飽未？我食飽矣。")
    >>> edit = split(whole, 16_000, 3, new_id="b", rate_hz=16_000)
    >>> [(part.id, part.start_sample, part.text) for part in edit.after]
    [('a', 0, '食飽未？'), ('b', 16000, '我食飽矣。')]
    """
    if not part.start_sample < at_sample < part.end_sample:
        raise TranscriptError("segment.outside", f"{at_sample} is not inside the segment", at=at_sample)
    first_text, second_text = _cut_text(part.text, text_at)
    first = replace(part, end_sample=at_sample, text=first_text)
    second = replace(part, id=new_id, start_sample=at_sample, text=second_text)
    for half in (first, second):
        _check_length(half, rate_hz)
    return Edit(kind="split", before=(part,), after=(first, second))


def merge(first: Part, second: Part, *, rate_hz: int) -> Edit:
    """Return the edit that joins a segment to the next one of its lane; the first id stays.

    Raises
    ------
    TranscriptError : `segment.order`, `segment.lane`, `segment.too-long`

    Examples
    --------
    >>> one = Part(id="a", start_sample=0, end_sample=9_000, speaker=None, text="OK")
    >>> edit = merge(one, replace(one, id="b", start_sample=9_500, end_sample=16_000), rate_hz=16_000)
    >>> edit.after[0].text, edit.after[0].end_sample
    ('OK OK', 16000)
    """
    if first.speaker != second.speaker:
        raise TranscriptError("segment.lane", "segments of two speakers are not joined")
    if second.start_sample < first.end_sample or first.id == second.id:
        raise TranscriptError("segment.order", "a segment is joined with the one after it")
    whole = replace(first, end_sample=second.end_sample, text=_joined(first.text, second.text))
    _check_length(whole, rate_hz)
    return Edit(kind="merge", before=(first, second), after=(whole,))


def move(
    part: Part, start_sample: int, end_sample: int, *, others: Iterable[Part], frames: int, rate_hz: int
) -> Edit:
    """Return the edit that gives a segment other edges; its text stays.

    Parameters
    ----------
    others : the other segments of the take
    frames : samples of the take

    Raises
    ------
    TranscriptError : `segment.outside` the take, `segment.too-short`, `segment.too-long`,
        `segment.overlap` with another one of the same speaker

    Examples
    --------
    >>> part = Part(id="a", start_sample=0, end_sample=9_000, speaker=None, text="好。")
    >>> move(part, 800, 9_600, others=[], frames=16_000, rate_hz=16_000).after[0].start_sample
    800
    """
    if not 0 <= start_sample < end_sample <= frames:
        raise TranscriptError(
            "segment.outside", f"{start_sample} to {end_sample} is no span of this take", frames=frames
        )
    moved = replace(part, start_sample=start_sample, end_sample=end_sample)
    _check_length(moved, rate_hz)
    _check_lane(moved, others)
    return Edit(kind="move", before=(part,), after=(moved,))


def assign(part: Part, speaker: str | None, *, others: Iterable[Part]) -> Edit:
    """Return the edit that puts a segment into another speaker's lane, None for the contributor's own.

    Raises
    ------
    TranscriptError : `segment.speaker`, `segment.overlap` with another segment of that lane

    Examples
    --------
    >>> part = Part(id="a", start_sample=0, end_sample=9_000, speaker=None, text="好。")
    >>> assign(part, "guest", others=[part]).after[0].speaker
    'guest'
    """
    if speaker is not None and not SPEAKER.fullmatch(speaker):
        raise TranscriptError("segment.speaker", "a speaker's name has up to 40 letters, digits, . _ -")
    moved = replace(part, speaker=speaker)
    _check_lane(moved, others)
    return Edit(kind="lane", before=(part,), after=(moved,))


def applied(parts: Mapping[str, Part], edit: Edit) -> dict[str, Part]:
    """Return the segments after an edit.

    Raises
    ------
    SittingError : `segment.conflict` if they are not what the edit found
    """
    if any(parts.get(part.id) != part for part in edit.before):
        raise SittingError("segment.conflict", "the segments have been changed meanwhile")
    left = {part.id for part in edit.after}
    kept = {key: part for key, part in parts.items() if key in left or part not in edit.before}
    return {**kept, **{part.id: part for part in edit.after}}


def taken_back(edit: Edit) -> Edit:
    """Return the edit that undoes another one exactly: the same ids, edges and texts as before it.

    Examples
    --------
    >>> part = Part(id="a", start_sample=0, end_sample=32_000, speaker=None, text="好。")
    >>> edit = split(part, 16_000, 2, new_id="b", rate_hz=16_000)
    >>> applied(applied({"a": part}, edit), taken_back(edit)) == {"a": part}
    True
    """
    return Edit(kind="undo", before=edit.after, after=edit.before)


def spoken(parts: Iterable[Part]) -> str:
    """Return the texts one after the other, without marks and blanks: what no edit of segments may change.

    Examples
    --------
    >>> late = Part(id="b", start_sample=9, end_sample=12, speaker=None, text="飽未？")
    >>> spoken([late, replace(late, id="a", start_sample=0, end_sample=9, text="食，")])
    '食飽未'
    """
    ordered = sorted(parts, key=lambda part: (part.start_sample, part.speaker or "", part.end_sample))
    return "".join(sign for part in ordered for sign in part.text if sign not in MARKS and not sign.isspace())


def _cut_text(text: str, at: int) -> tuple[str, str]:
    if not 0 <= at <= len(text) or (0 < at < len(text) and not _is_border(text[at - 1], text[at])):
        raise TranscriptError("segment.text-place", f"the text is not cut at {at}", at=at)
    while at < len(text) and (text[at] in MARKS or text[at].isspace()):
        at += 1  # no segment begins with a mark
    return text[:at].rstrip(), text[at:].lstrip()


def _is_border(left: str, right: str) -> bool:
    """Say whether a text may be cut between two code points: not before what belongs to the sign before."""
    return not unicodedata.category(right).startswith("M") and JOINS not in (left, right)


def _joined(first: str, second: str) -> str:
    """Return two texts as one; a blank only between Latin words."""
    both = LATIN_END.search(first) and LATIN_START.match(second)
    return first + (" " if both else "") + second


def _check_length(part: Part, rate_hz: int) -> None:
    length_s = (part.end_sample - part.start_sample) / rate_hz
    if length_s < SHORTEST_S:
        raise TranscriptError(
            "segment.too-short", f"a segment has {SHORTEST_S:g} s or more", length_s=length_s
        )
    if length_s > LONGEST_S:
        raise TranscriptError("segment.too-long", f"a segment has up to {LONGEST_S:g} s", length_s=length_s)


def _check_lane(moved: Part, others: Iterable[Part]) -> None:
    for other in others:
        if other.id != moved.id and other.speaker == moved.speaker and _overlap(other, moved):
            raise TranscriptError("segment.overlap", "segments of one speaker do not overlap", other=other.id)


def _overlap(one: Part, other: Part) -> bool:
    return one.start_sample < other.end_sample and other.start_sample < one.end_sample
