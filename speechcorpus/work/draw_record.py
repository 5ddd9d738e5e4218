"""The record of a round as it is published, and its check by anybody, without us."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from speechcorpus.domain.canonical import parse_json
from speechcorpus.domain.plain import PlainFault, from_plain, to_plain
from speechcorpus.work.draw import (
    HEAVIEST,
    NONCE_BYTES,
    SEED_BYTES,
    commit_of,
    drawn,
    root_of,
    sorted_roll,
    ticket_of,
)

SCHEMA: Final = "speechcorpus-draw/1"
HASH_DIGITS: Final = 64

RoundState = Literal["announced", "open", "closed", "drawn", "settled", "cancelled"]
DrawFault = Literal["schema", "undrawn", "commit", "roll", "ranking", "offered", "ticket"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRecord:
    """What is published of a round; null is what is not known yet, or never came to be."""

    schema: Literal["speechcorpus-draw/1"]
    round: str
    project: str
    state: RoundState
    commit: str
    seed: str | None  # 64 hex digits, once drawn or cancelled
    roll: tuple[object, ...] | None  # [[ticket, weight], …], once closed
    root: str | None
    ranking: tuple[str, ...] | None
    offered: tuple[str, ...] | None  # tickets that were offered a task at the draw, in the order of the walk
    reason: str | None  # of a cancelled round

    def to_document(self) -> dict[str, Any]:
        """Return the record as plain values of JSON."""
        return {**to_plain(self)}  # type: ignore[dict-item]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a person keeps of their own entry: enough to find their ticket in the roll."""

    contributor_ref: str
    nonce: str  # 32 hex digits


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawCheck:
    """Whether a record holds; `rank` is the place of the entry that was asked about, counted from 1."""

    fault: DrawFault | None
    why: str | None
    rank: int | None = None

    @property
    def valid(self) -> bool:
        """Nothing was found wrong."""
        return self.fault is None


def verify_draw(
    document: str | bytes, *, commit: str | None = None, root: str | None = None, entry: Entry | None = None
) -> DrawCheck:
    """Return whether a round was drawn as it was announced.

    A record that agrees with itself could have been made up whole; what was written down before the draw
    makes it a proof.

    Parameters
    ----------
    commit : the commit as it was seen before the round opened
    root : the hash of the roll as it was seen at the close
    entry : of a person who wants to know their own rank

    Raises
    ------
    SpeechCorpusError : `canonical.*`, if it cannot be read in one way only
    """
    value = parse_json(document)
    try:
        record = from_plain(DrawRecord, value)
    except PlainFault as fault:
        return DrawCheck(fault="schema", why=str(fault))
    return (
        _wrong_seed(record, commit)
        or _wrong_roll(record, root)
        or _wrong_order(record)
        or _own(record, entry)
    )


def _wrong_seed(record: DrawRecord, commit: str | None) -> DrawCheck | None:
    if commit is not None and commit != record.commit:
        return DrawCheck(fault="commit", why="this is not the commit that was announced")
    if record.seed is None:
        return DrawCheck(fault="undrawn", why=f"the round is {record.state}: its seed is not published yet")
    seed = bytes_of(record.seed, SEED_BYTES)
    if seed is None:
        return DrawCheck(fault="commit", why=f"the seed is not {SEED_BYTES} bytes in hex digits")
    if commit_of(seed, record.round) != record.commit:
        return DrawCheck(fault="commit", why="the seed is not the one that was committed to")
    return None


def _wrong_roll(record: DrawRecord, root: str | None) -> DrawCheck | None:
    if record.roll is None or record.root is None:
        if record.state == "cancelled" and not any((record.roll, record.root, record.ranking)):
            return None  # cancelled before its close: there never was a roll
        return DrawCheck(fault="roll", why="the roll or its root is missing")
    roll = _roll(record.roll)
    if roll is None:
        return DrawCheck(fault="roll", why=f"each entry is [64 hex digits, 1 to {HEAVIEST}]")
    if list(sorted_roll(roll)) != roll or len({ticket for ticket, _ in roll}) != len(roll):
        return DrawCheck(fault="roll", why="the roll is not sorted, or a ticket stands in it twice")
    if root_of(roll) != record.root:
        return DrawCheck(fault="roll", why="the root is not the hash of this roll")
    if root is not None and root != record.root:
        return DrawCheck(fault="roll", why="this is not the roll that was published at the close")
    return None


def _wrong_order(record: DrawRecord) -> DrawCheck | None:
    if record.seed is None or record.roll is None or record.state == "cancelled":
        return None
    ranking = drawn(bytes.fromhex(record.seed), _roll(record.roll) or [])
    if record.ranking != ranking:
        return DrawCheck(fault="ranking", why="seed and roll come to another ranking")
    offered = set(record.offered or ())
    if record.offered != tuple(ticket for ticket in ranking if ticket in offered):
        return DrawCheck(fault="offered", why="tasks were not offered in the order of the ranking")
    return None


def _own(record: DrawRecord, entry: Entry | None) -> DrawCheck:
    if entry is None:
        return DrawCheck(fault=None, why=None)
    nonce = bytes_of(entry.nonce, NONCE_BYTES)
    ticket = None if nonce is None else ticket_of(record.round, entry.contributor_ref, nonce)
    if ticket is None or ticket not in (record.ranking or ()):
        return DrawCheck(fault="ticket", why="the ticket of this entry is not in the roll")
    return DrawCheck(fault=None, why=None, rank=(record.ranking or ()).index(ticket) + 1)


def _roll(rows: Sequence[object]) -> list[tuple[str, int]] | None:
    """Return the entries of a roll, None if one of them is no entry."""
    roll = []
    for row in rows:
        match row:
            case [str(ticket), int(weight)] if not isinstance(weight, bool) and 1 <= weight <= HEAVIEST:
                if bytes_of(ticket, HASH_DIGITS // 2) is None:
                    return None
                roll.append((ticket, weight))
            case _:
                return None
    return roll


def bytes_of(text: str, count: int) -> bytes | None:
    """Return so many bytes written as small hex digits, None for anything else.

    Examples
    --------
    >>> bytes_of("00ff", 2), bytes_of("00FF", 2), bytes_of("00 ff", 2), bytes_of("00", 2)
    (b'\\x00\\xff', None, None, None)
    """
    if len(text) != 2 * count or not set(text) <= set("0123456789abcdef"):
        return None
    return bytes.fromhex(text)
