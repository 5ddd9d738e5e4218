"""Failure 12: the device is full, or the browser throws its files away: what was kept stays kept."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.rig.server import web_server
from tests.rig.studio import open_studio

pytestmark = pytest.mark.journey

USED = "async () => (await navigator.storage.estimate()).usage"
LEFT_BYTES = 400_000  # some seconds of sound


def test_a_full_device_ends_the_take_at_a_whole_packet_and_goes_on_when_there_is_room(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    studio = open_studio(tmp_path)
    with web_server(studio.data) as server, studio.recorder(server.url) as recorder:
        page = recorder.page
        recorder.switch_on()
        recorder.nothing_waits()
        recorder.begin()
        browser = page.context.new_cdp_session(page)
        quota = page.evaluate(USED) + LEFT_BYTES
        browser.send("Storage.overrideQuotaForOrigin", {"origin": server.url, "quotaSize": quota})
        recorder.state("full", timeout_s=60)
        take = str(recorder.takes()[-1]["take"])
        browser.send("Storage.overrideQuotaForOrigin", {"origin": server.url})

        page.locator("#start").click()  # there is room again
        recorder.state("armed", timeout_s=60)
        recorder.record(1)
        recorder.nothing_waits()
        local = recorder.local(take)

        capture = local.manifest["capture"]
        assert isinstance(capture, dict)
        assert capture["ended_by"] == "full"
        assert local.manifest["frames"] == local.codes.size
        found = studio.faults(local.codes)
        assert found.none, found
        assert np.array_equal(studio.master(take), local.codes)

        browser.send("Storage.clearDataForOrigin", {"origin": server.url, "storageTypes": "all"})
    assert np.array_equal(studio.master(take), local.codes)  # evicted here, kept there
    record_property("measured", f"full: {found} of {local.codes.size:,}; evicted: server copy identical")
