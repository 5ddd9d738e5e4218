"""Two people in one claim at the same moment: on PostgreSQL nobody waits in a circle, whatever they do."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy import delete, select, text

from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.event import Event
from speechcorpus.record.segmentation import Sound
from speechcorpus.store.models import Claim, Consent, LoginSession, Segment, Take, TakeSound
from speechcorpus.workflows import segments
from speechcorpus.workflows.access import require_contributor
from speechcorpus.workflows.consents import give_consent
from speechcorpus.workflows.events import events_of_take, keep_derived, keep_event, remove_event
from speechcorpus.workflows.segments import cut_take
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.dialogue import TALK, pair
from tests.stage import RATE_HZ, set_stage, voice

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

ROUNDS = 3
PIECES = 12  # of a take: each lengthens the time in which the other worker comes across
OPTIONAL = "voice_synthesis"  # the terms need it for nothing: who takes it back works on


@pytest.fixture
def two(store, now):
    return pair(set_stage(store, now), devices="two")


def at_once(*acts) -> None:
    with ThreadPoolExecutor(len(acts)) as pool:
        for done in [pool.submit(act) for act in acts]:
            done.result()


def test_both_tracks_of_a_claim_are_cut_at_once(two, monkeypatch):
    said = tuple((n * 5 * RATE_HZ, (n * 5 + 3) * RATE_HZ) for n in range(PIECES))
    levels = np.full(PIECES * 500, 40, dtype=np.uint8)
    heard = Sound(rate_hz=RATE_HZ, frames=PIECES * 5 * RATE_HZ, speech=said, levels=levels)
    monkeypatch.setattr(segments, "listen", lambda _: heard)
    store, later = two.stage.store, two.stage.later
    takes = [two.take_of(actor, voice(2.0)).id for actor in (two.holder, two.partner)]
    for _ in range(ROUNDS):
        at_once(*(partial(cut_take, store, take, later) for take in takes))
        with store.catalogue.write() as session:
            assert set(session.scalars(select(Segment.take_id))) == set(takes)
            session.execute(delete(Segment))
            session.execute(delete(TakeSound))


def test_an_overlap_is_marked_by_hand_while_it_follows_from_the_segments(two):
    store, later, take = two.stage.store, two.stage.later, two.take_of(two.partner, voice(2.0))
    gone, moved, new = (Event(kind="overlap", start_sample=n, end_sample=n + 500) for n in (0, 1000, 2000))
    with store.catalogue.write() as session:
        keep_derived(session, session.get_one(Take, take.id), [gone, moved], now=later)
    first, second = events_of_take(store, two.partner, take.id)
    said = replace(moved, end_sample=1_400)
    with ThreadPoolExecutor(2) as pool, store.catalogue.write() as session:
        session.get_one(Claim, two.claim, with_for_update=True)  # as whoever edits the track beside it does
        row = session.get_one(Take, take.id)
        keep_derived(session, row, [], now=later)
        removing = pool.submit(remove_event, store, two.partner, take.id, first.id, now=later)
        moving = pool.submit(keep_event, store, two.partner, take.id, second.id, said, 1, now=later)
        wait_for_waiting(session, 2)
        keep_derived(session, row, [new], now=later)
    removing.result()
    with pytest.raises(SittingError, match="version 1 of this event counts"):
        moving.result()
    assert [each.event for each in events_of_take(store, two.partner, take.id)] == [new]


def wait_for_waiting(session, transactions: int) -> None:
    waiting = text("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
    for _ in range(1_000):
        if session.scalar(waiting) == transactions:
            return
        time.sleep(0.01)
    pytest.fail("nobody waits")


@pytest.fixture
def each_other(two):
    """Each of the two holds a claim that the other one is heard in."""
    recorders = two.recorder_of(two.holder), two.stage.recorder(two.partner, task=1)
    for recorder, prompt in zip(recorders, (TALK, "p0"), strict=True):
        recorder.record(voice(2.0), prompt=prompt).finish()
    first, second = (recorder.claim for recorder in recorders)
    with two.stage.store.catalogue.write() as session:
        for segment in session.scalars(select(Segment)):
            segment.claim_id = second if segment.claim_id == first else first
    return two


def test_partners_of_each_other_take_a_purpose_back_at_once(each_other):
    stage, people = each_other.stage, (each_other.holder, each_other.partner)
    wanted = {"purposes": [OPTIONAL], "language": "zh-Hant", "now": stage.now}
    with stage.store.catalogue.read() as session:
        (text_sha256,) = set(session.scalars(select(Consent.text_sha256)))
    asked = Asked(scope="purpose", purpose=OPTIONAL, text_sha256=text_sha256)
    for _ in range(ROUNDS):
        for actor in people:
            give_consent(stage.store, actor, **wanted)
        at_once(*(partial(withdraw, stage.store, actor, asked, now=stage.later) for actor in people))


def test_what_somebody_is_given_is_kept_while_they_are_at_work_themselves(two):
    """A holder who hands in writes the other one's receipt."""
    catalogue, key, (now, later) = two.stage.store.catalogue, uuid4().hex, (two.stage.now, two.stage.later)
    given = LoginSession(id=key, token_sha256=2 * key, csrf_token=key, created_at=now, expires_at=later)
    given.contributor_id = two.partner.id
    with catalogue.write() as at_work:
        require_contributor(at_work, two.partner, lock=True)
        with catalogue.write() as session:
            session.execute(text("SET LOCAL lock_timeout = '300ms'"))
            session.add(given)
