"""A furnished house for tests of pages: a stage with work in every state, and browsers signed in to it."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import resources
from pathlib import Path
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from recorder_web.app import create_app
from recorder_web.settings import WebSettings
from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import (
    Claim,
    FindingRow,
    OutcomeRow,
    Review,
    TaskPrompt,
    TermsVersion,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows import people
from speechcorpus.workflows.consent_texts import keep_consent_texts
from speechcorpus.workflows.sign_in import exchange_invite, invite_contributor
from tests.hearing import finding, judged, recorded
from tests.rig.authenticator import by_link, proven
from tests.stage import RATE_HZ, Recorder, Stage, set_stage

ENTRIES = ("main", "join", "recorder", "check", "transcribe", "inspector", "releases")
CONSENT = {
    "zh-Hant": "# 同意書\n\n錄你的聲音。",
    "zh-Hans": "# 同意书\n\n录你的声音。",
    "nan-Hant": "# 同意書\n\n錄你的聲。",
    "en": "# Consent\n\nWe record your voice.",
}
SENTENCE = "買3斤蚵仔。"


@dataclass(kw_only=True)
class Browser:
    """A test client with the cookie and the token of one signed-in person."""

    client: FlaskClient
    actor: Actor
    csrf: str

    def get(self, path: str, **said: object):
        return self.client.get(path, **said)

    def post(self, path: str, **form: str):
        return self.client.post(path, data={"csrf_token": self.csrf, **form})


@dataclass(kw_only=True)
class House:
    """An application on a store, at a time the test sets."""

    app: Flask
    stage: Stage
    clock: list[datetime]

    @property
    def store(self) -> Store:
        return self.stage.store

    @property
    def now(self) -> datetime:
        return self.clock[0]

    def later(self, **span: float) -> None:
        self.clock[0] += timedelta(**span)

    def sign_in(self, actor: Actor, *, by_link_alone: bool = False) -> Browser:
        if actor.role == "contributor":
            token, cookie = invite_contributor(self.store, actor.id, now=self.now), "sc_contributor"
            signed = exchange_invite(self.store, token, now=self.now)
        elif by_link_alone:
            signed, cookie = by_link(self.store, actor.id, self.now), "sc_staff"
        else:
            signed, cookie = proven(self.store, actor.role, self.now, actor.id), "sc_staff"
        client = self.app.test_client()
        client.set_cookie(cookie, signed.session_token)
        return Browser(client=client, actor=actor, csrf=signed.csrf_token)

    def staff(self, role: str) -> Browser:
        return self.sign_in(self.staff_actor(role))

    def staff_actor(self, role: str) -> Actor:
        """One more member of staff, who has not come in yet."""
        person = people.create_staff(self.store, name=role, role=role, now=self.now)
        if role == "reviewer":
            self.stage.vouch("reviewer", person)
        return Actor(role=role, id=person)

    def recorded(self, prompt: str, recorder: Recorder, *, seconds: float = 2.0) -> str:
        """The id of an item that was recorded; nothing is known of it yet."""
        return recorded(prompt, recorder, seconds=seconds)

    def judged(
        self,
        segment_id: str,
        outcome: str,
        *findings: FindingRow,
        text: str | None = None,
        sequence: int = 1,
    ) -> None:
        """Write down a verdict, and the text it was given with."""
        judged(self.store, segment_id, outcome, *findings, text=text, sequence=sequence, now=self.now)

    def handed_in(self, segment_id: str, *, severity: int = 2) -> str:
        """Open the lines of an item and queue its review; the review's id."""
        with self.store.catalogue.write() as session:
            for line, price in (("record", 1500), ("transcribe", 1000)):
                session.add(OutcomeRow(segment_id=segment_id, line=line, price_minor=price))
            terms = self.terms_sha256()
            review = Review(
                id=str(uuid4()),
                segment_id=segment_id,
                terms_sha256=terms,
                severity=severity,
                created_at=self.now,
            )
            session.add(review)
        return review.id

    def terms_sha256(self) -> str:
        with self.store.catalogue.read() as session:
            return session.scalars(select(TermsVersion.sha256)).one()


@dataclass(frozen=True, kw_only=True)
class Work:
    """Items in different states, of two contributors."""

    ann: Browser
    ben: Browser
    ann_claim: str
    ben_claim: str
    held: str  # Ann's: a burst in the sound
    digit: str  # Ann's: a digit in the text
    flagged: str  # Ben's: handed in, a note on it
    sampled: str  # Ben's: handed in, nothing on it
    flagged_review: str
    sampled_review: str


def work_in_house(house: House) -> Work:
    """Let two people record, one of them hand in, and queue the reviews."""
    ann, ben = house.stage.recorder(task=0), house.stage.recorder(task=1)
    first, second, third, fourth = _prompts(house, ann, ben)
    held, digit_item = house.recorded(first, ann), house.recorded(second, ann)
    flagged, sampled = house.recorded(third, ben), house.recorded(fourth, ben)
    house.judged(held, "repairable", burst())
    house.judged(digit_item, "repairable", digit(), text=SENTENCE)
    house.judged(flagged, "accepted", loud(), text="咱來去看海。")
    house.judged(sampled, "accepted", text="伊明仔載欲轉來。")
    return Work(
        ann=house.sign_in(ann.actor),
        ben=house.sign_in(ben.actor),
        ann_claim=ann.claim,
        ben_claim=ben.claim,
        held=held,
        digit=digit_item,
        flagged=flagged,
        sampled=sampled,
        flagged_review=house.handed_in(flagged, severity=1),
        sampled_review=house.handed_in(sampled, severity=0),
    )


def _prompts(house: House, *recorders: Recorder) -> list[str]:
    with house.store.catalogue.read() as session:
        return [
            prompt
            for recorder in recorders
            for prompt in session.scalars(
                select(TaskPrompt.prompt_id)
                .join(Claim, Claim.task_id == TaskPrompt.task_id)
                .where(Claim.id == recorder.claim)
                .order_by(TaskPrompt.position)
            )
        ]


BURST = {"start_sample": int(0.5 * RATE_HZ), "end_sample": int(0.8 * RATE_HZ)}


def burst() -> FindingRow:
    """A sound over speech: to be recorded again."""
    return finding("noise.burst", "fix", "18.4", "15", "dB", **BURST)


def digit() -> FindingRow:
    """A digit in the text: to be written as it was said."""
    place = {"char_start": 1, "char_end": 2, "facts": {"x": "3", "rule": "NUM-DIGIT"}}
    return finding("transcript.num-digit", "fix", "1", "0", "1", **place)


def loud() -> FindingRow:
    """A note that holds nothing back."""
    return finding("audio.too-loud", "flag", "-12.2", "-14", "dBFS", uncertainty=str(Decimal("1.5")))


def furnish(
    store: Store, now: datetime, folder: Path, *, https_port: int | None = None, **terms: str
) -> House:
    """A house with a project and open tasks; its front end is a manifest as the bundler writes it."""
    (folder / ".vite").mkdir(parents=True)
    manifest = {
        f"src/{name}.ts": {"file": f"assets/{name}-abc.js", "name": name, "isEntry": True} for name in ENTRIES
    }
    manifest["src/main.ts"]["css"] = ["assets/main-abc.css"]
    manifest["src/styles/desk.css"] = {"file": "assets/staff-abc.css", "name": "staff", "isEntry": True}
    (folder / ".vite" / "manifest.json").write_text(json.dumps(manifest))
    sha256 = keep_consent_texts(store, CONSENT)
    clock = [now]
    stage = set_stage(store, now, items_per_task=2, **consent_change(sha256), **terms)
    settings = WebSettings(
        data_dir=store.data_dir,
        https_port=https_port,
        strict_messages=True,
        static_dir=folder,
        clock=lambda: clock[0],
    )
    app = create_app(settings, store=store)
    app.testing = False  # errors become pages, as for people
    return House(app=app, stage=stage, clock=clock)


def consent_change(sha256: str) -> dict[str, str]:
    """The change to the demo's terms that names a consent text of ours."""
    text = (resources.files("speechcorpus.workflows") / "demo_data/terms_nan-TW.toml").read_text("utf-8")
    line = next(line for line in text.splitlines() if line.startswith("sha256"))
    return {line: f'sha256 = "{sha256}"'}
