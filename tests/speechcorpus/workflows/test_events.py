"""Events of a take: kept beside the text, owned by whoever recorded, and what is private stays private."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from speechcorpus.domain.canonical import parse_json
from speechcorpus.domain.errors import AccessError, ReleaseError, SittingError, TranscriptError
from speechcorpus.domain.event import Event
from speechcorpus.store.models import Audit, Claim, EventRow, Release, ReleaseItem, Segment
from speechcorpus.workflows.events import events_of_segment, events_of_take, keep_event, remove_event
from speechcorpus.workflows.release_approval import approve_release
from speechcorpus.workflows.release_building import build_release
from tests.accepted import accepted_clips
from tests.speechcorpus.workflows.test_releases import SECOND, asked, release
from tests.stage import RATE_HZ, set_stage, voice
from tests.statements import statements

pytestmark = pytest.mark.either_database

LAUGH = Event(kind="laugh", start_sample=8_000, end_sample=16_000, note="細聲笑")
PRIVATE = Event(kind="private", start_sample=4_000, end_sample=6_000)


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def take(stage):
    sent = stage.recorder().record(voice(2), prompt="p0")
    sent.finish()
    return sent


def kept(take, event: Event, base: int = 0, event_id: str | None = None, actor=None):
    recorder = take.recorder
    return keep_event(
        recorder.stage.store,
        actor or recorder.actor,
        take.id,
        event_id or str(uuid4()),
        event,
        base,
        now=recorder.stage.later,
    )


def of_take(take):
    return [each.event for each in events_of_take(take.recorder.stage.store, take.recorder.actor, take.id)]


def segment_of(stage) -> str:
    with stage.store.catalogue.read() as session:
        return session.scalars(select(Segment.id)).one()


def hand_in(stage) -> None:
    with stage.store.catalogue.write() as session:
        for claim in session.scalars(select(Claim)):
            claim.state = "submitted"


def test_events_come_back_by_time_and_the_text_knows_nothing_of_them(stage, take):
    kept(take, LAUGH)
    kept(take, PRIVATE)
    assert of_take(take) == [PRIVATE, LAUGH]
    found = events_of_segment(stage.store, take.recorder.actor, segment_of(stage))
    assert [each.event for each in found] == [PRIVATE, LAUGH]


def test_a_segment_has_the_events_that_reach_into_it_and_no_other(stage, take):
    with stage.store.catalogue.write() as session:
        session.scalars(select(Segment)).one().start_sample = 15_000
    kept(take, LAUGH)
    kept(take, PRIVATE)
    found = events_of_segment(stage.store, take.recorder.actor, segment_of(stage))
    assert [each.event for each in found] == [LAUGH]


def test_the_same_request_again_adds_nothing(take):
    first = kept(take, LAUGH)
    again = kept(take, LAUGH, event_id=first.id)
    assert again == first
    assert of_take(take) == [LAUGH]


def test_an_event_moves_from_the_version_one_saw(stage, take):
    first = kept(take, LAUGH)
    moved = replace(LAUGH, start_sample=9_000)
    second = kept(take, moved, base=1, event_id=first.id)
    assert (second.version, of_take(take)) == (2, [moved])
    with pytest.raises(SittingError, match="version 2 of this event counts, the change was made from 1"):
        kept(take, replace(LAUGH, end_sample=20_000), base=1, event_id=first.id)


def test_another_kind_is_another_event(take):
    first = kept(take, LAUGH)
    with pytest.raises(SittingError) as caught:
        kept(take, replace(LAUGH, kind="cough"), base=1, event_id=first.id)
    assert caught.value.code == "event.conflict"


def test_a_removed_event_is_gone_from_lists_and_kept_in_its_row(stage, take):
    first = kept(take, LAUGH)
    for _ in range(2):
        remove_event(stage.store, take.recorder.actor, take.id, first.id, now=stage.later)
    assert of_take(take) == []
    with stage.store.catalogue.read() as session:
        assert session.get_one(EventRow, first.id).removed_at == stage.later
    with pytest.raises(SittingError):  # nobody brings it back under the same name
        kept(take, LAUGH, base=1, event_id=first.id)
    with (
        pytest.raises(IntegrityError, match="an event is kept"),
        stage.store.catalogue.write() as session,
    ):
        session.execute(text("DELETE FROM event"))


def test_the_log_names_kind_and_place_but_never_the_note(stage, take):
    first = kept(take, LAUGH)
    kept(take, replace(LAUGH, start_sample=9_000), base=1, event_id=first.id)
    remove_event(stage.store, take.recorder.actor, take.id, first.id, now=stage.later)
    with stage.store.catalogue.read() as session:
        rows = session.scalars(select(Audit).where(Audit.object == f"event:{first.id}").order_by(Audit.seq))
        said = [(row.action, parse_json(row.detail)) for row in rows.all()]
    assert [action for action, _ in said] == ["event.added", "event.moved", "event.removed"]
    assert said[1][1]["from"] == {"start_sample": 8_000, "end_sample": 16_000}
    assert "細聲笑" not in str(said)


def test_an_event_ends_inside_its_take(take):
    with pytest.raises(TranscriptError) as caught:
        kept(take, replace(LAUGH, end_sample=2 * RATE_HZ + 1))
    assert caught.value.code == "event.outside"


def test_a_take_of_somebody_else_does_not_exist(stage, take):
    stranger, mine = stage.contributor(), kept(take, LAUGH)
    for ask in (
        lambda: kept(take, LAUGH, actor=stranger),
        lambda: events_of_take(stage.store, stranger, take.id),
        lambda: events_of_segment(stage.store, stranger, segment_of(stage)),
        lambda: events_of_take(stage.store, stage.reviewer(), take.id),
        lambda: remove_event(stage.store, stranger, take.id, mine.id, now=stage.later),
    ):
        with pytest.raises(AccessError) as caught:
            ask()
        assert caught.value.code == "not-found"


def test_an_event_of_another_take_is_not_moved_through_ones_own(stage, take):
    theirs = kept(take, LAUGH)
    mine = stage.recorder(task=1).record(voice(2, seed=5), prompt="p2")
    mine.finish()
    for ask in (
        lambda: kept(mine, replace(LAUGH, start_sample=1), base=1, event_id=theirs.id),
        lambda: remove_event(stage.store, mine.recorder.actor, mine.id, theirs.id, now=stage.later),
    ):
        with pytest.raises(AccessError):
            ask()


def test_after_hand_in_only_what_is_private_can_still_be_said(stage, take):
    kept(take, LAUGH)
    hand_in(stage)
    with pytest.raises(SittingError) as caught:
        kept(take, replace(LAUGH, kind="cough"))
    assert caught.value.code == "claim.not-active"
    first = kept(take, PRIVATE)
    with pytest.raises(SittingError):  # but it is not taken back by a slip
        remove_event(stage.store, take.recorder.actor, take.id, first.id, now=stage.later)


def mark_private(stage, segment: Segment) -> None:
    row = EventRow(id=str(uuid4()), take_id=segment.take_id, kind="private", author="t", version=1)
    row.start_sample, row.end_sample = segment.end_sample - 1, segment.end_sample + 5
    row.created_at = row.changed_at = stage.now
    with stage.store.catalogue.write() as session:
        session.add(row)


def some_segment(stage) -> Segment:
    with stage.store.catalogue.read() as session:
        return session.scalars(select(Segment).order_by(Segment.created_at)).first()


def test_a_clip_with_many_private_spans_is_one_clip(stage):
    accepted_clips(stage)
    release_id = asked(stage)
    build_release(stage.store, release_id, now=stage.now)
    first, other, *_ = released(stage, release_id)
    for segment in (first, first, other):
        mark_private(stage, segment)
    built = release(stage, release_id)
    with pytest.raises(ReleaseError, match=r"^2 clips lost"), statements() as sent:
        approve_release(stage.store, SECOND, release_id, corpus_id=built.corpus_id, now=stage.now)
    assert len([each for each in sent if each.startswith("SELECT") and " event" in each]) == 1


def released(stage, release_id) -> list[Segment]:
    with stage.store.catalogue.read() as session:
        items = select(ReleaseItem.segment_id).where(ReleaseItem.release_id == release_id)
        return session.scalars(select(Segment).where(Segment.id.in_(items)).order_by(Segment.id)).all()


def test_a_segment_with_a_private_span_enters_no_release_and_the_report_says_so(stage):
    accepted_clips(stage)
    segment = some_segment(stage)
    mark_private(stage, segment)
    release_id = asked(stage)
    build_release(stage.store, release_id, now=stage.now)
    found = release(stage, release_id)
    assert found.summary["excluded"]["release.private-span"]["clips"] == 1
    assert segment.id not in [each.id for each in released(stage, release_id)]


def test_what_becomes_private_before_the_approval_is_not_published(stage):
    accepted_clips(stage)
    release_id = asked(stage)
    build_release(stage.store, release_id, now=stage.now)
    mark_private(stage, released(stage, release_id)[0])
    built = release(stage, release_id)
    with pytest.raises(ReleaseError, match="1 clips lost their consent since the build or are private"):
        approve_release(stage.store, SECOND, release_id, corpus_id=built.corpus_id, now=stage.now)
    with stage.store.catalogue.read() as session:
        assert session.get_one(Release, release_id).state == "planned"
