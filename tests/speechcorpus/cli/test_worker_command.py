"""`speechcorpus worker` as an operator starts it."""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from speechcorpus.store.models import Claim
from speechcorpus.workflows.claims import claim_task
from tests.stage import set_stage


def test_a_running_worker_does_the_janitors_chores_too(sqlite_store):
    long_ago = datetime.now(UTC) - timedelta(days=30)
    stage = set_stage(sqlite_store, long_ago)
    claim_task(sqlite_store, stage.contributor(), stage.tasks()[0], now=long_ago)
    command = [sys.executable, "-m", "speechcorpus.cli", "worker", "--data", str(sqlite_store.data_dir)]
    with subprocess.Popen(command) as worker:
        try:
            assert _ends(sqlite_store, within_s=30) == "expired"
        finally:
            worker.terminate()


def _ends(store, *, within_s):
    """Return the state of the only claim once it is no longer active."""
    deadline = time.monotonic() + within_s
    state = "active"
    while state == "active" and time.monotonic() < deadline:
        time.sleep(0.2)
        with store.catalogue.read() as session:
            state = session.scalars(select(Claim.state)).one()
    return state
