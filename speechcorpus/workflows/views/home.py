"""The contributor's home: work that is open, work I hold, and what both are worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.terms import BandTerms, PriceTerms, Terms
from speechcorpus.store.models import (
    Claim,
    ClaimPartner,
    Contributor,
    Project,
    Revision,
    Segment,
    Task,
    TaskPrompt,
)
from speechcorpus.store.store import Store
from speechcorpus.work.working_time import HourlyRate, hourly_rate
from speechcorpus.workflows.access import require_contributor
from speechcorpus.workflows.caps import active_claims
from speechcorpus.workflows.consents import active_purposes
from speechcorpus.workflows.house_clock import lost_since
from speechcorpus.workflows.item_owner import owned_by
from speechcorpus.workflows.qualifications import writes_own
from speechcorpus.workflows.seats import TWO
from speechcorpus.workflows.skips import not_owed
from speechcorpus.workflows.views.auditions import AuditionHint, audition_hint
from speechcorpus.workflows.views.draws import Draws, draws_of
from speechcorpus.workflows.views.partners import Together, together_of
from speechcorpus.workflows.views.terms import terms_by_id, terms_by_sha256
from speechcorpus.workflows.working_time import ProjectTimings, timings_of

BANDS: Final = ("low", "medium", "high")
FIRST_REMINDER: Final = timedelta(hours=24)
LAST_REMINDER: Final = timedelta(hours=2)
OUTAGE_IS_TOLD: Final = timedelta(days=1)

Ends = Literal["day", "hours"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a piece of work asks and pays under its terms; amounts are None where it pays by the minute."""

    terms_version: str
    band: BandTerms
    calibration: str
    counted: bool  # only browsers that count every sample may record it
    price: PriceTerms
    per_item_minor: int | None
    total_minor: int | None
    rate: HourlyRate  # what an hour of it comes to, and what that rests on
    estimate_min: Decimal  # of the whole, for half of the people
    start_h: int
    work_h: int

    @property
    def slow_min(self) -> Decimal | None:
        """How long the whole takes on a slow day, as it was measured; None where nobody knows."""
        items = None if not self.per_item_minor else (self.total_minor or 0) // self.per_item_minor
        return None if self.rate.p90_min is None or items is None else self.rate.p90_min * items

    @property
    def hourly_minor(self) -> int | None:
        """What half of the people earn an hour at least; None where nobody knows."""
        return self.rate.hourly_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Open tasks that are alike in all that counts; `task_id` is one of them."""

    task_id: str
    open_tasks: int
    project_id: str
    project_title: str
    variety: str
    style: str
    items: int
    work: Worth
    consented: bool
    room: bool  # the terms' cap leaves room for another claim
    audition: AuditionHint | None  # what comes before the first task in this language


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCounts:
    """How far a claim is."""

    items: int
    recorded: int
    written: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldClaim:
    """Work I hold or have handed in."""

    claim_id: str
    state: str
    task_state: str
    project_title: str
    variety: str
    style: str
    band: BandTerms
    counts: ItemCounts
    writes: bool  # whether the texts are mine to write
    lease_until: datetime
    fence: int
    ends: Ends | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeView:
    """Everything the contributor's first page shows."""

    pseudonym: str
    consented: bool
    offers: tuple[Offer, ...]
    claims: tuple[HeldClaim, ...]
    together: tuple[Together, ...]  # dialogues of others that I speak in
    draws: Draws
    works: Mapping[str, Worth]  # by task: what the tasks of draws and of offers are worth
    lost: timedelta  # by outages in the last day: deadlines moved by it


def home_view(store: Store, actor: Actor, *, now: datetime) -> HomeView:
    """Return the open tasks and the claims of the contributor who asks."""
    with store.catalogue.read() as session:
        person = require_contributor(session, actor)
        timings = _Timings(session)
        offers, claims = _offers(session, person, timings), _claims(session, person, now)
        draws = draws_of(session, person, now=now)
        return HomeView(
            pseudonym=person.pseudonym,
            consented=all(offer.consented for offer in offers),
            offers=offers,
            claims=claims,
            together=tuple(together_of(session, person.id, now=now)),
            draws=draws,
            works=_works(draws, timings),
            lost=lost_since(session, now - OUTAGE_IS_TOLD, kinds=("outage",)),
        )


class _Timings:
    """How long the work of projects takes, looked up once for each project of a page."""

    def __init__(self, session: Session) -> None:
        self._session, self._known = session, dict[str, ProjectTimings]()

    def worth(self, terms: Terms, style: str, band: str, items: int) -> Worth:
        """Return what work of this size is worth, as far as it was measured."""
        project_id = terms.project.id
        if project_id not in self._known:
            self._known[project_id] = timings_of(self._session, project_id)
        return worth(terms, band, items, self._known[project_id].rate(terms, style, band))


def _works(draws: Draws, timings: _Timings) -> Mapping[str, Worth]:
    drawn = {
        cell.task_id: timings.worth(each.terms, cell.style, cell.band, cell.items)
        for each in draws.rounds
        for cell in each.cells
    }
    offered = {
        each.task_id: timings.worth(each.terms, each.style, each.band, each.items) for each in draws.offers
    }
    return {**drawn, **offered}


def latest_claim(store: Store, actor: Actor) -> str | None:
    """Return the claim the contributor is most likely working on: the active one claimed last.

    Without any it is the dialogue in which they have the second seat.
    """
    newest = (
        select(Claim.id)
        .where(Claim.contributor_id == actor.id, Claim.state == "active")
        .order_by(Claim.claimed_at.desc())
        .limit(1)
    )
    second = (ClaimPartner.contributor_id == actor.id, ClaimPartner.devices == TWO)
    seated = (
        select(Claim.id)
        .join(ClaimPartner, ClaimPartner.claim_id == Claim.id)
        .where(*second, ClaimPartner.ended_at.is_(None), Claim.state == "active")
        .order_by(ClaimPartner.agreed_at.desc())
        .limit(1)
    )
    with store.catalogue.read() as session:
        require_contributor(session, actor)
        return session.scalar(newest) or session.scalar(seated)


def _offers(session: Session, person: Contributor, timings: _Timings) -> tuple[Offer, ...]:
    """Group open tasks that differ in nothing a person could choose by."""
    wanted = [Task.state == "open", Task.round_id.is_(None)] + (
        [Task.variety == person.variety] if person.variety else []
    )
    size = select(func.count()).where(TaskPrompt.task_id == Task.id).scalar_subquery()
    rows = session.execute(
        select(
            func.min(Task.id),
            func.count(),
            Task.project_id,
            Task.terms_id,
            Task.variety,
            Task.style,
            Task.band,
            size,
        )
        .where(*wanted)
        .group_by(Task.project_id, Task.terms_id, Task.variety, Task.style, Task.band, size)
        .order_by(Task.project_id, Task.variety, Task.style, Task.band, size.desc())
    ).all()
    terms = terms_by_id(session, (row[3] for row in rows))
    titles = _titles(session)
    hints = {each: audition_hint(session, person.id, frozen) for each, frozen in terms.items()}
    held = active_claims(session, person.id)
    offers = []
    for task_id, count, project_id, terms_id, variety, style, band, items in rows:
        frozen = terms[terms_id]
        given = active_purposes(session, person.id, frozen.consent.sha256)
        offers.append(
            Offer(
                task_id=task_id,
                open_tasks=count,
                project_id=project_id,
                project_title=titles[project_id],
                variety=variety,
                style=style,
                items=items,
                work=timings.worth(frozen, style, band, items),
                consented=given >= set(frozen.consent.purposes),
                room=held < frozen.draw.max_active,
                audition=hints[terms_id],
            )
        )
    return tuple(sorted(offers, key=lambda offer: (offer.project_title, BANDS.index(offer.work.band.name))))


def worth(terms: Terms, band: str, items: int, rate: HourlyRate | None = None) -> Worth:
    """Return what work of this size is worth under these terms.

    The minutes are what the project declares, an estimate until claims have been measured.
    """
    price = terms.price
    by_item = price.record.unit == price.transcribe.unit == "item"
    per_item = price.record.minor + price.transcribe.minor
    rate = rate or hourly_rate(price, (), ())
    return Worth(
        terms_version=terms.project.version,
        band=terms.band(band),
        calibration=terms.task.capture.calibration,
        counted=terms.task.capture.path == "mstp",
        price=price,
        per_item_minor=per_item if by_item else None,
        total_minor=per_item * items if by_item else None,
        rate=rate,
        estimate_min=(rate.p50_min or price.estimate_min_per_item) * items,
        start_h=terms.draw.claim.start_h,
        work_h=terms.draw.claim.work_h,
    )


def reminder(lease_until: datetime, now: datetime) -> Ends | None:
    """Return which reminder is due before a lease ends: a day before, two hours before.

    Examples
    --------
    >>> start = datetime(2026, 1, 1)
    >>> [reminder(start + timedelta(hours=hours), start) for hours in (25, 24, 2)]
    [None, 'day', 'hours']
    """
    left = lease_until - now
    return "hours" if left <= LAST_REMINDER else "day" if left <= FIRST_REMINDER else None


def _claims(session: Session, person: Contributor, now: datetime) -> tuple[HeldClaim, ...]:
    rows = session.execute(
        select(Claim, Task)
        .join(Task, Task.id == Claim.task_id)
        .where(Claim.contributor_id == person.id, Claim.state.in_(("active", "submitted")))
        .where(Task.audition_id.is_(None))  # an audition has a page of its own
        .order_by(Claim.state, Claim.claimed_at.desc())
    ).all()
    terms = terms_by_sha256(session, (claim.terms_sha256 for claim, _ in rows))
    counts, titles = item_counts(session, [claim.id for claim, _ in rows]), _titles(session)
    return tuple(
        HeldClaim(
            claim_id=claim.id,
            state=claim.state,
            task_state=task.state,
            project_title=titles[task.project_id],
            variety=task.variety,
            style=task.style,
            band=terms[claim.terms_sha256].band(task.band),
            counts=counts[claim.id],
            writes=writes_own(session, claim),
            lease_until=claim.lease_until,
            fence=claim.fence,
            ends=reminder(claim.lease_until, now) if claim.state == "active" else None,
        )
        for claim, task in rows
    )


def item_counts(session: Session, claim_ids: Sequence[str]) -> Mapping[str, ItemCounts]:
    """Return for each claim how many items it has, and how many are recorded and transcribed.

    A skipped prompt without a recording is no item.
    """
    asked = dict(
        session.execute(
            select(Claim.id, func.count(TaskPrompt.position))
            .join(TaskPrompt, TaskPrompt.task_id == Claim.task_id)
            .where(Claim.id.in_(claim_ids))
            .group_by(Claim.id)
        ).all()
    )
    done = {
        claim_id: (recorded, written)
        for claim_id, recorded, written in session.execute(
            select(
                Segment.claim_id,
                func.count(Segment.id.distinct()),
                func.count(Revision.segment_id.distinct()),
            )
            .join(Claim, Claim.id == Segment.claim_id)
            .outerjoin(Revision, Revision.segment_id == Segment.id)
            .where(Segment.claim_id.in_(claim_ids), Segment.chosen, owned_by(Claim.contributor_id))
            .group_by(Segment.claim_id)
        )
    }
    skipped = not_owed(session, claim_ids)
    return {
        each: ItemCounts(
            items=asked.get(each, 0) - skipped.get(each, 0),
            recorded=done.get(each, (0, 0))[0],
            written=done.get(each, (0, 0))[1],
        )
        for each in claim_ids
    }


def _titles(session: Session) -> Mapping[str, str]:
    return dict(session.execute(select(Project.id, Project.title)).all())
