"""Who reads which sentences: what is kept back for dev and test goes to speakers who are there already."""

from collections.abc import Mapping, Sequence
from typing import get_args

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from speechcorpus.corpus.prompt_pool import FEWEST, Pool, distance, pool_of, pool_of_all
from speechcorpus.store.models import Prompt, Release, ReleaseItem, Round, Segment, Sitting, Take, Task

READ = "read"
HELD_OUT = ("dev", "test")
TRAIN: Pool = "train"


def by_pool(prompts: Sequence[Prompt]) -> list[list[Prompt]]:
    """Return the prompts of each pool, in their order; a task is made of one pool only.

    Few sentences, and topics, are one pool.
    """
    if len(prompts) < FEWEST or prompts[0].kind != READ:
        return [list(prompts)]
    found: dict[str, list[Prompt]] = {pool: [] for pool in get_args(Pool)}
    for prompt in prompts:
        found[pool_of(prompt.project_id, prompt.text)].append(prompt)
    return list(found.values())


def pool_of_task(prompts: Sequence[Prompt]) -> Pool | None:
    """Return the pool of what a task asks to read; None for topics and for sentences of several pools."""
    if prompts[0].kind != READ:
        return None
    return pool_of_all(prompts[0].project_id, (prompt.text for prompt in prompts))


def pools_of(session: Session, the_round: Round) -> Mapping[str, str]:
    """Return the pool of each task of a round that has one."""
    rows = session.execute(
        select(Task.id, Task.pool).where(Task.round_id == the_round.id, Task.pool.is_not(None))
    )
    return {task_id: str(pool) for task_id, pool in rows}


def held_out_speakers(session: Session, project_id: str) -> Mapping[str, str]:
    """Return which people the newest published release of a project has in dev or test."""
    newest = (
        select(Release.id)
        .where(Release.project_id == project_id, Release.state == "published")
        .order_by(Release.published_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Sitting.contributor_id, ReleaseItem.split)
        .join(Take, Take.sitting_id == Sitting.id)
        .join(Segment, Segment.take_id == Take.id)
        .join(ReleaseItem, ReleaseItem.segment_id == Segment.id)
        .where(ReleaseItem.release_id == newest, ReleaseItem.split.in_(HELD_OUT))
        .distinct()
    )
    return dict(iter(rows))


def own_splits(session: Session, contributor_id: str) -> Mapping[str, str]:
    """Return project → dev or test, for the projects whose newest published release has this person there."""
    out = select(Release.project_id, Release.id).where(Release.state == "published")
    newest: dict[str, str] = dict(iter(session.execute(out.order_by(Release.published_at))))
    own = (
        select(ReleaseItem.split)
        .join(Segment, Segment.id == ReleaseItem.segment_id)
        .join(Take, Take.id == Segment.take_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .where(Sitting.contributor_id == contributor_id, ReleaseItem.split.in_(HELD_OUT))
        .limit(1)
    )
    found = {
        project: session.scalar(own.where(ReleaseItem.release_id == one)) for project, one in newest.items()
    }
    return {project: split for project, split in found.items() if split is not None}


def order_for(splits: Mapping[str, str]) -> ColumnElement[str]:
    """Return what open tasks are sorted by for one person: a digit for how far their pool is, then the id.

    Parameters
    ----------
    splits : project → dev or test, as `own_splits` has it; in all other projects the person is train's
    """
    pool = func.coalesce(Task.pool, TRAIN)
    cases = [
        (and_(Task.project_id == project, pool == each), str(distance(each, split)))
        for project, split in splits.items()
        for each in get_args(Pool)
    ]
    cases += [(pool == each, str(distance(each, TRAIN))) for each in get_args(Pool)]
    return case(*cases) + Task.id
