"""The server goes away before the microphone is on and comes back after the last word: nothing is refused."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from speechcorpus.store.models import Sitting
from tests.rig.server import free_port, serving
from tests.rig.studio import open_studio

pytestmark = pytest.mark.journey


def test_a_whole_sitting_without_the_server_arrives_byte_for_byte_when_it_is_back(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    port = free_port()
    with ExitStack() as room:
        with serving(studio.data, port=port) as address:
            recorder = room.enter_context(studio.recorder(address))
            recorder.state("checking")
        recorder.switch_on()
        recorder.record(12)  # longer than the 5 s that the server grants beyond what it saw
        take = recorder.current_take()
        recorder.upload_says("recorder.upload.offline")
        with serving(studio.data, port=port):
            recorder.network_is_back()
            recorder.all_safe(2, timeout_s=60)
            local = recorder.local(take)

    with studio.store.catalogue.read() as session:
        assert session.scalars(select(Sitting.started_offline)).all() == [True]
    assert studio.is_unbroken(local.codes)
    assert np.array_equal(studio.master(take), local.codes)
