"""Rounds from the announcement to the end, and who may join them."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from speechcorpus.domain.errors import AccessError, SittingError, SpeechCorpusError
from speechcorpus.store.audit import check_audit
from speechcorpus.store.models import Audit, Contributor, Round, RoundEntry, Task
from speechcorpus.work.draw import commit_of, root_of, ticket_of
from speechcorpus.work.draw_record import verify_draw
from speechcorpus.workflows.claims import accept_offer, claim_task
from speechcorpus.workflows.offers import lock_round
from speechcorpus.workflows.round_clock import advance_rounds, losses
from speechcorpus.workflows.rounds import announce_round, cancel_round
from speechcorpus.workflows.views.rounds import round_record
from tests.drawing import announced, drawer, drawn_round, join, kept, nonce_of, offers, sound_checked
from tests.racing import until_somebody_waits
from tests.stage import set_stage

SECOND = timedelta(seconds=1)


@pytest.fixture
def stage(store, now):
    return set_stage(store, now, items_per_task=1)


@pytest.fixture
def lite(sqlite_store, now):
    return set_stage(sqlite_store, now, items_per_task=1)


def refusal(act, *said, **more):
    with pytest.raises(SpeechCorpusError) as refused:
        act(*said, **more)
    return refused.value


def actions(stage, about):
    with stage.store.catalogue.read() as session:
        rows = session.execute(select(Audit.action).where(Audit.object == about).order_by(Audit.seq))
        return [action for (action,) in rows]


def test_a_round_goes_from_its_commit_to_a_draw_that_anybody_can_check(stage):
    people = [drawer(stage) for _ in range(6)]
    the_round = announced(stage)
    assert the_round.opens_at == stage.now + timedelta(hours=12)
    assert the_round.closes_at == the_round.opens_at + timedelta(minutes=10)
    assert commit_of(bytes.fromhex(the_round.seed), the_round.id) == the_round.commit_sha256
    for person in people:
        join(stage, the_round, person)
    assert advance_rounds(stage.store, now=the_round.closes_at - SECOND) == 1
    assert kept(stage, the_round.id).state == "open"
    assert advance_rounds(stage.store, now=the_round.closes_at) == 2
    assert kept(stage, the_round.id).state == "drawn"
    assert actions(stage, f"round:{the_round.id}") == [
        "round.announced",
        *["draw.entered"] * 6,
        "round.opened",
        "round.closed",
        "round.drawn",
    ]
    record = round_record(stage.store, the_round.id)
    assert verify_draw(json.dumps(record), commit=the_round.commit_sha256).valid
    assert (len(record["roll"]), len(record["offered"])) == (6, 4)
    held = offers(stage, the_round)
    assert len(held) == 4
    assert len({offer.task_id for offer in held.values()}) == 4
    with stage.store.catalogue.read() as session:
        assert check_audit(session) is None


def test_nothing_of_seed_or_ranks_is_known_before_they_may_be(lite):
    the_round = announced(lite)
    join(lite, the_round, drawer(lite))
    record = round_record(lite.store, the_round.id)
    assert (record["seed"], record["roll"], record["ranking"]) == (None, None, None)
    with lite.store.catalogue.read() as session:
        rows = session.scalars(select(Audit.detail))
        assert all(the_round.seed not in detail for detail in rows)


def test_the_ranks_do_not_follow_the_order_of_arrival(lite):
    people = [drawer(lite) for _ in range(6)]
    the_round = drawn_round(lite, people)
    with lite.store.catalogue.read() as session:
        entries = session.scalars(select(RoundEntry).order_by(RoundEntry.rank)).all()
        refs = dict(session.execute(select(Contributor.id, Contributor.pseudonym)).all())
    assert [entry.rank for entry in entries] == [1, 2, 3, 4, 5, 6]
    assert json.loads(the_round.ranking) == [entry.ticket for entry in entries]
    for entry in entries:
        again = ticket_of(the_round.id, refs[entry.contributor_id], bytes.fromhex(entry.nonce))
        assert entry.ticket == again


def test_an_entry_before_the_window_or_after_it_is_told_the_servers_time(lite):
    the_round, person = announced(lite), drawer(lite)
    early = refusal(join, lite, the_round, person, now=the_round.opens_at - SECOND)
    assert (early.code, early.facts["server_time"]) == (
        "draw.not-open",
        (the_round.opens_at - SECOND).isoformat(),
    )
    late = refusal(join, lite, the_round, person, now=the_round.closes_at)
    assert (late.code, late.facts["closes_at"]) == ("draw.closed", the_round.closes_at.isoformat())
    advance_rounds(lite.store, now=the_round.closes_at)
    again = refusal(join, lite, the_round, person, now=the_round.opens_at)  # a clock that went back
    assert again.code == "draw.closed"


def test_a_second_entry_returns_the_first_receipt(lite):
    the_round, person = announced(lite), drawer(lite)
    first = join(lite, the_round, person)
    assert join(lite, the_round, person, nonce="00" * 16, bands=("high",)) == first
    assert first["kind"] == "draw"
    assert nonce_of(person) not in json.dumps(first)
    late = join(lite, the_round, person, now=the_round.closes_at + SECOND)
    assert late == first


NO_ENTRIES = (
    ({"nonce": ""}, "draw.nonce"),
    ({"nonce": "0" * 31}, "draw.nonce"),
    ({"nonce": "X" * 32}, "draw.nonce"),
    ({"bands": ()}, "draw.choice"),
    ({"styles": ()}, "draw.choice"),
    ({"bands": ("high",)}, "draw.choice"),
    ({"styles": ("dialogue",)}, "draw.choice"),
)


def test_an_entry_without_a_nonce_or_a_choice_is_none(lite):
    the_round, person = announced(lite), drawer(lite)
    for said, code in NO_ENTRIES:
        assert refusal(join, lite, the_round, person, **said).code == code
    with lite.store.catalogue.read() as session:
        assert session.scalars(select(RoundEntry)).all() == []


@pytest.mark.either_database
def test_a_band_and_a_style_that_no_task_has_together_are_no_entry(stage):
    with stage.store.catalogue.write() as session:
        session.execute(update(Task).where(Task.band == "high").values(style="monologue"))
    the_round, person = announced(stage, bands=("low", "high")), drawer(stage)
    nothing = {"bands": ("low",), "styles": ("monologue",)}
    assert refusal(join, stage, the_round, person, **nothing).code == "draw.choice"
    assert join(stage, the_round, person, bands=("low", "high"), styles=("monologue",))


def test_an_entry_that_meets_the_close_is_in_the_roll_or_none(stage):
    the_round, person = announced(stage), drawer(stage)
    with ThreadPoolExecutor(1) as pool:
        with stage.store.catalogue.write() as session:
            lock_round(session, the_round.id).state = "open"
            session.flush()
            closing = session.get_one(Round, the_round.id)
            closing.state, closing.roll, closing.root = "closed", "[]", root_of([])
            session.flush()
            entry = pool.submit(refusal, join, stage, the_round, person)
            until_somebody_waits(stage.store)
        assert entry.result().code == "draw.closed"
    with stage.store.catalogue.read() as session:
        assert session.scalars(select(RoundEntry)).all() == []


@pytest.mark.either_database
def test_a_ticket_that_is_not_in_the_roll_is_not_drawn(stage):
    the_round, people = announced(stage), [drawer(stage) for _ in range(2)]
    join(stage, the_round, people[0])
    with stage.store.catalogue.write() as session:
        closing = session.get_one(Round, the_round.id)
        (first,) = session.scalars(select(RoundEntry)).all()
        roll = [(first.ticket, 1)]
        closing.state = "open"
        session.flush()
        first.weight = 1
        closing.state, closing.roll, closing.root = "closed", json.dumps(roll), root_of(roll)
        session.flush()
        late = RoundEntry(id="late", round_id=the_round.id, contributor_id=people[1].id, contributor_ref="c")
        late.nonce, late.ticket, late.entered_at = "0" * 32, "0" * 64, the_round.opens_at
        late.bands, late.styles = ["low"], ["read"]
        session.add(late)
    advance_rounds(stage.store, now=the_round.closes_at)
    assert kept(stage, the_round.id).ranking == f'["{first.ticket}"]'


def test_only_who_could_take_a_task_joins(lite):
    the_round = announced(lite)

    def code(person):
        return refusal(join, lite, the_round, person).code

    assert code(lite.contributor()) == "draw.sound-check"
    assert code(sound_checked(lite, lite.contributor(), days_ago=31)) == "draw.sound-check"
    assert code(sound_checked(lite, lite.contributor(consents=False))) == "consent.missing"
    assert code(sound_checked(lite, lite.contributor(vouched=False))) == "audition.needed"
    busy = drawer(lite)
    claim_task(lite.store, busy, lite.tasks("high")[0], now=lite.now)
    assert code(busy) == "claim.too-many"
    assert code(lite.reviewer()) == "not-found"
    assert join(lite, the_round, sound_checked(lite, lite.contributor(), days_ago=-0.5 + 29))


def test_a_task_of_a_round_is_claimed_through_an_offer_alone(stage):
    people = [drawer(stage) for _ in range(2)]
    the_round = drawn_round(stage, people, most=1)
    task = next(iter(offers(stage, the_round).values())).task_id
    winner = next(p for p in people if p.id in offers(stage, the_round))
    loser = next(p for p in people if p is not winner)
    at = the_round.closes_at
    for person in people:
        assert refusal(claim_task, stage.store, person, task, now=at).code == "task.offered"
    offer = offers(stage, the_round)[winner.id]
    assert refusal(accept_offer, stage.store, loser, offer.id, now=at).code == "not-found"
    claim = accept_offer(stage.store, winner, offer.id, now=at)
    assert accept_offer(stage.store, winner, offer.id, now=at) == claim
    assert offers(stage, the_round, state="taken")[winner.id].claim_id == claim


def test_with_more_tasks_than_people_the_rest_is_open_to_all(lite):
    person, other = drawer(lite), lite.contributor()
    the_round = drawn_round(lite, [person])
    offered = offers(lite, the_round)[person.id].task_id
    rest = [task for task in lite.tasks() if task != offered]
    assert len(rest) == 3
    assert claim_task(lite.store, other, rest[0], now=the_round.closes_at)
    assert refusal(claim_task, lite.store, lite.contributor(), offered, now=lite.now).code == "task.offered"


def test_losers_have_more_chances_until_they_win(lite):
    waiting, at, weights = [drawer(lite) for _ in range(3)], lite.now, []
    for _ in range(3):
        the_round = drawn_round(lite, waiting, most=1, now=at)
        at = the_round.closes_at
        weights.append({weight for _, weight in json.loads(the_round.roll)})
        winner = next(person for person in waiting if person.id in offers(lite, the_round))
        accept_offer(lite.store, winner, offers(lite, the_round)[winner.id].id, now=at)
        assert lost(lite, winner, at) == 0
        waiting.remove(winner)
    assert weights == [{1}, {2}, {3}]


def test_losses_count_for_28_days(lite):
    people = [drawer(lite) for _ in range(2)]
    the_round = drawn_round(lite, people, most=1)
    loser = next(person for person in people if person.id not in offers(lite, the_round))
    days = [timedelta(days=28) - SECOND, timedelta(days=28)]
    assert [lost(lite, loser, the_round.drawn_at + span) for span in days] == [1, 0]


def lost(stage, person, at):
    with stage.store.catalogue.read() as session:
        return losses(session, person.id, stage.project_id, now=at)


def test_a_cancelled_round_stays_with_its_reason_and_its_seed(lite):
    the_round = announced(lite)
    join(lite, the_round, drawer(lite))
    assert refusal(cancel_round, lite.store, lite.manager, the_round.id, reason=" ", now=lite.now).code == (
        "round.reason"
    )
    cancel_round(lite.store, lite.manager, the_round.id, reason="wrong prompts", now=the_round.opens_at)
    record = round_record(lite.store, the_round.id)
    assert (record["state"], record["reason"], record["seed"]) == (
        "cancelled",
        "wrong prompts",
        the_round.seed,
    )
    assert verify_draw(json.dumps(record)).valid
    assert claim_task(lite.store, lite.contributor(), lite.tasks()[0], now=lite.now)
    assert advance_rounds(lite.store, now=the_round.closes_at) == 0
    again = refusal(cancel_round, lite.store, lite.manager, the_round.id, reason="x", now=lite.now)
    assert again.code == "round.edge"


def test_a_closed_round_cannot_be_called_off_whatever_the_roll_shows(lite):
    the_round = announced(lite)
    late = refusal(
        cancel_round, lite.store, lite.manager, the_round.id, reason="unlucky", now=the_round.closes_at
    )
    assert late.code == "round.edge"


def test_only_a_manager_announces_and_not_at_short_notice(lite):
    for actor in (lite.contributor(), lite.reviewer()):
        with pytest.raises(AccessError):
            announce_round(lite.store, actor, lite.project_id, now=lite.now)
    soon = lite.now + timedelta(hours=11)
    assert refusal(announced, lite, opens_at=soon).code == "round.too-soon"
    announced(lite)
    with pytest.raises(SittingError, match="no open task") as refused:
        announced(lite)
    assert refused.value.code == "round.no-tasks"


def test_a_round_nobody_joins_opens_its_tasks(lite):
    the_round = drawn_round(lite, [])
    assert kept(lite, the_round.id).state == "settled"
    assert verify_draw(json.dumps(round_record(lite.store, the_round.id))).valid
    with lite.store.catalogue.read() as session:
        assert set(session.scalars(select(Task.round_id))) == {None}


FORBIDDEN = (
    ("UPDATE draw_round SET seed = commit_sha256", "a round keeps"),
    ("UPDATE draw_round SET roll = NULL", "a round keeps"),
    ("UPDATE draw_round SET ranking = '[]'", "a round keeps"),
    ("DELETE FROM draw_round", "a round is kept"),
    ("UPDATE draw_entry SET weight = 4", "an entry in a draw is never changed"),
    ("UPDATE draw_entry SET rank = rank + 1", "an entry in a draw is never changed"),
    ("DELETE FROM draw_entry", "an entry in a draw is kept"),
    ("DELETE FROM offer", "an offer is kept"),
)


def test_the_database_lets_nobody_change_what_was_drawn(stage):
    drawn_round(stage, [drawer(stage) for _ in range(2)], most=1)
    for change, because in FORBIDDEN:
        with pytest.raises(IntegrityError, match=because), stage.store.catalogue.write() as session:
            session.execute(text(change))


def test_whoever_left_is_passed_over_in_the_draw(lite):
    people = [drawer(lite) for _ in range(3)]
    the_round = announced(lite, most=3)
    for person in people:
        join(lite, the_round, person)
    with lite.store.catalogue.write() as session:
        session.execute(update(Contributor).where(Contributor.id == people[0].id).values(state="withdrawn"))
    advance_rounds(lite.store, now=the_round.closes_at)
    assert set(offers(lite, the_round)) == {people[1].id, people[2].id}
    with lite.store.catalogue.read() as session:
        assert session.get_one(Round, the_round.id).state == "drawn"
