"""A project with nobody in it yet, its server, its clock, and a door for each person of a long story."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from recorder_web.pages import money
from speechcorpus.domain.actor import Actor
from speechcorpus.store.store import open_store
from speechcorpus.workflows import people
from speechcorpus.workflows.consent_texts import keep_consent_texts
from speechcorpus.workflows.sign_in import invite_contributor, invite_staff
from tests.recorder_web.house import CONSENT, consent_change
from tests.rig.browser import browser
from tests.rig.hours import Hours, serving_by_the_hour
from tests.rig.noise import RATE_HZ
from tests.rig.speaking import write_speech
from tests.stage import TEXTS, Stage, set_stage

SPOKEN = "今天的風很大，出門記得帶外套。"
EVERY_ITEM = {
    "rate_hz = 16000": f"rate_hz = {RATE_HZ}",
    "announce_h = 12": "announce_h = 1",
    "unflagged_pct = 5, first_two_claims_pct = 20": "unflagged_pct = 100, first_two_claims_pct = 100",
}


@dataclass(frozen=True, kw_only=True)
class Town:
    """Who is in the story, and the doors to it."""

    folder: Path
    hours: Hours
    stage: Stage
    ann: Actor

    @contextmanager
    def person(self, actor: Actor, *, microphone: bool = False) -> Iterator[Page]:
        """Open the browser of one person and come in by a link."""
        hears = self.folder / "microphone.wav" if microphone else None
        with browser(self.folder / f"profile-{actor.id}", hears) as context:
            yield self.come_in(context.pages[0], actor)

    def come_in(self, page: Page, actor: Actor) -> Page:
        """Sign in anew."""
        store, now = self.stage.store, self.hours.now()
        contributor = actor.role == "contributor"
        token = (invite_contributor if contributor else invite_staff)(store, actor.id, now=now)
        page.goto(f"{self.hours.address}{'' if contributor else '/staff'}/join#{token}")
        page.locator("#join").click()
        page.wait_for_url(re.compile("/home"))
        return page

    def go(self, page: Page, path: str) -> None:
        """Open a page."""
        page.goto(self.hours.address + path)

    def until(self, page: Page, path: str, where: str, *, count: int = 1) -> None:
        """Open a page again and again until a worker has done what it waits for."""
        for _ in range(120):
            self.go(page, path)
            if page.locator(where).count() == count:
                return
            page.wait_for_timeout(1_000)
        raise AssertionError(f"never {count} of {where} at {path}: {page.locator('main').inner_text()}")

    def staff(self, role: str) -> Actor:
        """One more person of the staff, sworn in by nobody."""
        return Actor(
            role=role, id=people.create_staff(self.stage.store, name=role, role=role, now=self.stage.now)
        )


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    """A project that hears every item, somebody whom nobody knows, a microphone that hears a sentence."""
    write_speech(folder / "microphone.wav", SPOKEN)
    store = open_store(folder / "data", None)
    store.catalogue.migrate()
    agreed = {**EVERY_ITEM, **consent_change(keep_consent_texts(store, CONSENT))}
    with serving_by_the_hour(store) as hours:
        stage = set_stage(store, hours.now(), items_per_task=len(TEXTS), **agreed)
        ann = stage.contributor(consents=False, vouched=False)
        yield Town(folder=folder, hours=hours, stage=stage, ann=ann)


def cash(minor: int) -> str:
    """An amount as the pages write it."""
    return money(minor, "TWD", 2)


def speechcorpus(folder: Path, *arguments: str) -> int:
    """Run the command in a folder; what it returns."""
    command = [sys.executable, "-m", "speechcorpus.cli", *arguments]
    return subprocess.run(command, check=False, cwd=folder, capture_output=True).returncode
