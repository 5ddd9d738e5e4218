"""Receipts along one claim, on both databases: what was promised, handed in, decided, each signed."""

import json

import pytest
from sqlalchemy import select

from speechcorpus.store.audit import audit_head
from speechcorpus.store.models import Claim, OutcomeRow, Receipt, Segment
from speechcorpus.work.receipts import verify_receipt
from speechcorpus.workflows.receipts import (
    PaidLine,
    decision_receipt,
    draw_receipt,
    kept_receipt,
    payment_receipt,
    submission_receipt,
    withdrawal_receipt,
)
from tests.stage import set_stage, voice

pytestmark = pytest.mark.either_database


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def recorder(stage):
    return stage.recorder()


def is_true(stage, receipt):
    key = stage.store.receipt_key().public_key()
    return verify_receipt(json.dumps(receipt, ensure_ascii=False), [key]).valid


def an_item(recorder, prompt="p0", **states):
    """An item of the claim, its lines in these states."""
    take = recorder.record(voice(1), prompt=prompt)
    take.finish()
    with recorder.stage.store.catalogue.write() as session:
        segment = session.scalars(select(Segment.id).where(Segment.take_id == take.id)).one()
        for line, state in states.items():
            session.add(OutcomeRow(segment_id=segment, line=line, state=state, price_minor=1500))
    return segment


def given(recorder, give, *more):
    """The one receipt that a receipt function gives for the claim; None without any."""
    with recorder.stage.store.catalogue.write() as session:
        claim = session.get_one(Claim, recorder.claim)
        receipts = give(session, recorder.stage.store, claim, *more, now=recorder.stage.now)
    assert len(receipts) < 2
    return receipts[0] if receipts else None


def told(receipt):
    return [(item["item"], item["line"], item["outcome"], item["amount_minor"]) for item in receipt["items"]]


def test_a_claim_gives_a_receipt_with_what_it_froze_and_what_each_line_is_paid(stage, recorder):
    with stage.store.catalogue.read() as session:
        receipt, head = kept_receipt(session, "claim", recorder.claim), audit_head(session)
        claim = session.get_one(Claim, recorder.claim)
    assert is_true(stage, receipt)
    assert (receipt["terms_sha256"], receipt["evaluator"]) == (claim.terms_sha256, claim.evaluator)
    prices = {line: claim.price[line]["minor"] for line in ("record", "transcribe")}
    assert told(receipt) == [(p, line, None, minor) for p in ("p0", "p1") for line, minor in prices.items()]
    assert receipt["amount_minor"] == 2 * sum(prices.values())
    assert receipt["consent_sha256"] is not None
    assert receipt["audit_head"]["seq"] <= head.seq


def test_each_hand_in_of_a_claim_has_its_own_receipt(stage, recorder):
    first, second = an_item(recorder, record="pending"), an_item(recorder, "p1", record="pending")
    receipts = [given(recorder, submission_receipt, [each]) for each in (first, second)]
    assert [told(receipt) for receipt in receipts] == [
        [(first, "record", "pending", None)],
        [(second, "record", "pending", None)],
    ]
    assert all(is_true(stage, receipt) for receipt in receipts)
    assert given(recorder, submission_receipt, []) is None
    with stage.store.catalogue.read() as session:
        assert kept_receipt(session, "submission", recorder.claim) == receipts[1]


def test_a_decision_is_told_once_with_its_amount_and_the_day_it_is_paid_by(stage, recorder):
    assert given(recorder, decision_receipt) is None
    item = an_item(recorder, record="accepted", transcribe="void")
    receipt = given(recorder, decision_receipt)
    assert is_true(stage, receipt)
    assert told(receipt) == [(item, "record", "accepted", 1500), (item, "transcribe", "void", 0)]
    assert (receipt["amount_minor"], receipt["currency"], receipt["exponent"]) == (1500, "TWD", 2)
    assert receipt["pay_due"] > stage.now.date().isoformat()
    assert given(recorder, decision_receipt) is None


def test_an_outcome_that_changes_later_is_told_again(stage, recorder):
    item = an_item(recorder, transcribe="void")
    assert told(given(recorder, decision_receipt)) == [(item, "transcribe", "void", 0)]
    with stage.store.catalogue.write() as session:
        session.get_one(OutcomeRow, (item, "transcribe")).state = "accepted"
    assert told(given(recorder, decision_receipt)) == [(item, "transcribe", "accepted", 1500)]


def test_a_draw_a_payment_and_a_withdrawal_give_receipts_that_verify(stage, recorder):
    who = {"contributor_id": recorder.actor.id, "project_id": stage.project_id, "now": stage.now}
    with stage.store.catalogue.write() as session:
        drawn = draw_receipt(
            session, stage.store, terms_sha256=None, round_id="r1", entry_id="e1", ticket="a" * 64, **who
        )
        paid = payment_receipt(
            session,
            stage.store,
            payout_id="p1",
            transaction_id="t1",
            paid=[
                PaidLine(item="s1", line="record", amount_minor=1500),
                PaidLine(item="f", line=None, amount_minor=500),
            ],
            currency="TWD",
            exponent=2,
            **who,
        )
        gone = withdrawal_receipt(
            session,
            stage.store,
            withdrawal_id="w1",
            consent_sha256=None,
            withdrawn=["purpose:release"],
            **who,
        )
    assert all(is_true(stage, receipt) for receipt in (drawn, paid, gone))
    assert [item["item"] for item in drawn["items"]] == ["round:r1", f"ticket:{'a' * 64}"]
    assert (paid["amount_minor"], paid["ledger_transaction"]) == (2000, "t1")
    assert told(gone) == [("purpose:release", None, "withdrawn", None)]


def test_what_is_rolled_back_leaves_no_receipt(stage, recorder):
    an_item(recorder, record="accepted")
    with stage.store.catalogue.write() as session:
        claim = session.get_one(Claim, recorder.claim)
        assert decision_receipt(session, stage.store, claim, now=stage.now)
        session.rollback()
    with stage.store.catalogue.read() as session:
        assert set(session.scalars(select(Receipt.kind))) == {"claim", "upload"}
