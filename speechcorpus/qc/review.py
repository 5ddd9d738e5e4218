"""What reviewers' decisions about one item come to: only two people who measured the same can refuse (V4)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations
from types import MappingProxyType
from typing import Literal

from speechcorpus.domain.errors import SignalError, SittingError
from speechcorpus.domain.finding import NO_FACTS, Finding
from speechcorpus.domain.finding_codes import CODES, FindingCode
from speechcorpus.domain.terms import Terms

ReviewDecision = Literal["accept", "fix", "reject"]
SettledAs = Literal["accepted", "refused", "fix", "undecided"]
PriceLineName = Literal["record", "transcribe"]
Range = tuple[int, int]

WIDENED_S = Decimal("0.25")  # each span is widened by this much on both sides before they are compared
PANEL, CONTEST_PANEL = 3, 2
NOT_CONTESTED: frozenset[str] = frozenset()
NOT_GATED: frozenset[str] = frozenset()
_MILLISECOND = Decimal("0.001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One reviewer's decision about one item; a reject names what was found and where."""

    reviewer: str
    decision: ReviewDecision
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        if self.decision == "reject" and not self.findings:
            raise SittingError("review.no-finding", "a refusal needs a finding: code, number and place")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What the decisions come to; `undecided` needs `needs_more` further reviewers, blind to these.

    `finding` is what two people agree on, with `agreed_s` (or the recomputed number) as measured value;
    `lines` are the price lines that a refusal touches.
    """

    outcome: SettledAs
    needs_more: int = 0
    finding: Finding | None = None
    lines: tuple[PriceLineName, ...] = ()


def agreed_span_s(
    spans_a: Iterable[Range], spans_b: Iterable[Range], rate_hz: int, *, frames: int | None = None
) -> Decimal | None:
    """Return the seconds inside both reviewers' spans, or None if there are none.

    Parameters
    ----------
    spans_a, spans_b : half-open ranges of samples; each is widened by 0.25 s on both sides
    frames : how long the clip is: nothing is heard after its end; None if that does not matter

    Examples
    --------
    >>> agreed_span_s([(16_000, 32_000)], [(24_000, 48_000)], 16_000)
    Decimal('1.000')
    >>> agreed_span_s([(0, 16_000)], [(32_000, 48_000)], 16_000) is None
    True
    """
    shared = _shared(spans_a, spans_b, rate_hz, frames)
    samples = sum(end - start for start, end in shared)
    return (Decimal(samples) / rate_hz).quantize(_MILLISECOND) if samples else None


def marked_finding(
    code: str,
    *,
    start_sample: int,
    end_sample: int,
    frames: int,
    rate_hz: int,
    terms: Terms,
    blob_sha256: str,
    facts: Mapping[str, str] = NO_FACTS,
) -> Finding:
    """Return what one reviewer heard in one span; its measured value is the length of the span.

    Raises
    ------
    SignalError : `finding.unknown-code`, `finding.not-human` for a code that only a machine measures,
        `finding.span` outside the clip or empty, `finding.clause` for an offence without a clause
    """
    row = CODES.get(code)
    if row is None:
        raise SignalError("finding.unknown-code", f"no finding can say {code!r}", code_given=code)
    if row.field != "agreed_s" or row.limit is None:
        raise SignalError("finding.not-human", f"{code} is not for a listener to mark", code_given=code)
    if not 0 <= start_sample < end_sample <= frames:
        raise SignalError("finding.span", f"{start_sample} to {end_sample} is no span of this clip")
    if code == "content.offence" and facts.get("x") not in terms.clauses:
        raise SignalError("finding.clause", "an offence cites a numbered clause of the terms")
    return Finding(
        code=code,
        severity=row.severity,
        measured=(Decimal(end_sample - start_sample) / rate_hz).quantize(_MILLISECOND),
        comparator=row.comparator,
        limit=terms.limit(code, row.limit),
        unit=row.unit,
        start_sample=start_sample,
        end_sample=end_sample,
        blob_sha256=blob_sha256,
        terms_sha256=terms.sha256,
        facts=MappingProxyType(dict(facts)),
    )


def settle(
    decisions: Sequence[Decision],
    *,
    rate_hz: int,
    frames: int | None = None,
    contested: frozenset[str] = NOT_CONTESTED,
    gated: frozenset[str] = NOT_GATED,
    waiting: int = 0,
) -> Settlement:
    """Return what the decisions on one item come to, in whatever order they were made.

    One accept settles it once everybody who was asked has answered. A reject alone needs a second reviewer,
    a reject without its like a third; two rejects on the same code whose spans or numbers agree beyond the
    frozen limit refuse. A contest is between two: unless both confirm the meter, the item is accepted (V3).
    After three reviewers without such a pair it is accepted as well. A `fix` that nobody outvotes by an
    accept goes back to the contributor: what can be repaired is not refused.

    Parameters
    ----------
    frames : how long the clip is, in samples; None where all spans end well before it does
    contested : machine codes on which the contributor contested this item; no other can refuse it (V5)
    gated : codes that listeners do not agree about well enough to refuse by (V9)
    waiting : how many were asked and have not answered

    Raises
    ------
    SittingError : `review.same-reviewer` if one person decided twice
    """
    if len({decision.reviewer for decision in decisions}) < len(decisions):
        raise SittingError("review.same-reviewer", "a second opinion is another person's")
    grounds = _grounds(decisions, contested - gated, gated)
    agreed = _agreed(decisions, rate_hz, frames, grounds)
    if agreed is not None:
        return Settlement(outcome="refused", finding=agreed, lines=lines_of(agreed.code))
    said = [decision.decision for decision in decisions]
    if waiting:
        return Settlement(outcome="undecided")
    if not said:
        return Settlement(outcome="undecided", needs_more=1)
    if grounds and "fix" not in said and len(said) < _panel(grounds):
        return Settlement(outcome="undecided", needs_more=1)
    return Settlement(outcome="fix" if "fix" in said and "accept" not in said else "accepted")


def _grounds(
    decisions: Sequence[Decision], contested: frozenset[str], gated: frozenset[str]
) -> frozenset[str]:
    """Return the codes of the rejects that two people may refuse by."""
    codes = {finding.code for each in decisions if each.decision == "reject" for finding in each.findings}
    return frozenset(code for code in codes - gated if _may_refuse(code, contested))


def _panel(grounds: frozenset[str]) -> int:
    """Return how many people are asked at most: a third only where ears, not a meter, are in doubt."""
    return PANEL if any(not CODES[code].decided_by_machine for code in grounds) else CONTEST_PANEL


def agreed_spans(decisions: Sequence[Decision], code: str, *, rate_hz: int, frames: int) -> tuple[Range, ...]:
    """Return where at least two people marked a code, as ranges of samples, ascending, apart."""
    marked = [_ranges(_with(code, each)) for each in decisions]
    shared = [span for one, other in combinations(marked, 2) for span in _shared(one, other, rate_hz, frames)]
    return tuple(_joined(shared))


def lines_of(code: str) -> tuple[PriceLineName, ...]:
    """Return the price lines that a refusal on this code touches: a bad text never costs the recording."""
    return ("transcribe",) if CODES[code].family == "transcript" else ("record", "transcribe")


def _agreed(
    decisions: Sequence[Decision], rate_hz: int, frames: int | None, grounds: frozenset[str]
) -> Finding | None:
    rejects = sorted((d for d in decisions if d.decision == "reject"), key=lambda d: d.reviewer)
    for one, other in combinations(rejects, 2):
        for code in sorted(grounds & {f.code for f in one.findings} & {f.code for f in other.findings}):
            found = _confirmed(CODES[code], _with(code, one), _with(code, other), rate_hz, frames)
            if found is not None:
                return found
    return None


def _may_refuse(code: str, contested: frozenset[str]) -> bool:
    row = CODES[code]
    return code in contested if row.decided_by_machine else row.pay == "refusable"


def _with(code: str, decision: Decision) -> tuple[Finding, ...]:
    return tuple(finding for finding in decision.findings if finding.code == code)


def _confirmed(
    row: FindingCode,
    mine: Sequence[Finding],
    theirs: Sequence[Finding],
    rate_hz: int,
    frames: int | None,
) -> Finding | None:
    """Return the finding that both made, if its number is beyond the limit."""
    if row.field != "agreed_s":  # a number that anyone recomputes: both must have it beyond the edge
        beyond = [finding for finding in (*mine, *theirs) if is_beyond(finding)]
        return mine[0] if len(beyond) == len(mine) + len(theirs) else None
    shared = _shared(_ranges(mine), _ranges(theirs), rate_hz, frames)
    agreed_s = agreed_span_s(_ranges(mine), _ranges(theirs), rate_hz, frames=frames)
    if agreed_s is None:
        return None
    marked = [*_ranges(mine), *_ranges(theirs)]
    found = replace(
        mine[0],
        measured=agreed_s,
        start_sample=max(shared[0][0], min(start for start, _ in marked)),
        end_sample=min(shared[-1][1], max(end for _, end in marked)),
    )
    return found if is_beyond(found) else None


def is_beyond(finding: Finding) -> bool:
    """Say whether a number is beyond its limit by more than the margin that was granted."""
    margin = finding.uncertainty or Decimal(0)
    if finding.comparator == "<":
        return finding.measured < finding.limit - margin
    if finding.comparator == ">=":
        return finding.measured >= finding.limit + margin
    return finding.comparator == ">" and finding.measured > finding.limit + margin


def _ranges(findings: Sequence[Finding]) -> list[Range]:
    return [
        (finding.start_sample, finding.end_sample)
        for finding in findings
        if finding.start_sample is not None and finding.end_sample is not None
    ]


def _shared(
    spans_a: Iterable[Range], spans_b: Iterable[Range], rate_hz: int, frames: int | None
) -> list[Range]:
    """Return the samples of the clip inside widened spans of both, ascending, without overlap."""
    a, b = list(_widened(spans_a, rate_hz)), list(_widened(spans_b, rate_hz))
    last = max((end for _, end in (*a, *b)), default=0) if frames is None else frames
    both = ((max(s, t), min(e, f, last)) for s, e in a for t, f in b)
    return sorted((start, end) for start, end in both if start < end)


def _widened(spans: Iterable[Range], rate_hz: int) -> Iterator[Range]:
    """Yield the union of the spans, each widened, as ranges that do not touch."""
    by = int(WIDENED_S * rate_hz)
    return _joined((max(0, start - by), end + by) for start, end in spans)


def _joined(spans: Iterable[Range]) -> Iterator[Range]:
    current: Range | None = None
    for start, end in sorted(spans):
        if current is not None and start <= current[1]:
            current = (current[0], max(current[1], end))
            continue
        if current is not None:
            yield current
        current = (start, end)
    if current is not None:
        yield current
