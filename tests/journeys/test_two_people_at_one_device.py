"""Two people at one device: the second one agrees on their own, both voices are checked, lanes are named."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from speechcorpus.store.models import Sitting, SittingPeer
from speechcorpus.store.store import open_store
from speechcorpus.workflows.consent_texts import keep_consent_texts
from speechcorpus.workflows.views.recording import editor_view
from speechcorpus.workflows.views.take_segments import segments_of_take
from tests.dialogue import Pair, pair
from tests.monologue import sentences
from tests.recorder_web.house import CONSENT, consent_change
from tests.rig.axe import barriers
from tests.rig.browser import browser
from tests.rig.desk import Desk
from tests.rig.noise import RATE_HZ, coded_noise, write_source
from tests.rig.place import Place
from tests.rig.server import serving
from tests.rig.studio import Studio
from tests.stage import set_stage, work_off

pytestmark = [pytest.mark.journey, pytest.mark.extended]

LANGUAGES = ("zh-Hant", "zh-Hans", "nan-Hant", "en")
PHONE = {"width": 390, "height": 844}
RAW_KEYS = r"document.body.innerText.match(/\b(recorder|partner|band|variety|error)\.[\w.-]+/g)"


def two_in(folder: Path, **changes: str) -> Pair:
    """A dialogue that somebody holds, in a house of its own; nobody has agreed to it yet."""
    store = open_store(folder / "data", None)
    store.catalogue.migrate()
    texts = consent_change(keep_consent_texts(store, CONSENT))
    return pair(set_stage(store, datetime.now(UTC), **texts, **changes))


@pytest.fixture
def two(tmp_path: Path) -> Pair:
    return two_in(tmp_path, **{"rate_hz = 16000": f"rate_hz = {RATE_HZ}"})


@pytest.fixture
def studio(two: Pair, tmp_path: Path) -> Studio:
    source = coded_noise(20, seed=7, rate_hz=RATE_HZ)
    write_source(tmp_path / "noise.wav", source, rate_hz=RATE_HZ)
    return Studio(
        folder=tmp_path,
        store=two.stage.store,
        actor=two.holder,
        claim=two.claim,
        source=source,
        rate_hz=RATE_HZ,
    )


@pytest.fixture
def phone(two: Pair, tmp_path: Path) -> Place:
    """The second person's own device."""
    return Place(folder=tmp_path / "phone", store=two.stage.store, actor=two.partner, claim=two.claim)


@pytest.fixture
def address(studio: Studio) -> Iterator[str]:
    with serving(studio.data, workers=0) as address:
        yield address


def look(page: Page) -> None:
    """Nothing keeps anybody out of this page, and nothing on it is a key instead of words."""
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= (page.viewport_size or PHONE)["width"]
    assert page.evaluate(RAW_KEYS) is None


def link_on(page: Page) -> str:
    """Make a link for the second person, and read it."""
    page.locator("#invite").click()
    link = page.locator("input[readonly]")
    look(page)
    return link.input_value()


def agree(page: Page, link: str) -> None:
    """Read the invitation in every language, tick what is needed, agree."""
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for language in reversed(LANGUAGES):
        page.goto(f"{link}?lang={language}")
        page.locator("#agree").wait_for()
        look(page)
    page.locator("#agree").click()  # without ticks the browser itself holds it back
    expect(page.locator("#agreed")).to_have_count(0)
    for purpose in page.locator("input[required]").all():
        purpose.check()
    page.locator("#agree").click()
    page.locator("#agreed").wait_for()
    look(page)


def hear_both(page: Page) -> None:
    """A short line of each."""
    page.locator('#voices[data-who="0"]').wait_for(timeout=60_000)
    page.keyboard.press("Space")  # no second microphone is opened
    for who in (0, 1):
        page.locator(f'#voices[data-who="{who}"]').wait_for(timeout=60_000)
        look(page)
        expect(page.locator("#announced")).to_contain_text(("輪到你", "輪到c-0")[who])
        page.locator("#voice-go").click()
    page.locator('#voices[data-who="2"]').wait_for(timeout=60_000)
    look(page)
    page.locator("#voices-done").click()


def test_the_microphone_opens_once_the_second_person_has_agreed_on_a_device_of_their_own(
    two: Pair, studio: Studio, phone: Place, address: str
) -> None:
    with studio.recorder(address) as recorder, browser(phone.profile) as other:
        page, theirs = recorder.page, other.pages[0]
        page.locator("#partner-first").wait_for()
        look(page)
        page.keyboard.press("Space")
        expect(page.locator("#start, #room-tone")).to_have_count(0)
        page.locator("#partner-first a").click()
        phone.sign_in(theirs, address)
        agree(theirs, link_on(page))
        page.goto(f"{address}/record/{two.claim}")
        page.locator("#start").click()
        hear_both(page)
        recorder.state("armed", timeout_s=60)
        recorder.record(1)
        recorder.nothing_waits()
        assert [take["track"] for take in recorder.takes()].count("check") == 2
        with two.stage.store.catalogue.read() as session:
            peer = session.scalars(select(SittingPeer).join(Sitting)).one()
            assert (peer.said, peer.held_for) == (two.name(), None)
        theirs.goto(f"{address}/home")
        theirs.locator("#together").wait_for()
        look(theirs)
        theirs.get_by_text("不一起錄了").click()
        theirs.locator("form[action^='/partners/'] button").click()
        expect(theirs.locator("#together")).to_have_count(0)
        page.reload()
        page.locator("#partner-first").wait_for()


def test_a_partner_who_leaves_after_the_page_was_loaded_is_noticed_and_one_who_comes_is_too(
    two: Pair, studio: Studio, address: str
) -> None:
    row = two.agree()
    with studio.recorder(address) as recorder:
        page = recorder.page
        page.locator("#start").wait_for()
        two.end(row, two.partner)
        page.locator("#start").click()
        page.locator("#partner-first").wait_for()
        expect(page.locator("#room-tone")).to_have_count(0)
        two.agree()
        page.locator("#start").wait_for()  # by itself


def test_the_partner_has_a_lane_by_name(tmp_path: Path, shared: Path) -> None:
    two = two_in(tmp_path)
    two.agree()
    take = two.take(sentences(shared, 1, 2, pause_s=1.5))
    work_off(two.stage)
    desk = Desk(folder=tmp_path, store=two.stage.store, actor=two.holder, claim=two.claim, stage=two.stage)
    with serving(desk.data, workers=0) as address, desk.open(address, width=390, height=844) as editor:
        page = editor.page
        page.locator("#lane").select_option(label=two.name())
        expect(page.locator("#told")).to_contain_text("換好說話的人了")
        assert two.name() in page.locator("#lane").inner_text()
    lanes = [each.part.speaker for each in segments_of_take(two.stage.store, two.holder, take.id).segments]
    assert two.name() in lanes
    assert editor_view(two.stage.store, two.holder, two.claim).segments
