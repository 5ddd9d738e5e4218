"""The demo goes through the real workflows, and its truth is known by construction."""

from collections import Counter

import numpy as np
import pytest
from sqlalchemy import select

from speechcorpus.dsp.level import laeq_dbfs
from speechcorpus.store.models import (
    Contest,
    Contributor,
    FindingRow,
    MeasurementRow,
    OutcomeRow,
    Prompt,
    Release,
    Review,
)
from speechcorpus.store.store import Store, open_store
from speechcorpus.workflows.demo import fill_demo, links
from speechcorpus.workflows.demo_voice import Voice, room_noise, speaker, speech_in_room, voices_available
from speechcorpus.workflows.sign_in import exchange_invite
from speechcorpus.workflows.worker import utc_now

RATE_HZ = 44_100
needs_voice = pytest.mark.skipif(
    not voices_available(), reason="no synthetic voice: espeakng-loader is missing"
)


@pytest.mark.parametrize("level_dbfs", [-67.0, -40.0, -20.0])
def test_a_synthetic_room_has_the_level_it_was_asked_for(level_dbfs: float) -> None:
    room = room_noise(
        level_dbfs=level_dbfs, samples=3 * RATE_HZ, rate_hz=RATE_HZ, rng=np.random.default_rng(1)
    )
    assert laeq_dbfs(room, RATE_HZ) == pytest.approx(level_dbfs, abs=0.01)


@needs_voice
def test_a_synthetic_speaker_speaks_at_the_stated_level_between_two_stretches_of_room() -> None:
    spoken = speaker().say(
        "今天天氣很好。", Voice(variant="f2", words_per_minute=150, pitch=50), rate_hz=RATE_HZ
    )
    clip = speech_in_room(
        spoken, speech_dbfs=-22.0, room_dbfs=-60.0, rate_hz=RATE_HZ, rng=np.random.default_rng(2)
    )
    assert clip.size == spoken.size + 2 * int(0.6 * RATE_HZ)
    assert laeq_dbfs(clip[: RATE_HZ // 2], RATE_HZ) == pytest.approx(-60.0, abs=0.5)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = open_store(tmp_path_factory.mktemp("demo"), None)
    store.catalogue.migrate()
    fill_demo(store, now=utc_now, say=lambda _: None)
    return store


@needs_voice
def test_the_demo_holds_accepted_flagged_held_and_waiting_clips_and_one_published_release(
    demo: Store,
) -> None:
    with demo.catalogue.read() as session:
        outcomes = Counter(session.scalars(select(OutcomeRow.state)))
        reviews = Counter(session.scalars(select(Review.state)))
        codes = set(session.scalars(select(FindingRow.code)))
        contested = set(session.scalars(select(Contest.code)))
        release = session.scalars(select(Release)).one()
        varieties = Counter(session.scalars(select(Prompt.variety)))
    assert outcomes["accepted"] + outcomes["pending"] == 2 * (25 + 2)  # sound and words; the draw differs
    assert outcomes["accepted"] >= 20
    assert contested == {"audio.clipped"}
    assert reviews["queued"] >= 4  # two people hear each of the two that are contested
    assert {"noise.borderline", "audio.clipped", "noise.above-band"} <= codes
    assert (release.state, release.corpus) == ("published", "mandarin-noise-demo")
    assert varieties["nan-TW"] >= 30
    assert varieties["cmn-TW"] >= 30


@needs_voice
def test_the_demo_measures_the_rooms_it_made(demo: Store) -> None:
    with demo.catalogue.read() as session:
        rows = list(session.scalars(select(MeasurementRow.row)))
    rooms_dbfs = {-67.0, -52.5, -39.0, -61.0, -54.0}  # as demo.py makes them, less the calibration
    off_db = [min(abs(row["noise_laeq_dbfs"] - room) for room in rooms_dbfs) for row in rows]
    assert len(rows) >= 35
    assert np.percentile(off_db, 95) < 0.6
    assert max(off_db) < 1.0  # the bar of steady noise


@needs_voice
def test_every_voice_of_the_demo_is_labelled_synthetic(demo: Store) -> None:
    with demo.catalogue.read() as session:
        kinds = Counter(session.scalars(select(Contributor.source_kind)))
    assert kinds == {"human": 2, "synthetic": 7}


def test_each_role_gets_a_fresh_link_that_signs_in_once(demo: Store) -> None:
    found = links(demo, now=utc_now())
    assert {link.role for link in found} == {"contributor", "reviewer", "manager", "payer", "ml"}
    for link in found:
        assert exchange_invite(demo, link.token, now=utc_now()).actor.role == link.role


def test_filling_twice_changes_nothing(demo: Store) -> None:
    def people(store: Store) -> set[str]:
        with store.catalogue.read() as session:
            return set(session.scalars(select(Contributor.id)))

    before = people(demo)
    fill_demo(demo, now=utc_now, say=lambda _: None)
    assert people(demo) == before
