"""Which items people hear, who may hear them, and what a decision counts for (`fair-work.md` §10)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.store.models import EventRow, FindingRow, GoldItem, Review
from speechcorpus.workflows import people
from speechcorpus.workflows.gold import gold_answers, mark_gold_item, queue_gold
from speechcorpus.workflows.impartial import declare_own_account, keep_acquaintance
from speechcorpus.workflows.overdue import lapse_reviews
from speechcorpus.workflows.reviews import take_review
from speechcorpus.workflows.views.queue import my_day, queue_view
from tests.hearing import (
    PAID,
    PENDING,
    REFUSED,
    an_item,
    decide,
    finding,
    handed_in,
    heard,
    lines,
    listening_stage,
    waiting,
)
from tests.stage import set_stage

NOBODY = {"unflagged_pct = 5, first_two_claims_pct = 20": "unflagged_pct = 0, first_two_claims_pct = 0"}
DOUBLES = {
    "unflagged_pct = 5, first_two_claims_pct = 20, double_pct = 10": (
        "unflagged_pct = 100, first_two_claims_pct = 100, double_pct = 100"
    )
}
GOLD = {
    "unflagged_pct = 5, first_two_claims_pct = 20, double_pct = 10, gold_pct = 5": (
        "unflagged_pct = 100, first_two_claims_pct = 100, double_pct = 0, gold_pct = 100"
    )
}


@pytest.fixture
def stage(sqlite_store, now):
    return listening_stage(sqlite_store, now)


def reviews(stage):
    with stage.store.catalogue.read() as session:
        return session.scalars(select(Review).order_by(Review.created_at, Review.id)).all()


def test_only_what_ears_can_settle_sends_an_item_to_a_listener(sqlite_store, now):
    stage = set_stage(sqlite_store, now, **NOBODY)
    recorder, other = stage.recorder(task=0), stage.recorder(task=1)
    place = {"char_start": 0, "char_end": 1}
    an_item(recorder, "p0", finding("audio.edge-silence", "flag", "1.6", "1.0", "s"))
    an_item(recorder, "p1", finding("transcript.han-var", "flag", "1", "0", "1", **place))
    an_item(other, "p2", finding("transcript.wrd-cmn", "flag", "1", "0", "1", **place))
    an_item(other, "p3", finding("content.prompt-differs", "flag", "2", "1", "1"))
    handed_in(recorder)
    assert reviews(stage) == []
    handed_in(other)
    assert [review.purpose for review in reviews(stage)] == ["flagged"] * 2


def test_a_flag_that_sends_nobody_moves_a_sampled_item_forward(stage):
    recorder = stage.recorder()
    plain = an_item(recorder, "p0")
    flagged = an_item(recorder, "p1", finding("audio.edge-silence", "flag", "1.6", "1.0", "s"))
    handed_in(recorder)
    rows = queue_view(stage.store, stage.reviewer(), now=stage.later)
    assert [row.review_id for row in rows] == [waiting(stage.store, item)[0] for item in (flagged, plain)]
    assert {review.purpose for review in reviews(stage)} == {"random"}


def test_an_item_drawn_for_two_waits_for_both_and_two_of_three_decide(sqlite_store, now):
    stage = listening_stage(sqlite_store, now, **DOUBLES)
    recorder = stage.recorder()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    assert [review.double for review in reviews(stage)] == [True, True]
    assert len(queue_view(stage.store, stage.reviewer(), now=stage.later)) == 1  # one item to a listener
    assert decide(stage, item, "accept") == "undecided"
    assert decide(stage, item, "reject", heard()) == "undecided"
    assert [review.purpose for review in reviews(stage) if not review.double] == ["second"]
    assert decide(stage, item, "reject", heard()) == "refused"


def test_a_decision_made_faster_than_the_sound_lasts_counts_for_nothing(stage):
    recorder, hasty = stage.recorder(), stage.reviewer()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    assert decide(stage, item, "accept", by=hasty, listening=timedelta(seconds=1)) == "undecided"
    assert lines(stage.store, item) == PENDING
    (again,) = waiting(stage.store, item)
    with pytest.raises(SittingError) as own:
        take_review(stage.store, hasty, again, now=stage.later)
    assert own.value.code == "review.own-earlier"
    marked = heard(span=(0, 16_000))  # one second of it: that can be heard in one
    assert decide(stage, item, "reject", marked, listening=timedelta(seconds=1)) == "undecided"
    assert [review.void for review in reviews(stage)] == [True, False, False]
    late = stage.later + timedelta(hours=40)  # the clock runs since hand-in, whoever was asked when
    assert [row.waited for row in queue_view(stage.store, stage.reviewer(), now=late)] == [late - stage.later]


# who may never hear what


def test_nobody_hears_the_work_of_people_they_know(stage):
    recorder = stage.recorder()
    an_item(recorder, "p0")
    handed_in(recorder)
    own, host, stranger = stage.reviewer(), stage.reviewer(), stage.reviewer()
    person = {"contributor_id": recorder.actor.id, "now": stage.now}
    declare_own_account(stage.store, stage.manager, staff_id=own.id, **person)
    with stage.store.catalogue.write() as session:
        keep_acquaintance(session, host.id, recorder.actor.id, "invited", now=stage.now)
    (review,) = reviews(stage)
    for known in (own, host):
        assert queue_view(stage.store, known, now=stage.later) == ()
        with pytest.raises(AccessError) as hidden:
            take_review(stage.store, known, review.id, now=stage.later)
        assert hidden.value.code == "not-found"
    assert len(queue_view(stage.store, stranger, now=stage.later)) == 1
    with pytest.raises(AccessError):
        declare_own_account(stage.store, stranger, staff_id=own.id, **person)


def test_who_reviewed_mine_within_thirty_days_is_not_reviewed_by_me(stage):
    one, other = stage.reviewer(), stage.reviewer()
    mine, theirs = stage.recorder(task=0), stage.recorder(task=1)
    for reviewer, recorder in ((one, mine), (other, theirs)):
        person = {"staff_id": reviewer.id, "contributor_id": recorder.actor.id}
        declare_own_account(stage.store, stage.manager, **person, now=stage.now)
    item = an_item(mine, "p0")
    an_item(theirs, "p2")
    handed_in(mine)
    handed_in(theirs)
    assert len(queue_view(stage.store, one, now=stage.later)) == 1
    decide(stage, item, "accept", by=other, after_h=0.1)
    assert queue_view(stage.store, one, now=stage.later + timedelta(days=1)) == ()
    assert len(queue_view(stage.store, one, now=stage.later + timedelta(days=31))) == 1


def test_who_does_not_speak_the_variety_hears_nothing_of_it(stage):
    recorder = stage.recorder()
    an_item(recorder, "p0")
    handed_in(recorder)
    deaf = Actor(
        role="reviewer", id=people.create_staff(stage.store, name="x", role="reviewer", now=stage.now)
    )
    assert queue_view(stage.store, deaf, now=stage.later) == ()
    with pytest.raises(AccessError):
        take_review(stage.store, deaf, reviews(stage)[0].id, now=stage.later)


# gold


def test_a_gold_item_looks_like_any_other_and_changes_nothing(sqlite_store, now):
    stage = listening_stage(sqlite_store, now, **GOLD)
    first, second = stage.recorder(task=0), stage.recorder(task=1)
    known = an_item(first, "p0")
    handed_in(first)
    decide(stage, known, "accept")
    mark_gold_item(stage.store, stage.manager, known, decision="accept", code=None, now=stage.later)
    item = an_item(second, "p2")
    handed_in(second)
    reviewer = stage.reviewer()
    rows = queue_view(stage.store, reviewer, now=stage.later)
    assert {row.review_id for row in rows} == {*waiting(stage.store, item), *waiting(stage.store, known)}
    assert len({(row.severity, row.source, row.waited, row.promised) for row in rows}) == 1
    assert decide(stage, known, "reject", heard(), by=reviewer) == "undecided"
    assert lines(stage.store, known) == PAID
    with stage.store.catalogue.read() as session:
        (answer,) = gold_answers(session)
    assert (answer.reviewer_id, answer.expected, answer.given, answer.right) == (
        reviewer.id,
        "accept",
        "reject",
        False,
    )
    with stage.store.catalogue.write() as session:
        queue_gold(session, stage.project_id, now=stage.later)
    assert lapse_reviews(stage.store, now=stage.later + timedelta(days=4)) == 1  # the item, not the gold one
    assert waiting(stage.store, known) == []


def test_a_gold_reject_is_right_by_its_code_alone(stage):
    recorder = stage.recorder()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    decide(stage, item, "accept")
    said = {"decision": "reject", "code": "noise.third-voice", "now": stage.later}
    mark_gold_item(stage.store, stage.manager, item, **said)
    for after_h, code in enumerate(("noise.third-voice", "consent.other-speaker"), 1):
        with stage.store.catalogue.write() as session:
            queue_gold(session, stage.project_id, now=stage.later)
        decide(stage, item, "reject", heard(code), after_h=after_h)
    with stage.store.catalogue.read() as session:
        assert [answer.right for answer in gold_answers(session)] == [True, False]


def test_a_gold_mark_is_a_right_decision_about_a_decided_item(stage):
    recorder = stage.recorder()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    wrong = (("accept", "noise.burst"), ("reject", None), ("reject", "audio.timbre"), ("maybe", None))
    for decision, code in (*wrong, ("accept", None)):
        with pytest.raises(SittingError) as refused:
            mark_gold_item(stage.store, stage.manager, item, decision=decision, code=code, now=stage.later)
        undecided = (decision, code) == ("accept", None)
        assert refused.value.code == ("gold.undecided" if undecided else "request.field")
    with pytest.raises(AccessError):
        mark_gold_item(stage.store, stage.reviewer(), item, decision="accept", code=None, now=stage.later)
    with stage.store.catalogue.read() as session:
        assert session.scalars(select(GoldItem)).all() == []


# evidence of other kinds


def test_a_text_is_refused_against_the_own_texts_of_two_and_the_sound_is_paid(stage):
    recorder = stage.recorder()
    item = an_item(recorder, "p0")  # 咱來去看海。
    handed_in(recorder)
    not_verbatim, reviewer = heard("transcript.not-verbatim", span=None), stage.reviewer()
    for own, why in ((None, "review.text-required"), ("咱來去看海！", "review.within-limit")):
        with pytest.raises(SittingError) as refused:
            decide(stage, item, "reject", not_verbatim, own_text=own, by=reviewer)
        assert refused.value.code == why
    assert decide(stage, item, "reject", not_verbatim, own_text="咱來去看山。", by=reviewer) == "undecided"
    assert decide(stage, item, "reject", not_verbatim, own_text="咱欲去看海。") == "refused"
    assert lines(stage.store, item) == {"record": "accepted", "transcribe": "refused"}
    with stage.store.catalogue.read() as session:
        rows = session.scalars(select(FindingRow).where(FindingRow.review_id.is_not(None))).all()
    assert [(row.measured, row.limit, row.unit) for row in rows] == [("20", "5", "%")] * 2


def test_personal_data_that_two_marked_becomes_private_and_costs_nothing(stage):
    recorder = stage.recorder()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    private = heard("content.personal-data", span=(8_000, 16_000))
    assert decide(stage, item, "accept", private) == "undecided"  # a second one is asked
    assert decide(stage, item, "accept", private) == "accepted"
    assert lines(stage.store, item) == PAID
    with stage.store.catalogue.read() as session:
        (event,) = session.scalars(select(EventRow).where(EventRow.kind == "private"))
    assert (event.author, event.end_sample - event.start_sample) == ("listeners", 16_000)  # ± 0.25 s


def test_an_accept_holds_nothing_else_against_an_item(stage):
    recorder = stage.recorder()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    with pytest.raises(SittingError) as wrong:
        decide(stage, item, "accept", heard())
    assert wrong.value.code == "review.code"


def test_an_offence_cites_a_clause_that_was_claimed_under(stage):
    recorder = stage.recorder()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    for _ in range(2):
        decide(stage, item, "reject", heard("content.offence", x="K1"))
    assert lines(stage.store, item) == REFUSED


def test_my_day_counts_my_own_decisions(stage):
    recorder, reviewer = stage.recorder(), stage.reviewer()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    decide(stage, item, "accept", by=reviewer)
    mine = my_day(stage.store, reviewer, since=stage.now)
    assert (mine.decided, mine.median_s) == (1, 60.0)
    assert my_day(stage.store, stage.reviewer(), since=stage.now).decided == 0
