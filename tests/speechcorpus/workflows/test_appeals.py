"""A refusal before one person who has not touched the item; silence pays (`fair-work.md` §10)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from speechcorpus.domain.errors import AccessError, SittingError, SpeechCorpusError
from speechcorpus.store.audit import check_audit
from speechcorpus.store.models import Appeal, Claim, ClosedRefusal, OutcomeRow, Review, Segment, Task
from speechcorpus.workflows.appeal_ends import (
    close_windows,
    expire_appeals,
    lift_refusals,
    reopen_refusals,
)
from speechcorpus.workflows.appeals import appealable, open_appeal
from speechcorpus.workflows.gold import gold_answers
from speechcorpus.workflows.judges import appeal_audio, decide_appeal, take_appeal
from speechcorpus.workflows.lapses import expire_claims, hand_in_latecomers
from speechcorpus.workflows.overdue import lapse_reviews
from speechcorpus.workflows.reviews import decide_review, take_review
from speechcorpus.workflows.second_draw import set_second_share
from speechcorpus.workflows.settling import was_heard_as_refusable
from speechcorpus.workflows.views.appeals import appeal_list, appeal_view, appeals_of
from speechcorpus.workflows.views.queue import queue_view
from tests.hearing import (
    PAID,
    PENDING,
    REFUSED,
    SAMPLE_ALL,
    TEXT,
    an_item,
    decide,
    handed_in,
    heard,
    judged,
    lines,
    listening_stage,
    recorded,
    refuse,
    waiting,
)
from tests.stage import LISTENING, set_stage

WORDS = "That is the radio next door, and it is not over my voice."


@pytest.fixture
def stage(sqlite_store, now):
    return listening_stage(sqlite_store, now)


@pytest.fixture
def recorder(stage):
    return stage.recorder()


@pytest.fixture
def refused(stage, recorder):
    """An item that two people refused, three hours after hand-in."""
    item = an_item(recorder, "p0")
    handed_in(recorder)
    refuse(stage, item)
    assert lines(stage.store, item) == REFUSED
    return item


def at(stage, hours=0.0, days=0.0):
    """A moment after the refusal."""
    return stage.later + timedelta(hours=3 + hours, days=days)


def appeal(recorder, item, line="record", *, hours=1.0, words=WORDS):
    stage = recorder.stage
    return open_appeal(stage.store, recorder.actor, item, line, words, now=at(stage, hours))


def judge(stage, appeal_id, decision, *, by=None, hours=2.0, reason="It is behind the voice."):
    by = by or stage.reviewer()
    lease = take_appeal(stage.store, by, appeal_id, now=at(stage, hours))
    said = {"fence": lease.fence, "decision": decision, "reason": reason}
    decide_appeal(stage.store, by, appeal_id, **said, now=at(stage, hours))


def state_of(store, appeal_id):
    with store.catalogue.read() as session:
        return session.get_one(Appeal, appeal_id).state


def reserved(stage):
    """What is set aside for the project's claims, in minor units."""
    query = "SELECT COALESCE(SUM(amount_minor), 0) FROM ledger_entry WHERE account LIKE 'reserved:%'"
    with stage.store.catalogue.read() as session:
        return int(session.scalar(text(query)) or 0)


def test_an_overturned_refusal_is_paid_and_the_reviewers_learn_by_it(stage, recorder, refused):
    appeal_id = appeal(recorder, refused)
    judge(stage, appeal_id, "overturn")
    assert lines(stage.store, refused) == {"record": "accepted", "transcribe": "refused"}
    with stage.store.catalogue.read() as session:
        answers = gold_answers(session)
        assert [(each.given, each.expected, each.right) for each in answers] == [
            ("reject", "accept", False)
        ] * 2
        assert not was_heard_as_refusable(session, session.get_one(Segment, refused))
        assert session.scalars(select(Task.state).where(Task.state == "rejected")).all() == []
        assert check_audit(session) is None


def test_an_upheld_refusal_stands_and_gives_its_money_back(stage, recorder, refused):
    before = reserved(stage)
    judge(stage, appeal(recorder, refused), "uphold")
    assert lines(stage.store, refused) == REFUSED
    assert reserved(stage) == before - 1500
    with stage.store.catalogue.read() as session:
        assert session.get(ClosedRefusal, (refused, "record")) is not None
        assert was_heard_as_refusable(session, session.get_one(Segment, refused))


def test_a_judge_who_does_not_answer_in_time_pays(stage, recorder, refused):
    appeal_id = appeal(recorder, refused, hours=1)
    assert expire_appeals(stage.store, now=at(stage, 73)) == 0
    assert expire_appeals(stage.store, now=at(stage, 73.1)) == 1
    assert state_of(stage.store, appeal_id) == "expired"
    assert lines(stage.store, refused)["record"] == "accepted"
    with stage.store.catalogue.read() as session:  # paid, and no judge said that the listeners were wrong
        assert was_heard_as_refusable(session, session.get_one(Segment, refused))
        assert gold_answers(session) == []


def test_the_answer_a_judge_gives_too_late_counts_for_nothing(stage, recorder, refused):
    appeal_id, judge_ = appeal(recorder, refused, hours=1), stage.reviewer()
    lease = take_appeal(stage.store, judge_, appeal_id, now=at(stage, 72.9))
    said = {"fence": lease.fence, "decision": "uphold", "reason": "no"}
    with pytest.raises(SittingError) as late:
        decide_appeal(stage.store, judge_, appeal_id, **said, now=at(stage, 73.1))
    assert late.value.code == "appeal.expired"


def test_a_refusal_that_nobody_appeals_is_over_after_its_window(stage, recorder, refused):
    before = reserved(stage)
    assert close_windows(stage.store, now=at(stage, days=14)) == 0
    assert (reserved(stage), lines(stage.store, refused)) == (before, REFUSED)
    assert close_windows(stage.store, now=at(stage, days=14, hours=0.1)) == 2
    assert reserved(stage) == before - 2500
    assert close_windows(stage.store, now=at(stage, days=15)) == 0
    with pytest.raises(SittingError) as late:
        appeal(recorder, refused, hours=24 * 15)
    assert late.value.code == "appeal.window-over"


def test_the_window_is_over_for_the_contributor_also_before_the_janitor_comes(recorder, refused):
    assert appeal(recorder, refused, hours=24 * 14)
    with pytest.raises(SittingError) as late:
        appeal(recorder, refused, "transcribe", hours=24 * 14 + 0.1)
    assert late.value.code == "appeal.window-over"


def test_a_line_is_appealed_once_and_only_if_it_was_refused(stage, recorder, refused):
    assert appeal(recorder, refused) == appeal(recorder, refused, words="something else")
    with stage.store.catalogue.read() as session:
        assert session.scalar(select(func.count(Appeal.id))) == 1
        assert [each.line for each in appealable(session, session.get_one(Segment, refused))] == [
            "transcribe"
        ]
    other = an_item(recorder, "p1")
    for item, line in ((other, "record"), (refused, "listen")):
        with pytest.raises(SittingError) as wrong:
            appeal(recorder, item, line)
        assert wrong.value.code == "appeal.not-refused"
    with pytest.raises(SittingError) as long:
        appeal(recorder, refused, "transcribe", words="x" * 2001)
    assert long.value.code == "appeal.words"


def test_nobody_appeals_for_somebody_else(stage, refused):
    for other in (stage.contributor(), stage.reviewer(), stage.manager):
        with pytest.raises(AccessError) as hidden:
            open_appeal(stage.store, other, refused, "record", "", now=at(stage, 1))
        assert hidden.value.code == "not-found"


def test_who_touched_the_item_does_not_judge_it(stage, recorder):
    item, one, two = an_item(recorder, "p0"), stage.reviewer(), stage.reviewer()
    handed_in(recorder)
    for each in (one, two):
        decide(stage, item, "reject", heard(), by=each)
    appeal_id = appeal(recorder, item)
    for each in (one, two, recorder.actor, stage.manager):
        with pytest.raises(AccessError) as hidden:
            take_appeal(stage.store, each, appeal_id, now=at(stage, 2))
        assert hidden.value.code == "not-found"
    assert appeal_list(stage.store, one, now=at(stage, 2)) == ()
    assert len(appeal_list(stage.store, stage.reviewer(), now=at(stage, 2))) == 1


def test_a_judge_sees_clip_criterion_number_and_words_while_they_hold_it(stage, recorder, refused):
    appeal_id, one, other = appeal(recorder, refused), stage.reviewer(), stage.reviewer()
    take_appeal(stage.store, one, appeal_id, now=at(stage, 2))
    view = appeal_view(stage.store, one, appeal_id, now=at(stage, 2))
    assert (view.words, view.row.finding.code, view.row.finding.unit) == (WORDS, "noise.third-voice", "s")
    assert view.row.finding.measured > view.row.finding.limit
    assert appeal_audio(stage.store, one, appeal_id, now=at(stage, 2)).length > 0
    with pytest.raises(SittingError) as taken:
        take_appeal(stage.store, other, appeal_id, now=at(stage, 2))
    assert taken.value.code == "review.taken"
    for later in (at(stage, 2), at(stage, 2.6)):  # somebody else; and once the half hour is over
        with pytest.raises(AccessError):
            appeal_view(stage.store, other if later == at(stage, 2) else one, appeal_id, now=later)


def test_a_judgement_needs_a_reason_and_the_hold_and_is_one_effect(stage, recorder, refused):
    appeal_id, judge_ = appeal(recorder, refused), stage.reviewer()
    fence = take_appeal(stage.store, judge_, appeal_id, now=at(stage, 2)).fence
    cases = (("overturn", " ", fence, "appeal.reason"), ("accept", "x", fence, "request.field"))
    for decision, reason, given, why in (*cases, ("overturn", "x", fence + 1, "review.lease-lost")):
        said = {"fence": given, "decision": decision, "reason": reason}
        with pytest.raises(SittingError) as refusal:
            decide_appeal(stage.store, judge_, appeal_id, **said, now=at(stage, 2))
        assert refusal.value.code == why
    said = {"fence": fence, "reason": "Behind the voice."}
    for _ in range(2):
        decide_appeal(stage.store, judge_, appeal_id, decision="overturn", **said, now=at(stage, 2))
    with pytest.raises(SittingError) as other:
        decide_appeal(stage.store, judge_, appeal_id, decision="uphold", **said, now=at(stage, 2))
    assert other.value.code == "review.lease-lost"
    with stage.store.catalogue.read() as session:
        (told,) = appeals_of(session, [refused])[refused]
    assert (told.state, told.reason, told.words) == ("overturned", "Behind the voice.", WORDS)


def test_a_code_that_lost_its_right_to_refuse_lifts_what_is_still_open(stage, recorder, refused):
    appealed, lift = appeal(recorder, refused), (stage.store, stage.project_id)
    assert lift_refusals(*lift, {"content.offence"}, now=at(stage, 1)) == 0
    assert lift_refusals(*lift, {"noise.third-voice"}, now=at(stage, 1)) == 2
    assert lift_refusals(*lift, {"noise.third-voice"}, now=at(stage, 1)) == 0
    assert (lines(stage.store, refused), state_of(stage.store, appealed)) == (PAID, "expired")


def test_the_refusals_of_a_doubted_reviewer_go_to_a_judge(stage, recorder):
    item, doubted = an_item(recorder, "p0"), stage.reviewer()
    handed_in(recorder)
    decide(stage, item, "reject", heard(), by=doubted)
    decide(stage, item, "reject", heard())
    with stage.store.catalogue.write() as session:
        assert reopen_refusals(session, doubted.id, at(stage, 1), at(stage, 1)) == 0  # none since then
        assert reopen_refusals(session, doubted.id, at(stage, -24), at(stage, 1)) == 2
    assert expire_appeals(stage.store, now=at(stage, 80)) == 2
    assert lines(stage.store, item) == PAID


@pytest.mark.either_database
def test_what_comes_of_an_earlier_holders_item_moves_nobody_elses_task(store, now):
    stage = set_stage(store, now, items_per_task=1, **SAMPLE_ALL)
    ann = stage.recorder()
    late = recorded("p0", ann)
    assert expire_claims(store, now=now + timedelta(days=7)) == 1
    ben = stage.recorder()
    own = an_item(ben, "p0")
    handed_in(ben)
    judged(store, late, "accepted", text=TEXT, now=now)
    assert hand_in_latecomers(store, now=stage.later) == 1
    refuse(stage, late)
    assert task_states(store) == {"in_review"}
    refuse(stage, own)
    assert task_states(store) == {"rejected"}
    appeal(ann, late)
    assert expire_appeals(store, now=at(stage, 74)) == 1
    assert (lines(store, late)["record"], task_states(store)) == ("accepted", {"rejected"})


def task_states(store):
    """Where the tasks stand that are not open."""
    with store.catalogue.read() as session:
        return set(session.scalars(select(Task.state).where(Task.state != "open")))


@pytest.mark.either_database
def test_who_judges_an_item_gets_no_gold_review_of_it_and_one_got_before_blocks_nothing(store, now):
    stage, recorder, item = race(store, now)
    refuse(stage, item)
    appeal_id, judge_ = appeal(recorder, item), stage.reviewer()
    take_appeal(store, judge_, appeal_id, now=at(stage, 2))
    with store.catalogue.write() as session:
        terms_sha256 = session.scalars(select(Claim.terms_sha256)).one()
        gold = Review(id="gold", segment_id=item, terms_sha256=terms_sha256, round=0, purpose="gold")
        gold.state, gold.created_at = "queued", at(stage)
        session.add(gold)
    assert queue_view(store, judge_, now=at(stage, 3)) == ()
    with pytest.raises(AccessError) as hidden:
        take_review(store, judge_, "gold", now=at(stage, 3))
    assert hidden.value.code == "not-found"
    with store.catalogue.write() as session:  # as it could be before
        gold = session.get_one(Review, "gold")
        gold.state, gold.reviewer_id, gold.lease_until = "assigned", judge_.id, at(stage, 4)
    assert expire_appeals(store, now=at(stage, 74)) == 1
    assert (state_of(store, appeal_id), lines(store, item)["record"]) == ("expired", "accepted")


# what the database refuses by itself


def refuses(store, statement, because):
    with pytest.raises(IntegrityError, match=because), store.catalogue.write() as session:
        session.execute(text(statement))


def test_the_database_lifts_no_refusal_without_an_appeal(store, now):
    stage = listening_stage(store, now)
    recorder = stage.recorder()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    refuse(stage, item)
    refuses(store, "UPDATE outcome SET state = 'accepted'", "a refusal is lifted by an appeal alone")
    appeal_id = appeal(recorder, item)
    refuses(store, "UPDATE outcome SET state = 'accepted'", "a refusal is lifted by an appeal alone")
    with store.catalogue.read() as session:
        touched = session.scalars(select(Review.reviewer_id)).first()
    refuses(store, f"UPDATE appeal SET judge_id = '{touched}'", "a judge has not touched the item")
    closing = f"INSERT INTO closed_refusal VALUES ('{item}', 'record', '2026-03-02 08:30:00+00:00')"
    refuses(store, closing, "this refusal is not over")
    judge(stage, appeal_id, "uphold")
    refuses(store, "UPDATE appeal SET state = 'overturned'", "a decided appeal is final")
    refuses(store, "DELETE FROM appeal", "an appeal is kept")
    refuses(store, "UPDATE closed_refusal SET line = 'x'", "closed_refusal rows are never changed")


# races: one outcome, one posting, on both databases


def at_once(acts):
    """Let all acts begin together; return what each gave, or the code it was refused with."""
    start = Barrier(len(acts))

    def run(act):
        start.wait()
        try:
            return act()
        except SpeechCorpusError as refusal:
            return refusal.code

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def postings(stage):
    with stage.store.catalogue.read() as session:
        kinds = session.execute(text("SELECT kind, COUNT(*) FROM ledger_transaction GROUP BY kind"))
        return dict(kinds.all())


def race(store, now):
    stage = listening_stage(store, now)
    recorder = stage.recorder()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    return stage, recorder, item


def test_parallel_rejects_refuse_once(store, now):
    stage, _, item = race(store, now)
    decide(stage, item, "reject", heard())
    (review_id,), reviewer = waiting(store, item), stage.reviewer()
    fence = take_review(store, reviewer, review_id, now=at(stage)).fence
    moment = at(stage) + LISTENING

    def reject():
        said = {"fence": fence, "decision": "reject", "findings": [heard()], "note": None}
        return decide_review(store, reviewer, review_id, **said, now=moment)

    answers = at_once([reject] * 4)
    assert sorted(answers) == ["refused", "undecided", "undecided", "undecided"]
    assert lines(store, item) == REFUSED


def test_two_reviewers_who_decide_at_once_come_to_one_outcome(store, now):
    stage = listening_stage(store, now, **EVERY_ITEM_TWICE)
    recorder = stage.recorder()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    people = [stage.reviewer(), stage.reviewer()]
    held = [
        (person, review_id, take_review(store, person, review_id, now=at(stage)).fence)
        for person, review_id in zip(people, waiting(store, item), strict=True)
    ]

    def accept(person, review_id, fence):
        said = {"fence": fence, "decision": "accept", "findings": (), "note": None}
        return decide_review(store, person, review_id, **said, now=at(stage) + LISTENING)

    answers = at_once([lambda one=one: accept(*one) for one in held])
    assert sorted(answers) == ["accepted", "undecided"]
    assert lines(store, item) == PAID
    assert postings(stage)["accrue"] == 2  # one a line


EVERY_ITEM_TWICE = {
    "unflagged_pct = 5, first_two_claims_pct = 20, double_pct = 10": (
        "unflagged_pct = 100, first_two_claims_pct = 100, double_pct = 100"
    )
}


def test_a_decision_that_races_the_clock_ends_once(store, now):
    stage, _, item = race(store, now)
    decide(stage, item, "reject", heard())
    (review_id,), reviewer = waiting(store, item), stage.reviewer()
    last = stage.later + timedelta(hours=72)
    fence = take_review(store, reviewer, review_id, now=last - LISTENING).fence
    said = {"fence": fence, "decision": "reject", "findings": [heard()], "note": None}
    answers = at_once(
        [
            lambda: decide_review(store, reviewer, review_id, **said, now=last),
            lambda: lapse_reviews(store, now=last + timedelta(minutes=1)),
        ]
    )
    assert lines(store, item) in (REFUSED, PAID)
    assert answers == (["refused", 0] if lines(store, item) == REFUSED else ["review.lease-lost", 1])


def test_an_answer_that_races_its_expiry_pays_or_not_but_once(store, now):
    stage, recorder, item = race(store, now)
    refuse(stage, item)
    appeal_id, judge_ = appeal(recorder, item, hours=0), stage.reviewer()
    fence = take_appeal(store, judge_, appeal_id, now=at(stage, 71.9)).fence
    said = {"fence": fence, "decision": "uphold", "reason": "Heard."}
    at_once(
        [
            lambda: decide_appeal(store, judge_, appeal_id, **said, now=at(stage, 72)),
            lambda: expire_appeals(store, now=at(stage, 72.01)),
            lambda: expire_appeals(store, now=at(stage, 72.01)),
        ]
    )
    upheld = state_of(store, appeal_id) == "upheld"
    assert lines(store, item)["record"] == ("refused" if upheld else "accepted")
    assert postings(stage).get("accrue", 0) == (0 if upheld else 1)


def test_an_appeal_that_races_the_end_of_its_window_is_opened_or_over(store, now):
    stage, recorder, item = race(store, now)
    refuse(stage, item)
    over = at(stage, days=14)
    answers = at_once(
        [
            lambda: open_appeal(store, recorder.actor, item, "record", "", now=over),
            lambda: close_windows(store, now=over + timedelta(seconds=1)),
        ]
    )
    with store.catalogue.read() as session:
        closed = session.get(ClosedRefusal, (item, "record")) is not None
        opened = session.scalars(select(Appeal.id)).all()
    assert closed != bool(opened)
    assert answers[0] == ("appeal.window-over" if closed else opened[0])


def test_no_path_keeps_a_reject_without_its_finding(stage, recorder):
    item = an_item(recorder, "p0")
    handed_in(recorder)
    with pytest.raises(SittingError) as bare:
        decide(stage, item, "reject")
    assert bare.value.code == "review.finding-required"
    (review_id,) = waiting(stage.store, item)
    raw = "UPDATE review SET state = 'decided', decision = 'reject', decided_at = created_at"
    refuses(stage.store, f"{raw} WHERE id = '{review_id}'", "a reject needs at least one finding")
    assert lines(stage.store, item) == PENDING
    with stage.store.catalogue.read() as session:
        assert session.scalars(select(OutcomeRow.state).distinct()).all() == ["pending"]
        assert session.scalars(select(Claim.state)).all() == ["active"]


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(20))
def test_every_race_of_a_refused_line_ends_once_however_often_it_is_run(store, now, turn):
    """Judge, janitor, contributor and the end of the window at once: one state, one posting, one log."""
    stage, recorder, item = race(store, now)
    set_second_share(store, stage.manager, stage.project_id, 0, now=now)  # it sets money aside as well
    refuse(stage, item)
    appeal_id, judge_ = appeal(recorder, item, hours=0), stage.reviewer()
    fence = take_appeal(store, judge_, appeal_id, now=at(stage, 71.9)).fence
    said = {"fence": fence, "decision": ("uphold", "overturn")[turn % 2], "reason": "Heard."}
    late = at(stage, days=14, hours=0.1)
    at_once(
        [
            lambda: decide_appeal(store, judge_, appeal_id, **said, now=at(stage, 72)),
            lambda: decide_appeal(store, judge_, appeal_id, **said, now=at(stage, 72)),
            lambda: expire_appeals(store, now=at(stage, 72.01)),
            lambda: close_windows(store, now=late),
            lambda: close_windows(store, now=late),
            lambda: open_appeal(store, recorder.actor, item, "transcribe", "", now=at(stage, days=14)),
        ]
    )
    expire_appeals(store, now=late + timedelta(days=4))
    close_windows(store, now=late + timedelta(days=4))
    accepted = list(lines(store, item).values()).count("accepted")
    assert postings(stage).get("accrue", 0) == accepted
    assert reserved(stage) == reserved_for_the_rest(stage, recorder)
    with store.catalogue.read() as session:
        assert check_audit(session) is None


def reserved_for_the_rest(stage, recorder):
    """What is set aside for the one prompt of the claim that was never recorded."""
    with stage.store.catalogue.read() as session:
        price = session.get_one(Claim, recorder.claim).price
    return price["record"]["minor"] + price["transcribe"]["minor"]
