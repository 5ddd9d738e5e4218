import hashlib
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from speechcorpus.domain.errors import SittingError, SpeechCorpusError
from speechcorpus.store.audit import check_audit
from speechcorpus.store.models import Blob, Claim, Job, Receipt, Segment, Sitting, Take, Task
from speechcorpus.work.receipts import verify_receipt
from speechcorpus.workflows.finish import ASSEMBLED_AT_ONCE_BYTES, assemble_take, finish_take
from speechcorpus.workflows.lapses import abandon_sittings
from speechcorpus.workflows.takes import own_master
from tests.stage import RATE_HZ, set_stage, sha256, voice, work_off

SIX_S = voice(6)


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def lite(sqlite_store, now):
    return set_stage(sqlite_store, now)


def code_of(act):
    with pytest.raises(SpeechCorpusError) as refused:
        act()
    return refused.value.code


def one(stage, statement):
    with stage.store.catalogue.read() as session:
        return session.scalars(statement).one()


def test_a_finished_take_is_its_master_its_item_its_job_and_its_receipt(stage):
    take = stage.recorder().record(SIX_S, prompt="p0")
    done = take.finish()
    assert (done.state, done.take_sha256) == ("stored", sha256(take.master))
    assert b"".join(own_master(stage.store, take.recorder.actor, take.id).blocks()) == take.master
    segment = one(stage, select(Segment))
    assert (segment.prompt_id, segment.start_sample, segment.end_sample) == ("p0", 0, take.frames)
    assert one(stage, select(Job.payload).where(Job.kind == "measure_item")) == {"segment_id": segment.id}
    assert one(stage, select(Job.payload).where(Job.kind == "compare_take")) == {"take_id": take.id}
    key = stage.store.receipt_key().public_key()
    assert verify_receipt(one(stage, select(Receipt.document).where(Receipt.kind == "upload")), [key]).valid
    assert done.receipt["items"][0]["blob_sha256"] == done.take_sha256
    assert (done.receipt["kind"], done.receipt["claim"]) == ("upload", take.recorder.claim)
    assert done.receipt["terms_sha256"] == one(stage, select(Claim.terms_sha256))
    with stage.store.catalogue.read() as session:
        assert check_audit(session) is None


def test_the_same_manifest_gives_the_same_receipt_and_another_one_is_refused(stage):
    take = stage.recorder().record(SIX_S, prompt="p0")
    assert take.finish().receipt == take.finish().receipt
    assert code_of(lambda: take.finish(events=[{"kind": "mute", "at_sample": 1}])) == "id.conflict"
    assert one(stage, select(func.count(Segment.id))) == 1


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        ({"take_sha256": "0" * 64}, "manifest.take-sha256"),
        ({"frames": 95_999}, "chunk.length"),
        ({"chunks": ["0" * 64, "0" * 64]}, "manifest.chunks"),
        ({"markers": [{"kind": "go", "at_sample": 10**9, "prompt_id": None}]}, "manifest.markers"),
        ({"rate_hz": 48_000}, "manifest.take"),
        ({"meter": [{"sample": 1, "laeq_1s_dbfs": -61.2}]}, "canonical.float"),
        ({"surprise": 1}, "manifest.form"),
    ],
)
def test_a_manifest_that_lies_leaves_the_take_as_it_was(lite, lie, code):
    take = lite.recorder().record(SIX_S, prompt="p0")
    assert code_of(lambda: take.finish(**lie)) == code
    row = one(lite, select(Take))
    assert (row.state, row.manifest, row.master_sha256) == ("receiving", None, None)
    assert one(lite, select(func.count(Blob.sha256))) == 0
    assert take.finish().state == "stored"


def test_without_markers_a_take_is_kept_and_proposes_no_item(lite):
    take = lite.recorder().record(SIX_S, prompt="p0")
    assert take.finish(markers=[]).state == "stored"
    assert one(lite, select(func.count(Segment.id))) == 0


def test_a_missing_chunk_is_named_and_can_be_sent(lite):
    take = lite.recorder().take(SIX_S, prompt="p0")
    take.send(1)
    with pytest.raises(SittingError) as refused:
        take.finish()
    assert (refused.value.code, refused.value.facts["missing"]) == ("take.incomplete", "0")
    take.send(0)
    assert take.finish().state == "stored"


def test_more_sound_than_time_has_passed_is_not_taken(lite):
    take = lite.recorder().record(voice(11), prompt="p0")
    actor, document = take.recorder.actor, take.manifest()
    soon = lite.now + timedelta(seconds=5)
    assert code_of(lambda: finish_take(lite.store, actor, take.id, document, now=soon)) == "take.too-long"
    assert finish_take(lite.store, actor, take.id, document, now=soon + timedelta(seconds=1)).receipt


def test_a_sitting_begun_offline_may_have_lasted_since_the_claim(lite):
    recorder = lite.recorder(started_offline=True)
    with lite.store.catalogue.write() as session:
        session.scalars(select(Claim)).one().claimed_at = lite.now - timedelta(seconds=60)
    take = recorder.record(voice(12), prompt="p0")
    assert finish_take(lite.store, recorder.actor, take.id, take.manifest(), now=lite.now).receipt


def long_take(stage):
    """A take one frame longer than what is assembled in the request."""
    frames = ASSEMBLED_AT_ONCE_BYTES // 2 + 1
    return stage.recorder().record(bytes(2 * frames), prompt="p0")


def test_a_long_take_is_assembled_by_a_job(stage):
    take = long_take(stage)
    assert (take.finish().state, take.finish().receipt) == ("receiving", None)
    assert code_of(lambda: take.finish(markers=[])) == "id.conflict"
    assert one(stage, select(Job.kind)) == "assemble_take"
    assert one(stage, select(Job.payload)) == {"take_id": take.id}
    assemble_take(stage.store, take.id, stage.later)
    assemble_take(stage.store, take.id, stage.later)
    done = take.finish()
    assert (done.state, done.take_sha256) == ("stored", sha256(take.master))
    assert done.receipt["items"][0]["end_sample"] == take.frames


def test_a_long_take_with_a_false_hash_is_refused_until_the_manifest_is_true(lite):
    take = long_take(lite)
    lie = {"take_sha256": "0" * 64}
    assert take.finish(**lie).receipt is None
    work_off(lite)
    assert code_of(lambda: take.finish(**lie)) == "manifest.take-sha256"
    assert one(lite, select(Take.state)) == "receiving"
    assert take.finish().receipt is None
    work_off(lite)
    assert take.finish().take_sha256 == sha256(take.master)


def test_the_first_stored_take_starts_the_time_to_work(lite):
    take = lite.recorder().record(SIX_S, prompt="p0")
    before = one(lite, select(Claim.lease_until))
    take.finish()
    after = one(lite, select(Claim.lease_until))
    assert (before - lite.now, after - lite.now) == (timedelta(hours=24), timedelta(hours=96))


def test_damage_on_our_side_is_never_taken_for_the_browsers_fault(lite):
    take = lite.recorder().record(SIX_S, prompt="p0")
    path = lite.store.incoming.path_of(take.id, 0, sha256(take.chunk(0)))
    path.chmod(0o600)
    path.write_bytes(bytes(160_000))
    assert code_of(take.finish) == "chunk.damaged"


def test_a_take_whose_sitting_was_given_up_is_finished_when_its_browser_comes_back(stage):
    take = stage.recorder().record(SIX_S, prompt="p0")
    abandon_sittings(stage.store, now=stage.now + timedelta(days=8))
    assert one(stage, select(Take.state)) == "failed"
    assert take.finish().take_sha256 == sha256(take.master)
    assert one(stage, select(Sitting.state)) == "open"


STEPS = st.lists(
    st.sampled_from(["send 0", "send 1", "send 2", "other 1", "finish", "register"]), max_size=14
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, seed=st.integers(0, 2**32 - 1))
def test_any_order_of_requests_ends_in_the_same_bytes_or_a_named_refusal(stage, steps, seed):
    """Chunks, duplicates, foreign bytes and finishes in any order: the take is whole or says why not."""
    take = someone(stage).take(voice(11, seed=seed), prompt="p0")
    allowed = {"take.incomplete", "take.stored", "chunk.conflict", "manifest.chunks"}
    first, refusals = None, set()
    for step in [*steps, "send 0", "send 1", "send 2", "finish"]:
        try:
            first = act(take, step) or first
        except SittingError as refusal:
            refusals.add(refusal.code)
    assert refusals <= allowed
    kept = master_of(stage, take)
    if kept is None:  # foreign bytes came first, so this manifest can never be true
        assert "other 1" in steps
    else:
        assert kept == take.master
        assert first.receipt == take.finish().receipt


def someone(stage):
    """A new person on the first task, which is put back by hand: what was recorded for it stays."""
    with stage.store.catalogue.write() as session:
        for claim in session.scalars(select(Claim).where(Claim.state == "active")):
            claim.state = "released"
            session.get_one(Task, claim.task_id).state = "open"
    return stage.recorder()


def act(take, step):
    name, _, index = step.partition(" ")
    if name == "finish":
        return take.finish()
    if name == "register":
        assert take.register() is False
    elif name == "send":
        take.send(int(index))
    else:
        take.send(int(index), bytes(10 * RATE_HZ))
    return None


def master_of(stage, take) -> bytes | None:
    sha = one(stage, select(Take.master_sha256).where(Take.id == take.id))
    if sha is None:
        return None
    data = stage.store.blobs.read(sha)
    assert hashlib.sha256(data).hexdigest() == sha
    return data
