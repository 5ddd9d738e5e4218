"""Processes that die while work is taken, handed in and accepted: held once, owed once, and nothing lost."""

import json
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ColumnElement, func, select

from speechcorpus.store.models import (
    Base,
    Claim,
    LedgerTransaction,
    OutcomeRow,
    Receipt,
    SecondTranscript,
    Task,
    TaskPrompt,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows import projects
from speechcorpus.workflows.checkup import check_store
from tests.hearing import an_item, wording
from tests.stage import Recorder, Stage, keep_consent_text, set_stage

REPOSITORY = Path(__file__).parents[3]
ONLY_FLAGGED: dict[str, Any] = {
    "unflagged_pct = 5, first_two_claims_pct = 20": "unflagged_pct = 0, first_two_claims_pct = 0",
    "max_share_pct = 5": "max_share_pct = 100",
}
KILLED = -9
KILLS = 200


def stage_with_tasks(store: Store, now: datetime, count: int) -> Stage:
    """A project whose items are heard if they are flagged, and accepted at hand-in if they are not."""
    keep_consent_text(store)
    stage = set_stage(store, now, **ONLY_FLAGGED)
    said = {"kind": "read", "variety": "nan-TW", "reading": None, "licence": "CC0-1.0"}
    rows = [{"id": f"q{n:04}", "text": f"第{n}句。", **said} for n in range(2 * count)]
    projects.import_prompts(store, stage.manager, stage.project_id, rows, now)
    projects.make_tasks(store, stage.manager, stage.project_id, items_per_task=2, now=now)
    return stage


def carried_out(stage: Stage, acts: list[list[str]], step: int) -> Counter[int]:
    """Do every act in processes that die at each `step`-th write of it; how those processes ended."""
    store = stage.store
    url = "" if store.catalogue.is_sqlite else store.catalogue.url.render_as_string(False)
    done = subprocess.run(
        [sys.executable, "-m", "tests.killing", str(store.data_dir), url, stage.now.isoformat(), str(step)],
        input="\n".join(json.dumps(act) for act in acts),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=3600,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    return Counter(int(line.split()[2]) for line in done.stdout.splitlines())


def number(store: Store, table: type[Base], *where: ColumnElement[bool]) -> int:
    with store.catalogue.read() as session:
        return session.scalar(select(func.count()).select_from(table).where(*where)) or 0


def require_claimed_once(store: Store, claims: int) -> None:
    """One claim, one reserve and one receipt a task; books, audit chain and rows agree.

    Of what is accepted one text in twenty is drawn to be written a second time: its fee is set aside as well.
    """
    assert number(store, Claim) == number(store, Task, Task.state != "open") == claims
    reserves = number(store, LedgerTransaction, LedgerTransaction.kind == "reserve")
    assert reserves == claims + number(store, SecondTranscript)
    assert number(store, Receipt, Receipt.kind == "claim") == claims
    assert check_store(store) == ()


def prompts_of(stage: Stage, recorder: Recorder) -> list[str]:
    held = select(TaskPrompt.prompt_id).join(Claim, Claim.task_id == TaskPrompt.task_id)
    with stage.store.catalogue.read() as session:
        found = session.scalars(held.where(Claim.id == recorder.claim).order_by(TaskPrompt.position))
        return list(found)


def claiming(stage: Stage, count: int, step: int) -> int:
    """Let so many people claim a task each; how many processes died of it."""
    acts = [["claim", stage.contributor().id, task] for task in stage.tasks()[-count:]]
    ended = carried_out(stage, acts, step)
    assert ended == {KILLED: ended[KILLED], 0: count}
    require_claimed_once(stage.store, count)
    return ended[KILLED]


def accruing(stage: Stage, count: int, step: int) -> int:
    """Let so many people hand in an item that is accepted at once and one that somebody hears first."""
    acts, open_tasks = list[list[str]](), len(stage.tasks())
    for n in range(count):
        recorder = stage.recorder(task=open_tasks - count + n)
        first, second = prompts_of(stage, recorder)
        an_item(recorder, first)
        heard = an_item(recorder, second, wording())
        acts += [["hand-in", recorder.actor.id, recorder.claim or ""], ["decide", stage.reviewer().id, heard]]
    ended = carried_out(stage, acts, step)
    assert ended == {KILLED: ended[KILLED], 0: len(acts)}
    accepted = number(stage.store, OutcomeRow, OutcomeRow.state == "accepted")
    assert accepted == number(stage.store, OutcomeRow) == 2 * len(acts)
    assert number(stage.store, LedgerTransaction, LedgerTransaction.kind == "accrue") == accepted
    require_claimed_once(stage.store, count)
    return ended[KILLED]


def test_killed_while_items_are_accepted_each_is_owed_once(sqlite_store: Store, now: datetime) -> None:
    assert accruing(stage_with_tasks(sqlite_store, now, 1), 1, step=11) >= 4


@pytest.mark.slow
def test_killed_200_times_at_every_write_of_claims_each_task_is_held_once(
    store: Store, now: datetime
) -> None:
    assert claiming(stage_with_tasks(store, now, 23), 23, step=1) >= KILLS


@pytest.mark.slow
def test_killed_200_times_at_every_write_of_acceptance_each_line_is_owed_once(
    store: Store, now: datetime
) -> None:
    assert accruing(stage_with_tasks(store, now, 5), 5, step=1) >= KILLS
