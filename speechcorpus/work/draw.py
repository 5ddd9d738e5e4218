"""The draw: who is served first when more people want tasks than there are.

Commit and reveal. Before a round is announced, the hash of a secret seed is published; people then hand in
tickets; at the close the roll of tickets is published, and with it the seed. Arrival is in no formula, so a
request of the first millisecond and one of the last minute are worth the same. All arithmetic is on bytes and
integers: two machines cannot come to different ranks.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from speechcorpus.domain.canonical import canonical_json

COMMIT, TICKET = b"draw-commit/1", b"draw-ticket/1"
SEED_BYTES, NONCE_BYTES = 32, 16
MOST_LOSSES = 3  # that count: four tickets at most, so that nobody can be kept out by old bad luck
HEAVIEST = 1 + MOST_LOSSES

Roll = Sequence[tuple[str, int]]
"""Tickets (64 hex digits) with their weights."""


def commit_of(seed: bytes, round_id: str) -> str:
    """Return what is published before anybody can join: it binds us to the seed and tells nothing of it.

    Examples
    --------
    >>> commit_of(bytes(32), "r1")[:16]
    '48252d1162f87198'
    """
    return hashlib.sha256(b"\0".join((COMMIT, round_id.encode(), seed))).hexdigest()


def ticket_of(round_id: str, contributor_ref: str, nonce: bytes) -> str:
    """Return a person's ticket in one round; the nonce is made in their browser, so we cannot aim it.

    Examples
    --------
    >>> ticket_of("r1", "c-7", bytes(16))[:16]
    '25132ec5ffaaf3ae'
    """
    return hashlib.sha256(
        b"\0".join((TICKET, round_id.encode(), contributor_ref.encode(), nonce))
    ).hexdigest()


def weight_of(losses: int) -> int:
    """Return how many chances a ticket has after so many rounds lost since the last one won.

    Examples
    --------
    >>> [weight_of(losses) for losses in (0, 1, 3, 9)]
    [1, 2, 4, 4]
    """
    return 1 + min(MOST_LOSSES, losses)


def sorted_roll(entries: Iterable[tuple[str, int]]) -> Roll:
    """Return the roll as it is published: by ticket, so that it does not tell who came when."""
    return tuple(sorted(entries))


def root_of(roll: Roll) -> str:
    """Return the hash of a roll: one ticket more, less or heavier and it is another.

    Examples
    --------
    >>> root_of([("aa", 1)]) == root_of([("aa", 2)])
    False
    """
    return hashlib.sha256(canonical_json([[ticket, weight] for ticket, weight in roll])).hexdigest()


def beacon_of(seed: bytes, root: str) -> bytes:
    """Return the key of every rank: known to nobody before both the seed and the roll are fixed."""
    return hmac.digest(seed, bytes.fromhex(root), "sha256")


def key_of(beacon: bytes, ticket: str, weight: int) -> bytes:
    """Return what a ticket is ranked by, the least of `weight` hashes.

    The least of w equal chances is first w times as often: exact odds without a logarithm, whose last bit
    differs between machines.
    """
    raw = bytes.fromhex(ticket)
    return min(hmac.digest(beacon, raw + j.to_bytes(4, "big"), "sha256") for j in range(weight))


def ranking_of(beacon: bytes, roll: Roll) -> tuple[str, ...]:
    """Return the tickets in the order in which they are served.

    Examples
    --------
    >>> roll = sorted_roll((ticket_of("r1", name, bytes(16)), 1) for name in ("a", "b", "c"))
    >>> ranking_of(beacon_of(bytes(32), root_of(roll)), roll)[0][:16]
    '15815a6c6a02f1a6'
    """
    keys = {ticket: key_of(beacon, ticket, weight) for ticket, weight in roll}
    return tuple(sorted(keys, key=lambda ticket: (keys[ticket], ticket)))


def drawn(seed: bytes, roll: Roll) -> tuple[str, ...]:
    """Return the ranking that a seed and a roll come to: what anybody computes again."""
    return ranking_of(beacon_of(seed, root_of(roll)), roll)


Cell = tuple[str, str]
"""Band and style of a task."""


def least_covered(
    free: Mapping[Cell, Sequence[str]], covered: Mapping[Cell, tuple[int, int]], fits: Callable[[Cell], bool]
) -> tuple[Cell, str] | None:
    """Return the free task a person is given: of what fits them, from the kind of work that lacks most.

    Parameters
    ----------
    free : tasks nobody holds, in their order, by cell
    covered : for each cell how many tasks are given out or done, and how many there are
    fits : whether a person ticked a cell

    Examples
    --------
    >>> free = {("low", "read"): ["t1"], ("high", "read"): ["t2", "t3"]}
    >>> covered = {("low", "read"): (3, 4), ("high", "read"): (1, 3)}
    >>> least_covered(free, covered, lambda cell: True)
    (('high', 'read'), 't2')
    >>> least_covered(free, covered, lambda cell: cell[0] == "medium") is None
    True
    """
    cells = [cell for cell, tasks in free.items() if tasks and fits(cell)]
    if not cells:
        return None
    # a share as a fraction: two floats could tie, or not, by rounding
    best = min(cells, key=lambda cell: (Fraction(covered[cell][0], max(1, covered[cell][1])), cell))
    return best, free[best][0]
