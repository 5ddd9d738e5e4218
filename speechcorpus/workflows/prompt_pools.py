"""Who reads which sentences: what is kept back for dev and test goes to speakers who are there already."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.corpus.prompt_pool import FEWEST, Pool, pool_of
from speechcorpus.store.models import (
    Prompt,
    Release,
    ReleaseItem,
    Round,
    Segment,
    Sitting,
    Take,
    Task,
    TaskPrompt,
)

READ = "read"
HELD_OUT = ("dev", "test")


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


def pools_of(session: Session, the_round: Round) -> Mapping[str, str]:
    """Return the pool of each task of a round that is to be read; one with sentences of several has none."""
    rows = session.execute(
        select(Task.id, Prompt.text)
        .join(TaskPrompt, TaskPrompt.task_id == Task.id)
        .join(Prompt, Prompt.id == TaskPrompt.prompt_id)
        .where(Task.round_id == the_round.id, Task.style == READ)
    )
    found: dict[str, set[str]] = defaultdict(set)
    for task_id, text in rows:
        found[task_id].add(pool_of(the_round.project_id, text))
    return {task_id: next(iter(pools)) for task_id, pools in found.items() if len(pools) == 1}


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
