"""Requests that another program makes up from what the server says of its API: a code, never a fault."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from speechcorpus.workflows.sign_in import exchange_invite, invite_contributor
from tests.recorder_web.house import House
from tests.rig.server import Server

pytestmark = pytest.mark.slow


def test_requests_made_up_from_the_description_of_the_api_are_no_fault(running: tuple[House, Server]):
    pytest.importorskip("schemathesis")
    house, server = running
    now, recorder = datetime.now(UTC), house.stage.recorder(task=1)
    token = invite_contributor(house.store, recorder.actor.id, now=now)
    signed = exchange_invite(house.store, token, now=now)
    host, port = server.address
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"http://{host}:{port}/api/v1/openapi.json"]
    command += ["--header", f"Cookie: sc_contributor={signed.session_token}"]
    command += ["--header", f"X-CSRF-Token: {signed.csrf_token}"]
    command += ["--checks", "not_a_server_error", "--phases", "examples,coverage,fuzzing"]
    command += ["--max-examples", "10", "--rate-limit", "18/s", "--seed", "1", "--no-color"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=450)
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-1_000:]
