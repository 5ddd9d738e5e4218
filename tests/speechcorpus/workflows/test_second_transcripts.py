"""Two people write down what they hear; where they differ a third settles, and every one of them is paid."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from speechcorpus.domain.canonical import parse_json
from speechcorpus.domain.errors import AccessError, SittingError, SpeechCorpusError
from speechcorpus.qc.double import first_stands_left, is_drawn
from speechcorpus.store.models import (
    Audit,
    Claim,
    Consent,
    Contributor,
    EventRow,
    OutcomeRow,
    Project,
    Review,
    SecondTranscript,
    Segment,
)
from speechcorpus.workflows.flat_fees import reserve_flat
from speechcorpus.workflows.gold import mark_gold_item
from speechcorpus.workflows.item_hand_in import accept_item
from speechcorpus.workflows.ledger import balance
from speechcorpus.workflows.release_candidates import gather_candidates
from speechcorpus.workflows.second_draw import draw_second, set_second_share
from speechcorpus.workflows.second_settling import settle, settlement_audio, take_settlement
from speechcorpus.workflows.second_texts import released_text, released_texts
from speechcorpus.workflows.second_transcripts import offered, second_audio, take_second, write_second
from speechcorpus.workflows.views.agreement import agreement_view
from speechcorpus.workflows.views.second import second_list, second_view
from speechcorpus.workflows.views.settlement import settlement_list, settlement_view
from tests.accepted import accepted_clips
from tests.second import OTHER, pair, set_variety
from tests.stage import set_stage
from tests.statements import statements

pytestmark = pytest.mark.either_database


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def two(stage):
    return pair(stage)


def refused(code: str, call) -> None:
    with pytest.raises(SpeechCorpusError) as caught:
        call()
    assert caught.value.code == code


def candidate(stage, segment_id):
    with stage.store.catalogue.read() as session:
        found = list(gather_candidates(stage.store, session, stage.project_id))
    return next(each for each in found if each.segment_id == segment_id)


def segments(stage):
    with stage.store.catalogue.read() as session:
        return session.scalars(select(Segment).order_by(Segment.created_at)).all()


# the draw


def accepted_again(stage, pct: int) -> set[str]:
    """Which of 40 clips are drawn when they are accepted."""
    accepted_clips(stage, clips=40)
    set_second_share(stage.store, stage.manager, stage.project_id, pct, now=stage.now)
    with stage.store.catalogue.write() as session:
        session.execute(update(OutcomeRow).values(state="pending"))
        for row in session.scalars(select(Segment.id)).all():
            accept_item(session, row, now=stage.now)
        return set(session.scalars(select(SecondTranscript.segment_id)))


def test_a_seeded_share_of_what_is_accepted_is_drawn_and_anybody_can_draw_it_again(stage):
    drawn = accepted_again(stage, 20)
    with stage.store.catalogue.read() as session:
        terms = {row.id: session.get_one(Claim, row.claim_id).terms_sha256 for row in segments(stage)}
    assert drawn == {key for key, sha256 in terms.items() if is_drawn(key, sha256, 20)}


@pytest.mark.parametrize(("pct", "drawn"), [(0, 0), (100, 40)])
def test_none_or_all_may_be_asked_for(stage, pct, drawn):
    assert len(accepted_again(stage, pct)) == drawn


def test_a_project_begins_with_five_percent(stage):
    with stage.store.catalogue.read() as session:
        assert session.get_one(Project, stage.project_id).second_pct == 5


def test_only_managers_set_the_share_and_mark_gold(stage, two):
    for pct in (-1, 101):
        refused(
            "request.field",
            lambda pct=pct: set_second_share(
                stage.store, stage.manager, stage.project_id, pct, now=stage.now
            ),
        )
    for actor in (stage.reviewer(), two.writer):
        refused(
            "not-found",
            lambda actor=actor: mark_gold_item(
                stage.store, actor, two.segment, decision="accept", code=None, now=stage.now
            ),
        )
        refused(
            "not-found",
            lambda actor=actor: set_second_share(stage.store, actor, stage.project_id, 9, now=stage.now),
        )


def test_whoever_marks_an_item_right_has_a_second_person_write_it_down_once(stage):
    set_second_share(stage.store, stage.manager, stage.project_id, 0, now=stage.now)
    accepted_clips(stage, clips=2)
    right, wrong = (segment.id for segment in segments(stage))
    marks = ((right, "accept", None), (wrong, "reject", "noise.third-voice"), (right, "accept", None))
    for item, decision, code in marks:
        mark_gold_item(stage.store, stage.manager, item, decision=decision, code=code, now=stage.now)
    with stage.store.catalogue.read() as session:
        drawn = session.scalars(select(SecondTranscript)).all()
        assert [(row.segment_id, row.reason) for row in drawn] == [(right, "gold")]


def test_without_an_accepted_text_or_with_something_private_nothing_is_drawn(stage):
    accepted_clips(stage, clips=2)
    first, other = segments(stage)
    private = EventRow(id="e", take_id=other.take_id, kind="private", author="t", version=1)
    private.start_sample, private.end_sample = 0, 10
    private.created_at = private.changed_at = stage.now
    with stage.store.catalogue.write() as session:
        session.get_one(OutcomeRow, (first.id, "transcribe")).state = "void"
        session.add(private)
        session.execute(update(Segment).values(gold=True))
        session.flush()
        assert draw_second(session, first.id, now=stage.now) is None
        assert draw_second(session, other.id, now=stage.now) is None


# the second transcriber


def test_the_second_transcriber_sees_neither_text_nor_prompt_nor_fix_nor_speaker(stage, two):
    listed = second_list(stage.store, two.writer, now=stage.later)
    two.take()
    view = second_view(stage.store, two.writer, two.second, now=stage.later)
    said = repr(listed) + repr(view)
    assert two.first not in said
    for hidden in (two.segment, two.speaker.id, "prompt", "pseudonym", "replacement", "gold"):
        assert hidden not in said
    assert view.draft == ""


def names_of(value):
    for field in fields(value) if is_dataclass(value) else ():
        yield field.name
        yield from names_of(getattr(value, field.name))


def test_two_texts_that_agree_leave_the_first_and_pay_the_second(stage, two):
    done = two.write(two.first.replace("。", "，"))
    assert done.done
    row = two.row()
    assert (row.state, row.cer, row.agrees, row.price_minor) == ("written", "0", True, 1000)
    assert two.settlement() is None
    (earned,) = second_list(stage.store, two.writer, now=stage.later).earned
    assert (earned.texts, earned.minor, earned.currency) == (1, 1000, "TWD")
    found = candidate(stage, two.segment).facts
    assert (found["text"], found["text_status"], found["transcriber_agreement_cer"]) == (
        two.first,
        "double-agreed",
        0.0,
    )


def test_a_second_text_is_owed_from_what_was_set_aside_when_it_was_drawn(stage, two):
    def held(account: str) -> int:
        with stage.store.catalogue.read() as session:
            return balance(session, stage.project_id, account)

    assert held(f"reserved:{stage.project_id}") == two.row().price_minor
    two.write(OTHER)
    assert held(f"reserved:{stage.project_id}") == 0
    assert held(f"owed:{two.writer.id}") == two.row().price_minor


def test_what_there_is_no_money_for_is_not_drawn(stage):
    accepted_clips(stage, clips=1)
    (segment,) = segments(stage)
    with stage.store.catalogue.write() as session:
        segment.gold = True
        session.merge(segment)
        free = balance(session, stage.project_id, f"project_budget:{stage.project_id}")
        flat = {"kind": "audition", "key": "1", "amount": free - 999, "now": stage.now}
        reserve_flat(session, None, stage.project_id, **flat)
        assert draw_second(session, segment.id, now=stage.now) is None
        assert session.scalars(select(SecondTranscript)).all() == []


def test_two_texts_that_differ_go_to_a_third_person_and_the_second_is_paid_the_same(stage, two):
    two.write(OTHER)
    row = two.row()
    assert (row.agrees, float(row.cer) > 0.1, row.price_minor) == (False, True, 1000)
    assert two.settlement().price_minor == 1000
    found = candidate(stage, two.segment).facts
    assert (found["text"], found["text_status"]) == (two.first, "self-checked")  # until it is settled
    assert found["transcriber_agreement_cer"] == float(row.cer)


def test_a_text_that_a_rule_holds_back_is_kept_and_not_handed_in(stage, two):
    held = two.write("買3斤蚵仔。")
    assert (held.done, [error.rule for error in held.errors]) == (False, ["NUM-DIGIT"])
    view = second_view(stage.store, two.writer, two.second, now=stage.later)
    assert (view.draft, two.row().state) == ("買3斤蚵仔。", "assigned")
    assert two.write(two.first).done


def test_nothing_somebody_wrote_is_lost_when_another_goes_on(stage, two):
    two.write("買3斤蚵仔。")
    later = stage.later + timedelta(hours=2)
    other = stage.contributor()
    two.take(other, now=later)
    assert second_view(stage.store, other, two.second, now=later).draft == ""
    assert two.row().drafts == [[two.writer.name_for_audit, "買3斤蚵仔。"]]


def test_one_holds_a_segment_for_an_hour_and_a_lost_hold_writes_nothing(stage, two):
    fence = two.take().fence
    other = stage.contributor()
    refused("second.taken", lambda: two.take(other))
    assert [row.mine for row in second_list(stage.store, two.writer, now=stage.later).rows] == [True]
    assert second_list(stage.store, other, now=stage.later).rows == ()
    later = stage.later + timedelta(minutes=61)
    two.take(other, now=later)
    with pytest.raises(SittingError) as caught:
        write_second(stage.store, two.writer, two.second, fence=fence, text="好。", now=later)
    assert caught.value.code == "second.lease-lost"


def test_a_text_that_comes_after_the_hour_is_taken_while_nobody_took_over(stage, two):
    fence, later = two.take().fence, stage.later + timedelta(hours=5)
    done = write_second(stage.store, two.writer, two.second, fence=fence, text=two.first, now=later)
    assert (done.done, two.row().state) == (True, "written")


def test_a_text_that_comes_too_late_is_kept_as_a_draft_of_whoever_wrote_it(stage, two):
    fence, other, later = two.take().fence, stage.contributor(), stage.later + timedelta(minutes=61)
    theirs = two.take(other, now=later).fence

    def late(text_: str):
        return write_second(stage.store, two.writer, two.second, fence=fence, text=text_, now=later)

    for text_ in ("阮去看海。", "買3斤。"):
        refused("second.lease-lost", lambda text_=text_: late(text_))
    assert two.row().drafts == [[two.writer.name_for_audit, text_] for text_ in ("阮去看海。", "買3斤。")]
    assert (two.row().contributor_id, two.row().fence) == (other.id, theirs)
    assert second_view(stage.store, other, two.second, now=later).draft == ""
    again = later + timedelta(minutes=61)
    two.take(now=again)
    assert second_view(stage.store, two.writer, two.second, now=again).draft == "買3斤。"


def test_who_never_held_a_segment_leaves_nothing_there(stage, two):
    said = {"text": "阮去看海。", "now": stage.later}
    for fence in (0, 1):
        refused(
            "second.lease-lost",
            lambda fence=fence: write_second(stage.store, two.writer, two.second, fence=fence, **said),
        )
    assert two.row().drafts == []


def mark_private(stage, segment_id: str) -> None:
    segment = next(each for each in segments(stage) if each.id == segment_id)
    row = EventRow(id=str(uuid4()), take_id=segment.take_id, kind="private", author="t", version=1)
    row.start_sample, row.end_sample = segment.end_sample - 1, segment.end_sample + 5
    row.created_at = row.changed_at = stage.now
    with stage.store.catalogue.write() as session:
        session.add(row)


def test_what_becomes_private_is_offered_and_heard_no_more_and_a_draft_of_it_is_kept(stage, two):
    fence = two.take().fence
    mark_private(stage, two.segment)
    for actor in (two.writer, stage.contributor()):
        assert second_list(stage.store, actor, now=stage.later).rows == ()
        refused("not-found", lambda actor=actor: two.take(actor))
    refused("not-found", lambda: second_audio(stage.store, two.writer, two.second, now=stage.later))
    said = {"fence": fence, "text": two.first, "now": stage.later}
    refused("not-found", lambda: write_second(stage.store, two.writer, two.second, **said))
    assert (two.row().state, two.row().drafts) == ("assigned", [[two.writer.name_for_audit, two.first]])
    assert second_list(stage.store, two.writer, now=stage.later).earned == ()


def test_what_is_private_is_left_out_without_a_question_for_each_segment(stage):
    accepted_clips(stage, clips=6)
    drawn = [each.id for each in segments(stage)]
    writer, asked = stage.contributor(), []
    for some in (drawn[:1], drawn[1:]):
        with stage.store.catalogue.write() as session:
            for segment_id in some:
                session.get_one(Segment, segment_id).gold = True
                session.flush()
                draw_second(session, segment_id, now=stage.now)
        with stage.store.catalogue.read() as session, statements() as sent:
            person = session.get_one(Contributor, writer.id)
            found = offered(session, person)
        asked.append((len(found), sum(" event" in each for each in sent)))
    (few, fewest), (many, most) = asked
    assert (few, many) == (1, 6)
    assert most == fewest == 1


def test_a_private_span_that_was_removed_or_lies_elsewhere_hides_nothing(stage, two):
    mark_private(stage, two.segment)
    with stage.store.catalogue.write() as session:
        row = session.scalars(select(EventRow)).one()
        row.removed_at = stage.now
        other = EventRow(id="after", take_id=row.take_id, kind="private", author="t", version=1)
        other.start_sample, other.end_sample = row.start_sample + 1, row.end_sample  # from the end on
        other.created_at = other.changed_at = stage.now
        session.add(other)
    assert len(second_list(stage.store, two.writer, now=stage.later).rows) == 1


def test_a_written_text_is_final(stage, two):
    two.write(two.first)
    refused("not-found", lambda: two.take())
    for change in ("UPDATE second_transcript SET text = '無'", "DELETE FROM second_transcript"):
        with (
            pytest.raises(IntegrityError, match="a written second text is"),
            stage.store.catalogue.write() as session,
        ):
            session.execute(text(change))


def without(stage, person, **change):
    with stage.store.catalogue.write() as session:
        for name, value in change.items():
            setattr(session.get_one(Contributor, person.id), name, value)


def test_nobody_writes_down_their_own_voice_another_variety_or_who_said_no(stage, two):
    mandarin, closed = stage.contributor(), stage.contributor()
    set_variety(stage, mandarin, "cmn-TW")
    without(stage, closed, state="withdrawn")
    for actor in (two.speaker, mandarin):
        assert second_list(stage.store, actor, now=stage.later).rows == ()
        refused("not-found", lambda actor=actor: two.take(actor))
    refused("consent.withdrawn", lambda: two.take(closed))
    refused("not-found", lambda: two.take(stage.reviewer()))
    refused("consent.missing", lambda: two.take(stage.contributor(consents=False)))


@pytest.mark.parametrize("how", ["purpose", "account"])
def test_who_takes_back_that_people_listen_is_heard_by_nobody_further(stage, two, how):
    two.take()
    if how == "account":
        without(stage, two.speaker, state="withdrawn")
    else:
        with stage.store.catalogue.write() as session:
            wanted = (Consent.contributor_id == two.speaker.id, Consent.purpose == "human_review")
            session.execute(update(Consent).where(*wanted).values(withdrawn_at=stage.now))
    assert second_list(stage.store, two.writer, now=stage.later).rows == ()
    refused("not-found", lambda: second_audio(stage.store, two.writer, two.second, now=stage.later))
    refused("not-found", lambda: two.take())


def test_the_log_names_what_is_owed_and_no_word_of_the_text(stage, two):
    two.write(OTHER)
    with stage.store.catalogue.read() as session:
        row = session.scalars(select(Audit).where(Audit.action == "second.written")).one()
    assert parse_json(row.detail) == {"owed_minor": 1000, "settle": True}


# the third person


def test_the_third_person_sees_both_texts_in_an_order_that_says_nothing(stage, two):
    two.write(OTHER)
    third, row = stage.reviewer(), two.settlement()
    assert [each.settlement_id for each in settlement_list(stage.store, third, now=stage.later)] == [row.id]
    take_settlement(stage.store, third, row.id, now=stage.later)
    view = settlement_view(stage.store, third, row.id, now=stage.later)
    expected = (two.first, OTHER) if first_stands_left(row.id) else (OTHER, two.first)
    assert (view.left, view.right) == expected
    for hidden in (two.speaker.id, two.writer.id, two.segment, "price", "cer", "pseudonym"):
        assert hidden not in repr(view)
    assert [name for name in names_of(view) if "first" in name or "price" in name] == []


def released_at_once(stage) -> dict[str, str]:
    with stage.store.catalogue.read() as session:
        found = released_texts(session, OutcomeRow.line == "transcribe")
        assert found == {key: released_text(session, key).text for key in found}
    return found


def test_the_texts_of_many_segments_are_those_of_each(stage):
    two = pair(stage, clips=3)
    texts = released_at_once(stage)
    assert len(texts) == 3
    two.write(OTHER)
    assert released_at_once(stage) == texts  # two texts that wait for a third person
    two.settle("own", own="我欲去看戲。")
    assert released_at_once(stage) == {**texts, two.segment: "我欲去看戲。"}


def test_a_second_text_that_agrees_leaves_the_first_among_many(stage, two):
    two.write(two.first)
    assert released_at_once(stage) == {two.segment: two.first}


@pytest.mark.parametrize("kept", ["first", "second", "own"])
def test_the_settled_text_is_what_is_released_whoever_wrote_it(stage, two, kept):
    two.write(OTHER)
    row, third = two.settlement(), stage.reviewer()
    side = "own" if kept == "own" else "left" if (kept == "first") == first_stands_left(row.id) else "right"
    assert two.settle(side, own="我欲去看戲。", actor=third).done
    text_ = {"first": two.first, "second": OTHER, "own": "我欲去看戲。"}[kept]
    settled = two.settlement()
    assert (settled.kept, settled.text, settled.staff_id, settled.price_minor) == (
        kept,
        text_,
        third.id,
        1000,
    )
    found = candidate(stage, two.segment).facts
    assert (found["text"], found["text_status"]) == (text_, "adjudicated")
    assert found["text_revision"] == (1 if kept == "first" else 2)


def test_a_settled_text_keeps_the_rules_too(stage, two):
    two.write(OTHER)
    third = stage.reviewer()
    held = two.settle("own", own="買3斤。", actor=third)
    assert (held.done, [error.rule for error in held.errors]) == (False, ["NUM-DIGIT"])
    view = settlement_view(stage.store, third, two.settlement().id, now=stage.later)
    assert (view.draft, view.errors) == ("買3斤。", held.errors)


def test_who_decided_about_the_item_before_is_no_third_person(stage, two):
    two.write(OTHER)
    earlier = stage.reviewer()
    review = Review(id="r", segment_id=two.segment, reviewer_id=earlier.id, terms_sha256="0" * 64)
    review.state, review.decision, review.decided_at, review.created_at = (
        "decided",
        "accept",
        stage.now,
        stage.now,
    )
    with stage.store.catalogue.write() as session:
        session.add(review)
    row = two.settlement()
    assert settlement_list(stage.store, earlier, now=stage.later) == ()
    refused("not-found", lambda: take_settlement(stage.store, earlier, row.id, now=stage.later))


def test_only_who_holds_two_texts_hears_and_settles_them(stage, two):
    two.write(OTHER)
    row, one, other = two.settlement(), stage.reviewer(), stage.reviewer()
    take_settlement(stage.store, one, row.id, now=stage.later)
    refused("settlement.taken", lambda: take_settlement(stage.store, other, row.id, now=stage.later))
    refused("not-found", lambda: settlement_audio(stage.store, other, row.id, now=stage.later))
    for actor in (two.writer, stage.manager):
        with pytest.raises(AccessError):
            take_settlement(stage.store, actor, row.id, now=stage.later)


def test_what_becomes_private_is_settled_by_nobody_and_a_draft_of_it_is_kept(stage, two):
    two.write(OTHER)
    row, third = two.settlement(), stage.reviewer()
    fence = take_settlement(stage.store, third, row.id, now=stage.later).fence
    mark_private(stage, two.segment)
    assert settlement_list(stage.store, third, now=stage.later) == ()
    refused("not-found", lambda: take_settlement(stage.store, third, row.id, now=stage.later))
    refused("not-found", lambda: settlement_audio(stage.store, third, row.id, now=stage.later))
    said = {"fence": fence, "side": "own", "own": "我欲去看戲。", "now": stage.later}
    refused("not-found", lambda: settle(stage.store, third, row.id, **said))
    assert (two.settlement().state, two.settlement().drafts) == (
        "assigned",
        [[third.name_for_audit, "我欲去看戲。"]],
    )


@pytest.mark.parametrize("taken_over", [False, True])
def test_a_decision_that_comes_late_counts_unless_somebody_took_over(stage, two, taken_over):
    two.write(OTHER)
    row, third, later = two.settlement(), stage.reviewer(), stage.later + timedelta(minutes=31)
    fence = take_settlement(stage.store, third, row.id, now=stage.later).fence
    said = {"fence": fence, "side": "own", "own": "我欲去看戲。", "now": later}
    if not taken_over:
        assert settle(stage.store, third, row.id, **said).done
        return
    take_settlement(stage.store, stage.reviewer(), row.id, now=later)
    refused("settlement.lease-lost", lambda: settle(stage.store, third, row.id, **said))
    refused("settlement.lease-lost", lambda: settle(stage.store, third, row.id, **{**said, "side": "left"}))
    assert two.settlement().drafts == [[third.name_for_audit, "我欲去看戲。"]]


def test_a_settled_text_is_final(stage, two):
    two.write(OTHER)
    two.settle("left")
    with (
        pytest.raises(IntegrityError, match="a settled text is final"),
        stage.store.catalogue.write() as session,
    ):
        session.execute(text("UPDATE settlement SET text = '無'"))


# the report


def test_the_report_tells_agreement_by_speaker_variety_and_band_and_what_the_third_kept(stage, two):
    two.write(OTHER)
    two.settle("own", own="我欲去看戲。")
    view = agreement_view(stage.store, stage.manager)
    assert (view.written, view.waiting, view.differing, dict(view.kept)) == (1, 0, 1, {"own": 1})
    assert [group.grouped_by for group in view.groups] == ["all", "speaker", "variety", "band"]
    assert view.groups[0].cer_symmetric.value == pytest.approx(float(two.row().cer), abs=1e-6)
    assert view == agreement_view(stage.store, stage.manager)
    with stage.store.catalogue.read() as session:
        person = session.get_one(Contributor, two.speaker.id)
    assert view.groups[1].group == person.pseudonym


def test_a_project_without_second_texts_has_an_empty_report(stage):
    view = agreement_view(stage.store, stage.manager)
    assert (view.written, view.groups) == (0, ())
    with pytest.raises(AccessError):
        agreement_view(stage.store, stage.reviewer())


def test_a_segment_with_a_speaker_who_signed_nothing_is_not_released(stage, two):
    with stage.store.catalogue.write() as session:
        session.get_one(Segment, two.segment).speaker = "guest"
    assert candidate(stage, two.segment).speakers["guest"] is None


def test_of_eight_who_ask_at_once_one_holds_the_segment(stage, two):
    people = [stage.contributor() for _ in range(8)]

    def ask(actor) -> bool:
        try:
            take_second(stage.store, actor, two.second, now=stage.later)
        except SittingError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, people)) == 1
    assert two.row().fence == 1


def test_asking_again_keeps_the_hold(stage, two):
    assert two.take().fence == two.take().fence == 1
