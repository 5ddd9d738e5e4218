"""A call joins the two people of a dialogue on two devices, and nobody else, while they are partners."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.store.models import Audit, Call, CallMessage, Claim, ClaimPartner, Contributor
from speechcorpus.workflows.call_messages import A_MINUTE, KEPT, LONGEST_BYTES, hear, say, sweep_messages
from speechcorpus.workflows.calls import end_dead_calls, join_call
from tests.accepted import withdraw
from tests.dialogue import pair
from tests.stage import set_stage

VISIT = "2f0c1d9e-8c5b-4a51-9d0a-3f6f0a8f3d11.1"
ADDRESS = "candidate:1 1 udp 1 192.168.7.7 40000 typ host"


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


def join(two, actor):
    return join_call(two.stage.store, actor, two.claim, now=two.stage.now)


def tell(two, actor, call, kind="candidate", body=ADDRESS, after=timedelta(0)):
    return say(two.stage.store, actor, call, kind, body, now=two.stage.now + after)


def listen(two, actor, call, after=0, later=timedelta(0)):
    return hear(two.stage.store, actor, call, after=after, now=two.stage.now + later)


def messages(two):
    with two.stage.store.catalogue.read() as session:
        return session.scalars(select(CallMessage).order_by(CallMessage.id)).all()


def states(two):
    with two.stage.store.catalogue.read() as session:
        return [call.state for call in session.scalars(select(Call))]


def test_both_find_one_call_and_hear_what_the_other_says_in_order(two):
    first, second = join(two, two.holder), join(two, two.partner)
    assert (first.call_id, first.seat, first.other) == (second.call_id, 1, two.name())
    assert (second.seat, second.other, second.newest) == (2, two.name(two.holder), 0)
    call = first.call_id
    numbers = [
        tell(two, actor, call, kind, body)
        for actor, kind, body in (
            (two.holder, "hello", VISIT),
            (two.partner, "hello", VISIT),
            (two.holder, "offer", "sdp"),
        )
    ]
    assert numbers == sorted(set(numbers))
    heard = [(each.kind, each.body, each.from_me) for each in listen(two, two.partner, call).messages]
    assert heard == [("hello", VISIT, False), ("hello", VISIT, True), ("offer", "sdp", False)]
    assert [each.number for each in listen(two, two.holder, call, after=numbers[1]).messages] == numbers[2:]
    assert join(two, two.holder).newest == numbers[2]


def test_presence_is_how_long_ago_the_other_page_asked(on_both):
    two = on_both
    call = join(two, two.holder).call_id
    assert listen(two, two.holder, call).other_seen_s is None
    assert listen(two, two.partner, call, later=timedelta(seconds=7)).other_seen_s == 7.0
    seen = []
    for later in (10, 12):  # within four seconds of the last time it is not written down
        listen(two, two.partner, call, later=timedelta(seconds=later))
        seen.append(listen(two, two.holder, call, later=timedelta(seconds=15)).other_seen_s)
    assert seen == [8.0, 3.0]


def test_of_many_who_ask_at_once_all_find_the_same_call(on_both):
    two = on_both
    with ThreadPoolExecutor(max_workers=6) as pool:
        found = list(pool.map(lambda n: join(two, two.partner if n % 2 else two.holder), range(6)))
    assert len({each.call_id for each in found}) == 1
    assert states(two) == ["open"]


def test_messages_of_both_at_once_are_all_heard_once_by_whoever_asks_for_what_came_after(on_both):
    two = on_both
    call, seen = join(two, two.holder).call_id, []

    def speak(actor):
        return [tell(two, actor, call, body=f"{actor.id} {n}") for n in range(8)]

    with ThreadPoolExecutor(max_workers=2) as pool:
        speaking = [pool.submit(speak, actor) for actor in (two.holder, two.partner)]
        while not all(each.done() for each in speaking):
            seen += listen(two, two.holder, call, after=seen[-1].number if seen else 0).messages
    seen += listen(two, two.holder, call, after=seen[-1].number if seen else 0).messages
    said = {f"{actor.id} {n}" for actor in (two.holder, two.partner) for n in range(8)}
    assert len(seen) == len(said)
    assert {each.body for each in seen} == said


def test_a_call_is_not_there_for_anybody_else(two):
    call = join(two, two.holder).call_id
    tell(two, two.holder, call)
    others = (two.stage.contributor(), two.stage.reviewer(), two.stage.manager)
    for actor in (*others, Actor(role="contributor", id="nobody")):
        asked = (
            lambda actor=actor: join(two, actor),
            lambda actor=actor: tell(two, actor, call),
            lambda actor=actor: listen(two, actor, call),
        )
        assert [refusal(act) for act in asked] == ["not-found"] * 3
    facts = []
    for asked in (call, str(uuid4())):  # nor does an answer tell one that is there from one that is not
        with pytest.raises(SpeechCorpusError) as refused:
            listen(two, others[0], asked)
        facts.append((str(refused.value), refused.value.facts))
    assert facts[0] == facts[1]
    with two.stage.store.catalogue.read() as session:
        log = session.scalars(select(Audit)).all()
    assert [each.object for each in log if each.action == "call.opened"] == [f"call:{call}"]
    assert "192.168.7.7" not in " ".join(str(each.detail) for each in log)


@pytest.mark.parametrize("who", ["holder", "partner"])
def test_who_ends_the_partnership_ends_the_call_and_its_messages(two, who):
    call = join(two, two.holder).call_id
    tell(two, two.holder, call)
    with two.stage.store.catalogue.read() as session:
        row = session.scalars(select(ClaimPartner).where(ClaimPartner.ended_at.is_(None))).one().id
    two.end(row, getattr(two, who))
    assert (states(two), messages(two)) == (["ended"], [])
    for actor in (two.holder, two.partner):
        for act in (
            join,
            lambda two, actor: listen(two, actor, call),
            lambda two, actor: tell(two, actor, call),
        ):
            assert refusal(lambda act=act, actor=actor: act(two, actor)) == "not-found"
    two.agree()
    again = join(two, two.partner)
    assert again.call_id != call
    assert refusal(lambda: listen(two, two.holder, call)) == "not-found"


def test_a_call_that_is_asked_for_while_the_two_part_does_not_stay_open(on_both):
    two = on_both
    with two.stage.store.catalogue.read() as session:
        row = session.scalars(select(ClaimPartner)).one().id

    def ask(_):
        try:
            return join(two, two.partner).state
        except SpeechCorpusError as refused:
            return refused.code

    with ThreadPoolExecutor(max_workers=4) as pool:
        asked = [pool.submit(ask, n) for n in range(3)]
        pool.submit(two.end, row).result()
        found = {each.result() for each in asked}
    assert found <= {"open", "not-found"}
    assert "open" not in states(two)


def test_the_end_of_the_claim_is_the_end_of_the_call(on_both):
    two = on_both
    call = join(two, two.holder).call_id
    tell(two, two.partner, call)
    with two.stage.store.catalogue.write() as session:
        session.get_one(Claim, two.claim).state = "submitted"
    assert refusal(lambda: join(two, two.holder)) == "not-found"
    assert refusal(lambda: listen(two, two.partner, call)) == "not-found"
    assert end_dead_calls(two.stage.store, now=two.stage.now) == 1
    assert end_dead_calls(two.stage.store, now=two.stage.now) == 0
    assert (states(two), messages(two)) == (["ended"], [])


@pytest.mark.parametrize("who", ["holder", "partner"])
def test_without_the_consent_of_both_there_is_no_call(two, who):
    call, leaving = join(two, two.holder).call_id, getattr(two, who)
    staying = two.partner if leaving == two.holder else two.holder
    tell(two, leaving, call)
    withdraw(two.stage.store, leaving, two.stage.now)
    assert refusal(lambda: listen(two, leaving, call)) == "consent.withdrawn"
    for act in (
        lambda: listen(two, staying, call),
        lambda: tell(two, staying, call),
        lambda: join(two, staying),
    ):
        assert refusal(act) == "partner.consent"
    end_dead_calls(two.stage.store, now=two.stage.now)
    assert (states(two), messages(two)) == (["ended"], [])


def test_a_closed_account_joins_nothing(two):
    call = join(two, two.holder).call_id
    with two.stage.store.catalogue.write() as session:
        session.get_one(Contributor, two.partner.id).state = "withdrawn"
    assert refusal(lambda: listen(two, two.partner, call)) == "consent.withdrawn"
    assert refusal(lambda: listen(two, two.holder, call)) == "partner.consent"


def test_at_one_device_or_alone_there_is_nothing_to_call(sqlite_store, now):
    one = pair(set_stage(sqlite_store, now))
    assert refusal(lambda: join(one, one.holder)) == "not-found"
    one.agree()
    assert refusal(lambda: join(one, one.holder)) == "call.not-two-devices"
    assert refusal(lambda: join(one, one.partner)) == "not-found"


def test_a_message_has_a_known_kind_and_a_bounded_length(two):
    call = join(two, two.holder).call_id
    tell(two, two.holder, call, body="語" * (LONGEST_BYTES // 3))
    assert (
        refusal(lambda: tell(two, two.holder, call, body="語" * (LONGEST_BYTES // 3 + 1)))
        == "request.too-large"
    )
    assert refusal(lambda: tell(two, two.holder, call, kind="shout")) == "request.field"


@pytest.mark.parametrize("body", ["", "0", VISIT[:-2], VISIT.upper(), VISIT + "000000", VISIT + "\n"])
def test_a_hello_says_which_visit_of_which_page_it_is_and_nothing_else(two, body):
    call = join(two, two.holder).call_id
    assert refusal(lambda: tell(two, two.holder, call, "hello", body)) == "request.field"
    assert messages(two) == []


def test_nobody_says_more_than_a_hundred_a_minute_and_two_hundred_are_kept(on_both):
    two = on_both
    call, store = join(two, two.holder).call_id, two.stage.store
    lately = two.stage.now - timedelta(seconds=50)
    with store.catalogue.write() as session:  # as many as each may say in one minute
        rows = [(two.holder.id, n) for n in range(A_MINUTE)] + [(two.partner.id, n) for n in range(A_MINUTE)]
        for sender, n in rows:
            session.add(CallMessage(call_id=call, sender=sender, kind="candidate", body=str(n), at=lately))
    for actor in (two.holder, two.partner):
        assert refusal(lambda actor=actor: tell(two, actor, call)) == "quota.messages"
    assert len(messages(two)) == KEPT
    newest = tell(two, two.holder, call, after=timedelta(seconds=11))
    kept = messages(two)
    assert (len(kept), kept[-1].id, kept[0].body) == (KEPT, newest, "1")


def test_messages_are_forgotten_after_an_hour_and_no_number_comes_twice(on_both):
    two = on_both
    call = join(two, two.holder).call_id
    old = tell(two, two.holder, call)
    assert sweep_messages(two.stage.store, now=two.stage.now + timedelta(minutes=59)) == 0
    assert sweep_messages(two.stage.store, now=two.stage.now + timedelta(minutes=61)) == 1
    assert messages(two) == []
    assert tell(two, two.partner, call) > old
