"""The read prompts of a project with their units, and which accepted recordings spoke them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import StoreError
from speechcorpus.record.prompts import Candidate
from speechcorpus.store.models import (
    Claim,
    Contributor,
    OutcomeRow,
    Project,
    Prompt,
    Review,
    Segment,
    Task,
    TaskPrompt,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.prompt_units import Estimate, Spoken, spoken_units
from speechcorpus.workflows.release_consents import active_consents
from speechcorpus.workflows.settling import was_heard_as_refusable


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedRecording:
    """One recording of a read prompt that the corpus holds today."""

    segment_id: str
    prompt_id: str
    speaker: str  # the pseudonym
    band: str


@dataclass(frozen=True, kw_only=True)
class PromptStock:
    """What there is to say and what was said; without `slots`, for what is counted once and kept."""

    spoken: Mapping[str, Spoken]  # by the prompt's id
    silent: tuple[str, ...]  # prompts whose reading nobody knows
    accepted: tuple[AcceptedRecording, ...]  # in the order of their acceptance

    @cached_property
    def accepted_units(self) -> Counter[str]:
        """How often each unit was spoken in accepted recordings."""
        return self.units_of(self.accepted)

    def units_of(self, recordings: Iterable[AcceptedRecording]) -> Counter[str]:
        """Return how often each unit was spoken in some recordings; one without a reading counts nothing."""
        return Counter(
            unit for one in recordings if one.prompt_id in self.spoken
            for unit in self.spoken[one.prompt_id].units
        )  # fmt: skip

    def reference(self) -> Counter[str]:
        """Return how often each unit occurs in all prompts: the reference where none is named."""
        return Counter(unit for one in self.spoken.values() for unit in one.units)

    def candidates(self) -> list[Candidate]:
        """Return the prompts whose units are known."""
        return [
            Candidate(id=name, units=one.units, estimated=one.estimated) for name, one in self.spoken.items()
        ]


def prompt_stock(
    store: Store, actor: Actor, project_id: str, estimate: Estimate | None = None
) -> PromptStock:
    """Return the read prompts of a project and its accepted recordings; for managers and the ML team."""
    with store.catalogue.read() as session:
        require_staff(session, actor, "manager", "ml")
        if session.get(Project, project_id) is None:
            raise not_found("project")
        wanted = select(Prompt).where(Prompt.project_id == project_id, Prompt.kind == "read")
        spoken: dict[str, Spoken] = {}
        silent = []
        for prompt in session.scalars(wanted.order_by(Prompt.id)):
            units = spoken_units(prompt.variety, prompt.text, prompt.reading, estimate)
            if units is None:
                silent.append(prompt.id)
            else:
                spoken[prompt.id] = units
        accepted = tuple(accepted_recordings(session, project_id))
    return PromptStock(spoken=spoken, silent=tuple(silent), accepted=accepted)


def accepted_recordings(session: Session, project_id: str) -> Iterable[AcceptedRecording]:
    """Yield the recordings of read prompts that stand accepted today.

    What was refused, replaced by a later take, taken back by its speaker, or only paid because the fault was
    ours, is none of them: what it covered is missing again.
    """
    wanted = (
        select(Segment, Claim.terms_sha256, Contributor, Task.band, Prompt.id)
        .join(OutcomeRow, OutcomeRow.segment_id == Segment.id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Contributor, Contributor.id == Claim.contributor_id)
        .join(Task, Task.id == Claim.task_id)
        .join(Prompt, Prompt.id == Segment.prompt_id)
        .where(
            Task.project_id == project_id,
            Prompt.kind == "read",
            OutcomeRow.line == "record",
            OutcomeRow.state == "accepted",
            Segment.chosen,
        )
        .order_by(OutcomeRow.decided_at, Segment.id)
    )
    rejected = set(session.scalars(select(Review.segment_id).where(Review.decision == "reject")))
    consented: dict[tuple[str, str], bool] = {}
    for segment, terms_sha256, person, band, prompt_id in session.execute(wanted):
        asked = (person.id, terms_sha256)
        if asked not in consented:
            text_sha256 = terms_by_hash(session, terms_sha256).consent.sha256
            consented[asked] = active_consents(session, person.id, text_sha256) is not None
        if not consented[asked] or (segment.id in rejected and was_heard_as_refusable(session, segment)):
            continue
        yield AcceptedRecording(
            segment_id=segment.id, prompt_id=prompt_id, speaker=person.pseudonym, band=band
        )


def prompts_of_speakers(
    store: Store, actor: Actor, project_id: str, speakers: Iterable[str]
) -> dict[str, set[str]]:
    """Return by pseudonym the prompts that each speaker has recorded or holds: those are not chosen again.

    A recording that was refused does not count: its prompt may be given again.

    Raises
    ------
    StoreError : `speaker.unknown`
    """
    with store.catalogue.read() as session:
        require_staff(session, actor, "manager", "ml")
        return {name: _prompts_of(session, project_id, name) for name in speakers}


def _prompts_of(session: Session, project_id: str, pseudonym: str) -> set[str]:
    person = session.scalar(select(Contributor.id).where(Contributor.pseudonym == pseudonym))
    if person is None:
        raise StoreError("speaker.unknown", f"no speaker is called {pseudonym}", speaker=pseudonym)
    refused = select(OutcomeRow.segment_id).where(
        OutcomeRow.line == "record", OutcomeRow.state.in_(("refused", "void"))
    )
    recorded = (
        select(Segment.prompt_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(
            Task.project_id == project_id,
            Claim.contributor_id == person,
            Segment.prompt_id.is_not(None),
            Segment.id.not_in(refused),
        )
    )
    held = (
        select(TaskPrompt.prompt_id)
        .join(Claim, Claim.task_id == TaskPrompt.task_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Task.project_id == project_id, Claim.contributor_id == person, Claim.state == "active")
    )
    return {name for rows in (recorded, held) for name in session.scalars(rows) if name is not None}
