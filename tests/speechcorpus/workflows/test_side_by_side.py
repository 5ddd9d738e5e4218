"""Two tracks side by side: heard at the right moment, by those who spoke, and no more than may be heard."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy import select, update

from speechcorpus.domain.errors import AccessError
from speechcorpus.domain.event import Event
from speechcorpus.store.models import Consent, Contributor, EventRow, Job, TakePair
from speechcorpus.store.store import open_store
from speechcorpus.workflows.events import keep_event
from speechcorpus.workflows.segment_edits import Seen, move_segment
from speechcorpus.workflows.track_overlaps import keep_overlaps
from speechcorpus.workflows.transcripts import save_transcript
from speechcorpus.workflows.views.side_by_side import both_audio, side_audio, side_of_take
from speechcorpus.workflows.views.take_segments import segments_of_take
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.dialogue import pair
from tests.side_by_side import Beside, beside, ticks, truth
from tests.stage import RATE_HZ, set_stage

TICKS_S = (2.0, 5.5, 9.25, 13.9)  # on the holder's time


pytestmark = pytest.mark.either_database


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def laid(stage) -> Beside:
    return _laid(stage)


@pytest.fixture(scope="module")
def shown(sqlite_template: Path, tmp_path_factory) -> Iterator[Beside]:
    """The same for tests that change nothing but what they add; where it is kept does not matter."""
    data = tmp_path_factory.mktemp("beside")
    shutil.copy(sqlite_template, data / "catalogue.sqlite")
    store = open_store(data)
    yield _laid(set_stage(store, datetime(2026, 3, 2, 8, 30, tzinfo=UTC)))
    store.catalogue.close()


def _laid(stage) -> Beside:
    """Both heard the same ticks, each by its own clock."""
    places = np.array(TICKS_S) * RATE_HZ
    made = beside(stage, mine=ticks(places), theirs=ticks(truth(16).to_other(places)))
    made.lay()
    return made


def channels(sound) -> np.ndarray:
    return np.frombuffer(sound.read(0, sound.length), dtype="<i2").reshape(-1, 2)


def heard(codes) -> list[int]:
    return np.flatnonzero(codes).tolist()


def not_there(call) -> None:
    with pytest.raises(AccessError) as caught:
        call()
    assert caught.value.code == "not-found"


@pytest.mark.parametrize("whose", ["mine", "theirs"])
def test_what_both_heard_at_one_moment_is_heard_at_one_moment(shown, whose):
    take = getattr(shown, whose)
    (item,) = shown.add(take, (0.0, 16.0))
    both = channels(both_audio(shown.stage.store, shown.actor_of(take), item))
    mine, theirs = heard(both[:, 0]), heard(both[:, 1])
    assert len(mine) == len(theirs) == len(TICKS_S)
    worst_ms = max(abs(a - b) for a, b in zip(mine, theirs, strict=True)) * 1000 / RATE_HZ
    assert worst_ms <= 2 * 1000 / RATE_HZ  # a sample for each rounding; the bar is 5 ms
    alone = side_audio(shown.stage.store, shown.actor_of(take), take.id)
    assert np.array_equal(np.frombuffer(alone.read(0, alone.length), dtype="<i2"), both[:, 1])


def test_any_part_is_the_same_as_that_part_of_the_whole(shown):
    (item,) = shown.add(shown.mine, (1.5, 9.5))
    sound = both_audio(shown.stage.store, shown.two.holder, item)
    whole, rng = sound.read(0, sound.length), np.random.default_rng(3)
    assert len(whole) == sound.length == 4 * 8 * RATE_HZ
    for _ in range(20):
        start, stop = sorted(rng.integers(0, sound.length, 2).tolist())
        assert sound.read(start, stop) == whole[start:stop]


def test_the_other_track_is_heard_by_the_two_who_speak_and_by_nobody_else(shown):
    store, (item,) = shown.stage.store, shown.add(shown.mine, (0.0, 4.0))
    for actor in (shown.two.partner, shown.stage.contributor(), shown.stage.reviewer(), shown.stage.manager):
        not_there(lambda actor=actor: side_of_take(store, actor, shown.mine.id))
        not_there(lambda actor=actor: side_audio(store, actor, shown.mine.id))
        not_there(lambda actor=actor: both_audio(store, actor, item))
    assert side_of_take(store, shown.two.partner, shown.theirs.id).who == shown.two.name(shown.two.holder)


def test_how_far_the_other_track_is_has_a_name(stage, store):
    two = pair(stage, consents=True, devices="two")
    mine = two.take_of(two.holder, ticks([]))

    def state():
        return side_of_take(store, two.holder, mine.id)

    assert (state().state, state().who, state().off_ms) == ("waiting", two.name(), None)
    not_there(lambda: side_audio(store, two.holder, mine.id))
    made = Beside(two=two, mine=mine, theirs=two.take_of(two.partner, ticks([])))
    assert state().state == "measuring"
    with store.catalogue.write() as session:
        session.execute(update(Job).where(Job.kind == "pair_takes").values(state="done"))
    assert state().state == "apart"  # they did not record at the same time
    made.lay(method="wall", uncertainty_ms=900.0)
    assert (state().state, state().off_ms) == ("clock", 900.0)


def test_at_one_device_nothing_lies_beside_a_take(stage, store):
    two = pair(stage, consents=True)
    two.agree()
    take = two.take(ticks([]))
    assert side_of_take(store, two.holder, take.id).state == "none"
    not_there(lambda: side_audio(store, two.holder, take.id))


def test_words_of_the_other_are_read_on_my_time_and_what_is_private_is_neither_read_nor_heard(laid):
    store, words = laid.stage.store, ("今仔日天氣真好。", "你食飽未？")
    for item, text in zip(laid.add(laid.theirs, (1.0, 3.0), (3.5, 7.0)), words, strict=True):
        save_transcript(store, laid.two.partner, item, text, 0, now=laid.stage.later)
    tick = round(TICKS_S[1] * RATE_HZ)
    there = round(float(truth(16).to_other(tick)))
    private = Event(kind="private", start_sample=there - 50, end_sample=there + 50)
    keep_event(store, laid.two.partner, laid.theirs.id, str(uuid4()), private, 0, now=laid.stage.later)
    seen = side_of_take(store, laid.two.holder, laid.mine.id)
    assert [part.text for part in seen.segments] == [words[0], None]
    expected = truth(16).to_own([RATE_HZ, 3 * RATE_HZ]).round().astype(int).tolist()
    assert [seen.segments[0].start_sample, seen.segments[0].end_sample] == expected
    sound = side_audio(store, laid.two.holder, laid.mine.id)
    codes = np.frombuffer(sound.read(0, sound.length), dtype="<i2")
    assert len(heard(codes)) == len(TICKS_S) - 1
    assert not codes[tick - 10 : tick + 10].any()


def test_a_track_that_was_taken_back_is_beside_nothing_and_mine_goes_on(laid):
    store, (item,) = laid.stage.store, laid.add(laid.theirs, (1.0, 3.0))

    def is_gone() -> bool:
        seen = side_of_take(store, laid.two.holder, laid.mine.id)
        return (seen.state, seen.segments) == ("gone", ())

    with store.catalogue.write() as session:
        session.get_one(Contributor, laid.two.partner.id).state = "withdrawn"
    assert is_gone()
    with store.catalogue.write() as session:
        session.get_one(Contributor, laid.two.partner.id).state = "active"
    assert not is_gone()
    withdraw(store, laid.two.partner, Asked(scope="item", segment_id=item), now=laid.stage.later)
    assert is_gone()
    not_there(lambda: side_audio(store, laid.two.holder, laid.mine.id))


def test_a_track_that_nobody_has_cut_is_heard_no_more_once_its_purpose_was_taken_back(laid):
    store = laid.stage.store

    def state(purpose: str) -> str:
        with store.catalogue.read() as session:
            text_sha256 = session.scalars(select(Consent.text_sha256)).first()
        asked = Asked(scope="purpose", purpose=purpose, text_sha256=text_sha256)
        withdraw(store, laid.two.partner, asked, now=laid.stage.later)
        return side_of_take(store, laid.two.holder, laid.mine.id).state

    assert state("release") == "aligned"  # what was recorded may still be heard, by those who could
    assert state("record") == "gone"
    not_there(lambda: side_audio(store, laid.two.holder, laid.mine.id))


def about(*edges_s: float):
    """Edges to a hop of 20 ms."""
    return pytest.approx(list(edges_s), abs=0.021)


def overlaps(laid, take) -> list[list[float]]:
    """The overlap events of a take, derived anew."""
    with laid.stage.store.catalogue.write() as session:
        keep_overlaps(session, laid.row(laid.mine), now=laid.stage.later)
    return kept_overlaps(laid, take)


def kept_overlaps(laid, take) -> list[list[float]]:
    with laid.stage.store.catalogue.read() as session:
        rows = select(EventRow).where(EventRow.take_id == take.id, EventRow.removed_at.is_(None))
        return [
            [row.start_sample / RATE_HZ, row.end_sample / RATE_HZ]
            for row in session.scalars(rows.order_by(EventRow.start_sample))
        ]


def test_where_both_speak_is_an_event_of_both_takes_and_follows_the_segments(laid):
    store, later = laid.stage.store, laid.stage.later
    leak_s = [(5.05, 6.5)]  # of the other one, who speaks from 5.03 to 6.53 s of the holder's time
    (item,) = laid.add(laid.mine, (2.0, 6.0), speech_s=[(2.3, 5.0)], leak_s=leak_s)
    laid.add(laid.theirs, (3.0, 5.0), speech_s=[(3.3, 4.8)])
    assert overlaps(laid, laid.mine) == []  # turns: silence around words and a leak are no talking
    (unwritten,) = segments_of_take(store, laid.two.holder, laid.mine.id).unwritten
    assert [at / RATE_HZ for at in unwritten] == about(2.3, 5.0)  # nobody is asked to write the leak
    laid.add(laid.mine, speech_s=[(2.3, 5.8)], leak_s=leak_s)
    assert overlaps(laid, laid.mine) == [about(5.03, 5.8)]
    assert overlaps(laid, laid.theirs) == [about(3.3, 4.07)]
    edges = {"start_sample": 2 * RATE_HZ, "end_sample": round(5.5 * RATE_HZ), "snap": False}
    seen = Seen(version=1, revision=0)
    move_segment(store, laid.two.holder, item, seen=seen, **edges, now=later)
    assert kept_overlaps(laid, laid.mine) == [about(5.03, 5.5)]
    assert kept_overlaps(laid, laid.theirs) == [about(3.3, 3.77)]
    with store.catalogue.write() as session:
        session.scalars(select(TakePair)).one().method = "wall"
    assert overlaps(laid, laid.mine) == []  # off by more than people overlap
