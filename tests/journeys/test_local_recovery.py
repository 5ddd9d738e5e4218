"""What a killed browser left is shown take by take and can be heard before anybody decides about it."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.rig.axe import barriers
from tests.rig.server import web_server
from tests.rig.studio import open_studio

pytestmark = pytest.mark.journey


def test_an_interrupted_take_is_heard_first_then_kept_and_nothing_is_thrown_away_by_one_press(
    tmp_path: Path,
) -> None:
    studio = open_studio(tmp_path)
    with web_server(studio.data) as server:
        with studio.group(server.url) as (recorder, browser):
            recorder.switch_on()
            recorder.nothing_waits()
            recorder.begin()
            recorder.speak(2)
            browser.kill()
        with studio.recorder(server.url) as recorder:
            page = recorder.page
            page.locator("#recovery").wait_for()
            row = page.locator("[data-interrupted]")
            expect(row).to_have_count(1)
            expect(row).to_contain_text(page.evaluate("JSON.parse(data.textContent).prompts[0].text"))
            expect(row).to_contain_text(page.evaluate("new Date().toLocaleDateString('zh-Hant')"))
            listen = row.get_by_role("button")
            listen.press("Enter")
            expect(listen).to_have_attribute("aria-pressed", "true")
            expect(listen).to_have_attribute("aria-pressed", "false", timeout=60_000)
            assert barriers(page) == []
            page.locator("#discard").click()
            expect(page.get_by_role("alert")).to_be_visible()
            page.locator("#keep").click()
            recorder.all_safe(2)
            take = str(recorder.takes()[-1]["take"])
            local = recorder.local(take)
    assert studio.is_unbroken(local.codes)
    assert np.array_equal(studio.master(take), local.codes)
