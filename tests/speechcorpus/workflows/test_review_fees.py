"""Staff are paid per decision, the same for accept and reject (`fair-work.md` §7)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from speechcorpus.domain.errors import LedgerError, SittingError, SpeechCorpusError
from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import (
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    Receipt,
    Review,
    Segment,
    TermsVersion,
)
from speechcorpus.work.terms_file import parse_terms
from speechcorpus.work.terms_text import terms_toml
from speechcorpus.workflows import people
from speechcorpus.workflows.appeal_ends import expire_appeals
from speechcorpus.workflows.appeals import open_appeal
from speechcorpus.workflows.gold import keep_mark, queue_gold
from speechcorpus.workflows.impartial import declare_own_account
from speechcorpus.workflows.judges import decide_appeal, take_appeal
from speechcorpus.workflows.ledger_check import check_ledger
from speechcorpus.workflows.overdue import lapse_reviews
from speechcorpus.workflows.payments import end_payments, send_payout
from speechcorpus.workflows.payouts import approve_payout, propose_payout
from speechcorpus.workflows.reviews import LEASE, decide_review, take_review
from speechcorpus.workflows.views.earnings import earnings_view
from speechcorpus.workflows.views.fees import fees_view
from speechcorpus.workflows.views.payouts import payouts_view
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.audition import handed_in as audition_handed_in
from tests.hearing import SAMPLE_ALL, an_item, decide, handed_in, heard, listening_stage, refuse, waiting
from tests.rig.authenticator import proven
from tests.second import OTHER, pair
from tests.stage import set_stage, terms_text

FEE, AUDITION = 300, 6000
PAYS = {"pay_within_d": f"review = {{ minor = {FEE}, audition_minor = {AUDITION} }}\npay_within_d"}
HOUR = timedelta(hours=1)


@pytest.fixture
def stage(store, now):
    return listening_stage(store, now, **SAMPLE_ALL, **PAYS)


@pytest.fixture
def item(stage):
    recorder = stage.recorder()
    made = an_item(recorder, "p0")
    handed_in(recorder)
    return made


def booked(stage, kinds=("review", "appeal", "listening", "settlement")):
    """What was booked for decisions: (account's kind, line) → minor units."""
    sums = Counter()
    with stage.store.catalogue.read() as session:
        rows = select(LedgerEntry).where(LedgerEntry.line.in_(kinds), LedgerEntry.claim_id.is_(None))
        for row in session.scalars(rows):
            sums[row.account.partition(":")[0], row.line] += row.amount_minor
    return {key: minor for key, minor in sums.items() if minor and key[0] != "project_budget"}


def owed_to(stage, person):
    with stage.store.catalogue.read() as session:
        row = session.get(LedgerAccount, (stage.project_id, f"owed:{person}"))
        return 0 if row is None else row.balance_minor


def faults(stage):
    with stage.store.catalogue.read() as session:
        return [(fault.rule, fault.object) for fault in check_ledger(session)]


@pytest.mark.parametrize(
    ("decision", "findings"),
    [("accept", ()), ("reject", (heard(),)), ("fix", ())],
    ids=lambda each: str(each)[:6],
)
def test_a_decision_is_owed_its_fee_once_whatever_it_is(stage, item, decision, findings):
    by = stage.reviewer()
    decide(stage, item, decision, *findings, by=by)
    assert owed_to(stage, by.id) == FEE
    with stage.store.catalogue.read() as session:
        review = session.scalars(select(Review).where(Review.reviewer_id == by.id)).one()
    said = {"decision": decision, "findings": findings, "note": "x"}
    decide_review(stage.store, by, review.id, fence=review.fence, **said, now=stage.later + 4 * HOUR)
    assert booked(stage) == {("owed", "review"): FEE}  # sent again: nothing is left aside, and owed once
    assert faults(stage) == []


def test_second_opinions_and_decisions_that_count_for_nothing_are_paid_like_any_other(stage, item):
    """Whoever looks at their pay must not learn from it which of them were which."""
    hasty, one, other = (stage.reviewer() for _ in range(3))
    decide(stage, item, "accept", by=hasty, listening=timedelta(seconds=0.2))
    decide(stage, item, "reject", heard(), by=one)
    decide(stage, item, "reject", heard(), by=other)
    assert [owed_to(stage, each.id) for each in (hasty, one, other)] == [FEE] * 3
    with stage.store.catalogue.read() as session:
        assert session.scalars(select(Review.void).where(Review.reviewer_id == hasty.id)).one() is True
    assert faults(stage) == []


def test_a_gold_item_pays_the_same(stage, item):
    decide(stage, item, "accept")
    with stage.store.catalogue.write() as session:
        keep_mark(session, item, "accept", None, reason="marked", by="t", now=stage.later)
        session.get_one(Segment, item).gold = True
        queue_gold(session, stage.project_id, now=stage.later)
    by = stage.reviewer()
    decide(stage, item, "accept", by=by)
    assert owed_to(stage, by.id) == FEE
    assert faults(stage) == []


def test_the_fee_is_set_aside_when_an_item_is_taken_and_once_however_often_it_is(stage, item):
    (review,) = waiting(stage.store, item)
    assert booked(stage) == {}
    take_review(stage.store, stage.reviewer(), review, now=stage.later)
    assert booked(stage) == {("reserved", "review"): FEE}
    take_review(stage.store, stage.reviewer(), review, now=stage.later + LEASE + HOUR)
    assert booked(stage) == {("reserved", "review"): FEE}
    assert lapse_reviews(stage.store, now=stage.later + timedelta(hours=73)) == 1
    assert booked(stage) == {}  # nobody decided: it went back
    assert faults(stage) == []


def test_of_six_who_take_one_item_at_once_one_has_it_and_one_fee_is_set_aside(stage, item):
    (review,), reviewers = waiting(stage.store, item), [stage.reviewer() for _ in range(6)]
    gate = Barrier(len(reviewers))

    def take(actor):
        gate.wait()
        try:
            return take_review(stage.store, actor, review, now=stage.later).fence
        except SittingError as refused:
            return refused.code

    with ThreadPoolExecutor(len(reviewers)) as pool:
        assert sorted(pool.map(take, reviewers), key=str) == [1, *["review.taken"] * 5]
    assert booked(stage) == {("reserved", "review"): FEE}
    assert faults(stage) == []


def test_nobody_begins_what_cannot_be_paid(store, now):
    dear = {"budget_minor = 100000000": "budget_minor = 5200"}  # a claim of two items, and 200 more
    stage = listening_stage(store, now, **SAMPLE_ALL, **PAYS, **dear)
    recorder = stage.recorder()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    (review,) = waiting(stage.store, item)
    with pytest.raises(SittingError, match="no money left") as refused:
        take_review(stage.store, stage.reviewer(), review, now=stage.later)
    assert refused.value.code == "budget.short"
    with stage.store.catalogue.read() as session:
        assert (session.get_one(Review, review).state, session.get_one(Review, review).fence) == ("queued", 0)
    assert (
        lapse_reviews(stage.store, now=stage.later + timedelta(hours=73)) == 1
    )  # the work is paid all the same


def test_withdrawing_an_item_gives_back_what_was_set_aside_for_hearing_it(stage):
    recorder = stage.recorder()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    take_review(stage.store, stage.reviewer(), waiting(stage.store, item)[0], now=stage.later)
    withdraw(stage.store, recorder.actor, Asked(scope="item", segment_id=item), now=stage.later + HOUR)
    assert booked(stage) == {}
    assert faults(stage) == []


def appealed(stage):
    recorder = stage.recorder()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    refuse(stage, item)
    at = stage.later + 4 * HOUR
    return [
        open_appeal(stage.store, recorder.actor, item, line, "", now=at) for line in ("record", "transcribe")
    ], at


def test_a_judgement_is_paid_the_same_either_way(stage):
    appeals, at = appealed(stage)
    judge = stage.reviewer()
    for appeal, decision in zip(appeals, ("uphold", "overturn"), strict=True):
        fence = take_appeal(stage.store, judge, appeal, now=at).fence
        assert booked(stage, ("appeal",))["reserved", "appeal"] == FEE
        decide_appeal(stage.store, judge, appeal, fence=fence, decision=decision, reason="x", now=at)
    assert owed_to(stage, judge.id) == 2 * FEE
    assert booked(stage, ("appeal",)) == {("owed", "appeal"): 2 * FEE}
    assert faults(stage) == []


def test_an_appeal_that_nobody_answered_in_time_leaves_nothing_aside(stage):
    appeals, at = appealed(stage)
    take_appeal(stage.store, stage.reviewer(), appeals[0], now=at)
    assert expire_appeals(stage.store, now=at + timedelta(hours=73)) == 2
    assert booked(stage, ("appeal",)) == {}
    assert faults(stage) == []


def test_an_opinion_about_an_audition_has_its_own_fee(store, now):
    stage = set_stage(store, now, **PAYS)
    made = audition_handed_in(stage)
    made.listen()
    made.listen(other=True)  # they differ: a third is asked, and decides
    made.listen()
    assert [owed_to(stage, each.id) for each in made.listeners] == [AUDITION] * 3
    assert booked(stage) == {("owed", "listening"): 3 * AUDITION}
    assert faults(stage) == []


def test_settling_two_texts_is_paid_as_both_writers_were_promised(store, now):
    stage = set_stage(store, now, **PAYS)
    drawn = pair(stage)
    drawn.write(OTHER)
    by = stage.reviewer()
    drawn.settle("left", actor=by)
    assert owed_to(stage, by.id) == drawn.settlement().price_minor == 1000
    assert booked(stage, ("settlement",)) == {("owed", "settlement"): 1000}


def test_terms_that_pay_no_decision_book_nothing_and_stay_what_they_were(store, now):
    stage = listening_stage(store, now)
    recorder = stage.recorder()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    decide(stage, item, "accept")
    assert booked(stage) == {}
    assert fees_view(store, stage.reviewer(), zone=UTC).projects == ()
    plain = parse_terms(terms_text())
    assert "audition_minor" not in plain.to_document()
    with store.catalogue.read() as session:
        kept = session.scalars(select(TermsVersion)).one()
    assert Terms.from_document(kept.document).sha256 == kept.sha256
    paying = parse_terms(terms_text(**PAYS))
    assert parse_terms(terms_toml(paying)) == paying == Terms.from_document(paying.to_document())
    for given, wrong in ((f"minor = {FEE},", "minor = 0,"), (f"= {AUDITION} }}", "= 0 }")):
        with pytest.raises(SpeechCorpusError, match="nobody works for nothing"):
            parse_terms(terms_text(**PAYS).replace(given, wrong))


def own(stage, staff):
    """The account that a manager names for a member of staff."""
    person = people.create_contributor(stage.store, locale="zh-Hant", now=stage.now)
    said = {"staff_id": staff.id, "contributor_id": person, "now": stage.later}
    declare_own_account(stage.store, stage.manager, **said)
    return person


def test_fees_wait_for_the_account_of_whoever_earned_them_and_then_are_paid_like_any_line(stage, item):
    by, at = stage.reviewer(), stage.later + 5 * HOUR
    decide(stage, item, "accept", by=by)
    proposer, payer = proven(stage.store, "payer", at), proven(stage.store, "payer", at)
    with stage.store.catalogue.read() as session:
        speaker = session.scalars(
            select(LedgerAccount.balance_minor).where(
                LedgerAccount.name.like("owed:%"), LedgerAccount.name != f"owed:{by.id}"
            )
        ).one()
    seen = payouts_view(stage.store, proposer, stage.project_id, now=at)
    assert (seen.owed_minor, seen.owed_people, seen.waiting_minor) == (speaker, 1, FEE)
    person = own(stage, by)
    assert (owed_to(stage, by.id), owed_to(stage, person)) == (0, FEE)
    assert payouts_view(stage.store, proposer, stage.project_id, now=at).waiting_minor == 0
    payout = propose_payout(stage.store, proposer, stage.project_id, now=at)
    shown = payouts_view(stage.store, payer, stage.project_id, now=at).payouts[0]
    approve_payout(stage.store, payer, payout, sha256=shown.sha256, now=at)
    send_payout(stage.store, payer.actor, payout, now=at)
    end_payments(stage.store, payer.actor, payout, "settle", reference="b1", now=at)
    assert faults(stage) == []
    (mine,) = fees_view(stage.store, by, zone=UTC).projects
    assert [(day.kind, day.amount_minor, day.where) for day in mine.days] == [("fees", FEE, "paid")]
    with stage.store.catalogue.read() as session:
        kinds = session.scalars(select(Receipt.kind).where(Receipt.contributor_id == person)).all()
    assert kinds == ["payment"]


def test_an_account_that_was_named_before_has_each_fee_at_once_in_its_own_statement(stage, item):
    by = stage.reviewer()
    person = own(stage, by)
    decide(stage, item, "accept", by=by)
    assert (owed_to(stage, by.id), owed_to(stage, person)) == (0, FEE)
    view = fees_view(stage.store, by, zone=UTC)
    assert view.paid_as is not None
    assert [(day.kind, day.count, day.where) for day in view.projects[0].days] == [("review", 1, "owed")]
    actor = type(by)(role="contributor", id=person)
    (earned,) = earnings_view(stage.store, actor, zone=UTC)
    assert [(day.kind, day.amount_minor) for day in earned.days] == [("review", FEE)]
    own(stage, by)  # a second account changes nothing
    assert owed_to(stage, person) == FEE


def test_where_nothing_but_fees_without_an_account_is_owed_there_is_nothing_to_propose(store, now):
    stage = set_stage(store, now, **PAYS)
    made = audition_handed_in(stage)
    made.listen()
    at = stage.later + HOUR
    payer = proven(store, "payer", at)
    first = propose_payout(store, payer, stage.project_id, now=at)  # the audition's own fee
    second = proven(store, "payer", at)
    sha256 = payouts_view(store, second, stage.project_id, now=at).payouts[0].sha256
    approve_payout(store, second, first, sha256=sha256, now=at)
    seen = payouts_view(store, payer, stage.project_id, now=at)
    assert (seen.owed_minor, seen.due_at, seen.may_propose, seen.waiting_minor) == (0, None, False, AUDITION)
    with pytest.raises(LedgerError, match="nothing is owed"):
        propose_payout(store, payer, stage.project_id, now=at)


def test_doctor_names_a_decision_that_was_not_paid_and_a_fee_without_a_decision(stage, item):
    by = stage.reviewer()
    decide(stage, item, "accept", by=by)
    with stage.store.catalogue.read() as session:
        review = session.scalars(select(Review.id).where(Review.reviewer_id == by.id)).one()
    with stage.store.catalogue.write() as session:  # past the guards, as nobody but the operator can
        if stage.store.catalogue.is_sqlite:
            for (name,) in session.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_entry'")
            ).all():
                session.execute(text(f"DROP TRIGGER {name}"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(
            text("UPDATE ledger_entry SET item = :other WHERE item = :item"),
            {"other": f"review:{uuid4()}", "item": f"review:{review}"},
        )
    named = {found for rule, found in faults(stage) if rule == "ledger.fee"}
    assert f"review:{review}" in named
    assert len(named) == 2
    with stage.store.catalogue.read() as session:
        assert session.scalars(select(LedgerTransaction.kind).where(LedgerTransaction.line == "review")).all()
