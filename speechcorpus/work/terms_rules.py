"""What terms may not promise: each rule yields the key at fault and why, in plain English."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import get_args

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.domain.finding_codes import CODES, LIST_VERSION, SEVERITY_RANK
from speechcorpus.domain.terms import BandName, BandTerms, Terms

Fault = tuple[tuple[str, ...], str]

LEAST_RATE_HZ = 16_000
LARGEST_ANSWER_H = 72
LEAST_APPEAL_D = 14
LEAST_DRAW_WINDOW_MIN = 10
REFUSE_NEEDS = 2
# Speech of about 66 dB(A) at 0.5 m, less the band's upper edge, less 6 dB (fair-work, after the code list).
STRICTEST_SNR_DB = {"low": Decimal(20), "medium": Decimal(5), "high": Decimal(0)}
NEVER_LOOSENED = ("consent", "platform")


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
        yield ("project", "id"), "small letters, digits and hyphens, 40 at most"
    if not re.fullmatch(r"\d+\.\d+\.\d+", project.version):
        yield ("project", "version"), "must be like 1.2.0"
    if not project.licence:
        yield ("project", "licence"), "must name a licence"
    if project.codes != LIST_VERSION:
        yield ("project", "codes"), f"the list of finding codes is version {LIST_VERSION}"
    if project.min_age < 1:
        yield ("project", "min_age"), "must be 1 or more"


def _task(terms: Terms) -> Iterator[Fault]:
    task = terms.task
    if not task.styles or len(set(task.styles)) != len(task.styles):
        yield ("task", "styles"), "must name each style once, one at least"
    if task.code_switch_s < 0:
        yield ("task", "code_switch_s"), "must be 0 or more"
    strictest = CODES["audio.wrong-format"].limit or Decimal(0)
    if not LEAST_RATE_HZ <= task.capture.rate_hz <= strictest:
        yield ("task", "capture", "rate_hz"), f"must be {LEAST_RATE_HZ} to {strictest} Hz"
    try:
        terms.profile("read")
    except TranscriptError as error:
        yield ("task", "transcript", str(error.facts.get("field", ""))), str(error)


def _bands(bands: tuple[BandTerms, ...]) -> Iterator[Fault]:
    names = [band.name for band in bands]
    if not bands or names != [name for name in get_args(BandName) if name in names]:
        yield ("bands",), "must be in the order low, medium, high, one at least"
    for band in bands:
        yield from _band(band, first=band is bands[0], last=band is bands[-1])
    for quieter, louder in pairwise(bands):
        if quieter.high != louder.low:
            yield ("bands", louder.name, "from"), f"must be where {quieter.name} ends: no overlap, no gap"


def _band(band: BandTerms, *, first: bool, last: bool) -> Iterator[Fault]:
    at = ("bands", band.name)
    if band.low is None and not first:
        yield (*at, "from"), "missing: only the quietest band is open below"
    if band.high is None and not last:
        yield (*at, "to"), "missing: only the loudest band is open above"
    if band.low is not None and band.high is not None and band.low >= band.high:
        yield (*at, "to"), "must be above `from`"
    if band.min_snr_db > STRICTEST_SNR_DB[band.name]:
        yield (*at, "min_snr_db"), f"stricter than {STRICTEST_SNR_DB[band.name]} dB; it may only be loosened"
    for code, severity in band.severity.items():
        if code not in CODES:
            yield (*at, "severity", code), "is on no list of finding codes"
        elif SEVERITY_RANK[severity] > SEVERITY_RANK[CODES[code].severity]:
            yield (*at, "severity", code), f"may only be lowered below {CODES[code].severity!r}"


def _limits(terms: Terms) -> Iterator[Fault]:
    for code, limit in terms.limits.items():
        at, row = ("limits", code), CODES.get(code)
        if row is None:
            yield at, "is on no list of finding codes"
        elif row.limit is None or row.comparator == "<>" or row.field in ("rule_hits", "rate_hz"):
            yield at, "has its limit elsewhere, not here"
        elif row.family in NEVER_LOOSENED:
            yield at, "protects a person and cannot be loosened"
        elif row.looser(limit, row.limit) != limit:
            yield at, f"{limit} is stricter than {row.limit} {row.unit}; it may only be loosened"


def _price(terms: Terms) -> Iterator[Fault]:
    price = terms.price
    if not re.fullmatch(r"[A-Z]{3}", price.currency):
        yield ("price", "currency"), "must be an ISO 4217 code like TWD"
    if not 0 <= price.exponent <= 4:
        yield ("price", "exponent"), "must be 0 to 4"
    for name, line in (("record", price.record), ("transcribe", price.transcribe)):
        if line.minor <= 0:
            yield ("price", name, "minor"), "nobody works for nothing: must be above 0"
    for name in ("minor", "max_min", "tries"):
        if getattr(price.audition, name) <= 0:
            yield ("price", "audition", name), "must be above 0"
    for name in ("floor_hourly_minor", "estimate_min_per_item", "budget_minor", "pay_within_d"):
        if getattr(price, name) <= 0:
            yield ("price", name), "must be above 0"
    yield from _floor(terms)


def _floor(terms: Terms) -> Iterator[Fault]:
    price = terms.price
    hourly = (price.record.minor + price.transcribe.minor) * 60
    if hourly < price.floor_hourly_minor * price.estimate_min_per_item:
        yield (
            ("price", "estimate_min_per_item"),
            "at this pace the price stays below floor_hourly_minor: raise the price",
        )


def _clocks(terms: Terms) -> Iterator[Fault]:
    draw, review = terms.draw, terms.review
    if draw.window_min < LEAST_DRAW_WINDOW_MIN:
        yield ("draw", "window_min"), f"must be {LEAST_DRAW_WINDOW_MIN} or more: a draw is no race"
    for name in ("announce_h", "accept_h", "max_active"):
        if getattr(draw, name) <= 0:
            yield ("draw", name), "must be above 0"
    for name in ("items", "start_h", "work_h"):
        if getattr(draw.claim, name) <= 0:
            yield ("draw", "claim", name), "must be above 0"
    if not 0 < draw.max_share_pct <= 100:
        yield ("draw", "max_share_pct"), "must be above 0, at most 100"
    for name in ("unflagged_pct", "first_two_claims_pct", "double_pct", "gold_pct"):
        if not 0 <= getattr(review.sample, name) <= 100:
            yield ("review", "sample", name), "must be 0 to 100"
    for at, hours in ((("review",), review.answer_h), (("review", "appeal"), review.appeal.answer_h)):
        if not 0 < hours <= LARGEST_ANSWER_H:
            yield (*at, "answer_h"), f"an answer takes {LARGEST_ANSWER_H} h at most"
    if review.refuse_needs != REFUSE_NEEDS:
        yield ("review", "refuse_needs"), f"a refusal needs {REFUSE_NEEDS} people, no more, no fewer"
    if review.appeal.window_d < LEAST_APPEAL_D:
        yield ("review", "appeal", "window_d"), f"must be {LEAST_APPEAL_D} days or more"


def _consent(terms: Terms) -> Iterator[Fault]:
    consent = terms.consent
    if not consent.text:
        yield ("consent", "text"), "missing consent text"
    if not re.fullmatch(r"[0-9a-f]{64}", consent.sha256):
        yield ("consent", "sha256"), "must be 64 hex digits"
    if "record" not in consent.purposes or len(set(consent.purposes)) != len(consent.purposes):
        yield ("consent", "purposes"), "must name each purpose once, `record` among them"
    for key, texts in terms.clauses.items():
        if not re.fullmatch(r"K\d+", key):
            yield ("clauses", key), "a clause is numbered like K1"
        if not {"zh", "en"} <= set(texts) or not all(texts.values()):
            yield ("clauses", key), "needs its text in zh and en at least"
