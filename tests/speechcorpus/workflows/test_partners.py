"""A dialogue has a second person: an account of their own, a consent of their own, and either may end it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.store.models import Audit, Claim, ClaimPartner, Consent, Contributor, SittingPeer
from speechcorpus.workflows.consents import active_purposes
from speechcorpus.workflows.partners import agree_to_partner
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.views.home import home_view
from speechcorpus.workflows.views.partners import seat_view
from speechcorpus.workflows.views.recording import recorder_view
from tests.accepted import withdraw
from tests.dialogue import pair
from tests.stage import PURPOSES, set_stage


@pytest.fixture
def two(store, now):
    return pair(set_stage(store, now))


def refusal(act):
    with pytest.raises(SpeechCorpusError) as refused:
        act()
    return refused.value.code


def seat(two):
    return seat_view(two.stage.store, two.holder, two.claim)


def consent(two, actor):
    with two.stage.store.catalogue.read() as session:
        claim = session.get_one(Claim, two.claim)
        return active_purposes(session, actor.id, terms_by_hash(session, claim.terms_sha256).consent.sha256)


def test_the_one_who_opens_the_link_agrees_by_the_same_purposes_and_is_the_partner(two):
    row = two.agree()
    assert two.row(row).contributor_id == two.partner.id
    assert consent(two, two.partner) == set(PURPOSES)
    shown = seat(two).partner
    assert (shown.pseudonym, shown.variety, shown.agrees) == (two.name(), "nan-TW", True)
    recorder = recorder_view(two.stage.store, two.holder, two.claim, now=two.stage.now)
    assert recorder.partner == shown
    (together,) = home_view(two.stage.store, two.partner, now=two.stage.now).together
    assert (together.partner_id, together.holder) == (row, two.name(two.holder))


def test_agreeing_twice_changes_nothing_and_what_the_terms_need_is_needed(two):
    token = two.invite()
    assert refusal(lambda: two.agree(token, purposes=("record",))) == "consent.missing"
    assert consent(two, two.partner) == set()  # nothing of a refused agreement is kept
    assert two.agree(token) == two.agree(token)
    assert two.agree(token, purposes=()) == two.agree(token, purposes=("contact",))


def test_a_link_is_for_one_person_and_never_for_the_holder(two):
    token, third = two.invite(), two.stage.contributor()
    assert refusal(lambda: two.agree(token, actor=two.holder)) == "partner.yourself"
    two.agree(token)
    assert refusal(lambda: two.agree(token, actor=third)) == "partner.taken"
    assert refusal(two.invite) == "partner.known"


def test_a_new_link_ends_the_one_before_it_and_no_other_opens_anything(two):
    first, second = two.invite(), two.invite()
    for token in (first, "", "x", second[:-1], "\ud800"):
        assert refusal(lambda token=token: two.agree(token)) == "partner.unknown"
    two.agree(second)


def test_of_a_link_only_the_hash_is_kept(two):
    token = two.invite()
    with two.stage.store.catalogue.read() as session:
        row = session.scalars(select(ClaimPartner)).one()
        said = " ".join(str(each.detail) for each in session.scalars(select(Audit)))
    assert token not in row.token_sha256
    assert token not in said


def test_a_link_ends_with_the_lease_and_with_the_claim(two):
    token = two.invite()
    with two.stage.store.catalogue.read() as session:
        until = session.get_one(Claim, two.claim).lease_until
    late = until + timedelta(seconds=1)

    def agree(now):
        return agree_to_partner(
            two.stage.store, two.partner, token, purposes=PURPOSES, language="en", now=now
        )

    assert refusal(lambda: agree(late)) == "partner.expired"
    with two.stage.store.catalogue.write() as session:
        session.get_one(Claim, two.claim).state = "released"
    assert refusal(lambda: agree(two.stage.now)) == "partner.expired"


def test_only_the_two_may_end_it_and_either_does(two):
    for who in (two.holder, two.partner):
        row = two.agree()
        assert refusal(lambda row=row: two.end(row, two.stage.contributor())) == "not-found"
        two.end(row, who)
        two.end(row, who)
        assert (seat(two).partner, two.row(row).ended_by) == (None, who.name_for_audit)
    assert home_view(two.stage.store, two.partner, now=two.stage.now).together == ()


def test_what_is_not_ones_own_is_not_there(two):
    stranger, staff = two.stage.contributor(), two.stage.reviewer()
    for actor in (stranger, two.partner, staff, Actor(role="contributor", id="nobody")):
        assert refusal(lambda actor=actor: seat_view(two.stage.store, actor, two.claim)) == "not-found"
    assert refusal(lambda: two.agree(two.invite(), actor=staff)) == "not-found"
    assert refusal(lambda: two.end("nothing")) == "not-found"


def test_a_task_for_one_person_has_no_second_seat(two):
    two.claim, two.holder = (alone := two.stage.recorder(task=1)).claim, alone.actor
    assert refusal(two.invite) == "partner.not-asked"


def test_a_dialogue_begins_only_with_the_partner_who_agreed(two):
    assert refusal(lambda: two.recorder(peers=[])) == "partner.missing"
    assert refusal(lambda: two.recorder()) == "partner.other"  # nobody has agreed yet
    two.agree()
    assert refusal(lambda: two.recorder(peers=[])) == "partner.missing"
    for said in ([two.name(two.holder)], ["c-9999"], [two.name(), two.name()]):
        assert refusal(lambda said=said: two.recorder(peers=said)) == "partner.other"
    assert refusal(lambda: two.recorder(peers="c-0002")) == "request.field"
    sitting = two.recorder().sitting
    with two.stage.store.catalogue.read() as session:
        peer = session.get_one(SittingPeer, sitting)
        assert (peer.said, peer.held_for) == (two.name(), None)
        assert session.get_one(ClaimPartner, peer.partner_id).contributor_id == two.partner.id


def test_no_sitting_begins_once_the_partner_no_longer_agrees(two):
    two.agree()
    withdraw(two.stage.store, two.partner, two.stage.now)
    assert seat(two).partner.agrees is False
    assert refusal(two.recorder) == "partner.consent"
    two.agree(two_token(two), purposes=PURPOSES)
    two.recorder()


def two_token(two):
    """End what stands and make a new link: consent is asked for again."""
    two.end(seat(two).partner.partner_id)
    return two.invite()


def test_an_account_that_was_closed_agrees_to_nothing(two):
    two.agree()
    with two.stage.store.catalogue.write() as session:
        session.get_one(Contributor, two.partner.id).state = "withdrawn"
    assert seat(two).partner.agrees is False
    assert refusal(two.recorder) == "partner.consent"


@pytest.mark.parametrize(
    ("peers", "code"), [([], "partner.missing"), (["c-9999"], "partner.other"), (None, "partner.consent")]
)
def test_a_dialogue_that_happened_with_the_server_away_is_kept_and_held(two, peers, code):
    two.agree()
    if peers is None:
        withdraw(two.stage.store, two.partner, two.stage.now)
        peers = [two.name()]
    sitting = two.recorder(started_offline=True, peers=peers).sitting
    with two.stage.store.catalogue.read() as session:
        peer = session.get_one(SittingPeer, sitting)
    assert (peer.said, peer.partner_id, peer.held_for) == (peers[0] if peers else None, None, code)
    assert seat(two).held == 1


def test_the_same_sitting_told_again_is_the_same_even_after_the_end(two):
    row = two.agree()
    recorder = two.recorder()
    two.end(row)
    recorder.open(peers=[two.name()])  # 200: it is known
    with two.stage.store.catalogue.read() as session:
        assert session.get_one(SittingPeer, recorder.sitting).partner_id == row


def test_everything_is_in_the_audit_log(two):
    row = two.agree()
    two.recorder()
    two.end(row, two.partner)
    with two.stage.store.catalogue.read() as session:
        claims = select(Audit).where(Audit.object == f"claim:{two.claim}").order_by(Audit.seq)
        found = [(each.action, each.actor) for each in session.scalars(claims)]
        assert session.scalars(select(Consent).where(Consent.contributor_id == two.partner.id)).all()
    assert found[-3:] == [
        ("partner.invited", two.holder.name_for_audit),
        ("partner.agreed", two.partner.name_for_audit),
        ("partner.ended", two.partner.name_for_audit),
    ]


def test_of_many_who_open_one_link_at_once_one_becomes_the_partner(two):
    token, crowd = two.invite(), [two.stage.contributor() for _ in range(6)]

    def outcome(actor):
        try:
            return two.agree(token, actor=actor)
        except SpeechCorpusError as refused:
            return refused.code

    with ThreadPoolExecutor(max_workers=len(crowd)) as pool:
        found = list(pool.map(outcome, crowd))
    assert found.count("partner.taken") == len(crowd) - 1
    (row,) = set(found) - {"partner.taken"}
    assert two.row(row).contributor_id == crowd[found.index(row)].id
