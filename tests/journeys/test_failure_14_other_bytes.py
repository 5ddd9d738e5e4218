"""Failure 14: other bytes under the same number: neither is overwritten, the take stops, a person looks.

The server's half, on both databases: tests/speechcorpus/workflows/test_chunks.py,
tests/recorder_web/api/test_capture.py.
"""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from speechcorpus.store.models import Audit, Blob
from tests.rig.noise import RATE_HZ
from tests.rig.recorder import RecorderPage
from tests.rig.server import web_server
from tests.rig.studio import open_studio

pytestmark = pytest.mark.journey

NEXT_CHUNK = "frames => Math.floor((window.rig.meter?.take_frames ?? 0) / frames) + 1"
CSRF = "JSON.parse(document.getElementById('data').textContent).csrf"


def send_other_bytes(recorder: RecorderPage, address: str, take: str, index: int) -> int:
    """Send five seconds of nonsense as a chunk of a take that is still to come."""
    data = bytes(range(250)) * (10 * RATE_HZ // 250)
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    answer = recorder.page.request.put(
        f"{address}/api/v1/takes/{take}/chunks/{index}",
        data=data,
        headers={
            "X-CSRF-Token": recorder.page.evaluate(CSRF),
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/octet-stream",
            "Content-Digest": f"sha-256=:{digest}:",
            "Speechcorpus-First-Sample": str(index * 5 * RATE_HZ),
            "Speechcorpus-Frames": str(5 * RATE_HZ),
        },
    )
    return answer.status


def test_a_take_whose_number_holds_other_bytes_is_stopped_and_both_are_kept(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    studio = open_studio(tmp_path)
    with web_server(studio.data) as server, studio.recorder(server.url) as recorder:
        recorder.switch_on()
        recorder.nothing_waits()
        recorder.begin()
        take = str(recorder.takes()[-1]["take"])
        status = 404
        while status == 404:  # until the take is known there
            recorder.page.wait_for_timeout(100)
            index = recorder.page.evaluate(NEXT_CHUNK, 5 * RATE_HZ)
            status = send_other_bytes(recorder, server.url, take, index)
        assert status == 201
        recorder.speak(5 * index + 5.5)
        recorder.stop()
        recorder.upload_says("recorder.upload.stopped")
        local = recorder.local(take)
        recorder.next()
        recorder.record(1)  # the sitting goes on
        other = recorder.current_take()
        recorder.page.locator('#upload[data-waiting="1"][data-safe="2"]').wait_for()

    assert studio.is_unbroken(local.codes)
    assert studio.is_unbroken(studio.master(other))
    own = local.codes[index * 5 * RATE_HZ : (index + 1) * 5 * RATE_HZ]
    mine = hashlib.sha256(own.tobytes()).hexdigest()
    with studio.store.catalogue.read() as session:
        audited = session.scalars(select(Audit.action).where(Audit.object == f"take:{take}")).all()
        blob = session.scalars(select(Blob.state).where(Blob.sha256 == mine)).all()
    assert blob == ["quarantined"]
    assert "chunk.conflict" in audited
    record_property("measured", "409; both bodies kept, audited; next take arrived")
