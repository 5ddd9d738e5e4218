"""One table: which HTTP status a code is answered with, what is safe, and when to try again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from speechcorpus.domain.errors import (
    AccessError,
    LedgerError,
    ReleaseError,
    SignalError,
    SittingError,
    SpeechCorpusError,
    StoreError,
    TermsError,
    TranscriptError,
)

Safe = Literal["unchanged", "kept", "unknown"]
# unchanged: this request had no effect; what was acknowledged before stands
# kept:      the bytes of this request are kept aside until a person has looked
# unknown:   we cannot say whether it had an effect; the same request again has it once


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a code is answered over HTTP."""

    status: int
    safe: Safe = "unchanged"
    retry_after_s: int | None = None


def _status(status: int) -> Answer:
    return Answer(status=status)


ANSWERS: Mapping[str, Answer] = {
    # sign-in and ownership
    "auth.expired": _status(401),
    "auth.csrf": _status(403),
    "invite.used": _status(410),
    "invite.expired": _status(410),
    "invite.unknown": _status(404),
    "invite.keyed": _status(403),
    "key.expired": _status(410),
    "key.unknown": _status(404),
    "key.refused": _status(403),
    "key.proof": _status(403),
    "key.address": _status(409),
    "password.wrong": _status(403),
    "password.tries": _status(403),
    "password.weak": _status(422),
    "not-found": _status(404),
    "method.not-allowed": _status(405),
    "consent.withdrawn": _status(403),
    "consent.missing": _status(403),
    "partner.unknown": _status(404),
    "partner.expired": _status(410),
    "partner.taken": _status(410),
    "partner.yourself": _status(409),
    # bodies
    "request.bad": _status(400),
    "request.json": _status(400),
    "request.field": _status(422),
    "request.length-required": _status(411),
    "request.too-large": _status(413),
    "request.address": _status(414),
    "request.headers": _status(431),
    "request.wrong-type": _status(415),
    # capture protocol, recorder.md §7
    "chunk.truncated": _status(400),
    "chunk.conflict": Answer(status=409, safe="kept"),
    "chunk.hash": _status(422),
    "chunk.length": _status(422),
    "take.incomplete": _status(409),
    "take.stored": _status(409),
    "take.frames": _status(422),
    "take.too-long": Answer(status=422, safe="kept"),
    "sitting.other-open": _status(409),
    "id.conflict": _status(409),
    "take.prompt": _status(422),
    "calibration.takes-missing": Answer(status=409, retry_after_s=2),  # not sent, or not measured yet
    "device-check.take-missing": Answer(status=409, retry_after_s=2),
    "quota.rate": Answer(status=429, retry_after_s=1),
    "quota.messages": Answer(status=429, retry_after_s=10),
    # transcripts, claims, reviews
    "transcript.revision-conflict": _status(409),
    "draft.not-offered": _status(404),
    "draft.too-long": _status(422),
    "review.finding-required": _status(422),
    "review.no-finding": _status(422),
    "review.span-required": _status(422),
    "review.note-required": _status(422),
    "review.fix-late": _status(409),
    "reviewer.reason": _status(422),
    "withdrawal.sure": _status(422),
    "release.erased": _status(410),
    "release.licence": _status(403),
    "review.lease-lost": _status(409),
    "review.code": _status(422),
    "review.within-limit": _status(422),
    "review.text-required": _status(422),
    "contest.words": _status(422),
    "appeal.words": _status(422),
    "appeal.reason": _status(422),
    "consent.purpose": _status(422),
    "draw.nonce": _status(422),
    "draw.choice": _status(422),
    "round.reason": _status(422),
    "round.too-soon": _status(422),
    "prompt.form": _status(422),
    "target.hours": _status(422),
    "terms.too-long": _status(422),
    # money
    "payout.sign-in": _status(403),
    "release.sign-in": _status(403),
    "ledger.amount": _status(422),
    "account.field": _status(422),
    # the house
    "database.busy": Answer(status=503, retry_after_s=2),
    "storage.full": Answer(status=507, retry_after_s=60),
    "storage.away": Answer(status=503, retry_after_s=5),
    "server.error": Answer(status=500, safe="unknown", retry_after_s=5),
}

FAMILIES: Mapping[str, Answer] = {
    "manifest": _status(422),
    "certificate": _status(422),
    "quota": Answer(status=429, retry_after_s=60),
    "canonical": _status(422),
    "request": _status(422),
}

BY_CLASS: tuple[tuple[type[SpeechCorpusError], Answer], ...] = (
    (AccessError, _status(404)),
    (SittingError, _status(409)),
    (ReleaseError, _status(409)),
    (LedgerError, _status(409)),
    (StoreError, Answer(status=503, safe="unknown", retry_after_s=5)),
    (SignalError, _status(422)),
    (TranscriptError, _status(422)),
    (TermsError, _status(422)),
)


def answer_to(error: SpeechCorpusError) -> Answer:
    """Return how an error is answered: by its code, else its family, else its class.

    Examples
    --------
    >>> from speechcorpus.domain.errors import SittingError
    >>> answer_to(SittingError("chunk.hash", "chunk 3 does not match its digest")).status
    422
    >>> answer_to(SittingError("quota.day", "too much")).retry_after_s
    60
    """
    known = ANSWERS.get(error.code) or FAMILIES.get(error.code.partition(".")[0])
    if known is not None:
        return known
    return next((answer for kind, answer in BY_CLASS if isinstance(error, kind)), ANSWERS["server.error"])
