"""The page is updated during a sitting: the old build finishes it, the new one comes after its close."""

from pathlib import Path

import numpy as np
import pytest

from tests.rig.build import MARK, serving_builds
from tests.rig.shell import CONTROLLED, LOOK, WAITING, builds, until, until_kept
from tests.rig.studio import open_studio

pytestmark = [pytest.mark.journey, pytest.mark.extended]


def test_a_new_build_during_a_sitting_waits_for_its_end(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    with serving_builds(tmp_path, studio.store) as served, studio.recorder(served.address) as recorder:
        page = recorder.page
        until(page, CONTROLLED)
        until_kept(page, f"/record/{studio.claim}")
        (old,) = builds(page)
        recorder.switch_on()
        recorder.begin()
        new = served.deploy()
        page.evaluate(LOOK)
        until(page, WAITING)
        page.wait_for_timeout(6_000)
        assert page.evaluate(WAITING)
        page.keyboard.press("Space")
        recorder.state("armed")
        recorder.all_safe(2)
        take = recorder.current_take()
        local = recorder.local(take)
        assert page.evaluate(MARK) is None

        page.goto(f"{served.address}/home")
        until(page, f"async () => !(await caches.keys()).includes('speechcorpus-assets-{old}')")
        assert builds(page) == {new}
        page.goto(f"{served.address}/record/{studio.claim}")
        recorder.state("checking")
        assert page.evaluate(MARK) == ""
    assert studio.is_unbroken(local.codes)
    assert np.array_equal(studio.master(take), local.codes)
