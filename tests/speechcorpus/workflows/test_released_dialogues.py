"""A dialogue in a release: two speakers on one track, and out as soon as one of them takes consent back."""

import json
from uuid import uuid4

import pytest
from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.store.models import (
    Claim,
    ClaimPartner,
    Consent,
    Contributor,
    CorpusName,
    Release,
    SecondTranscript,
    Segment,
    Sitting,
    SittingPeer,
    Take,
    Task,
    WithdrawnItem,
)
from speechcorpus.workflows.release_approval import approve_release
from speechcorpus.workflows.release_building import build_release
from speechcorpus.workflows.release_candidates import gather_candidates
from speechcorpus.workflows.release_requests import request_build
from speechcorpus.workflows.second_transcripts import offered
from speechcorpus.workflows.withdrawals import Asked
from speechcorpus.workflows.withdrawals import withdraw as take_back
from tests.accepted import accepted_clips, withdraw
from tests.stage import set_stage

pytestmark = pytest.mark.either_database

SECOND = Actor(role="manager", id="second-manager")

CLIPS = 4  # of each speaker; those of the first are made a dialogue


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def talk(stage):
    """Who holds two dialogues, and who speaks in every other segment of them."""
    people, partner = accepted_clips(stage), stage.contributor()
    with stage.store.catalogue.write() as session:
        named = session.get_one(Contributor, partner.id)
        named.gender, named.age_band = "x", "60-69"
        rows = session.execute(
            select(Segment, Claim, Take)
            .join(Claim, Claim.id == Segment.claim_id)
            .join(Take, Take.id == Segment.take_id)
            .where(Claim.contributor_id == people[0].id)
            .order_by(Segment.created_at)
        ).all()
        for one, (other, _, _) in zip(rows[::2], rows[1::2], strict=True):
            _, claim, take = one
            session.get_one(Task, claim.task_id).style = "dialogue"
            other.claim_id, other.take_id, other.speaker = claim.id, take.id, named.pseudonym
            row = ClaimPartner(id=str(uuid4()), claim_id=claim.id, token_sha256=uuid4().hex * 2)
            row.invited_at = row.agreed_at = stage.now
            row.contributor_id = partner.id
            session.add(row)
            session.flush()
            session.add(SittingPeer(sitting_id=take.sitting_id, said=named.pseudonym, partner_id=row.id))
    return people[0], partner


def candidates(stage):
    with stage.store.catalogue.read() as session:
        found = gather_candidates(stage.store, session, stage.project_id)
        return [each for each in found if each.facts["style"] == "dialogue"]


def built(stage) -> Release:
    release_id = request_build(
        stage.store,
        stage.manager,
        project_id=stage.project_id,
        corpus="test-corpus",
        version="1.0.0",
        released_on="2026-11-23",
        settings={},
        now=stage.now,
    )
    build_release(stage.store, release_id, now=stage.now)
    with stage.store.catalogue.read() as session:
        return session.get_one(Release, release_id)


def refused(found):
    return found.summary["excluded"].get("release.consent-missing", {}).get("clips", 0)


def test_a_segment_of_the_partners_lane_is_the_partners_and_both_are_heard_in_all(stage, talk):
    holder, partner = talk
    found = candidates(stage)
    assert [each.speaker for each in found] == [holder.id, partner.id] * (CLIPS // 2)
    assert all(set(each.speakers) == {holder.id, partner.id} for each in found)
    assert all(all(each.speakers.values()) for each in found)
    assert [each.facts["gender"] for each in found] == ["undisclosed", "x"] * (CLIPS // 2)
    assert [each.facts["age_band"] for each in found] == ["undisclosed", "60-69"] * (CLIPS // 2)
    assert len({each.session for each in found}) == CLIPS  # two people in two sittings
    assert len({each.facts["dialogue_id"] for each in found}) == CLIPS // 2
    assert {(each.facts["dialogue_track"], each.facts["dialogue_method"]) for each in found} == {
        ("shared", "same-track")
    }


def test_a_release_names_two_speakers_who_share_a_split(stage, talk):
    found = built(stage)
    assert (found.state, found.error) == ("built", None)
    lines = stage.store.blobs.read(found.manifest["clips.jsonl"]["sha256"]).splitlines()
    rows = [row for row in map(json.loads, lines) if row["style"] == "dialogue"]
    assert rows
    assert all(row["utt_id"].startswith(row["session_id"]) for row in rows)
    assert all(row["session_id"].startswith(row["speaker_id"]) for row in rows)
    assert all(row["dialogue_id"].startswith("dlg-") for row in rows)
    splits = json.loads(stage.store.blobs.read(found.manifest["release.json"]["sha256"]))["speakers"]
    with stage.store.catalogue.read() as session:
        wanted = (CorpusName.kind == "speaker", CorpusName.object_id.in_([person.id for person in talk]))
        names = session.scalars(select(CorpusName.name).where(*wanted)).all()
    assert len(names) == 2
    assert len({splits[name] for name in names}) == 1


@pytest.mark.parametrize("who", [0, 1], ids=["holder", "partner"])
def test_what_either_withdraws_is_in_no_later_plan(stage, talk, who):
    withdraw(stage.store, talk[who], stage.now)
    found = built(stage)
    assert (found.state, refused(found)) == ("built", CLIPS)


@pytest.mark.parametrize("who", [0, 1], ids=["holder", "partner"])
def test_a_built_release_is_planned_anew_when_either_takes_everything_back(stage, talk, who):
    found, (holder, _) = built(stage), talk
    take_back(stage.store, talk[who], Asked(scope="all"), now=stage.now)
    with stage.store.catalogue.read() as session:
        again = session.get_one(Release, found.id)
        items = session.scalars(select(WithdrawnItem.segment_id).where(WithdrawnItem.effect == "sound")).all()
    assert (again.state, again.corpus_id, len(items)) == ("planned", None, CLIPS)
    build_release(stage.store, found.id, now=stage.now)
    with stage.store.catalogue.read() as session:
        anew = session.get_one(Release, found.id)
        assert session.get_one(Contributor, holder.id).state == ("active" if who else "withdrawn")
    lines = stage.store.blobs.read(anew.manifest["clips.jsonl"]["sha256"]).splitlines()
    assert not [row for row in map(json.loads, lines) if row["style"] == "dialogue"]


@pytest.mark.parametrize("who", [0, 1], ids=["holder", "partner"])
def test_what_either_withdraws_after_the_build_is_not_published(stage, talk, who):
    found = built(stage)
    withdraw(stage.store, talk[who], stage.now)
    with pytest.raises(ReleaseError, match=r"[1-4] clips lost their consent since the build"):
        approve_release(stage.store, SECOND, found.id, corpus_id=found.corpus_id or "", now=stage.now)


@pytest.mark.parametrize("state", ["withdrawn", "erased"])
def test_an_account_that_is_closed_takes_its_dialogues_out(stage, talk, state):
    with stage.store.catalogue.write() as session:
        session.get_one(Contributor, talk[1].id).state = state
    assert refused(built(stage)) == CLIPS
    assert all(each.withdrawn for each in candidates(stage))


def test_a_dialogue_whose_second_person_nobody_knows_is_held_out(stage, talk):
    with stage.store.catalogue.write() as session:
        peers = session.scalars(select(SittingPeer)).all()
        peers[0].partner_id, peers[0].held_for = None, "partner.other"
        session.delete(peers[1])  # a sitting of the time before partners
    assert refused(built(stage)) == CLIPS


def test_a_third_voice_in_a_dialogue_is_nobodys(stage, talk):
    with stage.store.catalogue.write() as session:
        first = session.scalars(
            select(Segment).join(Claim).where(Claim.contributor_id == talk[0].id).order_by(Segment.created_at)
        ).first()
        first.speaker = "other-1"
    assert refused(built(stage)) == 1


def test_the_end_of_the_partnership_leaves_what_was_recorded(stage, talk):
    with stage.store.catalogue.write() as session:
        for row in session.scalars(select(ClaimPartner)):
            row.ended_at, row.ended_by = stage.now, "contributor:x"
    assert refused(built(stage)) == 0


def test_a_device_is_numbered_for_whoever_speaks_at_it(stage, talk):
    with stage.store.catalogue.write() as session:
        peers = session.scalars(select(SittingPeer.sitting_id)).all()
        for sitting in session.scalars(select(Sitting).where(Sitting.id.in_(peers))):
            sitting.device = {"class": "headset"}
    assert {each.facts["device"] for each in candidates(stage)} == {"headset-1"}


def asked_for_seconds(stage):
    """Ask for a second text of every segment of a dialogue."""
    with stage.store.catalogue.write() as session:
        rows = session.execute(
            select(Segment.id, Claim.terms_sha256).join(Claim).join(Task).where(Task.style == "dialogue")
        ).all()
        for segment_id, terms_sha256 in rows:
            row = SecondTranscript(id=str(uuid4()), segment_id=segment_id, first_revision=1, reason="drawn")
            row.terms_sha256, row.price_minor, row.created_at = terms_sha256, 1000, stage.now
            session.add(row)


def offered_to(stage, actor):
    with stage.store.catalogue.read() as session:
        return len(offered(session, session.get_one(Contributor, actor.id)))


def test_neither_of_the_two_writes_their_dialogue_down_a_second_time(stage, talk):
    asked_for_seconds(stage)
    third = stage.contributor()
    assert [offered_to(stage, actor) for actor in (*talk, third)] == [0, 0, CLIPS]


@pytest.mark.parametrize("who", [0, 1], ids=["holder", "partner"])
def test_both_must_agree_that_people_listen_before_anybody_does(stage, talk, who):
    asked_for_seconds(stage)
    with stage.store.catalogue.write() as session:
        mine = (Consent.contributor_id == talk[who].id, Consent.purpose == "human_review")
        session.scalars(select(Consent).where(*mine)).one().withdrawn_at = stage.now
    assert offered_to(stage, stage.contributor()) == 0
