"""A dialogue with two devices: whose voice is in an item, what a withdrawal takes along, and the release."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from speechcorpus.store.models import (
    Claim,
    ClaimPartner,
    Segment,
    Sitting,
    SittingPeer,
    Take,
    TakePair,
    Task,
    WithdrawnItem,
)
from speechcorpus.workflows.impartial import barred_contributors, declare_own_account, is_known_to
from speechcorpus.workflows.release_candidates import gather_candidates
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.accepted import accepted_clips
from tests.stage import set_stage

pytestmark = pytest.mark.either_database

CLIPS = 2  # of each of the two
OFFSETS_S = (2.0, -1.5)  # how much later the second track of each dialogue began


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def talk(stage):
    """Two people whose accepted clips are the two tracks of dialogues, a claim of the first for each pair."""
    holder, partner = accepted_clips(stage, speakers=2, clips=2 * CLIPS)
    with stage.store.catalogue.write() as session:
        mine, theirs = _clips(session, holder), _clips(session, partner)
        for (_, claim, take), (other, _, others_take) in zip(mine, theirs, strict=True):
            session.get_one(Task, claim.task_id).style = "dialogue"
            sitting = session.get_one(Sitting, others_take.sitting_id)
            other.claim_id = sitting.claim_id = claim.id
            row = ClaimPartner(
                id=str(uuid4()), claim_id=claim.id, token_sha256=uuid4().hex * 2, devices="two"
            )
            row.invited_at = row.agreed_at = stage.now
            row.contributor_id = partner.id
            session.add(row)
            session.flush()
            for each in (take, others_take):
                session.add(SittingPeer(sitting_id=each.sitting_id, said="x", partner_id=row.id))
            take.frames = others_take.frames = 160_000
    return holder, partner


def _clips(session, actor):
    rows = session.execute(
        select(Segment, Claim, Take)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Take, Take.id == Segment.take_id)
        .where(Claim.contributor_id == actor.id)
        .order_by(Segment.created_at)
    ).all()
    assert len(rows) == CLIPS
    return rows


def measured(stage, talk, bleed_db):
    """Say how both tracks of every dialogue lie, and how loud the other is in each."""
    with stage.store.catalogue.write() as session:
        tracks = zip(*(_tracks(session, actor) for actor in talk), OFFSETS_S, strict=True)
        for (_, _, first), (_, _, second), offset_s in tracks:
            pair = TakePair(id=str(uuid4()), first_take_id=first.id, second_take_id=second.id)
            pair.offset_s, pair.drift_ppm, pair.uncertainty_ms, pair.method = offset_s, 20.0, 0.4, "exchanges"
            pair.facts, pair.measured_at = {}, stage.now
            pair.figures = {"bleed_db": {"first": bleed_db, "second": bleed_db}}
            session.add(pair)


def _tracks(session, actor):
    return session.execute(
        select(Segment, Sitting, Take)
        .join(Take, Take.id == Segment.take_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .where(Sitting.contributor_id == actor.id)
        .order_by(Segment.created_at)
    ).all()


def candidates(stage):
    with stage.store.catalogue.read() as session:
        found = gather_candidates(stage.store, session, stage.project_id)
        return [each for each in found if each.facts["style"] == "dialogue"]


def heard(stage, talk):
    """Who is heard beside their own speaker, for each track."""
    return {each.speaker: set(each.speakers) - {each.speaker} for each in candidates(stage)}


def test_before_the_tracks_are_compared_both_count_as_heard_and_no_time_is_common(stage, talk):
    holder, partner = talk
    both = {holder.id: {partner.id}, partner.id: {holder.id}}
    assert heard(stage, talk) == both
    for each in candidates(stage):
        said = {name: each.facts[f"dialogue_{name}"] for name in ("track", "method", "drift_ppm", "start_s")}
        assert said == {"track": "own", "method": "none", "drift_ppm": None, "start_s": 0.0}
    measured(stage, talk, -19.9)
    assert heard(stage, talk) == both


def test_an_own_track_is_of_one_voice_and_both_lie_on_one_time_that_begins_with_who_began_first(stage, talk):
    holder, partner = talk
    measured(stage, talk, -20.0)
    assert heard(stage, talk) == {actor.id: set() for actor in talk}
    rows = [(each.speaker, each.facts) for each in candidates(stage)]
    assert len({facts["dialogue_id"] for _, facts in rows}) == CLIPS
    starts = set()
    for mine in (facts for speaker, facts in rows if speaker == holder.id):
        (theirs,) = (f for s, f in rows if s == partner.id and f["dialogue_id"] == mine["dialogue_id"])
        assert (mine["dialogue_talk"], theirs["dialogue_talk"]) == ("talk-1", "talk-1")
        assert (mine["dialogue_track"], theirs["dialogue_track"]) == ("own", "own")
        assert (mine["dialogue_method"], theirs["dialogue_method"]) == ("reference", "exchanges")
        assert (theirs["dialogue_drift_ppm"], theirs["dialogue_uncertainty_ms"]) == (20.0, 0.4)
        starts.add((mine["dialogue_start_s"], theirs["dialogue_start_s"]))
    assert starts == {(0.0, OFFSETS_S[0]), (-OFFSETS_S[1], 0.0)}


@pytest.mark.parametrize(
    ("who", "bleed_db", "also"),
    [
        (0, -26.0, False),
        pytest.param(1, -26.0, False, marks=pytest.mark.slow),
        pytest.param(0, -12.0, True, marks=pytest.mark.slow),
        (1, None, True),
    ],
    ids=["holder-quiet", "partner-quiet", "holder-loud", "partner-unmeasured"],
)
def test_a_withdrawal_takes_the_others_track_along_only_where_the_voice_is_in_it(
    stage, talk, who, bleed_db, also
):
    measured(stage, talk, bleed_db)
    withdraw(stage.store, talk[who], Asked(scope="all"), now=stage.now)
    with stage.store.catalogue.read() as session:
        gone = set(session.scalars(select(WithdrawnItem.segment_id).where(WithdrawnItem.effect == "sound")))
        tracks = [{segment.id for segment, _, _ in _tracks(session, actor)} for actor in talk]
    assert gone == (tracks[who] | tracks[1 - who] if also else tracks[who])
    left = [each for each in candidates(stage) if not each.withdrawn]
    assert {each.speaker for each in left} == (set() if also else {talk[1 - who].id})


@pytest.mark.parametrize("who", [0, pytest.param(1, marks=pytest.mark.slow)], ids=["holder", "partner"])
def test_neither_judges_what_the_other_recorded(stage, talk, who):
    reviewer = stage.reviewer()
    declare_own_account(
        stage.store, stage.manager, staff_id=reviewer.id, contributor_id=talk[who].id, now=stage.now
    )
    with stage.store.catalogue.read() as session:
        known = is_known_to(barred_contributors(session, reviewer, now=stage.now))
        barred = set(session.scalars(select(Segment.id).where(known)))
        both = {segment.id for actor in talk for segment, _, _ in _tracks(session, actor)}
    assert barred == both
