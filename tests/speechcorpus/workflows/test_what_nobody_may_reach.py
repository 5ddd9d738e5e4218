"""Ways around who may see and do what, each of which was open once."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError, SittingError, SpeechCorpusError
from speechcorpus.store.models import (
    Appeal,
    Audit,
    Consent,
    Contributor,
    OutcomeRow,
    Release,
    ReleaseItem,
    Review,
    Segment,
    TakeHold,
)
from speechcorpus.workflows import people
from speechcorpus.workflows.appeal_ends import reopen_refusals
from speechcorpus.workflows.appeals import open_appeal
from speechcorpus.workflows.certificates import Wish, issue, months_worked
from speechcorpus.workflows.decide_hold import decide_hold
from speechcorpus.workflows.erased_files import require_bundle, require_file
from speechcorpus.workflows.impartial import declare_own_account
from speechcorpus.workflows.invites import (
    invite_known_contributor,
    invite_known_member,
    new_contributor,
    new_member,
)
from speechcorpus.workflows.people_desk import end_sessions, set_manager, set_paused
from speechcorpus.workflows.second_draw import set_second_share
from speechcorpus.workflows.sign_in import exchange_invite
from speechcorpus.workflows.views.audit import Narrowed, audit_view
from speechcorpus.workflows.views.gold import gold_audio, gold_view
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.accepted import accepted_clips
from tests.hearing import an_item, handed_in, listening_stage, refuse
from tests.second import pair
from tests.stage import set_stage, voice

pytestmark = pytest.mark.either_database


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


def released(stage, segment_id):
    """A published version that holds one clip, in a file of its own and in a table."""
    path = "audio/train/spk00001/spk00001-s0001-000001.flac"
    document = stage.store.blobs.put_bytes(b'{"shards": {"train": [["spk00001"]]}}')
    files = {path: "0" * 64, "clips.jsonl": "1" * 64, "README.md": "2" * 64, "release.json": document}
    manifest = {name: {"sha256": sha256, "bytes": 1, "bundle": "core"} for name, sha256 in files.items()}
    row = Release(id="1", project_id=stage.project_id, corpus="taigi", version="1.0.0", state="published")
    row.settings, row.manifest, row.released_on, row.built_by = {}, manifest, "2026-03-01", "m"
    row.created_at = row.published_at = stage.now
    with stage.store.catalogue.write() as session:
        session.add(row)
        session.flush()
        session.add(
            ReleaseItem(release_id="1", segment_id=segment_id, utt_id="spk00001-s0001-000001", split="train")
        )
    return path


def test_a_withdrawn_clip_is_downloaded_no_more_from_the_moment_on(stage):
    who = accepted_clips(stage, speakers=1, clips=1)[0]
    with stage.store.catalogue.read() as session:
        segment_id = session.scalars(select(Segment.id)).one()
    path = released(stage, segment_id)
    require_file(stage.store, "1", path)
    require_bundle(stage.store, "1", "parquet")
    withdraw(stage.store, who, Asked(scope="item", segment_id=segment_id), now=stage.later)
    for refused in (
        lambda: require_file(stage.store, "1", path),
        lambda: require_file(stage.store, "1", "clips.jsonl"),
        lambda: require_bundle(stage.store, "1", "core"),
    ):
        with pytest.raises(SpeechCorpusError, match="no version without it is published yet") as caught:
            refused()
        assert (caught.value.code, caught.value.facts["successor"]) == ("release.erased", "none")
    require_file(stage.store, "1", "README.md")
    require_bundle(stage.store, "1", "extra")


def test_what_is_no_longer_heard_by_people_goes_before_no_judge_and_on_no_gold_page(store, now):
    stage = listening_stage(store, now)
    recorder = stage.recorder()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    refuse(stage, item)
    at = stage.later + timedelta(hours=4)
    assert [row.segment_id for row in gold_view(store, stage.manager, stage.project_id).rows] == [item]
    with store.catalogue.read() as session:
        mine = Consent.contributor_id == recorder.actor.id
        text = session.scalars(select(Consent.text_sha256).where(mine)).first()
        rejected = (Review.segment_id == item, Review.decision == "reject")
        reviewer = session.scalars(select(Review.reviewer_id).where(*rejected)).first()
    withdraw(store, recorder.actor, Asked(scope="purpose", purpose="human_review", text_sha256=text), now=at)
    appeal_id = open_appeal(store, recorder.actor, item, "record", "w", now=at)
    with (
        store.catalogue.read() as session
    ):  # the withdrawal itself ended it: the line is paid, nobody judges it
        assert session.get_one(Appeal, appeal_id).state == "expired"
        lines = select(OutcomeRow.state).where(OutcomeRow.segment_id == item)
        assert set(session.scalars(lines)) == {"accepted"}
    with store.catalogue.write() as session:
        assert reopen_refusals(session, reviewer, now - timedelta(days=3), at) == 0
    assert gold_view(store, stage.manager, stage.project_id).rows == ()
    with pytest.raises(AccessError):
        gold_audio(store, stage.manager, item)


def test_nobody_lets_themselves_in_as_the_second_person_of_a_payout(stage, now):
    payer = people.create_staff(stage.store, name="P", role="payer", now=now)
    for attempt in (
        lambda: new_member(stage.store, stage.manager, name="P2", role="payer", now=now),
        lambda: invite_known_member(stage.store, stage.manager, payer, now=now),
        lambda: invite_known_member(stage.store, stage.manager, stage.manager.id, now=now),
    ):
        with pytest.raises(AccessError):
            attempt()
    invite_known_member(stage.store, stage.manager, stage.reviewer().id, now=now)
    with stage.store.catalogue.read() as session:
        made = select(Audit.actor).where(Audit.action == "invite.made").order_by(Audit.seq.desc())
        assert session.scalars(made).first() == stage.manager.name_for_audit


def test_a_lost_link_lets_nobody_in_once_there_is_a_new_one(stage, now):
    lost = new_contributor(stage.store, stage.manager, locale="en", now=now)
    with stage.store.catalogue.read() as session:
        who = session.scalars(select(Contributor.id).where(Contributor.pseudonym == lost.who)).one()
    new = invite_known_contributor(stage.store, stage.manager, who, now=now)
    with pytest.raises(AccessError):
        exchange_invite(stage.store, lost.token, now=now + timedelta(hours=1))
    end_sessions(stage.store, stage.manager, "contributor", who, now=now + timedelta(hours=2))
    with pytest.raises(AccessError):
        exchange_invite(stage.store, new.token, now=now + timedelta(hours=3))


def test_nobody_settles_a_dispute_about_their_own_text(stage, now):
    both = pair(stage)
    both.write("完全無仝的一句話。")
    reviewer = stage.reviewer()
    own = {"staff_id": reviewer.id, "contributor_id": both.writer.id}
    declare_own_account(stage.store, stage.manager, **own, now=now)
    with pytest.raises(AccessError):
        both.settle("left", actor=reviewer)


def test_a_paused_person_takes_no_second_text(stage, now):
    both = pair(stage)
    set_paused(stage.store, stage.manager, "contributor", both.writer.id, paused=True, now=now)
    with pytest.raises(SittingError) as caught:
        both.take()
    assert caught.value.code == "person.paused"


def test_what_is_another_managers_project_does_not_exist(stage, now):
    other = Actor(role="manager", id=people.create_staff(stage.store, name="M2", role="manager", now=now))
    set_manager(stage.store, stage.manager, stage.project_id, stage.manager.id, mine=True, now=now)
    take = stage.recorder().take(voice(1, seed=99), prompt="p0")
    take.register()
    with stage.store.catalogue.write() as session:
        session.add(TakeHold(take_id=take.id, code="take.rate", claimed={}, measured={}, held_at=now))
    with pytest.raises(AccessError):
        decide_hold(stage.store, other, take.id, use=False, now=now)
    with pytest.raises(AccessError):
        set_second_share(stage.store, other, stage.project_id, 100, now=now)
    decide_hold(stage.store, stage.manager, take.id, use=False, now=now)


def test_an_error_of_the_database_says_nothing_that_somebody_said(stage):
    with pytest.raises(DBAPIError) as caught, stage.store.catalogue.write() as session:
        session.execute(text("SELECT nothing FROM nowhere WHERE words = :words"), {"words": "講過的話"})
    assert "講過的話" not in str(caught.value)


def test_the_number_on_a_named_certificate_leads_to_no_pseudonym(stage, now):
    speaker = pair(stage).speaker
    with stage.store.catalogue.read() as session:
        months = months_worked(session, speaker.id)
    wish = Wish(first=months[0], last=months[-1], name="陳怡君")
    document = issue(stage.store, speaker, wish, now=now + timedelta(days=1))
    found = Narrowed(object=f"certificate:{document['certificate_id']}")
    assert audit_view(stage.store, stage.manager, narrowed=found).lines == ()
