from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.store.audit import check_audit
from speechcorpus.store.models import Audit, Blob, Chunk, Consent, Contributor, Sitting, Take, TimeLost
from speechcorpus.workflows.chunks import append_chunk, chunks_of
from speechcorpus.workflows.takes import own_master, register_take
from tests.stage import RATE_HZ, Stage, set_stage, sha256, voice

SIX_S = voice(6)


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def lite(sqlite_store, now):
    return set_stage(sqlite_store, now)


def code_of(act):
    with pytest.raises((SittingError, AccessError)) as refused:
        act()
    return refused.value.code


def rows(stage: Stage, table):
    with stage.store.catalogue.read() as session:
        return session.scalars(select(table)).all()


def test_a_chunk_is_durable_once_it_is_acknowledged_and_sending_it_again_changes_nothing(stage):
    take = stage.recorder().take(SIX_S, prompt="p0")
    first, again = take.send(1), take.send(1)
    assert (first.created, again.created) == (True, False)
    assert first.received_at == again.received_at
    assert stage.store.incoming.read(take.id, 1, first.sha256) == take.chunk(1)
    assert chunks_of(stage.store, take.recorder.actor, take.id) == ("receiving", {1: sha256(take.chunk(1))})
    assert [(row.offset, row.length) for row in rows(stage, Chunk)] == [(160_000, 32_000)]


def test_other_bytes_at_a_known_index_are_kept_aside_and_both_hashes_are_audited(stage):
    take = stage.recorder().take(SIX_S, prompt="p0")
    take.send(1)
    other = voice(1, seed=9)
    assert code_of(lambda: take.send(1, other)) == "chunk.conflict"
    assert code_of(lambda: take.send(1, other)) == "chunk.conflict"
    assert chunks_of(stage.store, take.recorder.actor, take.id)[1] == {1: sha256(take.chunk(1))}
    assert [(row.sha256, row.state) for row in rows(stage, Blob)] == [(sha256(other), "quarantined")]
    assert not stage.store.blobs.exists(sha256(other))
    noted = [row.detail for row in rows(stage, Audit) if row.action == "chunk.conflict"]
    assert len(noted) == 2
    assert sha256(other) in noted[0]
    assert sha256(take.chunk(1)) in noted[0]
    with stage.store.catalogue.read() as session:
        assert check_audit(session) is None


def told_of_conflicts(stage: Stage) -> int:
    return sum(row.action == "chunk.conflict" for row in rows(stage, Audit))


@pytest.mark.either_database
def test_of_the_other_bodies_of_a_take_three_are_kept_and_each_is_told_the_same(stage):
    take = stage.recorder().record(SIX_S, prompt="p0")

    def send(n):
        return code_of(lambda: take.send(n % 2, voice(5 - 4 * (n % 2), seed=90 + n)))

    with ThreadPoolExecutor(max_workers=5) as pool:
        assert set(pool.map(send, range(5))) == {"chunk.conflict"}
    assert send(5) == "chunk.conflict"
    aside = [row.sha256 for row in rows(stage, Blob) if row.state == "quarantined"]
    assert len(aside) == told_of_conflicts(stage) == 3
    assert all(stage.store.blobs.quarantined_path(sha256).exists() for sha256 in aside)
    assert not any(stage.store.blobs.exists(sha256) for sha256 in aside)
    other = take.recorder.take(SIX_S, prompt="p1")
    other.send(1)
    assert code_of(lambda: other.send(1, voice(1, seed=99))) == "chunk.conflict"
    assert told_of_conflicts(stage) == 4


def test_bytes_that_something_else_is_made_of_are_not_put_aside(lite):
    take = lite.recorder().record(SIX_S, prompt="p0")
    needed = lite.store.blobs.put_bytes(voice(1, seed=9))  # as texts of consent are: without a row
    assert code_of(lambda: take.send(1, voice(1, seed=9))) == "chunk.conflict"
    assert lite.store.blobs.exists(needed)
    assert told_of_conflicts(lite) == 1


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        ({"sha256": "0" * 64}, "chunk.hash"),
        ({"length": 31_999}, "chunk.length"),
        ({"frames": 15_999}, "chunk.length"),
        ({"first_sample": 0}, "chunk.length"),
        ({"length": 32_002, "frames": 16_001}, "chunk.truncated"),
        ({"index": 2}, "chunk.length"),
    ],
)
def test_a_chunk_that_does_not_add_up_leaves_nothing_behind(lite, lie, code):
    take = lite.recorder().take(SIX_S, prompt="p0")
    assert code_of(lambda: take.send(1, **lie)) == code
    assert rows(lite, Chunk) == []
    assert lite.store.incoming.take_ids() == []


def test_the_body_is_not_read_before_everything_else_is_in_order(lite):
    take = lite.recorder().take(SIX_S, prompt="p0")
    stranger = lite.contributor()

    def unread():
        raise AssertionError("the body was read")

    sent = take.sent(0, read=unread)
    assert code_of(lambda: append_chunk(lite.store, stranger, take.id, sent, now=lite.now)) == "not-found"
    late = lite.now + timedelta(days=31)
    owner = take.recorder.actor
    assert code_of(lambda: append_chunk(lite.store, owner, take.id, sent, now=late)) == "sitting.too-old"
    beyond = take.sent(2880, first_sample=2880 * 5 * RATE_HZ, read=unread)
    assert code_of(lambda: append_chunk(lite.store, owner, take.id, beyond, now=lite.now)) == "quota.take"


def test_chunks_are_taken_longer_by_the_days_on_which_nobody_could_reach_us(lite):
    take = lite.recorder().take(SIX_S, prompt="p0")
    owner, day = take.recorder.actor, timedelta(days=1)
    with lite.store.catalogue.write() as session:
        session.add(TimeLost(kind="outage", seen_at=lite.now + 5 * day, seconds=2 * 86_400))
    assert append_chunk(lite.store, owner, take.id, take.sent(0), now=lite.now + 31 * day).created
    late = code_of(lambda: append_chunk(lite.store, owner, take.id, take.sent(1), now=lite.now + 33 * day))
    assert late == "sitting.too-old"


def test_a_finished_take_takes_no_chunk_that_is_not_in_it(lite):
    take = lite.recorder().record(SIX_S, prompt="p0")
    take.finish()
    assert take.send(0).created is False
    assert code_of(lambda: take.send(2, voice(1))) == "take.stored"
    assert code_of(lambda: take.send(0, voice(5, seed=2))) == "chunk.conflict"


def fill_a_day(lite, take, *, first_at):
    """Twelve hours of chunks that came now, but for the first one."""
    with lite.store.catalogue.write() as session:
        for index in range(100, 100 + 12 * 720):
            session.add(
                Chunk(
                    take_id=take.id,
                    index=index,
                    offset=0,
                    length=160_000,
                    sha256="0" * 64,
                    received_at=first_at if index == 100 else lite.now,
                )
            )


def test_a_day_has_twelve_hours_of_audio(lite):
    take = lite.recorder().take(SIX_S, prompt="p0")
    fill_a_day(lite, take, first_at=lite.now)
    assert code_of(lambda: take.send(0)) == "quota.day"


def test_what_came_longer_ago_than_a_day_is_not_counted_against_a_person(lite):
    take = lite.recorder().take(SIX_S, prompt="p0")
    fill_a_day(lite, take, first_at=lite.now - timedelta(hours=24))
    assert take.send(0).created  # of the chunks of a sitting that goes on, one is a day old
    assert code_of(lambda: take.send(1)) == "quota.day"


def test_of_the_same_chunk_sent_at_once_one_row_comes_and_everybody_is_told_the_same(stage):
    take = stage.recorder().take(SIX_S, prompt="p0")
    with ThreadPoolExecutor(max_workers=8) as pool:
        kept = list(pool.map(lambda _: take.send(0), range(8)))
    assert sum(each.created for each in kept) == 1
    assert {each.sha256 for each in kept} == {sha256(take.chunk(0))}
    assert len(rows(stage, Chunk)) == 1


def test_of_two_bodies_for_one_place_sent_at_once_the_first_stays_and_the_other_is_told(stage):
    take = stage.recorder().take(SIX_S, prompt="p0")

    def send(seed):
        try:
            return take.send(1, voice(1, seed=seed)).sha256
        except SittingError as refused:
            return refused.code

    with ThreadPoolExecutor(max_workers=6) as pool:
        told = list(pool.map(send, range(6)))
    kept = [row.sha256 for row in rows(stage, Chunk)]
    assert sorted(told) == sorted([*kept, *["chunk.conflict"] * 5])
    assert stage.store.incoming.read(take.id, 1, kept[0])


@pytest.mark.parametrize("gone", ["account", "finished"])
def test_what_changed_while_the_body_came_is_seen_before_the_row_is_written(stage, gone):
    take = stage.recorder().record(SIX_S, prompt="p0")

    def read():
        if gone == "finished":
            take.finish()
        else:
            with stage.store.catalogue.write() as session:
                session.get_one(Contributor, take.recorder.actor.id).state = "withdrawn"
        return voice(1)

    late = take.sent(2, voice(1), read=read)
    code = "take.stored" if gone == "finished" else "consent.withdrawn"
    assert (
        code_of(lambda: append_chunk(stage.store, take.recorder.actor, take.id, late, now=stage.now)) == code
    )
    assert {row.index for row in rows(stage, Chunk)} == {0, 1}


def test_a_take_keeps_its_registration_whatever_comes_later(lite):
    take = lite.recorder().take(SIX_S, prompt="p0")
    assert take.register() is False
    assert code_of(lambda: take.register(sequence=7)) == "id.conflict"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rate_hz": 12_345}, "request.field"),
        ({"channels": 2}, "request.field"),
        ({"format": "flac"}, "request.field"),
        ({"capture_path": "magic"}, "request.field"),
        ({"track": "other"}, "request.field"),
        ({"colour": 1}, "request.field"),
        ({"prompt_ids": ["p3"]}, "take.prompt"),
        ({"sitting": str(uuid4())}, "not-found"),
    ],
)
def test_a_take_that_cannot_be_is_not_registered(lite, change, code):
    recorder = lite.recorder()
    take = recorder.take(SIX_S, prompt="p0")
    take.id, take.sequence = str(uuid4()), 9
    assert code_of(lambda: take.register(**change)) == code
    assert len(rows(lite, Take)) == 1


def test_two_takes_cannot_stand_at_one_place_of_a_sitting(lite):
    take = lite.recorder().take(SIX_S, prompt="p0")
    take.id = str(uuid4())
    assert code_of(take.register) == "id.conflict"


def test_sixty_four_unfinished_takes_are_the_most(lite):
    recorder = lite.recorder()
    for _ in range(64):
        recorder.take(SIX_S, prompt="p0")
    assert code_of(lambda: recorder.take(SIX_S, prompt="p0")) == "quota.unfinished"


def test_what_belongs_to_somebody_else_does_not_exist(lite):
    take = lite.recorder().record(SIX_S, prompt="p0")
    take.finish()
    stranger, reviewer = lite.contributor(), lite.reviewer()
    for actor in (stranger, reviewer, lite.manager):
        assert code_of(lambda actor=actor: chunks_of(lite.store, actor, take.id)) == "not-found"
        assert code_of(lambda actor=actor: own_master(lite.store, actor, take.id)) == "not-found"
        with pytest.raises(AccessError, match="no such"):
            register_take(lite.store, actor, take.id, take.body(), now=lite.now)


@pytest.mark.parametrize("gone", ["account", "consent"])
def test_a_withdrawn_person_sends_nothing_more(lite, gone):
    take = lite.recorder().take(SIX_S, prompt="p0")
    with lite.store.catalogue.write() as session:
        if gone == "account":
            session.get_one(Contributor, take.recorder.actor.id).state = "withdrawn"
        else:
            session.scalars(select(Consent).where(Consent.purpose == "record")).one().withdrawn_at = lite.now
    assert code_of(lambda: take.send(0)) == "consent.withdrawn"
    take.id = str(uuid4())
    assert code_of(lambda: take.register(sequence=9)) == "consent.withdrawn"


def test_an_abandoned_take_comes_back_with_its_bytes(lite):
    take = lite.recorder().take(SIX_S, prompt="p0")
    take.send(0)
    with lite.store.catalogue.write() as session:
        session.scalars(select(Take)).one().state = "failed"
        session.scalars(select(Sitting)).one().state = "abandoned"
    take.send(1)
    assert [row.state for row in (*rows(lite, Take), *rows(lite, Sitting))] == ["receiving", "open"]
    assert take.finish().state == "stored"
