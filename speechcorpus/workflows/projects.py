"""Projects: their terms, their prompts, and the tasks made of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final
from unicodedata import normalize
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.corpus.columns import is_misread
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.terms import Terms
from speechcorpus.record.form import Form
from speechcorpus.record.prompt_import import require_usable_licence
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Project, Prompt, Task, TaskPrompt, TermsVersion
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.desk import require_own
from speechcorpus.workflows.ledger import fund_as_promised
from speechcorpus.workflows.prompt_pools import by_pool, pool_of_task

PROMPT_KEYS = ("id", "kind", "variety", "text", "reading", "licence", "target_s")
READ = "read"
LONGEST_TARGET_S = 4 * 3600  # a take has up to four hours
KINDS = (READ, "monologue", "dialogue")
VARIETIES = ("nan-TW", "nan-CN", "cmn-TW")
LONGEST_ID, LONGEST_LICENCE = 40, 24  # as the catalogue has them


def create_project(store: Store, actor: Actor, *, terms: Terms, title: str, now: datetime) -> str:
    """Open a project under published terms and return its id, the one in the terms.

    Raises
    ------
    SittingError : `project.exists`
    """
    with store.catalogue.write() as session:
        require_staff(session, actor, "manager")
        if session.get(Project, terms.project.id) is not None:
            raise SittingError(
                "project.exists", f"project {terms.project.id} exists", project=terms.project.id
            )
        session.add(Project(id=terms.project.id, title=title, created_at=now))
        session.flush()
        publish_terms(session, actor, terms, now=now)
    return terms.project.id


def publish_terms(session: Session, actor: Actor, terms: Terms, *, now: datetime) -> TermsVersion:
    """Publish a version of a project's terms: immutable from here on, for claims that are still to come.

    The budget it promises is put into the ledger, as far as earlier versions did not.
    """
    version = TermsVersion(
        id=str(uuid4()),
        project_id=terms.project.id,
        version=terms.project.version,
        sha256=terms.sha256,
        document=terms.to_document(),
        state="published",
        published_at=now,
    )
    session.add(version)
    session.flush()
    fund_as_promised(session, terms, now=now)
    append_audit(
        session,
        actor=actor,
        action="terms.published",
        object=f"project:{terms.project.id}",
        detail={"version": terms.project.version, "terms_sha256": terms.sha256},
        now=now,
    )
    return version


def import_prompts(
    store: Store, actor: Actor, project_id: str, rows: Iterable[Mapping[str, object]], now: datetime
) -> int:
    """Keep the prompts of a project and return how many are new; nothing is half imported.

    Parameters
    ----------
    rows : each with id, kind, variety, text, reading (or None), licence, and for topics perhaps target_s

    Raises
    ------
    SittingError : `prompt.form` naming the field, or `id.conflict` for a known id with another text
    """
    prompts = [make_prompt(project_id, row) for row in rows]
    with store.catalogue.write() as session:
        require_project(session, actor, project_id)
        require_variety(session, project_id, prompts)
        fresh = [prompt for prompt in prompts if is_new(session, prompt)]
        session.add_all(fresh)
        append_audit(
            session,
            actor=actor,
            action="prompts.imported",
            object=f"project:{project_id}",
            detail={"prompts": len(fresh)},
            now=now,
        )
    return len(fresh)


def make_prompt(project_id: str, row: Mapping[str, object]) -> Prompt:
    """Return a prompt that every release and judge could take, not stored yet.

    Raises
    ------
    SittingError : `prompt.form` naming the field
    """
    form = Form(row, where="", code="prompt.form", keys=PROMPT_KEYS, optional=("reading", "target_s"))
    reading, target_s = form.text_or_none("reading"), _target_s(form)
    require_usable_licence(form.text("licence"))
    if is_misread(form.text("id")):
        why = f"prompt id {form.text('id')!r} reads as a number or a missing value: give it a letter"
        raise SittingError("prompt.form", why, field="id")
    for field, most in (("id", LONGEST_ID), ("licence", LONGEST_LICENCE)):
        if len(form.text(field)) > most:
            raise SittingError("prompt.form", f"{field} is longer than {most} characters", field=field)
    return Prompt(
        id=form.text("id"),
        project_id=project_id,
        kind=form.one_of("kind", KINDS),
        variety=form.one_of("variety", VARIETIES),
        text=normalize("NFC", form.text("text")),
        reading=None if reading is None else normalize("NFC", reading),
        licence=form.text("licence"),
        target_s=target_s,
    )


def _target_s(form: Form) -> int | None:
    """Return how long one should speak: of topics only, a sentence is as long as it is."""
    target_s = form.count_or_none("target_s")
    if target_s is not None and (form.text("kind") == READ or not 0 < target_s <= LONGEST_TARGET_S):
        why = f"target_s is of topics, from 1 to {LONGEST_TARGET_S} s"
        raise SittingError("prompt.form", why, field="target_s")
    return target_s


def require_variety(session: Session, project_id: str, prompts: Sequence[Prompt]) -> None:
    """Refuse prompts in a variety that the terms do not speak of: their rules would judge the texts."""
    asked = Terms.from_document(newest_terms(session, project_id).document).project.variety
    for prompt in prompts:
        if prompt.variety != asked:
            why = f"prompt {prompt.id} is in {prompt.variety}, the terms are for {asked}"
            raise SittingError("prompt.form", why, field="variety", prompt_id=prompt.id)


def is_new(session: Session, prompt: Prompt) -> bool:
    """Say whether the catalogue has no such prompt; `id.conflict` if it has another text under the id."""
    known = session.get(Prompt, prompt.id)
    if known is None:
        return True
    if (known.project_id, known.text) != (prompt.project_id, prompt.text):
        raise SittingError(
            "id.conflict", f"prompt {prompt.id} is known with another text", prompt_id=prompt.id
        )
    return False


def make_tasks(
    store: Store,
    actor: Actor,
    project_id: str,
    *,
    items_per_task: int,
    only: Sequence[str] | None = None,
    now: datetime,
) -> int:
    """Make open tasks of the prompts that have none yet, for every band, and return how many.

    A task holds up to `items_per_task` prompts of one variety and style, in the order of their ids.

    Parameters
    ----------
    only : ids of prompts to make tasks of, in this order; None for all of the project
    """
    with store.catalogue.write() as session:
        require_project(session, actor, project_id)
        version = newest_terms(session, project_id)
        terms = Terms.from_document(version.document)
        made = 0
        for band in terms.bands:
            free = _without_task(session, project_id, band.name)
            for batch in _batches(free if only is None else _in_order(free, only), items_per_task):
                _add_task(session, version, band.name, batch, now)
                made += 1
        append_audit(
            session,
            actor=actor,
            action="tasks.made",
            object=f"project:{project_id}",
            detail={"tasks": made},
            now=now,
        )
    return made


def _in_order(prompts: Sequence[Prompt], wanted: Sequence[str]) -> list[Prompt]:
    by_id = {prompt.id: prompt for prompt in prompts}
    return [by_id[name] for name in dict.fromkeys(wanted) if name in by_id]


def newest_terms(session: Session, project_id: str) -> TermsVersion:
    """Return the terms that new claims of a project are made under."""
    published = (
        select(TermsVersion)
        .where(TermsVersion.project_id == project_id, TermsVersion.state == "published")
        .order_by(TermsVersion.published_at.desc(), TermsVersion.version.desc())
    )
    found = session.scalars(published).first()
    if found is None:
        raise not_found("project")
    return found


_KNOWN: Final[dict[str, Terms]] = {}
"""Terms by their hash: what one names never changes, so that a process asks the catalogue once for each."""


def known_terms(terms_sha256: str) -> Terms | None:
    """Return the terms of this hash if this process has met them: no question to the catalogue."""
    return _KNOWN.get(terms_sha256)


def terms_by_hash(session: Session, terms_sha256: str) -> Terms:
    """Return the terms of this hash: those a claim, a verdict or a review was made under."""
    known = _KNOWN.get(terms_sha256)
    if known is not None:
        return known
    document = session.scalars(
        select(TermsVersion.document).where(TermsVersion.sha256 == terms_sha256)
    ).first()
    if document is None:
        raise not_found("terms")
    return _KNOWN.setdefault(terms_sha256, Terms.from_document(document))


def require_project(session: Session, actor: Actor, project_id: str) -> None:
    """Refuse whoever is no manager of this project, and one that does not exist."""
    require_own(session, actor, project_id)


def _without_task(session: Session, project_id: str, band: str) -> Sequence[Prompt]:
    taken = (
        select(TaskPrompt.prompt_id)
        .join(Task, Task.id == TaskPrompt.task_id)
        .where(Task.project_id == project_id, Task.band == band, Task.state != "void")
        .where(Task.audition_id.is_(None))  # a sentence of an audition is still to be collected
    )
    free = (
        select(Prompt)
        .where(Prompt.project_id == project_id, Prompt.kind.in_(KINDS), Prompt.id.not_in(taken))
        .order_by(Prompt.variety, Prompt.kind, Prompt.id)
    )
    return session.scalars(free).all()


def _batches(prompts: Sequence[Prompt], size: int) -> Iterable[list[Prompt]]:
    for _, group in groupby(prompts, key=lambda prompt: (prompt.variety, prompt.kind)):
        for members in by_pool(list(group)):
            yield from (members[first : first + size] for first in range(0, len(members), size))


def _add_task(
    session: Session, version: TermsVersion, band: str, batch: Sequence[Prompt], now: datetime
) -> None:
    task = Task(
        id=str(uuid4()),
        project_id=version.project_id,
        terms_id=version.id,
        variety=batch[0].variety,
        style=batch[0].kind,
        band=band,
        pool=pool_of_task(batch),
        created_at=now,
    )
    session.add(task)
    session.flush()
    session.add_all(
        TaskPrompt(task_id=task.id, position=position, prompt_id=prompt.id)
        for position, prompt in enumerate(batch)
    )
