"""Free speech becomes segments: listened to by a worker, cut at its pauses, every one an item."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, select

from speechcorpus.store.models import Claim, Contributor, Job, Segment, Take, TakeSound, VerdictRow
from speechcorpus.workflows.janitor import cut_forgotten_takes, tidy
from speechcorpus.workflows.readiness import is_being_measured
from speechcorpus.workflows.segments import cut_take
from speechcorpus.workflows.take_sound import kept_sound, listen
from speechcorpus.workflows.views.recording import editor_view
from speechcorpus.workflows.views.take_segments import segments_of_take
from speechcorpus.workflows.views.work import work_view
from tests.monologue import TOPIC, add_topic, sentences, talk
from tests.stage import RATE_HZ, set_stage, voice, work_off

pytestmark = pytest.mark.either_database


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


def claim_of(stage, recorder) -> Claim:
    with stage.store.catalogue.read() as session:
        return session.get_one(Claim, recorder.claim)


def test_a_take_about_a_topic_is_cut_at_its_pauses_and_every_segment_is_an_item(stage, shared):
    heard = talk(stage, sentences(shared, 1, 2, 3, 4, 5))
    segments = heard.segments()
    assert len(segments) >= 2
    assert {segment.prompt_id for segment in segments} == {TOPIC}
    assert all(segment.item_sha256 for segment in segments)
    view = segments_of_take(stage.store, heard.actor, heard.take.id)
    assert view.unwritten  # nobody wrote a word yet
    for start, end in view.unwritten:
        covered = sum(min(end, s.end_sample) - max(start, s.start_sample) for s in segments)
        assert covered > 0
    with stage.store.catalogue.read() as session:
        judged = set(session.scalars(select(VerdictRow.segment_id)))
    assert judged == {segment.id for segment in segments}


def test_cutting_again_changes_nothing_not_even_what_people_edited(stage, shared):
    heard = talk(stage, sentences(shared, 1, 2))
    with stage.store.catalogue.write() as session:
        session.get_one(Segment, heard.segments()[0].id).chosen = False
    before = [segment.id for segment in heard.segments()]
    cut_take(stage.store, heard.take.id, now=stage.later)
    assert [segment.id for segment in heard.segments()] == before


def test_until_a_worker_has_listened_nobody_can_say_what_was_delivered(stage):
    heard = talk(stage, voice(3), cut=False)
    assert heard.segments() == []
    with stage.store.catalogue.read() as session:
        assert is_being_measured(session, claim_of(stage, heard.recorder))
    work_off(stage)
    with stage.store.catalogue.read() as session:
        assert not is_being_measured(session, claim_of(stage, heard.recorder))
        assert session.get(TakeSound, heard.take.id) is not None


def forgotten(stage, shared):
    """A take as it was stored before takes were cut: nobody asked for it."""
    heard = talk(stage, sentences(shared, 1, 2), cut=False)
    with stage.store.catalogue.write() as session:
        session.execute(delete(Job).where(Job.kind == "cut_take"))
    return heard


def jobs(stage) -> list[str]:
    with stage.store.catalogue.read() as session:
        rows = session.scalars(select(Job).where(Job.kind == "cut_take")).all()
        return [row.payload["take_id"] for row in rows]


def test_a_take_that_was_stored_before_takes_were_cut_is_cut_by_and_by(stage, shared):
    heard = forgotten(stage, shared)
    assert [cut_forgotten_takes(stage.store, now=stage.later) for _ in range(2)] == [1, 0]
    assert jobs(stage) == [heard.take.id]
    work_off(stage)
    assert heard.segments()
    assert cut_forgotten_takes(stage.store, now=stage.later) == 0


def test_the_janitor_sees_to_it(stage, shared):
    heard = forgotten(stage, shared)
    tidy(stage.store, stage.later)
    assert jobs(stage) == [heard.take.id]


def test_two_janitors_at_once_ask_once(stage, shared):
    heard = forgotten(stage, shared)
    with ThreadPoolExecutor(2) as janitors:
        list(janitors.map(lambda _: cut_forgotten_takes(stage.store, now=stage.later), range(8)))
    assert jobs(stage) == [heard.take.id]


@pytest.mark.parametrize("state", ["queued", "dead"])
def test_a_take_whose_cut_was_asked_for_is_not_asked_for_again(stage, state):
    talk(stage, voice(2), cut=False)
    with stage.store.catalogue.write() as session:
        session.scalars(select(Job).where(Job.kind == "cut_take")).one().state = state
    assert cut_forgotten_takes(stage.store, now=stage.later) == 0


def test_neither_silence_nor_a_read_prompt_is_cut_again(stage):
    recorder = stage.recorder()
    recorder.record(voice(2), prompt="p0").finish(markers=[])
    talk(stage, bytes(2 * 3 * RATE_HZ))  # heard, and nothing was said
    with stage.store.catalogue.write() as session:
        session.execute(delete(Job).where(Job.kind == "cut_take"))
    assert cut_forgotten_takes(stage.store, now=stage.later) == 0


def test_who_took_everything_back_is_not_listened_to_anew(stage, shared):
    heard = forgotten(stage, shared)
    with stage.store.catalogue.write() as session:
        session.get_one(Contributor, heard.actor.id).state = "withdrawn"
    assert cut_forgotten_takes(stage.store, now=stage.later) == 0


def test_a_read_take_without_markers_still_proposes_nothing(stage):
    sent = stage.recorder().record(voice(2), prompt="p0")
    sent.finish(markers=[])
    with stage.store.catalogue.read() as session:
        assert session.scalars(select(Segment)).all() == []
        assert session.scalars(select(Job).where(Job.kind == "cut_take")).all() == []


def test_all_takes_of_a_topic_count(stage, shared):
    first = talk(stage, sentences(shared, 1, 2))
    again = first.recorder.record(sentences(shared, 3, 4), prompt=TOPIC)
    again.finish(markers=[])
    work_off(stage)
    assert all(segment.chosen for segment in first.segments())
    with stage.store.catalogue.read() as session:
        assert session.scalars(select(Segment).where(Segment.take_id == again.id)).all()


def test_editor_and_work_page_show_every_segment_of_a_topic(stage, shared):
    heard = talk(stage, sentences(shared, 1, 2, 3, 4, 5))
    ids = [segment.id for segment in heard.segments()]
    shown = editor_view(stage.store, heard.actor, heard.recorder.claim).segments
    assert [segment.segment_id for segment in shown] == ids
    clips = work_view(stage.store, heard.actor, heard.recorder.claim).clips
    assert [clip.segment_id for clip in clips] == ids


def test_a_topic_that_was_not_recorded_is_shown_as_such(stage):
    topic = add_topic(stage)
    recorder = stage.recorder(task=stage.tasks().index(topic))
    (clip,) = work_view(stage.store, recorder.actor, recorder.claim).clips
    assert (clip.prompt_id, clip.state) == (TOPIC, "not-recorded")


def test_what_was_heard_is_kept_as_it_was(stage, shared):
    heard = talk(stage, sentences(shared, 1))
    with stage.store.catalogue.read() as session:
        take = heard.take
        row = session.get_one(TakeSound, take.id)
        stored = session.get_one(Take, take.id)
        kept = kept_sound(session, stored)
    again = listen(stage.store.blobs.path_of(stored.master_sha256))
    assert (kept.speech, kept.frames, kept.rate_hz) == (again.speech, take.frames, RATE_HZ)
    assert row.levels == again.levels.tobytes()
    assert len(row.levels) == take.frames // 160
