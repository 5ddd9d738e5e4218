"""The terms editor: a draft is kept as it is written, checked against everything, and published once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError, SpeechCorpusError, TermsError
from speechcorpus.domain.terms import Terms
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Task, TermsDraft, TermsVersion
from speechcorpus.store.store import Store
from speechcorpus.work.terms_diff import TermsChange, terms_changes
from speechcorpus.work.terms_file import parse_terms
from speechcorpus.workflows.desk import require_own
from speechcorpus.workflows.projects import newest_terms, publish_terms

LONGEST = 100_000  # characters of a terms text; the longest one in use has four thousand


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsFault:
    """Why a text cannot be published: the first fault, with its place."""

    code: str
    key: str
    line: int | None
    why: str  # plain English, as every terms rule says it
    rule: str = "no-form"  # and its name, for a sentence in another language, with what that says
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedTerms:
    """What a text says: terms that could be published, or the first fault."""

    terms: Terms | None
    fault: TermsFault | None
    changes: tuple[TermsChange, ...]  # against the published version; none while it cannot be read


def check_text(store: Store, session: Session, project_id: str, text: str) -> CheckedTerms:
    """Read a terms text as one that is to follow the project's published version."""
    published = Terms.from_document(newest_terms(session, project_id).document)
    try:
        terms = parse_terms(text)
    except TermsError as error:
        return CheckedTerms(terms=None, fault=_fault(error), changes=())
    fault = _cannot_follow(store, session, published, terms, text)
    return CheckedTerms(terms=None if fault else terms, fault=fault, changes=terms_changes(published, terms))


def _fault(error: SpeechCorpusError) -> TermsFault:
    line = error.facts.get("line")
    _, _, why = str(error).partition(": ")
    return TermsFault(
        code=error.code,
        key=str(error.facts.get("key", "")),
        line=line if isinstance(line, int) else None,
        why=why or str(error),
        rule=str(error.facts["rule"]),
        facts={name: fact for name, fact in error.facts.items() if name not in ("key", "line", "rule")},
    )


def _cannot_follow(
    store: Store, session: Session, published: Terms, terms: Terms, text: str
) -> TermsFault | None:
    """Return why valid terms cannot be this project's next version."""
    ours, theirs = published.project, terms.project
    taken = session.scalars(select(TermsVersion.version).where(TermsVersion.project_id == ours.id)).all()
    faults = (
        (theirs.id != ours.id, "project.id", f"these are the terms of {ours.id}", "project", ours.id),
        (
            theirs.variety != ours.variety,
            "project.variety",
            f"the project's prompts are in {ours.variety}: another variety is another project",
            "variety",
            ours.variety,
        ),
        (
            _number(theirs.version) <= max(map(_number, taken)),
            "project.version",
            f"must be above {max(taken, key=_number)}: a published version never changes",
            "version",
            max(taken, key=_number),
        ),
        (
            (terms.price.currency, terms.price.exponent)
            != (published.price.currency, published.price.exponent),
            "price.currency",
            f"the project's ledger is in {published.price.currency}: one currency a project",
            "one-currency",
            published.price.currency,
        ),
        (
            not store.blobs.exists(terms.consent.sha256),
            "consent.sha256",
            "no consent text with this hash is kept here: bring it in with `speechcorpus project texts`",
            "no-consent-text",
            "",
        ),
    )
    for wrong, key, why, rule, ours_is in faults:
        if wrong:
            line, facts = _line_of(text, key), {"ours": ours_is} if ours_is else {}
            return TermsFault(code="terms.rule", key=key, line=line, why=why, rule=rule, facts=facts)
    return None


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _line_of(text: str, key: str) -> int | None:
    """Return the line of a key that is known to be there, by its section and its name."""
    section, _, name = key.partition(".")
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        said = line.strip()
        if said.startswith("["):
            inside = said.startswith(f"[{section}]")
        elif inside and said.partition("=")[0].strip() == name:
            return number
    return None


def save_draft(store: Store, actor: Actor, project_id: str, text: str, *, version: int, now: datetime) -> int:
    """Keep a terms text as it is, faults and all, and return the version it now has.

    Parameters
    ----------
    version : of the draft that was changed, 0 where there was none

    Raises
    ------
    AccessError : `not-found` for who is no manager of the project
    SittingError : `terms.draft-conflict`, when somebody saved in between; `terms.too-long`
    """
    if len(text) > LONGEST:
        raise SittingError("terms.too-long", f"a terms text has {LONGEST} characters at most", limit=LONGEST)
    with store.catalogue.write() as session:
        require_own(session, actor, project_id)
        draft = session.get(TermsDraft, project_id, with_for_update=True)
        if (draft.version if draft else 0) != version:
            raise SittingError("terms.draft-conflict", "somebody else saved this draft in between")
        if draft is None:
            draft = TermsDraft(project_id=project_id, version=0)
            session.add(draft)
        draft.text, draft.version = text, version + 1
        draft.saved_by, draft.saved_at = actor.id, now
        return draft.version


def drop_draft(store: Store, actor: Actor, project_id: str) -> None:
    """Throw a draft away; the published version stands as it did."""
    with store.catalogue.write() as session:
        require_own(session, actor, project_id)
        draft = session.get(TermsDraft, project_id, with_for_update=True)
        if draft is not None:
            session.delete(draft)


def publish_draft(store: Store, actor: Actor, project_id: str, *, terms_sha256: str, now: datetime) -> str:
    """Publish the draft that was looked at and return its version; new claims are made under it.

    Open tasks that no round has announced are from now on offered under it.

    Parameters
    ----------
    terms_sha256 : of the terms whose preview was read

    Raises
    ------
    AccessError : `not-found` for who is no manager of the project, or without a draft
    TermsError : the draft's first fault, with key and line
    SittingError : `terms.draft-conflict`, when the draft is not what was read
    """
    with store.catalogue.write() as session:
        require_own(session, actor, project_id)
        draft = session.get(TermsDraft, project_id, with_for_update=True)
        checked = check_text(store, session, project_id, draft.text if draft else "")
        if checked.fault is not None:
            fault = checked.fault
            raise TermsError(fault.code, f"{fault.key}: {fault.why}", key=fault.key, line=fault.line)
        if draft is None or checked.terms is None or checked.terms.sha256 != terms_sha256:
            raise SittingError("terms.draft-conflict", "this is not the draft that was read")
        session.delete(draft)
        version = publish_terms(session, actor, checked.terms, now=now)
        moved = _offer_under(session, version, [band.name for band in checked.terms.bands])
        if moved:
            append_audit(
                session,
                actor=actor,
                action="tasks.terms-changed",
                object=f"project:{project_id}",
                detail={"version": version.version, "tasks": moved},
                now=now,
            )
        return version.version


def _offer_under(session: Session, version: TermsVersion, bands: Sequence[str]) -> int:
    """Pin open tasks to the new version, but for bands it does not have; return how many."""
    mine = (Task.project_id == version.project_id, Task.band.in_(bands))
    free = (*mine, Task.state == "open", Task.round_id.is_(None))  # a round was announced with its terms
    moved = session.scalars(
        update(Task)
        .where(*free)
        .values(terms_id=version.id)
        .returning(Task.id)
        .execution_options(synchronize_session=False)
    )
    return len(moved.all())
