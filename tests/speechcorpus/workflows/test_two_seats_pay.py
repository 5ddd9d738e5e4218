"""A dialogue with two devices: each is paid for what they recorded, writes it down, and waits for nobody."""

import json
from datetime import UTC, timedelta

import pytest
from sqlalchemy import select

from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.store.models import Claim, LedgerAccount, Receipt, SittingPeer, Take
from speechcorpus.workflows.certificate_rows import certificate_rows, claims_by_end
from speechcorpus.workflows.claim_signs import inputs_of, note_input
from speechcorpus.workflows.claims import return_claim
from speechcorpus.workflows.contests import contest
from speechcorpus.workflows.lapses import expire_claims, hand_in_latecomers
from speechcorpus.workflows.ledger_check import check_ledger
from speechcorpus.workflows.partners import standing_partner
from speechcorpus.workflows.submission import submit_claim
from speechcorpus.workflows.transcripts import save_transcript
from speechcorpus.workflows.views.earnings import earnings_view
from speechcorpus.workflows.views.rights import rights_view
from speechcorpus.workflows.views.work import work_view
from tests.dialogue import pair
from tests.hearing import SAMPLE_ALL, clipped, decide, lines, waiting
from tests.stage import set_stage
from tests.two_seats import HOUR, item, write

pytestmark = pytest.mark.either_database

MINUTE = timedelta(minutes=1)
EACH = 2500  # of an item: the recording and its words
SAMPLE_NONE = {key: text.replace("100", "0") for key, text in SAMPLE_ALL.items()}


@pytest.fixture
def two(store, now):
    return pair(set_stage(store, now, **SAMPLE_NONE), devices="two")


def submit(two, actor, at=None):
    return submit_claim(two.stage.store, actor, two.claim, now=at or two.stage.later)


def refusal(act):
    with pytest.raises(SpeechCorpusError) as refused:
        act()
    return refused.value.code


def owed(two, actor):
    with two.stage.store.catalogue.read() as session:
        assert list(check_ledger(session)) == []
        return session.scalar(
            select(LedgerAccount.balance_minor).where(LedgerAccount.name == f"owed:{actor.id}")
        )


def claim(two):
    with two.stage.store.catalogue.read() as session:
        return session.get_one(Claim, two.claim)


def receipts(two, actor):
    """Kind and items of every receipt of a claim that somebody was given."""
    with two.stage.store.catalogue.read() as session:
        rows = session.scalars(
            select(Receipt.document)
            .where(Receipt.contributor_id == actor.id, Receipt.subject_id == two.claim)
            .where(Receipt.kind.in_(("submission", "decision")))
            .order_by(Receipt.kind.desc(), Receipt.number)
        )
        found = [json.loads(row) for row in rows]
    return [(each["kind"], {row["item"] for row in each["items"]}, each["amount_minor"]) for each in found]


def work(two, actor):
    return work_view(two.stage.store, actor, two.claim)


def kept_for(two, actor):
    """What is set aside for somebody and not decided."""
    return sum(each.kept_minor for each in earnings_view(two.stage.store, actor, zone=UTC))


def test_each_is_owed_every_line_of_what_they_recorded_and_has_receipts_of_nothing_else(two):
    mine = {item(two, two.holder), item(two, two.holder)}
    theirs = {item(two, two.partner)}
    done = submit(two, two.holder)
    assert (done.handed_in, done.complete) == (3, True)
    assert (owed(two, two.holder), owed(two, two.partner)) == (2 * EACH, EACH)
    assert receipts(two, two.holder) == [("submission", mine, None), ("decision", mine, 2 * EACH)]
    assert receipts(two, two.partner) == [("submission", theirs, None), ("decision", theirs, EACH)]
    for actor, minor in ((two.holder, 2 * EACH), (two.partner, EACH)):
        (earned,) = earnings_view(two.stage.store, actor, zone=UTC)
        assert (earned.earned_minor, earned.kept_minor) == (minor, 0)


def test_each_sees_and_writes_their_own_words_and_nobody_the_others(two):
    mine, theirs = item(two, two.holder), item(two, two.partner, text=None)
    write(two, two.partner, theirs, two.stage.later)
    for actor, own, other in ((two.holder, mine, theirs), (two.partner, theirs, mine)):
        assert [clip.segment_id for clip in work(two, actor).clips] == [own]
        assert rights_view(two.stage.store, actor, [own, other], now=two.stage.now).keys() == {own}
        spoil = save_transcript, two.stage.store, actor, other, "別人的話。", 1
        assert refusal(lambda spoil=spoil: spoil[0](*spoil[1:], now=two.stage.later)) == "not-found"


def test_the_holder_hands_in_without_waiting_and_is_told_what_the_other_lacks(two):
    item(two, two.holder)
    ready, late = item(two, two.partner), item(two, two.partner, text=None)
    other = work(two, two.holder).other
    assert (other.pseudonym, other.ready, other.todo, other.measuring) == (two.name(), 1, 1, 0)
    assert not work(two, two.partner).hands_in
    assert refusal(lambda: submit(two, two.partner)) == "submission.by-holder"
    assert submit(two, two.holder).complete
    assert claim(two).state == "submitted"
    assert lines(two.stage.store, ready) == {"record": "accepted", "transcribe": "accepted"}
    assert lines(two.stage.store, late) == {}
    assert owed(two, two.holder) == EACH


def test_what_the_second_person_had_not_finished_is_written_and_handed_in_later(two):
    item(two, two.holder)
    late, typing = item(two, two.partner, text=None), item(two, two.partner, written=MINUTE)
    submit(two, two.holder)
    assert lines(two.stage.store, typing) == {}  # nobody hands in what somebody is writing
    assert submit(two, two.partner).handed_in == 1
    at = two.stage.later + HOUR
    assert hand_in_latecomers(two.stage.store, now=at) == 0  # it is theirs to write still
    assert refusal(lambda: submit(two, two.partner, at)) == "submission.nothing-ready"
    write(two, two.partner, late, at)
    assert work(two, two.partner).is_open
    assert work(two, two.partner).hands_in
    done = submit(two, two.partner, at)
    assert (done.handed_in, done.held, done.complete) == (1, 0, True)
    assert (owed(two, two.holder), owed(two, two.partner)) == (EACH, 2 * EACH)
    assert not work(two, two.partner).is_open


def test_when_the_time_is_over_what_was_spoken_is_handed_in_without_words(two):
    item(two, two.holder)
    late = item(two, two.partner, text=None)
    submit(two, two.holder)
    over = claim(two).lease_until + timedelta(seconds=1)
    assert refusal(lambda: write(two, two.partner, late, over)) == "claim.not-active"
    assert hand_in_latecomers(two.stage.store, now=over) == 1
    assert lines(two.stage.store, late) == {"record": "accepted"}


def test_a_holder_who_leaves_costs_the_other_neither_time_nor_words(two):
    mine, theirs = item(two, two.holder, text=None), item(two, two.partner, text=None)
    until = claim(two).lease_until
    return_claim(two.stage.store, two.holder, two.claim, now=two.stage.later)
    assert (claim(two).state, claim(two).lease_until) == ("submitted", until)
    assert lines(two.stage.store, mine) == {"record": "accepted"}
    write(two, two.partner, theirs, two.stage.later)
    assert submit(two, two.partner).handed_in == 1
    assert owed(two, two.partner) == EACH


def test_a_partner_who_leaves_holds_nobody_up_and_keeps_what_is_theirs(two):
    mine, theirs = item(two, two.holder), item(two, two.partner, clipped())
    with two.stage.store.catalogue.read() as session:
        row = standing_partner(session, two.claim).id
    two.end(row, two.partner)
    assert submit(two, two.holder).complete
    assert lines(two.stage.store, mine)["record"] == "accepted"
    assert [clip.state for clip in work(two, two.partner).clips] == ["held"]
    contest(two.stage.store, two.partner, theirs, "audio.clipped", "", now=two.stage.later)
    assert submit(two, two.partner).in_review == 1


def test_what_is_brought_by_who_was_a_partner_no_more_is_heard_before_it_is_paid(two):
    mine, theirs = item(two, two.holder), item(two, two.partner)
    with two.stage.store.catalogue.write() as session:
        sitting = session.get_one(Take, theirs).sitting_id
        peer = session.get_one(SittingPeer, sitting)
        peer.partner_id, peer.held_for = None, "partner.other"
    done = submit(two, two.holder)
    assert (done.accepted, done.in_review) == (1, 1)
    assert lines(two.stage.store, mine)["record"] == "accepted"
    assert lines(two.stage.store, theirs) == {"record": "pending", "transcribe": "pending"}


@pytest.mark.slow
def test_a_claim_nobody_hands_in_ends_for_both_with_what_passed(two):
    mine, theirs = item(two, two.holder, text=None), item(two, two.partner)
    assert expire_claims(two.stage.store, now=claim(two).lease_until + timedelta(seconds=1)) == 1
    assert [lines(two.stage.store, each).get("record") for each in (mine, theirs)] == ["accepted"] * 2
    assert (owed(two, two.holder), owed(two, two.partner)) == (1500, EACH)


def test_what_is_sent_back_goes_to_whose_item_it_is(store, now):
    two = pair(set_stage(store, now, **SAMPLE_ALL), devices="two")
    item(two, two.holder)
    theirs = item(two, two.partner)
    submit(two, two.holder)
    while waiting(two.stage.store, theirs):
        decide(two.stage, theirs, "fix")
    assert claim(two).state == "active"
    assert [kept_for(two, actor) for actor in (two.holder, two.partner)] == [EACH, EACH]
    assert [clip.state for clip in work(two, two.partner).clips] == ["sent-back"]
    assert "sent-back" not in [clip.state for clip in work(two, two.holder).clips]


def test_working_time_and_certificates_are_each_persons_own(two):
    item(two, two.holder)
    theirs = item(two, two.partner)
    note_input(two.stage.store, two.partner, theirs, now=two.stage.now)
    submit(two, two.holder)
    with two.stage.store.catalogue.read() as session:
        held = session.get_one(Claim, two.claim)
        assert inputs_of(session, held) == []
        assert inputs_of(session, held, two.partner.id) == [two.stage.now]
        for actor in (two.holder, two.partner):
            assert [each.id for each, _ in claims_by_end(session, actor.id)] == [two.claim]
            rows = certificate_rows(session, actor.id, [held], varieties=False, bands=False)
            assert [(row.type, row.items) for row in rows] == [("dialogue", 1), ("transcription", 1)]
