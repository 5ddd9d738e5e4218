"""On two devices each of the two has a seat: a sitting, takes and items of their own in the one claim."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.store.models import (
    Claim,
    ClaimPartner,
    Contributor,
    Segment,
    Sitting,
    SittingPeer,
    Take,
    Task,
)
from speechcorpus.workflows.access import own_segment
from speechcorpus.workflows.audible import audible_in
from speechcorpus.workflows.seats import is_mine, seated_claim
from speechcorpus.workflows.sitting_peers import devices_of, peer_of
from speechcorpus.workflows.sittings import close_sitting, heartbeat
from speechcorpus.workflows.views.checking import check_view
from speechcorpus.workflows.views.home import latest_claim
from speechcorpus.workflows.views.partners import other_person
from speechcorpus.workflows.views.recording import editor_view, recorder_view
from tests.accepted import withdraw
from tests.dialogue import TALK, pair
from tests.stage import Recorder, calibrate, set_stage, sha256, voice


@pytest.fixture
def two(sqlite_store, now):
    return pair(set_stage(sqlite_store, now), devices="two")


@pytest.fixture
def on_both(store, now):
    """The same on either database."""
    return pair(set_stage(store, now), devices="two")


def refusal(act):
    with pytest.raises(SpeechCorpusError) as refused:
        act()
    return refused.value.code


def seat_of(two, actor):
    with two.stage.store.catalogue.read() as session:
        return seated_claim(session, actor, two.claim)


def lease(two):
    with two.stage.store.catalogue.read() as session:
        return session.get_one(Claim, two.claim).lease_until


def test_each_of_the_two_sits_in_the_claim_and_sees_the_other(two):
    first, second = seat_of(two, two.holder), seat_of(two, two.partner)
    assert [(seat.number, seat.devices, seat.claim.id) for seat in (first, second)] == [
        (1, "two", two.claim),
        (2, "two", two.claim),
    ]
    assert (first.other.id, second.other.id) == (two.partner.id, two.holder.id)
    assert first.partner.id == second.partner.id


def test_nobody_else_sits_there(two):
    strangers = (two.stage.contributor(), two.stage.reviewer(), Actor(role="reviewer", id=two.partner.id))
    for actor in strangers:
        assert refusal(lambda actor=actor: seat_of(two, actor)) == "not-found"
        assert refusal(lambda actor=actor: two.recorder_of(actor)) == "not-found"
    two.end(seat_of(two, two.partner).partner.id, two.partner)
    assert refusal(lambda: seat_of(two, two.partner)) == "not-found"
    assert (seat_of(two, two.holder).other, seat_of(two, two.holder).devices) == (None, "one")


def test_at_one_device_the_second_person_has_no_seat_of_their_own(sqlite_store, now):
    one = pair(set_stage(sqlite_store, now))
    one.agree()
    assert refusal(lambda: seat_of(one, one.partner)) == "not-found"
    assert refusal(lambda: one.recorder_of(one.partner)) == "not-found"
    assert (seat_of(one, one.holder).devices, seat_of(one, one.holder).other.id) == ("one", one.partner.id)


def test_both_record_at_once_and_each_sitting_names_the_other(on_both):
    two = on_both
    for actor, other in ((two.holder, two.partner), (two.partner, two.holder)):
        sitting = two.recorder_of(actor).sitting
        with two.stage.store.catalogue.read() as session:
            assert session.get_one(SittingPeer, sitting).said == two.name(other)
            assert peer_of(session, sitting).id == other.id
            assert devices_of(session, sitting) == "two"
            assert session.get_one(Sitting, sitting).contributor_id == actor.id


def test_the_second_person_names_the_holder_and_nobody_else(two):
    assert refusal(lambda: two.recorder_of(two.partner, peers=[])) == "partner.missing"
    for said in ([two.name(two.partner)], ["c-9999"]):
        assert refusal(lambda said=said: two.recorder_of(two.partner, peers=said)) == "partner.other"
    assert refusal(lambda: two.recorder_of(two.partner, band="high")) == "request.field"


def test_each_has_a_calibration_of_their_own(two):
    mine, theirs = calibrate(two.stage, two.partner), calibrate(two.stage, two.holder)
    with_mine = two.recorder_of(two.partner, calibration=mine).sitting
    with two.stage.store.catalogue.write() as session:
        assert session.get_one(Sitting, with_mine).calibration_id == mine
        session.get_one(Sitting, with_mine).state = "closed"
    with_theirs = two.recorder_of(two.partner, calibration=theirs).sitting
    with two.stage.store.catalogue.read() as session:
        assert session.get_one(Sitting, with_theirs).calibration_id is None


def test_who_was_not_found_to_speak_the_language_takes_no_seat(sqlite_store, now):
    two = pair(set_stage(sqlite_store, now))
    two.devices, two.partner = "two", two.stage.contributor(vouched=False)
    assert refusal(two.agree) == "audition.needed"


def test_a_paused_person_takes_no_second_device_and_keeps_the_one_they_have(sqlite_store, now):
    two = pair(set_stage(sqlite_store, now))
    with sqlite_store.catalogue.write() as session:
        session.get_one(Contributor, two.partner.id).state = "paused"
    two.devices = "two"
    assert refusal(two.agree) == "person.paused"
    with sqlite_store.catalogue.write() as session:
        session.get_one(Contributor, two.partner.id).state = "active"
    two.agree()
    with sqlite_store.catalogue.write() as session:
        session.get_one(Contributor, two.partner.id).state = "paused"
    two.recorder_of(two.partner)


def test_how_two_people_speak_is_one_of_two_ways_and_does_not_change_under_them(on_both):
    two = on_both
    for said in ("any", "one"):
        with pytest.raises(IntegrityError), two.stage.store.catalogue.write() as session:
            session.scalars(select(ClaimPartner)).one().devices = said


def test_consent_of_both_is_asked_at_either_seat(two):
    withdraw(two.stage.store, two.holder, two.stage.now)
    assert refusal(lambda: two.recorder_of(two.partner)) == "partner.consent"
    assert refusal(lambda: two.recorder_of(two.holder)) == "consent.withdrawn"


def test_items_are_theirs_who_recorded_them_and_both_tracks_carry_one_dialogue(two):
    takes = {}
    for n, actor in enumerate((two.holder, two.partner), 1):
        sent = two.recorder_of(actor).record(voice(2.0, seed=n), prompt=TALK)
        sent.finish()  # with the marks of its prompt: its item is there at once
        takes[actor.id] = sent.id
    named = set()
    with two.stage.store.catalogue.read() as session:
        claim = session.get_one(Claim, two.claim)
        for owner, other in ((two.holder, two.partner), (two.partner, two.holder)):
            segment = session.query(Segment).filter_by(take_id=takes[owner.id]).first()
            assert (segment.claim_id, segment.speaker, segment.chosen) == (two.claim, None, True)
            assert is_mine(session, owner, segment)
            assert not is_mine(session, other, segment)
            assert own_segment(session, owner, segment.id)[1].id == two.claim
            assert refusal(lambda other=other, segment=segment: own_segment(session, other, segment.id)) == (
                "not-found"
            )
            sitting = session.get_one(Sitting, session.get_one(Take, segment.take_id).sitting_id)
            audible = audible_in(session, segment, sitting, claim, session.get_one(Task, claim.task_id))
            assert audible.speaker.id == owner.id
            named.add(audible.dialogue_id)
    assert len(named) == 1
    assert named != {None}


def test_the_recorder_opens_at_either_seat_with_the_other_one_and_with_own_takes_only(on_both):
    two = on_both
    stage, mine = two.stage, two.take_of(two.partner, voice(2.0))
    first = recorder_view(stage.store, two.holder, two.claim, now=stage.now)
    second = recorder_view(stage.store, two.partner, two.claim, now=stage.now)
    assert (first.call.seat, first.call.other, first.partner.pseudonym) == (1, two.name(), two.name())
    assert (second.call.seat, second.call.other) == (2, two.name(two.holder))
    assert (second.partner.pseudonym, second.partner.agrees) == (two.name(two.holder), True)
    assert [take.take_id for take in second.prompts[0].takes] == [mine.id]
    assert first.prompts[0].takes == ()
    assert check_view(stage.store, two.partner, two.claim, now=stage.now).work.claim_id == two.claim
    assert editor_view(stage.store, two.partner, two.claim).claim_id == two.claim
    assert latest_claim(stage.store, two.partner) == two.claim
    withdraw(stage.store, two.holder, stage.now)
    assert other_person(stage.store, two.partner, two.claim).agrees is False


def test_who_is_no_partner_any_more_finds_no_page(two):
    two.end(seat_of(two, two.partner).partner.id, two.partner)
    for view in (recorder_view, check_view):
        asking = partial(view, two.stage.store, two.partner, two.claim, now=two.stage.now)
        assert refusal(asking) == "not-found"
    assert latest_claim(two.stage.store, two.partner) is None
    assert recorder_view(two.stage.store, two.holder, two.claim, now=two.stage.now).call is None


def test_only_the_holder_keeps_the_lease(two):
    second, first = two.recorder_of(two.partner), two.recorder_of(two.holder)
    until, late = lease(two), lease(two) - timedelta(minutes=1)

    def beat(recorder):
        stage = two.stage
        return heartbeat(stage.store, recorder.actor, recorder.sitting, state="open", now=late).lease_until

    assert beat(second) == until == lease(two)
    assert beat(first) > until


def test_a_take_of_the_second_person_begins_no_time_to_work(two):
    until = lease(two)
    two.take_of(two.partner, voice(1.0))
    assert lease(two) == until
    two.take_of(two.holder, voice(1.0, seed=2))
    assert lease(two) > until


def test_a_lease_that_ran_out_refuses_no_bytes_of_either(two):
    second = two.recorder_of(two.partner)
    sent = second.record(voice(6.0), prompt=TALK)
    with two.stage.store.catalogue.write() as session:
        session.get_one(Claim, two.claim).state = "expired"
    sent.finish(markers=[])
    stage, closing = two.stage, {sent.id: sha256(sent.master)}
    assert close_sitting(stage.store, two.partner, second.sitting, closing, now=stage.later) == "closed"


def test_what_was_recorded_with_the_server_away_is_taken_from_who_was_a_partner_then(on_both):
    two = on_both
    two.end(seat_of(two, two.partner).partner.id, two.holder)
    assert refusal(lambda: two.recorder_of(two.partner)) == "not-found"
    late = two.recorder_of(two.partner, started_offline=True)
    with two.stage.store.catalogue.read() as session:
        peer = session.get_one(SittingPeer, late.sitting)
        assert (peer.partner_id, peer.held_for) == (None, "partner.other")
        assert peer_of(session, late.sitting) is None
        assert devices_of(session, late.sitting) is None
    stranger = Recorder(stage=two.stage, actor=two.stage.contributor(), claim=two.claim)
    assert refusal(lambda: stranger.open(started_offline=True)) == "not-found"


def test_who_was_a_partner_brings_what_they_have_for_a_week_and_nothing_after_it(two):
    row = seat_of(two, two.partner).partner.id
    began = two.recorder_of(two.partner)
    two.end(row)
    ended_at, week = two.row(row).ended_at, timedelta(days=7)

    def bring(now):
        two.stage.now = now
        two.recorder_of(two.partner, started_offline=True)

    bring(ended_at + week)
    began.take(voice(1.0))
    assert refusal(lambda: bring(ended_at + week + timedelta(seconds=1))) == "not-found"
    assert refusal(lambda: began.take(voice(1.0))) == "not-found"
    two.recorder_of(two.holder, started_offline=True, peers=[])


def test_a_partnership_that_ends_late_brings_nothing_into_a_claim_that_was_over_long_before(two):
    two.end(seat_of(two, two.partner).partner.id)
    with two.stage.store.catalogue.write() as session:
        claim = session.get_one(Claim, two.claim)
        claim.state, claim.lease_until = "submitted", two.stage.now - timedelta(days=7)
    two.recorder_of(two.partner, started_offline=True)
    two.stage.now += timedelta(seconds=1)
    assert refusal(lambda: two.recorder_of(two.partner, started_offline=True)) == "not-found"
