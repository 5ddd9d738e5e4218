"""Segments edited by hand: nothing written is lost, undo is exact, what moved is measured anew."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from speechcorpus.domain.errors import AccessError, SittingError, SpeechCorpusError
from speechcorpus.domain.event import Event
from speechcorpus.record.segment_edit import Part, spoken
from speechcorpus.store.models import Audit, Claim, OutcomeRow, Revision, Segment, SegmentEdit, VerdictRow
from speechcorpus.workflows.events import KeptEvent, events_of_take, keep_event, remove_event
from speechcorpus.workflows.item_state import standing
from speechcorpus.workflows.items import hear_item, keep_heard
from speechcorpus.workflows.readiness import is_ready
from speechcorpus.workflows.segment_edits import (
    Seen,
    assign_speaker,
    merge_segments,
    move_segment,
    split_segment,
    undo_edit,
)
from speechcorpus.workflows.transcripts import save_transcript
from speechcorpus.workflows.views.clips import newest_verdicts
from speechcorpus.workflows.views.take_segments import SegmentState, TakeSegments, segments_of_take
from tests.monologue import sentences, talk
from tests.stage import RATE_HZ, set_stage, voice, work_off

pytestmark = pytest.mark.either_database

WORDS = ("今仔日天氣真好。", "你食飽未？", "咱來去看海。", "伊明仔載欲轉來。", "我欲來去。")


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def heard(stage, shared):
    """A cut take of free speech, a text in every segment."""
    made = talk(stage, sentences(shared, 1, 2, 3, 4, pause_s=3.2))  # each a segment
    for segment, words in zip(made.segments(), WORDS, strict=False):
        save_transcript(stage.store, made.actor, segment.id, words, 0, now=stage.later)
    return made


def shown(heard) -> TakeSegments:
    return segments_of_take(heard.stage.store, heard.actor, heard.take.id)


def parts(view: TakeSegments) -> list[Part]:
    return [state.part for state in view.segments]


def seen(state: SegmentState) -> Seen:
    return Seen(version=state.version, revision=state.revision)


def cut(heard, *, at_s: float = 2.0, text_at: int = 3, snap: bool = True, which: int = 0, **more):
    state = shown(heard).segments[which]
    return split_segment(
        heard.stage.store,
        more.pop("actor", heard.actor),
        state.part.id,
        seen=more.pop("seen", seen(state)),
        at_sample=state.part.start_sample + round(at_s * RATE_HZ),
        text_at=text_at,
        snap=snap,
        now=heard.stage.later,
    )


def join(heard, first: int = 0, second: int = 1):
    one, other = shown(heard).segments[first], shown(heard).segments[second]
    return merge_segments(
        heard.stage.store,
        heard.actor,
        one.part.id,
        seen=seen(one),
        other_id=other.part.id,
        other_seen=seen(other),
        now=heard.stage.later,
    )


def shift(heard, start: int = 0, end: int = 0, *, snap: bool = False, which: int = 0):
    state = shown(heard).segments[which]
    return move_segment(
        heard.stage.store,
        heard.actor,
        state.part.id,
        seen=seen(state),
        start_sample=state.part.start_sample + start,
        end_sample=state.part.end_sample + end,
        snap=snap,
        now=heard.stage.later,
    )


def undo(heard):
    return undo_edit(
        heard.stage.store, heard.actor, heard.take.id, shown(heard).undoable, now=heard.stage.later
    )


def refused(code: str, call) -> None:
    with pytest.raises(SpeechCorpusError) as caught:
        call()
    assert caught.value.code == code


def segment(heard, segment_id: str) -> Segment:
    with heard.stage.store.catalogue.read() as session:
        return session.get_one(Segment, segment_id)


def test_cuts_joins_and_moves_keep_every_word_and_undoing_them_all_is_exact(heard):
    before = parts(shown(heard))
    steps = [
        lambda: cut(heard),
        lambda: shift(heard, start=160),
        lambda: join(heard, 1, 2),
        lambda: cut(heard, at_s=0.5),
    ]
    for step in steps:
        assert spoken(parts(step())) == spoken(before)
    for _ in steps:
        view = undo(heard)
    assert parts(view) == before
    assert view.undoable is None
    work_off(heard.stage)
    assert all(state.measured for state in shown(heard).segments)


def test_a_cut_keeps_the_first_id_and_gives_the_second_half_one_of_its_own(heard):
    first, *_ = parts(shown(heard))
    one, other, *_ = parts(cut(heard))
    assert (one.id, one.text, other.text) == (first.id, "今仔日", "天氣真好。")
    assert (one.start_sample, one.end_sample, other.end_sample) == (
        first.start_sample,
        other.start_sample,
        first.end_sample,
    )
    assert segment(heard, other.id).prompt_id == segment(heard, first.id).prompt_id


def test_a_cut_is_moved_out_of_speech_unless_one_wants_it_there(heard):
    exact = cut(heard, snap=False)
    first = exact.segments[0].part
    assert first.end_sample - first.start_sample == 2 * RATE_HZ
    undo(heard)
    snapped = cut(heard).segments[0].part
    assert abs(snapped.end_sample - first.end_sample) <= 0.3 * RATE_HZ


def test_what_moved_has_no_verdict_until_it_is_measured_anew(heard):
    state = shown(heard).segments[0]
    with heard.stage.store.catalogue.read() as session:
        assert newest_verdicts(session, [state.part.id])
    moved = shift(heard, start=160).segments[0]
    assert not moved.measured
    with heard.stage.store.catalogue.read() as session:
        assert newest_verdicts(session, [state.part.id]) == {}
        row = session.get_one(Segment, state.part.id)
        assert (row.item_sha256, is_ready(session, row, text=False)) == (None, False)
        verdicts = session.scalar(select(func.count()).where(VerdictRow.segment_id == state.part.id))
    work_off(heard.stage)
    with heard.stage.store.catalogue.read() as session:
        assert newest_verdicts(session, [state.part.id])
        again = session.scalar(select(func.count()).where(VerdictRow.segment_id == state.part.id))
    assert again == verdicts + 1


def test_a_measurement_of_the_old_edges_is_not_taken_for_the_new_ones(heard):
    """The worker listened while somebody dragged the edge: its number is about other bytes."""
    store, part = heard.stage.store, shown(heard).segments[0].part.id
    shift(heard, start=160)
    old = hear_item(store, part)
    shift(heard, start=160)
    keep_heard(store, part, old, heard.stage.later)
    assert segment(heard, part).item_sha256 is None
    keep_heard(store, part, hear_item(store, part), heard.stage.later)
    assert segment(heard, part).item_sha256 not in (None, old.measurement.sha256)


def test_joined_segments_become_the_first_and_the_second_counts_no_more(heard):
    one, other, *rest = parts(shown(heard))
    whole, *left = parts(join(heard))
    assert whole == replace(one, end_sample=other.end_sample, text=one.text + other.text)
    assert left == rest
    assert not segment(heard, other.id).chosen


def test_segments_with_another_one_between_are_not_joined(heard):
    refused("segment.order", lambda: join(heard, 0, 2))
    refused("segment.order", lambda: join(heard, 1, 0))


def test_an_edit_from_a_state_that_is_over_changes_nothing(heard):
    old = seen(shown(heard).segments[0])
    shift(heard, start=160)
    before = shown(heard)
    refused("segment.conflict", lambda: cut(heard, seen=old))
    refused("segment.conflict", lambda: cut(heard, seen=replace(seen(before.segments[0]), revision=0)))
    assert shown(heard) == before


def test_an_undo_never_loses_what_was_written_since(heard):
    cut(heard)
    first = shown(heard).segments[0]
    save_transcript(
        heard.stage.store, heard.actor, first.part.id, "今仔日啦。", first.revision, now=heard.stage.later
    )
    refused("segment.conflict", lambda: undo(heard))
    assert shown(heard).segments[0].part.text == "今仔日啦。"


def save(heard, state: SegmentState, words: str):
    said = {"now": heard.stage.later}
    return save_transcript(heard.stage.store, heard.actor, state.part.id, words, state.revision, **said)


def test_a_text_for_a_segment_that_was_joined_away_is_refused_and_comes_in_once_it_is_back(heard):
    other = shown(heard).segments[1]
    join(heard)
    refused("segment.conflict", lambda: save(heard, other, "我猶咧寫這段。"))
    undo(heard)
    assert parts(shown(heard))[1] == other.part
    assert save(heard, other, "我猶咧寫這段。").revision == other.revision + 1


def test_the_second_half_of_a_cut_that_was_taken_back_takes_no_text(heard):
    half = cut(heard).segments[1]
    undo(heard)
    refused("segment.conflict", lambda: save(heard, half, "我猶咧寫這段。"))


def test_an_undo_does_not_bring_back_a_segment_over_words_that_came_meanwhile(heard):
    """As a server of before could accept them: into a segment that was joined away."""
    other = shown(heard).segments[1]
    join(heard)
    with heard.stage.store.catalogue.write() as session:
        words = {"number": other.revision + 1, "text": "較早收的字。", "author": "t"}
        session.add(Revision(segment_id=other.part.id, created_at=heard.stage.later, **words))
    before = shown(heard)
    refused("segment.conflict", lambda: undo(heard))
    assert shown(heard) == before


def test_a_text_for_a_recording_that_a_later_one_replaced_is_kept_as_ever(stage):
    recorder = stage.recorder()
    recorder.record(voice(2), prompt="p0").finish()
    with stage.store.catalogue.read() as session:
        first = session.scalars(select(Segment)).one()
    state = segments_of_take(stage.store, recorder.actor, first.take_id).segments[0]
    said = {"seen": seen(state), "snap": False, "now": stage.later}
    move_segment(stage.store, recorder.actor, first.id, start_sample=0, end_sample=30_000, **said)
    recorder.record(voice(2, seed=2), prompt="p0").finish()
    with stage.store.catalogue.read() as session:
        assert not session.get_one(Segment, first.id).chosen
    saved = save_transcript(stage.store, recorder.actor, first.id, "今仔日天氣真好。", 0, now=stage.later)
    assert saved.revision == 1


def test_only_the_last_edit_is_taken_back_and_only_once(heard):
    cut(heard)
    shift(heard, start=160)
    store, actor, take, later = heard.stage.store, heard.actor, heard.take.id, heard.stage.later
    refused("segment.conflict", lambda: undo_edit(store, actor, take, 1, now=later))
    undo_edit(store, actor, take, 2, now=later)
    refused("segment.conflict", lambda: undo_edit(store, actor, take, 2, now=later))


def test_edges_of_one_lane_do_not_cross(heard):
    one, other, *_ = parts(shown(heard))
    gap = other.start_sample - one.end_sample
    refused("segment.overlap", lambda: shift(heard, end=gap + 1))


def test_a_verdict_names_the_profile_and_the_rules_its_text_was_checked_by(heard):
    with heard.stage.store.catalogue.read() as session:
        rows = session.scalars(select(VerdictRow)).all()
    assert {(row.profile_sha256, row.rule_book) for row in rows if row.revision_number is None} == {
        (None, None)
    }
    (checked,) = {(row.profile_sha256, row.rule_book) for row in rows if row.revision_number}
    assert [len(name) for name in checked] == [64, 64]


def lane(heard, speaker: str | None, which: int = 0):
    state = shown(heard).segments[which]
    said = {"seen": seen(state), "speaker": speaker, "now": heard.stage.later}
    return assign_speaker(heard.stage.store, heard.actor, state.part.id, **said)


def kept_overlaps(heard) -> list[tuple[int, int]]:
    events = [each.event for each in events_of_take(heard.stage.store, heard.actor, heard.take.id)]
    return [(event.start_sample, event.end_sample) for event in events if event.kind == "overlap"]


def test_lanes_of_two_speakers_may_overlap_and_the_overlap_is_kept_as_an_event(heard):
    lane(heard, "guest", which=1)
    one, other, *_ = parts(shown(heard))
    reach = other.start_sample - one.end_sample + 4_000
    shift(heard, end=reach)
    assert kept_overlaps(heard) == [(other.start_sample, other.start_sample + 4_000)]
    refused("segment.overlap", lambda: lane(heard, None, which=1))
    undo(heard)
    assert kept_overlaps(heard) == []
    assert parts(undo(heard))[1].speaker is None


def test_another_speaker_is_named_plainly_and_keeps_the_number_of_the_sound(heard):
    refused("segment.speaker", lambda: lane(heard, "阿明"))
    assert lane(heard, "guest").segments[0].measured  # the bytes are the same


def test_segments_of_two_speakers_are_not_joined(heard):
    lane(heard, "guest", which=1)
    refused("segment.lane", lambda: join(heard))


def test_an_overlap_that_a_person_marked_stays(heard):
    marked = Event(kind="overlap", start_sample=10, end_sample=20)
    take_id, later = heard.take.id, heard.stage.later
    keep_event(heard.stage.store, heard.actor, take_id, str(uuid4()), marked, 0, now=later)
    shift(heard, start=160)
    assert kept_overlaps(heard) == [(10, 20)]


def overlapping(heard) -> KeptEvent:
    """Two lanes that overlap, and the event that says so."""
    lane(heard, "guest", which=1)
    one, other, *_ = parts(shown(heard))
    shift(heard, end=other.start_sample - one.end_sample + 4_000)
    (event,) = events_of_take(heard.stage.store, heard.actor, heard.take.id)
    return event


def test_an_overlap_that_a_person_moved_is_not_put_back(heard):
    derived = overlapping(heard)
    store, take_id, later = heard.stage.store, heard.take.id, heard.stage.later
    moved = replace(derived.event, end_sample=derived.event.end_sample - 1_000)
    keep_event(store, heard.actor, take_id, derived.id, moved, derived.version, now=later)
    for _ in range(2):
        shift(heard, start=160)
        assert kept_overlaps(heard) == [(moved.start_sample, moved.end_sample)]


def test_an_overlap_that_a_person_removed_is_not_put_back_and_another_one_is(heard):
    derived = overlapping(heard)
    store, take_id, later = heard.stage.store, heard.take.id, heard.stage.later
    remove_event(store, heard.actor, take_id, derived.id, now=later)
    shift(heard, start=160)
    assert kept_overlaps(heard) == []
    shift(heard, end=160)
    assert kept_overlaps(heard) == [(derived.event.start_sample, derived.event.end_sample + 160)]


def test_an_overlap_that_went_with_the_edges_comes_back_with_them(heard):
    overlapping(heard)
    before = kept_overlaps(heard)
    shift(heard, end=-8_000)
    assert kept_overlaps(heard) == []
    undo(heard)
    assert kept_overlaps(heard) == before


def test_texts_of_every_state_stay_readable(heard):
    cut(heard)
    undo(heard)
    first = parts(shown(heard))[0]
    with heard.stage.store.catalogue.read() as session:
        texts = session.scalars(
            select(Revision.text).where(Revision.segment_id == first.id).order_by(Revision.number)
        ).all()
    assert texts == ["今仔日天氣真好。", "今仔日", "今仔日天氣真好。"]


def test_somebody_elses_take_does_not_exist(heard):
    stranger, store, later = heard.stage.contributor(), heard.stage.store, heard.stage.later
    for ask in (
        lambda: cut(heard, actor=stranger),
        lambda: segments_of_take(store, stranger, heard.take.id),
        lambda: undo_edit(store, stranger, heard.take.id, 1, now=later),
    ):
        with pytest.raises(AccessError) as caught:
            ask()
        assert caught.value.code == "not-found"


def test_what_is_handed_in_is_not_edited(heard):
    first = shown(heard).segments[0].part
    with heard.stage.store.catalogue.write() as session:
        session.add(OutcomeRow(segment_id=first.id, line="record", price_minor=1))
    refused("item.handed-in", lambda: cut(heard))
    refused("item.handed-in", lambda: shift(heard, start=160))
    with heard.stage.store.catalogue.write() as session:
        session.get_one(Claim, heard.recorder.claim).state = "submitted"
        assert standing(session, first.id) == "waiting"
    refused("claim.not-active", lambda: cut(heard, which=1))


def test_a_read_prompt_is_one_segment_whose_edges_may_move(stage):
    recorder = stage.recorder()
    recorder.record(voice(2), prompt="p0").finish()
    with stage.store.catalogue.read() as session:
        row = session.scalars(select(Segment)).one()
    state = segments_of_take(stage.store, recorder.actor, row.take_id).segments[0]
    said = {"seen": seen(state), "snap": True, "now": stage.later}
    with pytest.raises(SittingError, match="a read prompt is one segment"):
        split_segment(stage.store, recorder.actor, row.id, at_sample=16_000, text_at=0, **said)
    after = move_segment(stage.store, recorder.actor, row.id, start_sample=0, end_sample=30_000, **said)
    assert after.segments[0].part.end_sample == 30_000
    assert after.unwritten is None


def test_every_edit_is_written_down_for_good(heard):
    cut(heard)
    undo(heard)
    with heard.stage.store.catalogue.read() as session:
        rows = session.scalars(select(SegmentEdit).order_by(SegmentEdit.number)).all()
        assert [(row.number, row.kind, row.undoes) for row in rows] == [(1, "split", None), (2, "undo", 1)]
        said = session.scalars(select(Audit.action).where(Audit.action.like("segments.%"))).all()
        assert said == ["segments.split", "segments.undo"]
    with (
        pytest.raises(IntegrityError, match="never changed nor removed"),
        heard.stage.store.catalogue.write() as session,
    ):
        session.execute(text("UPDATE segment_edit SET kind = 'move'"))
