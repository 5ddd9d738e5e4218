"""Work that is done by a process which dies at a chosen write, and by the next one, until it is done.

`python -m tests.killing FOLDER URL NOW STEP` reads acts from standard input, one JSON list a line, and prints
one line a child: the act, how many writes it was let live for, and how it ended.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Select, event, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.store.models import Claim, Review
from speechcorpus.store.store import Store, open_store
from speechcorpus.workflows.claims import claim_task
from speechcorpus.workflows.ledger_check import check_ledger
from speechcorpus.workflows.reviews import decide_review, take_review
from speechcorpus.workflows.submission import submit_claim
from tests.stage import LISTENING

WRITES = ("INSERT", "UPDATE", "DELETE")
MOST_WRITES = 200


def main() -> None:
    folder, url, now, step = sys.argv[1:]
    for act in (json.loads(line) for line in sys.stdin):
        for lives in [*range(0, MOST_WRITES, int(step)), -1]:
            ended = _in_child(Path(folder), url or None, datetime.fromisoformat(now), act, lives)
            sys.stdout.write(f"{act[0]} {lives} {ended}\n")
            sys.stdout.flush()
            if ended == 0:
                break


def _in_child(folder: Path, url: str | None, now: datetime, act: list[str], lives: int) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            _attempt(open_store(folder, url), act, lives, now)
        except BaseException:  # whatever it is, its end is told
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _attempt(store: Store, act: list[str], lives: int, now: datetime) -> None:
    """Look the money over as whoever comes back after a crash does, then do it, or die in it."""
    kind, who, what = act
    with store.catalogue.read() as session:
        assert list(check_ledger(session)) == []
    if lives >= 0:
        _die_after(lives)
    {"claim": _claim, "hand-in": _hand_in, "decide": _decide}[kind](store, who, what, now)


def _die_after(writes: int) -> None:
    """Die before a statement that writes, before the commit, or after it with nobody told."""
    left = [writes]

    def count(*_: object) -> None:
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1

    def written(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().startswith(WRITES):
            count()

    event.listen(Engine, "before_cursor_execute", written)
    event.listen(Engine, "commit", count)
    event.listen(Session, "after_commit", count)


def _claim(store: Store, person: str, task: str, now: datetime) -> None:
    actor = Actor(role="contributor", id=person)
    mine = select(Claim.id).where(Claim.task_id == task, Claim.contributor_id == person)
    with _unless_done("task.taken", store, mine):
        claim_task(store, actor, task, now=now)


def _hand_in(store: Store, person: str, claim: str, now: datetime) -> None:
    actor, at = Actor(role="contributor", id=person), now + timedelta(minutes=10)
    with _unless_done(
        "claim.edge", store, select(Claim.id).where(Claim.id == claim, Claim.state != "active")
    ):
        submit_claim(store, actor, claim, now=at)


def _decide(store: Store, reviewer: str, segment: str, now: datetime) -> None:
    actor, at = Actor(role="reviewer", id=reviewer), now + timedelta(hours=3)
    with store.catalogue.read() as session:
        review = session.scalars(select(Review).where(Review.segment_id == segment)).one()
    fence = review.fence
    if review.state != "decided":
        fence = take_review(store, actor, review.id, now=at - LISTENING).fence
    said: dict[str, Any] = {"decision": "accept", "findings": [], "note": None}
    decide_review(store, actor, review.id, fence=fence, **said, now=at)


@contextmanager
def _unless_done(code: str, store: Store, done: Select[str]) -> Iterator[None]:
    """Let one refusal pass: of what the dead process had finished, without a word to anybody."""
    try:
        yield
    except SittingError as refusal:
        if refusal.code != code:
            raise
        with store.catalogue.read() as session:
            session.scalars(done).one()


if __name__ == "__main__":
    main()
