"""The manager's desk in a real browser: targets, terms with a fault and without, open to everybody."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from speechcorpus.store.store import open_store
from speechcorpus.workflows.consent_texts import keep_consent_texts
from speechcorpus.workflows.sign_in import invite_staff
from tests.desk import shelf
from tests.recorder_web.house import CONSENT, consent_change
from tests.rig.axe import barriers
from tests.rig.browser import browser
from tests.rig.server import serving
from tests.stage import Stage, set_stage

pytestmark = pytest.mark.journey

PAGES = ("home", "coverage", "funnel", "budget", "people", "audit")
DESK, PHONE = {"width": 1280, "height": 1000}, {"width": 360, "height": 780}


def project_with_work(folder: Path) -> Stage:
    """A project with some recordings in every state."""
    store, now = open_store(folder / "data", None), datetime.now(UTC)
    store.catalogue.migrate()
    stage = set_stage(store, now, **consent_change(keep_consent_texts(store, CONSENT)))
    work = shelf(stage)
    ann, ben = work.voice("f"), work.voice("m")
    for band, outcome in (("low", "accepted"), ("medium", "accepted"), ("high", "pending")):
        work.put(ann, seconds=1800, band=band, outcome=outcome, findings=(("noise.burst", "fix"),))
        work.put(ben, seconds=900, band=band, outcome=outcome, findings=(("audio.too-loud", "flag"),))
    return stage


def look_at(page: Page, found: dict[str, list[str]], name: str) -> None:
    """Hold the page to WCAG where it is narrowest; nothing may be wider than the window."""
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    found[name] = barriers(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], f"{name} is {width} wide"
    page.set_viewport_size(DESK)  # type: ignore[arg-type]


def test_a_manager_sets_targets_and_publishes_terms_and_every_page_is_open_to_all(tmp_path: Path) -> None:
    stage, found = project_with_work(tmp_path), dict[str, list[str]]()
    with serving(stage.store.data_dir, workers=0) as address, browser(tmp_path / "profile") as context:
        page = context.pages[0]
        token = invite_staff(stage.store, stage.manager.id, now=datetime.now(UTC))
        page.goto(f"{address}/staff/join#{token}")
        page.locator("#join").click()
        page.wait_for_url(f"{address}/staff/home")
        for name in PAGES:
            page.goto(f"{address}/staff/{name}")
            look_at(page, found, name)
        page.goto(f"{address}/staff/coverage")
        page.locator('[name="target:nan-TW:read:low"]').fill("1")
        page.locator('[name="target:nan-TW:read:low"]').press("Enter")
        expect(page.locator(".x-cell.low")).to_contain_text("75%")
        publish_terms(page, address, found)
    assert {state: ways for state, ways in found.items() if ways} == {}


def publish_terms(page: Page, address: str, found: dict[str, list[str]]) -> None:
    """Write a fault, be told its line, mend it, read the preview, publish."""
    page.goto(f"{address}/staff/terms?lang=en")
    text = page.locator("[name=text]").input_value()
    page.locator("[name=text]").fill(text.replace("exponent = 2", "exponent = two"))
    page.get_by_role("button", name="Save and check").click()
    line = text[: text.index("exponent")].count("\n") + 1
    expect(page.locator("#fault")).to_contain_text(f"Line {line} cannot stand")
    look_at(page, found, "terms with a fault")
    page.locator("[name=text]").fill(re.sub(r'version = "1\.0\.0"', 'version = "1.1.0"', text))
    page.get_by_role("button", name="Save and check").click()
    expect(page.locator("#diff")).to_be_visible()
    look_at(page, found, "terms that can be published")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Publish 1.1.0").click()
    expect(page.locator("tbody tr").filter(has_text="1.1.0").first).to_be_visible()
