from uuid import uuid4

import pytest
from sqlalchemy import select

from speechcorpus.domain.errors import AccessError, SpeechCorpusError
from speechcorpus.store.models import Sitting
from speechcorpus.workflows.sittings import close_sitting, heartbeat, open_sitting, sitting_view
from tests.stage import Recorder, calibrate, set_stage, sha256, voice


@pytest.fixture
def stage(sqlite_store, now):
    return set_stage(sqlite_store, now)


@pytest.fixture
def recorder(stage):
    return stage.recorder()


def again(recorder, *, sitting=None, **changes):
    stage = recorder.stage
    body = recorder.sitting_body(**changes)
    return open_sitting(stage.store, recorder.actor, sitting or recorder.sitting, body, now=stage.later)


def refusal(act):
    with pytest.raises(SpeechCorpusError) as refused:
        act()
    return refused.value


def test_registering_a_sitting_again_changes_nothing(recorder):
    assert again(recorder).created is False
    assert refusal(lambda: again(recorder, device={"label": "b"})).code == "id.conflict"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"band": "high"}, "request.field"),
        ({"band": "loud"}, "request.field"),
        ({"claim": str(uuid4())}, "not-found"),
        ({"device": None}, "request.field"),
        ({"device": {"gain": 0.5}}, "canonical.float"),
        ({"started_offline": 1}, "request.field"),
        ({"surprise": 1}, "request.field"),
    ],
)
def test_a_sitting_that_cannot_be_is_not_registered(recorder, change, code):
    assert refusal(lambda: again(recorder, sitting=str(uuid4()), **change)).code == code


def test_one_sitting_at_a_time_and_the_other_is_named(recorder):
    other = str(uuid4())
    error = refusal(lambda: again(recorder, sitting=other))
    assert (error.code, error.facts["sitting"]) == ("sitting.other-open", recorder.sitting)
    pause(recorder, recorder.sitting)
    assert again(recorder, sitting=other).created
    error = refusal(lambda: pause(recorder, recorder.sitting, "open"))
    assert error.code == "sitting.other-open"


def pause(recorder, sitting, state="paused"):
    return heartbeat(recorder.stage.store, recorder.actor, sitting, state=state, now=recorder.stage.later)


def test_a_sitting_that_began_offline_is_always_registered(recorder):
    assert again(recorder, sitting=str(uuid4()), started_offline=True).created


def test_a_sound_check_needs_no_claim_and_has_no_items(stage):
    person = stage.contributor()
    check = Recorder(stage=stage, actor=person, claim=None)
    check.open()
    assert check.record(voice(1), track="check").finish().receipt["claim"] is None
    assert refusal(lambda: check.take(voice(1), track="main")).code == "request.field"
    assert refusal(lambda: check.take(voice(1), track="check", prompt="p0")).code == "take.prompt"


def test_a_calibration_that_is_not_ones_own_leaves_the_sitting_uncalibrated(stage):
    owner, other = stage.contributor(), stage.contributor()
    calibration = calibrate(stage, owner)
    stage.recorder(other, calibration=calibration)
    stage.recorder(owner, task=1, calibration=calibration)
    with stage.store.catalogue.read() as session:
        used = dict(session.execute(select(Sitting.contributor_id, Sitting.calibration_id)).all())
    assert used == {other.id: None, owner.id: calibration}


def test_a_sitting_closes_once_everything_is_here(recorder):
    take = recorder.record(voice(2), prompt="p0")
    missing = str(uuid4())
    close = {take.id: sha256(take.master), missing: "0" * 64}
    assert refusal(lambda: shut(recorder, close)).facts["missing"] == ",".join(sorted([take.id, missing]))
    take.finish()
    assert refusal(lambda: shut(recorder, {take.id: "0" * 64})).facts["differing"] == take.id
    assert shut(recorder, {take.id: sha256(take.master)}) == "closed"
    assert shut(recorder, {take.id: sha256(take.master)}) == "closed"
    assert refusal(lambda: recorder.take(voice(2), prompt="p1")).code == "sitting.closed"
    assert refusal(lambda: pause(recorder, recorder.sitting)).code == "sitting.edge"


def shut(recorder, takes):
    return close_sitting(
        recorder.stage.store, recorder.actor, recorder.sitting, takes, now=recorder.stage.later
    )


def test_the_heartbeat_counts_the_audio_of_the_day(recorder):
    recorder.record(voice(12), prompt="p0")
    beat = pause(recorder, recorder.sitting)
    assert (beat.counted_s, beat.quota_s) == (12, 43_200)


def test_a_sitting_of_somebody_else_does_not_exist(recorder):
    stage = recorder.stage
    for actor in (stage.contributor(), stage.reviewer(), stage.manager):
        with pytest.raises(AccessError) as refused:
            sitting_view(stage.store, actor, recorder.sitting)
        assert refused.value.code == "not-found"
    view = sitting_view(stage.store, recorder.actor, recorder.sitting)
    assert (view.state, view.claim_id, view.band, view.takes) == ("open", recorder.claim, "low", [])
