"""The two tasks of an audition: some sentences to read, one topic to speak about; made for one person."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.plain import to_plain
from speechcorpus.domain.terms import Terms
from speechcorpus.qc.judge import EVALUATOR
from speechcorpus.store.models import Audition, Claim, Prompt, Task, TaskPrompt, TermsVersion
from speechcorpus.work.audition import FREE_S, PROMPTS
from speechcorpus.work.edges import TASK
from speechcorpus.workflows.segments import READ

TOPIC: Final = "audition"  # the kind of a prompt that is in no other task
FREE: Final = "monologue"
OPEN_FOR: Final = timedelta(days=14)  # nobody waits for these tasks, so nobody is hurried
TOPICS: Final[Mapping[str, str]] = {
    "nan-TW": "請用台語講一分鐘：你今仔日做啥物代誌？",
    "nan-CN": "請用閩南話講一分鐘：汝今仔日做甚物代誌？",
    "cmn-TW": "請用一分鐘說說看：你今天做了哪些事？",
}


def make_tasks_of(
    session: Session, audition: Audition, version: TermsVersion, terms: Terms, now: datetime
) -> None:
    """Add both tasks, each with its claim: nobody else may ever take them."""
    read = _read_prompts(session, audition)
    for style, prompt_ids in ((READ, read), (FREE, [_topic(session, audition)])):
        if prompt_ids:
            _add(session, audition, version, terms, style, prompt_ids, now)


def claims_of(session: Session, audition_id: str) -> Mapping[str, Claim]:
    """Return the claims of an audition by style: `read` (absent without sentences) and `monologue`."""
    rows = session.execute(
        select(Task.style, Claim)
        .join(Claim, Claim.task_id == Task.id)
        .where(Task.audition_id == audition_id)
        .order_by(Task.style.desc())
    )
    return {str(style): claim for style, claim in rows}


def require_no_audition(session: Session, claim: Claim) -> None:
    """Refuse what is done with ordinary work: an audition is handed in and paid as a whole.

    Raises
    ------
    SittingError : `audition.whole`
    """
    audition_id = session.scalar(select(Task.audition_id).where(Task.id == claim.task_id))
    if audition_id is not None:
        raise SittingError("audition.whole", "an audition is handed in as a whole", audition=audition_id)


def _read_prompts(session: Session, audition: Audition) -> Sequence[str]:
    """Return some sentences in a row, from a place that the audition's id gives: not always the same."""
    readable = (
        Prompt.project_id == audition.project_id,
        Prompt.kind == READ,
        Prompt.variety == audition.variety,
    )
    known = session.scalar(select(func.count()).select_from(Prompt).where(*readable)) or 0
    first = int.from_bytes(hashlib.sha256(audition.id.encode()).digest()[:8], "big") % known if known else 0
    ordered = select(Prompt.id).where(*readable).order_by(Prompt.id)
    chosen = list(session.scalars(ordered.offset(first).limit(PROMPTS)))
    wanted = min(PROMPTS, known) - len(chosen)
    return [*chosen, *session.scalars(ordered.limit(wanted))] if wanted else chosen


def _topic(session: Session, audition: Audition) -> str:
    digest = hashlib.sha256(f"{audition.project_id}\0{audition.variety}".encode()).hexdigest()
    prompt_id = f"audition-{digest[:16]}"
    if session.get(Prompt, prompt_id) is None:
        topic = Prompt(id=prompt_id, project_id=audition.project_id, kind=TOPIC, variety=audition.variety)
        topic.text, topic.licence, topic.target_s = TOPICS[audition.variety], "CC0-1.0", FREE_S
        session.add(topic)
        session.flush()
    return prompt_id


def _add(
    session: Session,
    audition: Audition,
    version: TermsVersion,
    terms: Terms,
    style: str,
    prompt_ids: Sequence[str],
    now: datetime,
) -> None:
    task = Task(
        id=str(uuid4()),
        project_id=audition.project_id,
        terms_id=version.id,
        variety=audition.variety,
        style=style,
        band=audition.band,
        state=TASK.after("open", "claim"),
        fence=1,
        created_at=now,
        audition_id=audition.id,
    )
    session.add(task)
    session.flush()
    session.add_all(
        TaskPrompt(task_id=task.id, position=position, prompt_id=prompt_id)
        for position, prompt_id in enumerate(prompt_ids)
    )
    session.add(_claim(audition, task, terms, now))
    session.flush()


def _claim(audition: Audition, task: Task, terms: Terms, now: datetime) -> Claim:
    return Claim(
        id=str(uuid4()),
        task_id=task.id,
        contributor_id=audition.contributor_id,
        fence=task.fence,
        terms_sha256=terms.sha256,
        price=_flat(terms),
        evaluator=EVALUATOR,
        claimed_at=now,
        lease_until=audition.begun_at + OPEN_FOR,
    )


def _flat(terms: Terms) -> dict[str, Any]:
    """Return the frozen price: nothing for an item, for the audition is paid as a whole."""
    price: dict[str, Any] = to_plain(terms.price)  # type: ignore[assignment]
    return {**price, **{line: {**price[line], "minor": 0} for line in ("record", "transcribe")}}
