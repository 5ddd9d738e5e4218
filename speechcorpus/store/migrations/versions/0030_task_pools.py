"""Keep with each task which split its sentences are kept for, so that open tasks can be sorted by it."""

from collections.abc import Iterator
from itertools import groupby

import sqlalchemy as sa
from alembic import op

from speechcorpus.corpus.prompt_pool import pool_of_all

revision = "0030"
down_revision = "0029"

TASK = sa.table("task", *map(sa.column, ("id", "project_id", "style", "audition_id", "pool")))
CHOSEN = sa.table("task_prompt", sa.column("task_id"), sa.column("prompt_id"))
PROMPT = sa.table("prompt", sa.column("id"), sa.column("text"))


def upgrade() -> None:
    """Add a column, and fill it for the tasks that are there: a sentence is in the same pool for ever."""
    op.add_column("task", sa.Column("pool", sa.String(length=8)))
    found = [{"task": task_id, "in": pool} for task_id, pool in _pools() if pool is not None]
    if found:
        filled = TASK.update().where(TASK.c.id == sa.bindparam("task")).values(pool=sa.bindparam("in"))
        op.get_bind().execute(filled, found)


def _pools() -> Iterator[tuple[str, str | None]]:
    rows = op.get_bind().execute(
        sa.select(TASK.c.id, TASK.c.project_id, PROMPT.c.text)
        .join(CHOSEN, CHOSEN.c.task_id == TASK.c.id)
        .join(PROMPT, PROMPT.c.id == CHOSEN.c.prompt_id)
        .where(TASK.c.style == "read", TASK.c.audition_id.is_(None))
        .order_by(TASK.c.id)
    )
    for (task_id, project_id), members in groupby(rows, key=lambda row: (row.id, row.project_id)):
        yield task_id, pool_of_all(project_id, (row.text for row in members))
