"""The sound-check page: what the work in hand asks of room and microphone, and what was checked before."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.terms import BandTerms, CaptureTerms
from speechcorpus.store.models import Claim, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_contributor
from speechcorpus.workflows.claims import terms_of_claim
from speechcorpus.workflows.seats import seated_claim
from speechcorpus.workflows.segments import READ
from speechcorpus.workflows.views.recording import TOO_LOUD, TOO_QUIET, prompts_of
from speechcorpus.workflows.views.sound_checks import (
    CalibrationView,
    DeviceCheckView,
    calibrations_of,
    device_checks_of,
)

LEAST_SNR_DB = Decimal(20)  # acoustics.md §6, of the low band: where no work asks for less


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkView:
    """A claim of mine, as far as a microphone is concerned; `line` is a sentence of it to be said aloud."""

    claim_id: str
    variety: str
    band: BandTerms
    bands: tuple[BandTerms, ...]
    capture: CaptureTerms
    line: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """What the sound check needs; without work in hand it measures and compares with nothing."""

    contributor_ref: str
    work: WorkView | None
    speech_min_dbfs: Decimal
    speech_max_dbfs: Decimal
    snr_min_db: Decimal
    calibrations: tuple[CalibrationView, ...]
    device_checks: tuple[DeviceCheckView, ...]


def check_view(store: Store, actor: Actor, claim_id: str | None, *, now: datetime) -> CheckView:
    """Return what a contributor checks a microphone for, with a claim they sit in or without any.

    Raises
    ------
    AccessError : `not-found` for a claim of somebody else
    """
    with store.catalogue.read() as session:
        person = require_contributor(session, actor)
        claim = seated_claim(session, actor, claim_id).claim if claim_id is not None else None
        terms = terms_of_claim(session, claim) if claim is not None else None
        work = _work(session, claim) if claim is not None else None
        return CheckView(
            contributor_ref=person.pseudonym,
            work=work,
            speech_min_dbfs=terms.limit(*TOO_QUIET) if terms is not None else TOO_QUIET[1],
            speech_max_dbfs=terms.limit(*TOO_LOUD) if terms is not None else TOO_LOUD[1],
            snr_min_db=work.band.min_snr_db if work is not None else LEAST_SNR_DB,
            calibrations=calibrations_of(session, person.id, now=now),
            device_checks=device_checks_of(session, person.id),
        )


def _work(session: Session, claim: Claim) -> WorkView:
    terms, task = terms_of_claim(session, claim), session.get_one(Task, claim.task_id)
    prompts = prompts_of(session, task.id)
    return WorkView(
        claim_id=claim.id,
        variety=task.variety,
        band=terms.band(task.band),
        bands=terms.bands,
        capture=terms.task.capture,
        line=prompts[0].text if prompts and task.style == READ else None,
    )
