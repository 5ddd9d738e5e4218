"""Money as double entries: every movement takes from one account what it gives to another.

Amounts are integers of the ISO 4217 minor unit. Of a project's accounts only `funding` (money from outside)
is ever below 0; what a claim may come to owe is `reserved` before anybody works.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from math import ceil
from typing import Literal

from speechcorpus.domain.canonical import canonical_json
from speechcorpus.domain.errors import LedgerError

Kind = Literal["fund", "reserve", "unreserve", "accrue", "assign", "approve", "settle", "fail", "reverse"]
SECONDS_PER_MINUTE = 60
GENESIS = "0" * 64
"""What the first posting of a project names as the one before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one posting does to one account."""

    account: str
    minor: int
    claim: str | None = None
    item: str | None = None
    line: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One movement of money of a project; `item` and `line` name what may happen once, None any number.

    Raises
    ------
    LedgerError : `ledger.amount` for an amount that is no integer or 0, `ledger.unbalanced` for fewer than
        two entries or a sum that is not 0
    """

    kind: Kind
    project: str
    entries: tuple[Entry, ...]
    item: str | None = None
    line: str | None = None

    def __post_init__(self) -> None:
        for entry in self.entries:
            if type(entry.minor) is not int or entry.minor == 0:  # a bool is no amount either
                raise LedgerError("ledger.amount", f"{entry.minor!r} is no amount of minor units")
        total = sum(entry.minor for entry in self.entries)
        if total != 0 or len(self.entries) < 2:
            why = f"{len(self.entries)} entries come to {total}, not to 0"
            raise LedgerError("ledger.unbalanced", why, total=total, entries=len(self.entries))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a posting is kept with."""

    currency: str
    at: datetime
    reference: str | None
    reverses: int | None


def chained(before: str, posting: Posting, facts: Facts) -> str:
    """Return the hash of a posting and of the one before it: a row that is changed later breaks the chain.

    Examples
    --------
    >>> facts = Facts(currency="TWD", at=datetime(2026, 11, 26, tzinfo=UTC), reference=None, reverses=None)
    >>> chained(GENESIS, fund("p", 500, reference="bank 7"), facts)[:8]
    '1e025581'
    """
    told = {
        "project": posting.project,
        "kind": posting.kind,
        "item": posting.item,
        "line": posting.line,
        "currency": facts.currency,
        "at": facts.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "reference": facts.reference,
        "reverses": facts.reverses,
        "entries": [[each.account, each.minor, each.claim, each.item, each.line] for each in posting.entries],
    }
    return hashlib.sha256(bytes.fromhex(before) + canonical_json(told)).hexdigest()


def fund(project: str, minor: int, *, reference: str) -> Posting:
    """Return the posting of outside money into a project's budget; each reference once.

    Examples
    --------
    >>> [(entry.account, entry.minor) for entry in fund("p", 500, reference="bank 7").entries]
    [('funding:p', -500), ('project_budget:p', 500)]
    """
    entries = _move(f"funding:{project}", f"project_budget:{project}", minor)
    return Posting(kind="fund", project=project, entries=entries, item=f"{project}:{reference}", line="fund")


def reserve(
    project: str, minor: int, *, claim: str | None, item: str | None = None, line: str | None = None
) -> Posting:
    """Return the posting that sets money of the budget aside, for a claim or for a single item."""
    entries = _move(f"project_budget:{project}", f"reserved:{project}", minor, claim, item, line)
    return Posting(kind="reserve", project=project, entries=entries, item=item, line=line)


def unreserve(
    project: str, minor: int, *, claim: str | None, item: str | None = None, line: str | None = None
) -> Posting:
    """Return the posting that gives back what will not be owed."""
    entries = _move(f"reserved:{project}", f"project_budget:{project}", minor, claim, item, line)
    return Posting(kind="unreserve", project=project, entries=entries, item=item, line=line)


def accrue(project: str, person: str, minor: int, *, claim: str | None, item: str, line: str) -> Posting:
    """Return the posting by which a line of an item is owed to a person, once."""
    entries = _move(f"reserved:{project}", f"owed:{person}", minor, claim, item, line)
    return Posting(kind="accrue", project=project, entries=entries, item=item, line=line)


def assign(project: str, staff: str, person: str, minor: int, *, line: str) -> Posting:
    """Return the posting that puts what a member of staff is owed to the account they are paid by."""
    entries = _move(f"owed:{staff}", f"owed:{person}", minor, line=line)
    return Posting(kind="assign", project=project, entries=entries)


def approve(project: str, amounts: Mapping[str, int], *, batch: str) -> Posting:
    """Return the posting that puts what persons are owed on its way: it cannot be paid a second time."""
    entries = (_move(f"owed:{person}", f"paying:{person}", minor) for person, minor in amounts.items())
    flat = tuple(entry for pair in entries for entry in pair)
    return Posting(kind="approve", project=project, entries=flat, item=batch, line="payout")


def settle(project: str, person: str, minor: int, *, batch: str) -> Posting:
    """Return the posting of a payment that arrived."""
    entries = _move(f"paying:{person}", f"paid:{person}", minor)
    return Posting(kind="settle", project=project, entries=entries, item=f"{batch}:{person}", line="payout")


def fail(project: str, person: str, minor: int, *, batch: str) -> Posting:
    """Return the posting of a payment that did not arrive: it is owed again."""
    entries = _move(f"paying:{person}", f"owed:{person}", minor)
    return Posting(kind="fail", project=project, entries=entries, item=f"{batch}:{person}", line="payout")


def mirrored(project: str, entries: Iterable[Entry]) -> Posting:
    """Return the posting that takes another one back; a wrong one is never edited."""
    back = tuple(
        Entry(account=each.account, minor=-each.minor, claim=each.claim, item=each.item, line=each.line)
        for each in entries
    )
    return Posting(kind="reverse", project=project, entries=back)


def balances(postings: Iterable[Posting]) -> Mapping[str, int]:
    """Return what each account holds after these postings; accounts at 0 are left out.

    Examples
    --------
    >>> dict(balances([fund("p", 500, reference="bank 7"), reserve("p", 200, claim="c")]))
    {'funding:p': -500, 'project_budget:p': 300, 'reserved:p': 200}
    """
    held = Counter[str]()
    for posting in postings:
        for entry in posting.entries:
            held[entry.account] += entry.minor
    return {account: minor for account, minor in held.items() if minor}


def minutes_minor(minor_a_minute: int, seconds: Fraction) -> int:
    """Return what this much sound comes to at a price by the minute, rounded up once.

    Examples
    --------
    >>> minutes_minor(1500, Fraction(100 * 48_000, 48_000)), minutes_minor(1500, Fraction(1, 48_000))
    (2500, 1)
    """
    return ceil(minor_a_minute * seconds / SECONDS_PER_MINUTE)


def owed_for(minor_a_minute: int, *, before: Fraction, seconds: Fraction) -> int:
    """Return what one more piece of sound is owed, so that no split of a claim into pieces gains or loses.

    `fair-work.md` §4: owed(n) = ceil(P · Σ seconds 1..n / 60) − owed before, in integers.

    Parameters
    ----------
    before : seconds of the same claim and line that were accepted before, exact
    seconds : those of this piece

    Examples
    --------
    >>> half = Fraction(1, 2)
    >>> [owed_for(1, before=n * half, seconds=half) for n in range(4)]
    [1, 0, 0, 0]
    """
    return minutes_minor(minor_a_minute, before + seconds) - minutes_minor(minor_a_minute, before)


def _move(
    source: str,
    target: str,
    minor: int,
    claim: str | None = None,
    item: str | None = None,
    line: str | None = None,
) -> tuple[Entry, Entry]:
    if type(minor) is not int or minor <= 0:
        raise LedgerError("ledger.amount", f"{minor!r} is no amount of minor units")
    return (
        Entry(account=source, minor=-minor, claim=claim, item=item, line=line),
        Entry(account=target, minor=minor, claim=claim, item=item, line=line),
    )
