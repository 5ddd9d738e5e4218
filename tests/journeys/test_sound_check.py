"""A microphone is checked, calibrated beside a meter, and from then on the recorder knows decibels."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from recorder_web.i18n import LOCALES
from speechcorpus.dsp.frames import A, frame_powers
from speechcorpus.dsp.level import leq_dbfs
from speechcorpus.store.models import Calibration, CalibrationRepeat, DeviceCheck, Segment, Sitting
from speechcorpus.store.store import open_store
from speechcorpus.workflows.claims import claim_task
from speechcorpus.workflows.judging import facts_of
from tests.rig.axe import barriers
from tests.rig.browser import browser
from tests.rig.check import CONTRIBUTOR, CheckPage
from tests.rig.noise import RATE_HZ, Codes, coded_noise, write_source
from tests.rig.recorder import RecorderPage
from tests.rig.server import serving
from tests.rig.studio import Studio
from tests.stage import set_stage

pytestmark = [pytest.mark.journey, pytest.mark.extended]

READING_DBA = (
    62.0  # of the noise that the fake microphone hears without a pause: inside the band from 55 to 70
)
NARROW = 360
SEVEN = ["ledger", "rate", "bandwidth", "codes", "gate", "gain-control", "settings"]


@dataclass(frozen=True, kw_only=True)
class Room(Studio):
    """A studio in which a steady noise sounds, for a task that wants one."""

    @property
    def offset_db(self) -> float:
        """What makes the level of the noise the meter's reading."""
        return READING_DBA - leq_dbfs(frame_powers(self.source / 32768, RATE_HZ)[:, A])

    @contextmanager
    def visit(self, address: str) -> Iterator[tuple[Page, BrowserContext]]:
        """Come by an invite link, in a browser that hears the noise."""
        with browser(self.profile, self.microphone) as context:
            self.sign_in(context.pages[0], address)
            yield context.pages[0], context


def open_room(folder: Path) -> Room:
    now = datetime.now(UTC)
    store = open_store(folder / "data", None)
    store.catalogue.migrate()
    stage = set_stage(store, now, **{"rate_hz = 16000": f"rate_hz = {RATE_HZ}"})
    actor = stage.contributor()
    claim = claim_task(store, actor, stage.tasks("high")[0], now=now)
    source: Codes = (coded_noise(20, seed=7) // 8).astype(np.int16)
    write_source(folder / "noise.wav", source)
    return Room(folder=folder, store=store, actor=actor, claim=claim, source=source)


def needle_dba(page: Page) -> float:
    """Where the needle of the gauge stands, read from its drawing: 20 to 80 dB(A) over half a circle."""
    path = page.locator(".g-needle").get_attribute("d") or ""
    x, y = (float(number) for number in path[1:].split("L")[0].split())
    return float(20 + 60 * (1 - np.arctan2(224 - y, x - 220) / np.pi))


def test_from_an_unknown_microphone_to_a_take_in_decibels(tmp_path: Path) -> None:
    room = open_room(tmp_path)
    with serving(room.data) as address, room.visit(address) as (page, context):
        check = CheckPage(page=page)
        for language in reversed(LOCALES):
            check.open(address, room.claim, language=language)
            assert barriers(page) == [], language
        check.open_microphone()
        assert [check.step(name).get_attribute("data-state") for name in ("processing", "rate")] == [
            "good"
        ] * 2
        check.measure_room()
        check.state("room", "note")
        assert "dB(A)" not in check.step("room").inner_text()
        assert barriers(page) == []

        page.locator("#sound").check()
        check.speak()
        expect(page.locator("#report")).to_have_attribute("data-report", "done", timeout=60_000)
        assert {check.results()[name] for name in ("codes", "gate", "settings")} == {"pass"}
        assert check.results()["gain-control"] == "not-tested"  # this loudspeaker leads nowhere
        assert barriers(page) == []

        page.locator('input[value="reference-meter"]').check()
        for at in range(3):
            check.measure(at, "62")
        context.set_offline(offline=True)
        check.press("#send-calibration")
        check.state("calibrate", "note")
        page.get_by_text("伺服器沒有回應").wait_for()
        assert (barriers(page), check.width(NARROW)) == ([], NARROW)
        context.set_offline(offline=False)
        page.locator("#calibrated").wait_for(timeout=60_000)
        made = check.answer(f"/calibrations/{page.locator('#calibrated').get_attribute('data-calibration')}")
        assert float(made["offset_db"]) == pytest.approx(room.offset_db, abs=0.1)
        check.state("room", "good")
        assert "62.0" in check.step("room").inner_text()
        assert (barriers(page), check.width(NARROW)) == ([], NARROW)

        page.set_viewport_size({"width": 1280, "height": 1240})
        page.locator("#go").click()
        page.wait_for_url("**/record/**")
        recorder = RecorderPage(page=page, contributor=page.evaluate(CONTRIBUTOR))
        recorder.switch_on()  # made a moment ago: nothing has to be repeated
        expect(page.locator(".g-value")).to_have_text("62.0")
        assert needle_dba(page) == pytest.approx(READING_DBA, abs=0.1)
        assert "±2.8" in (page.locator(".g-unit").text_content() or "")
        recorder.record(3)
        take = recorder.current_take()
        recorder.chip(take, "stop")  # noise is no speech: judged, and it says why
        (item,) = check.answer(f"/takes/{take}")["items"]
        assert item["noise_laeq_dba"] == pytest.approx(READING_DBA, abs=0.3)
    with room.store.catalogue.read() as session:
        assert [found["name"] for found in session.query(DeviceCheck).one().found] == SEVEN
        assert session.query(Sitting).filter(Sitting.claim_id.is_not(None)).one().calibration_id == made["id"]
        segment = session.query(Segment).one()
        calibration = facts_of(session, segment).calibration
        assert calibration is not None
        assert (calibration.id, calibration.u_db) == (made["id"], 2.0)


def calibrated_this_morning(room: Room, contributor: str) -> str:
    """A calibration of the microphone that this browser opens, five hours old."""
    made_at = datetime.now(UTC) - timedelta(hours=5)
    label = hashlib.sha256(f"{contributor}\nFake Default Audio Input".encode()).hexdigest()
    record = {"offset_db": f"{room.offset_db:.2f}", "method": "reference-meter", "u_db": "2", "takes": 3}
    record |= {"device_label_sha256": label, "os": "Linux", "browser": "Chrome", "rate_hz": RATE_HZ}
    row = Calibration(id=str(uuid4()), contributor_id=room.actor.id, record=record, created_at=made_at)
    row.expires_at = made_at + timedelta(days=30)
    with room.store.catalogue.write() as session:
        session.add(row)
    return row.id


def test_a_calibration_of_this_morning_is_read_once_more_and_skipping_it_has_its_price(
    tmp_path: Path,
) -> None:
    room = open_room(tmp_path)
    with serving(room.data) as address, room.visit(address) as (page, _):
        check = CheckPage(page=page)
        page.goto(f"{address}/record/{room.claim}")
        calibration = calibrated_this_morning(room, page.evaluate(CONTRIBUTOR))
        page.reload()
        page.locator("#start").click()
        page.locator("#repeat-skip").wait_for(timeout=60_000)
        assert "±2.0" in page.locator("#repeat").inner_text()
        assert "±2.8" in page.locator("#repeat").inner_text()
        assert barriers(page) == []
        check.press("#repeat-skip")
        expect(page.locator("#repeat")).to_have_count(0)
        recorder = RecorderPage(page=page, contributor=page.evaluate(CONTRIBUTOR))
        recorder.state("armed")
        expect(page.locator(".g-unit")).to_contain_text("±3.5")  # 2·√((2.83/2)² + 1)

        page.reload()
        page.locator("#start").click()
        check.press("#repeat-go")
        page.locator("#reading").wait_for(timeout=60_000)
        assert (barriers(page), check.width(NARROW)) == ([], NARROW)
        page.set_viewport_size({"width": 1280, "height": 1240})
        page.locator("#reading").focus()
        page.keyboard.type("61,7")
        page.keyboard.press("Enter")
        page.locator('#repeat[data-phase="sent"]').wait_for()
        recorder.state("armed")
        expect(page.locator("#repeat")).to_have_count(0, timeout=60_000)  # the server found the same
        expect(page.locator(".g-unit")).to_contain_text("±2.8")

        page.goto(f"{address}/record/{room.claim}")  # repeated a moment ago: fresh again
        recorder.switch_on()
        expect(page.locator(".g-unit")).to_contain_text("±2.8")
    with room.store.catalogue.read() as session:
        kept = session.query(CalibrationRepeat).one()
        assert (kept.calibration_id, kept.reading_dba, kept.agrees) == (calibration, "61.7", True)
        assert float(kept.difference_db) == pytest.approx(0.3, abs=0.1)
