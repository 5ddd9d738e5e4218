"""Taking back: everything, a purpose, an item; what is owed stays. On both databases."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.store.audit import check_audit
from speechcorpus.store.models import (
    Blob,
    Claim,
    Consent,
    Contributor,
    CorpusName,
    FindingRow,
    LoginSession,
    Receipt,
    Review,
    Segment,
    Tombstone,
    Withdrawal,
)
from speechcorpus.workflows.checkup import check_store
from speechcorpus.workflows.claims import claim_task
from speechcorpus.workflows.consents import give_consent
from speechcorpus.workflows.erasure import look_after_withdrawals
from speechcorpus.workflows.items import item_wav
from speechcorpus.workflows.ledger import balance
from speechcorpus.workflows.own_export import own_export
from speechcorpus.workflows.release_candidates import gather_candidates
from speechcorpus.workflows.reviews import take_review
from speechcorpus.workflows.sign_in import exchange_invite, invite_contributor, signed_in
from speechcorpus.workflows.takes import own_master
from speechcorpus.workflows.tombstones import NAME, keep_tombstones, read_tombstones
from speechcorpus.workflows.withdrawal_feed import feed_rows
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.audition import handed_in, tryout
from tests.stage import SentTake, keep_consent_text, set_stage, sha256, voice
from tests.withdrawing import PRICE, clip_of, kept

EVERYTHING = Asked(scope="all")
MONTH = timedelta(days=30)


@pytest.fixture
def stage(store, now):
    keep_consent_text(store)
    return set_stage(store, now)


@pytest.fixture
def mine(stage):
    return kept(stage)


def all_of(stage, table):
    with stage.store.catalogue.read() as session:
        return session.scalars(select(table)).all()


def one(stage, table, key):
    with stage.store.catalogue.read() as session:
        return session.get_one(table, key)


def take_back(mine, asked, **after):
    return withdraw(mine.stage.store, mine.actor, asked, now=mine.stage.later + timedelta(**after))


def item(segment_id):
    return Asked(scope="item", segment_id=segment_id)


def purpose(mine, name):
    text_sha256 = next(row.text_sha256 for row in all_of(mine.stage, Consent) if row.purpose == name)
    return Asked(scope="purpose", purpose=name, text_sha256=text_sha256)


def code_of(call):
    with pytest.raises((AccessError, SittingError)) as caught:
        call()
    return caught.value.code


def whole(stage):
    with stage.store.catalogue.read() as session:
        assert check_audit(session) is None
        assert balance(session, stage.project_id, f"funding:{stage.project_id}") < 0
    assert [fault for fault in check_store(stage.store) if fault.rule != "row.orphan"] == []


def candidates(stage):
    with stage.store.catalogue.read() as session:
        return {each.segment_id: each for each in gather_candidates(stage.store, session, stage.project_id)}


def test_everything_taken_back_is_heard_nowhere_and_all_of_it_is_paid(stage, mine):
    assert mine.owed() == PRICE  # one item is accepted, the other waits
    receipt = take_back(mine, EVERYTHING)
    store, reviewer, later = stage.store, stage.reviewer(), stage.later
    for segment_id in (mine.waiting, mine.accepted):
        assert code_of(lambda it=segment_id: item_wav(store, mine.actor, it)) == "not-found"
        take_id = mine.segment(segment_id).take_id
        assert code_of(lambda it=take_id: own_master(store, mine.actor, it)) == "not-found"
    assert code_of(lambda: take_review(store, reviewer, mine.review, now=later)) == "not-found"
    assert one(stage, Review, mine.review).state == "lapsed"
    assert [row.code for row in all_of(stage, FindingRow)] == ["consent.withdrawn"]
    assert mine.states() == {mine.waiting: "accepted", mine.accepted: "accepted"}
    assert mine.owed() == 2 * PRICE
    assert candidates(stage) == {}
    assert one(stage, Contributor, mine.actor.id).state == "withdrawn"
    assert {row.withdrawn_at for row in all_of(stage, Consent)} == {later}
    assert (receipt["kind"], receipt["items"][0]["item"]) == ("withdrawal", "all")
    whole(stage)


@pytest.mark.either_database
def test_what_passed_is_handed_in_first_and_the_task_is_free_again_where_nothing_was(stage):
    idle = stage.recorder(task=1)
    withdraw(stage.store, idle.actor, EVERYTHING, now=stage.later)
    assert one(stage, Claim, idle.claim).state == "released"
    other = stage.contributor()
    assert claim_task(stage.store, other, stage.tasks()[1], now=stage.later)


def test_one_item_goes_and_the_others_stay(stage, mine):
    clip_of(stage, mine.accepted)
    assert not candidates(stage)[mine.accepted].withdrawn
    take_back(mine, item(mine.accepted))
    assert code_of(lambda: item_wav(stage.store, mine.actor, mine.accepted)) == "not-found"
    assert item_wav(stage.store, mine.actor, mine.waiting).length > 0
    assert candidates(stage)[mine.accepted].withdrawn
    assert one(stage, Review, mine.review).state == "queued"
    assert mine.owed() == PRICE
    assert one(stage, Contributor, mine.actor.id).state == "active"
    assert code_of(lambda: take_back(mine, item(mine.accepted))) == "withdrawal.nothing"
    other = stage.contributor()
    assert code_of(lambda: withdraw(stage.store, other, item(mine.waiting), now=stage.later)) == "not-found"


def test_an_item_that_waits_for_a_listener_is_paid_when_it_is_taken_back(stage, mine):
    take_back(mine, item(mine.waiting))
    assert (mine.states()[mine.waiting], mine.owed()) == ("accepted", 2 * PRICE)
    assert one(stage, Review, mine.review).state == "lapsed"


@pytest.mark.either_database
def test_without_human_review_nobody_listens_and_releases_go_on(stage, mine):
    take_back(mine, purpose(mine, "human_review"))
    assert one(stage, Review, mine.review).state == "lapsed"
    assert mine.owed() == 2 * PRICE
    assert item_wav(stage.store, mine.actor, mine.accepted).length > 0
    assert not candidates(stage)[mine.accepted].withdrawn
    withdrawn = {row.purpose for row in all_of(stage, Consent) if row.withdrawn_at}
    assert withdrawn == {"human_review"}


@pytest.mark.either_database
def test_without_release_the_sound_stays_and_no_release_takes_it(stage, mine):
    take_back(mine, purpose(mine, "release"))
    assert {each.withdrawn for each in candidates(stage).values()} == {True}
    assert item_wav(stage.store, mine.actor, mine.accepted).length > 0
    assert one(stage, Review, mine.review).state == "queued"
    (row,) = all_of(stage, Withdrawal)
    assert row.erase_at is None
    assert code_of(lambda: take_back(mine, purpose(mine, "release"))) == "withdrawal.nothing"


@pytest.mark.either_database
def test_a_purpose_that_touches_no_sound_only_ends_itself(stage):
    mine = kept(stage, stage.contributor())
    give_consent(stage.store, mine.actor, purposes=("contact",), language="en", now=stage.now)
    take_back(mine, purpose(mine, "contact"))
    assert mine.states()[mine.waiting] == "pending"
    assert {row.purpose for row in all_of(stage, Consent) if row.withdrawn_at} == {"contact"}


@pytest.mark.either_database
def test_nobody_stays_signed_in_but_the_one_who_asked(stage, mine):
    tokens = [
        exchange_invite(
            stage.store, invite_contributor(stage.store, mine.actor.id, now=stage.now), now=stage.now
        ).session_token
        for _ in range(2)
    ]
    unused = invite_contributor(stage.store, mine.actor.id, now=stage.now)
    withdraw(stage.store, mine.actor, EVERYTHING, session_token=tokens[0], now=stage.later)
    assert signed_in(stage.store, tokens[0], now=stage.later) is not None
    assert signed_in(stage.store, tokens[1], now=stage.later) is None
    assert code_of(lambda: exchange_invite(stage.store, unused, now=stage.later)) == "invite.expired"


@pytest.mark.either_database
def test_holders_of_copies_are_told_by_the_names_they_know(stage, mine):
    other = kept(stage, stage.contributor(), task=1, seed=2)
    with stage.store.catalogue.write() as session:
        for kind, object_id, name in (
            ("speaker", mine.actor.id, "spk00001"),
            ("utterance", mine.accepted, "utt00001"),
            ("speaker", other.actor.id, "spk00002"),
            ("utterance", other.accepted, "utt00002"),
        ):
            session.add(CorpusName(corpus="taigi", kind=kind, object_id=object_id, name=name))
    take_back(other, item(other.accepted))
    take_back(mine, EVERYTHING, hours=30)
    with stage.store.catalogue.read() as session:
        rows = feed_rows(session, "taigi")
    assert [(row["seq"], row.get("speaker_id"), row.get("utt_id")) for row in rows] == [
        (1, None, "utt00002"),
        (2, "spk00001", None),
        (3, None, "utt00001"),
    ]
    assert not any({"speaker_id", "utt_id"} <= row.keys() for row in rows)
    assert [row["withdrawn_at"] for row in rows] == ["2026-03-02", "2026-03-03", "2026-03-03"]
    with pytest.raises(IntegrityError, match="never changed"), stage.store.catalogue.write() as session:
        session.execute(text("UPDATE withdrawal_feed SET name = 'x'"))


def test_after_thirty_days_the_bytes_are_gone_and_the_numbers_stay(stage, mine):
    before = one(stage, Contributor, mine.actor.id).pseudonym
    blobs = {mine.master(mine.waiting), mine.master(mine.accepted), clip_of(stage, mine.accepted)}
    mine.recorder.record(voice(1, seed=99), track="room").finish()
    for actor in (mine.actor, stage.contributor()):
        exchange_invite(stage.store, invite_contributor(stage.store, actor.id, now=stage.now), now=stage.now)
    take_back(mine, EVERYTHING)
    assert look_after_withdrawals(stage.store, now=stage.later + MONTH - timedelta(minutes=1)) == 0
    assert mine.actor.id in {row.contributor_id for row in all_of(stage, LoginSession)}
    assert all(stage.store.blobs.exists(sha256) for sha256 in blobs)
    assert look_after_withdrawals(stage.store, now=stage.later + MONTH) == 1
    assert list(stage.store.blobs.digests()) == [keep_consent_text(stage.store)]
    assert stage.store.incoming.take_ids() == []
    stones = {row.blob_sha256 for row in all_of(stage, Tombstone)}
    assert blobs < stones  # the room too
    person = one(stage, Contributor, mine.actor.id)
    assert (person.state, person.variety, person.gender) == ("erased", None, None)
    assert person.pseudonym.startswith("gone-")
    assert [row.contributor_id != person.id for row in all_of(stage, LoginSession)] == [True]
    assert before not in person.pseudonym
    assert mine.owed() == 2 * PRICE
    assert {row.kind for row in all_of(stage, Receipt)} >= {"claim", "withdrawal", "decision"}
    assert look_after_withdrawals(stage.store, now=stage.later + 2 * MONTH) == 0
    whole(stage)


@pytest.mark.either_database
def test_bytes_that_somebody_else_recorded_too_are_kept(stage):
    mine, other = kept(stage, seed=5), kept(stage, stage.contributor(), task=1, seed=5)
    assert mine.master(mine.accepted) == other.master(other.accepted)
    take_back(mine, EVERYTHING)
    look_after_withdrawals(stage.store, now=stage.later + MONTH)
    assert stage.store.blobs.exists(other.master(other.accepted))
    assert item_wav(stage.store, other.actor, other.accepted).length > 0


def second_body(take, seed):
    """Send other bytes for the first chunk; return the digest they would be kept under."""
    body = voice(1, seed=seed)
    assert code_of(lambda: take.send(0, body)) == "chunk.conflict"
    return sha256(body)


@pytest.mark.either_database
def test_what_came_twice_with_other_bytes_goes_too_unless_somebody_else_sent_the_same(stage, mine):
    other = kept(stage, stage.contributor(), task=1, seed=5)
    ours = mine.recorder.record(voice(1, seed=99), track="room")
    theirs = other.recorder.record(voice(1, seed=98), track="room")
    own, alike, not_ours = second_body(ours, 71), second_body(ours, 72), second_body(theirs, 73)
    assert second_body(theirs, 72) == alike
    take_back(mine, EVERYTHING)
    look_after_withdrawals(stage.store, now=stage.later + MONTH)
    here = {body: stage.store.blobs.is_anywhere(body) for body in (own, alike, not_ours)}
    assert here == {own: False, alike: True, not_ours: True}
    assert one(stage, Blob, own).state == "erased"
    assert own in {row.blob_sha256 for row in all_of(stage, Tombstone)}
    take_back(other, EVERYTHING)
    look_after_withdrawals(stage.store, now=stage.later + MONTH)
    assert not any(stage.store.blobs.is_anywhere(body) for body in here)


@pytest.mark.either_database
def test_of_an_item_that_was_taken_back_no_other_bytes_are_kept_any_more(stage, mine):
    take = SentTake(recorder=mine.recorder, pcm=voice(1), prompt=None, track="main", sequence=0)
    take.id = mine.segment(mine.accepted).take_id
    before = second_body(take, 71)
    take_back(mine, item(mine.accepted))
    after = second_body(take, 72)
    assert not stage.store.blobs.is_anywhere(after)
    look_after_withdrawals(stage.store, now=stage.later + MONTH)
    assert not stage.store.blobs.is_anywhere(before)


@pytest.mark.either_database
def test_an_item_that_is_cut_late_goes_with_the_rest(stage, mine):
    take_back(mine, EVERYTHING)
    with stage.store.catalogue.write() as session:
        first = session.get_one(Segment, mine.accepted)
        late = Segment(id="late", take_id=first.take_id, claim_id=first.claim_id, created_at=stage.later)
        late.start_sample, late.end_sample = 0, 100
        session.add(late)
    look_after_withdrawals(stage.store, now=stage.later + timedelta(minutes=1))
    assert code_of(lambda: item_wav(stage.store, mine.actor, "late")) == "not-found"


@pytest.mark.either_database
def test_tombstones_are_written_once_and_a_torn_line_again(stage, mine):
    take_back(mine, item(mine.accepted))
    path = stage.store.data_dir / NAME
    assert keep_tombstones(stage.store) == 0
    (line,) = read_tombstones(stage.store.data_dir)
    assert (line["scope"], line["segment"], line["blobs"]) == ("item", mine.accepted, [])
    path.write_bytes(path.read_bytes()[:40] + b"\n")
    assert keep_tombstones(stage.store) == 1
    assert read_tombstones(stage.store.data_dir) == [line]
    assert "食" not in json.dumps(line, ensure_ascii=False)


@pytest.mark.either_database
def test_my_export_leaves_out_what_i_took_back(stage, mine):
    take_back(mine, item(mine.accepted))
    packed = b"".join(own_export(stage.store, mine.actor, now=stage.later))
    assert mine.accepted.encode() not in packed or f"items/{mine.accepted}".encode() not in packed
    assert f"items/{mine.waiting}".encode() in packed


def test_the_database_keeps_what_was_taken_back(stage, mine):
    take_back(mine, item(mine.accepted))
    for statement, because in (
        ("DELETE FROM withdrawal", "a withdrawal is kept"),
        ("UPDATE withdrawal SET scope = 'all', segment_id = NULL", "a withdrawal is final"),
        ("DELETE FROM withdrawn_item", "never removed"),
    ):
        with pytest.raises(IntegrityError, match=because), stage.store.catalogue.write() as session:
            session.execute(text(statement))


@pytest.mark.parametrize("begin", [tryout, handed_in])
def test_an_audition_ends_with_the_withdrawal_and_is_heard_no_more(stage, begin):
    audition = begin(stage)
    withdraw(stage.store, audition.actor, EVERYTHING, now=stage.later)
    assert audition.row().state == "expired"
    assert {review.state for review in audition.reviews()} <= {"lapsed"}
    with stage.store.catalogue.read() as session:
        assert balance(session, stage.project_id, "reserved") == 0
        owed = balance(session, stage.project_id, f"owed:{audition.actor.id}")
    assert (owed > 0) == (begin is handed_in)  # handed in is paid
