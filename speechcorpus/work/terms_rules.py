"""What terms may not promise: each rule yields the key at fault, the rule and its numbers.

`WHY` says a rule in plain English; the same rule has its sentence in every language of the pages.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import get_args

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.domain.finding_codes import CODES, LIST_VERSION, SEVERITY_RANK
from speechcorpus.domain.terms import BandName, BandTerms, Terms

Fault = tuple[tuple[str, ...], str, Mapping[str, str]]

LEAST_RATE_HZ = 16_000
LARGEST_ANSWER_H = 72
LEAST_APPEAL_D = 14
LEAST_DRAW_WINDOW_MIN = 10
REFUSE_NEEDS = 2
# Speech of about 66 dB(A) at 0.5 m, less the band's upper edge, less 6 dB (fair-work, after the code list).
STRICTEST_SNR_DB = {"low": Decimal(20), "medium": Decimal(5), "high": Decimal(0)}
NEVER_LOOSENED = ("consent", "platform")
NOTHING: Mapping[str, str] = {}
WHY: Mapping[str, str] = {
    "id-form": "small letters, digits and hyphens, 40 at most",
    "version-form": "must be like 1.2.0",
    "licence": "must name a licence",
    "codes": "the list of finding codes is version {version}",
    "at-least": "must be {least} or more",
    "above-0": "must be above 0",
    "between": "must be {least} to {most}",
    "share": "must be above 0, at most 100",
    "styles": "must name each style once, one at least",
    "transcript": "{why}",
    "bands-order": "must be in the order low, medium, high, one at least",
    "bands-joined": "must be where {name} ends: no overlap, no gap",
    "band-from": "missing: only the quietest band is open below",
    "band-to": "missing: only the loudest band is open above",
    "band-upside-down": "must be above `from`",
    "stricter": "stricter than {limit}; it may only be loosened",
    "unknown-code": "is on no list of finding codes",
    "severity": "may only be lowered below '{severity}'",
    "limit-elsewhere": "has its limit elsewhere, not here",
    "limit-protects": "protects a person and cannot be loosened",
    "currency": "must be an ISO 4217 code like TWD",
    "price": "nobody works for nothing: must be above 0",
    "floor": "at this pace the price stays below floor_hourly_minor: raise the price",
    "window": "must be {least} or more: a draw is no race",
    "days": "must be {least} days or more",
    "answer": "an answer takes {most} h at most",
    "refuse-needs": "a refusal needs {needs} people, no more, no fewer",
    "consent-text": "missing consent text",
    "hex": "must be 64 hex digits",
    "purposes": "must name each purpose once, `record` among them",
    "clause-number": "a clause is numbered like K1",
    "clause-texts": "needs its text in zh and en at least",
}


def faults(terms: Terms) -> Iterator[Fault]:
    """Yield every promise of these terms that may not be made, in the order of the file."""
    yield from _project(terms)
    yield from _task(terms)
    yield from _bands(terms.bands)
    yield from _limits(terms)
    yield from _price(terms)
    yield from _clocks(terms)
    yield from _consent(terms)


def _project(terms: Terms) -> Iterator[Fault]:
    project = terms.project
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", project.id):
        yield ("project", "id"), "id-form", NOTHING
    if not re.fullmatch(r"\d+\.\d+\.\d+", project.version):
        yield ("project", "version"), "version-form", NOTHING
    if not project.licence:
        yield ("project", "licence"), "licence", NOTHING
    if project.codes != LIST_VERSION:
        yield ("project", "codes"), "codes", {"version": str(LIST_VERSION)}
    if project.min_age < 1:
        yield ("project", "min_age"), "at-least", {"least": "1"}


def _task(terms: Terms) -> Iterator[Fault]:
    task = terms.task
    if not task.styles or len(set(task.styles)) != len(task.styles):
        yield ("task", "styles"), "styles", NOTHING
    if task.code_switch_s < 0:
        yield ("task", "code_switch_s"), "at-least", {"least": "0"}
    strictest = CODES["audio.wrong-format"].limit or Decimal(0)
    if not LEAST_RATE_HZ <= task.capture.rate_hz <= strictest:
        yield ("task", "capture", "rate_hz"), "between", {"least": str(LEAST_RATE_HZ), "most": str(strictest)}
    try:
        terms.profile("read")
    except TranscriptError as error:
        yield ("task", "transcript", str(error.facts.get("field", ""))), "transcript", {"why": str(error)}


def _bands(bands: tuple[BandTerms, ...]) -> Iterator[Fault]:
    names = [band.name for band in bands]
    if not bands or names != [name for name in get_args(BandName) if name in names]:
        yield ("bands",), "bands-order", NOTHING
    for band in bands:
        yield from _band(band, first=band is bands[0], last=band is bands[-1])
    for quieter, louder in pairwise(bands):
        if quieter.high != louder.low:
            yield ("bands", louder.name, "from"), "bands-joined", {"name": quieter.name}


def _band(band: BandTerms, *, first: bool, last: bool) -> Iterator[Fault]:
    at = ("bands", band.name)
    if band.low is None and not first:
        yield (*at, "from"), "band-from", NOTHING
    if band.high is None and not last:
        yield (*at, "to"), "band-to", NOTHING
    if band.low is not None and band.high is not None and band.low >= band.high:
        yield (*at, "to"), "band-upside-down", NOTHING
    if band.min_snr_db > STRICTEST_SNR_DB[band.name]:
        yield (*at, "min_snr_db"), "stricter", {"limit": f"{STRICTEST_SNR_DB[band.name]} dB"}
    for code, severity in band.severity.items():
        if code not in CODES:
            yield (*at, "severity", code), "unknown-code", NOTHING
        elif SEVERITY_RANK[severity] > SEVERITY_RANK[CODES[code].severity]:
            yield (*at, "severity", code), "severity", {"severity": CODES[code].severity}


def _limits(terms: Terms) -> Iterator[Fault]:
    for code, limit in terms.limits.items():
        at, row = ("limits", code), CODES.get(code)
        if row is None:
            yield at, "unknown-code", NOTHING
        elif row.limit is None or row.comparator == "<>" or row.field in ("rule_hits", "rate_hz"):
            yield at, "limit-elsewhere", NOTHING
        elif row.family in NEVER_LOOSENED:
            yield at, "limit-protects", NOTHING
        elif row.looser(limit, row.limit) != limit:
            yield at, "stricter", {"limit": f"{row.limit} {row.unit}"}


def _price(terms: Terms) -> Iterator[Fault]:
    price = terms.price
    if not re.fullmatch(r"[A-Z]{3}", price.currency):
        yield ("price", "currency"), "currency", NOTHING
    if not 0 <= price.exponent <= 4:
        yield ("price", "exponent"), "between", {"least": "0", "most": "4"}
    for name, line in (("record", price.record), ("transcribe", price.transcribe)):
        if line.minor <= 0:
            yield ("price", name, "minor"), "price", NOTHING
    for name in ("minor", "max_min", "tries"):
        if getattr(price.audition, name) <= 0:
            yield ("price", "audition", name), "above-0", NOTHING
    for name in () if price.review is None else ("minor", "audition_minor"):
        if getattr(price.review, name) <= 0:
            yield ("price", "review", name), "price", NOTHING
    for name in ("floor_hourly_minor", "estimate_min_per_item", "budget_minor", "pay_within_d"):
        if getattr(price, name) <= 0:
            yield ("price", name), "above-0", NOTHING
    yield from _floor(terms)


def _floor(terms: Terms) -> Iterator[Fault]:
    price = terms.price
    hourly = (price.record.minor + price.transcribe.minor) * 60
    if hourly < price.floor_hourly_minor * price.estimate_min_per_item:
        yield ("price", "estimate_min_per_item"), "floor", NOTHING


def _clocks(terms: Terms) -> Iterator[Fault]:
    draw, review = terms.draw, terms.review
    if draw.window_min < LEAST_DRAW_WINDOW_MIN:
        yield ("draw", "window_min"), "window", {"least": str(LEAST_DRAW_WINDOW_MIN)}
    for name in ("announce_h", "accept_h", "max_active"):
        if getattr(draw, name) <= 0:
            yield ("draw", name), "above-0", NOTHING
    for name in ("items", "start_h", "work_h"):
        if getattr(draw.claim, name) <= 0:
            yield ("draw", "claim", name), "above-0", NOTHING
    if not 0 < draw.max_share_pct <= 100:
        yield ("draw", "max_share_pct"), "share", NOTHING
    for name in ("unflagged_pct", "first_two_claims_pct", "double_pct", "gold_pct"):
        if not 0 <= getattr(review.sample, name) <= 100:
            yield ("review", "sample", name), "between", {"least": "0", "most": "100"}
    for at, hours in ((("review",), review.answer_h), (("review", "appeal"), review.appeal.answer_h)):
        if not 0 < hours <= LARGEST_ANSWER_H:
            yield (*at, "answer_h"), "answer", {"most": str(LARGEST_ANSWER_H)}
    if review.refuse_needs != REFUSE_NEEDS:
        yield ("review", "refuse_needs"), "refuse-needs", {"needs": str(REFUSE_NEEDS)}
    if review.appeal.window_d < LEAST_APPEAL_D:
        yield ("review", "appeal", "window_d"), "days", {"least": str(LEAST_APPEAL_D)}


def _consent(terms: Terms) -> Iterator[Fault]:
    consent = terms.consent
    if not consent.text:
        yield ("consent", "text"), "consent-text", NOTHING
    if not re.fullmatch(r"[0-9a-f]{64}", consent.sha256):
        yield ("consent", "sha256"), "hex", NOTHING
    if "record" not in consent.purposes or len(set(consent.purposes)) != len(consent.purposes):
        yield ("consent", "purposes"), "purposes", NOTHING
    for key, texts in terms.clauses.items():
        if not re.fullmatch(r"K\d+", key):
            yield ("clauses", key), "clause-number", NOTHING
        if not {"zh", "en"} <= set(texts) or not all(texts.values()):
            yield ("clauses", key), "clause-texts", NOTHING
