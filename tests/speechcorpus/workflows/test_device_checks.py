"""A device check is kept as the browser reported it, beside what its take shows us."""

from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.store.models import DeviceCheck, Sitting
from speechcorpus.workflows.device_checks import save_device_check
from speechcorpus.workflows.views.recording import recorder_view
from tests.sound_check import DEVICE, heard, put_away, sit_down, steady
from tests.stage import RATE_HZ, set_stage, work_off

pytestmark = pytest.mark.either_database

QUIET, LOUD = 4 * RATE_HZ, 7 * RATE_HZ
PLACES = {"silence_from": 0, "silence_to": 3 * RATE_HZ, "quiet_from": QUIET, "quiet_to": QUIET + 2 * RATE_HZ}
PLACES |= {"loud_from": LOUD, "loud_to": LOUD + 2 * RATE_HZ}


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def recorder(stage):
    return sit_down(stage, stage.contributor())


def check_sound(step_db: float = 15) -> bytes:
    """Silence, noise, silence, louder noise: all that the server can tell without a voice."""
    parts = [(-70, 4), (-45, 2), (-70, 1), (-45 + step_db, 2.5)]
    return b"".join(steady(level, length, seed=seed) for seed, (level, length) in enumerate(parts))


def body_of(recorder, take: str, **changes: object) -> dict[str, object]:
    gain = {"name": "gain-control", "result": "pass", "facts": {**PLACES, "step_db": "15.02"}}
    checks = [{"name": "ledger", "result": "pass", "facts": {"lost_frames": 0, "alarms": []}}, gain]
    report = {"checks": checks, "settings": {"autoGainControl": False}}
    body = {"sitting": recorder.sitting, "take": take, "capture_path": "mstp", "rate_hz": RATE_HZ}
    return {**body, "report": report, **changes}


def keep(recorder, take: str, check_id: str | None = None, **changes: object):
    stage, body = recorder.stage, body_of(recorder, take, **changes)
    return save_device_check(stage.store, recorder.actor, check_id or str(uuid4()), body, now=stage.later)


def test_our_results_stand_beside_the_claimed_ones(stage, recorder):
    take = heard(recorder, check_sound())
    saved = keep(recorder, take.id)
    found = {each["name"]: each["result"] for each in saved.found}
    assert saved.created
    assert saved.passed
    assert found == {
        "ledger": "pass",
        "rate": "not-tested",
        "bandwidth": "pass",
        "codes": "pass",
        "gate": "pass",
        "gain-control": "pass",
        "settings": "pass",
    }
    assert saved.claimed == body_of(recorder, take.id)["report"]
    with stage.store.catalogue.read() as session:
        row = session.get_one(DeviceCheck, saved.id)
    assert (row.device, row.claimed, row.passed) == (DEVICE, saved.claimed, True)


def test_a_browser_that_claims_a_pass_is_believed_only_where_the_samples_say_so(recorder):
    saved = keep(recorder, heard(recorder, check_sound(step_db=9)).id)
    (gain,) = (each for each in saved.found if each["name"] == "gain-control")
    assert (saved.passed, gain["result"]) == (True, "flag")  # a room may move the step: told, never held
    assert float(gain["facts"]["step_db"]) == pytest.approx(9, abs=0.3)
    assert saved.claimed["checks"][1]["result"] == "pass"


def test_the_same_again_changes_nothing_and_another_body_is_refused(recorder):
    take, check_id = heard(recorder, check_sound()), str(uuid4())
    first, again = (keep(recorder, take.id, check_id) for _ in range(2))
    assert (first.created, again.created, again.found) == (True, False, first.found)
    with pytest.raises(SittingError) as refused:
        keep(recorder, take.id, check_id, report={"checks": [], "settings": {}})
    assert refused.value.code == "id.conflict"


def test_a_take_that_is_not_here_or_not_mine_is_waited_for(stage, recorder):
    take = heard(recorder, check_sound())
    mine = sit_down(stage, stage.contributor())
    unmeasured = mine.record(steady(-30, 2), track="check")
    for known in (take.id, unmeasured.id, str(uuid4())):
        with pytest.raises(SittingError) as refused:
            keep(mine, known)
        assert refused.value.code == "device-check.take-missing"


def test_another_persons_check_and_sitting_are_not_found(stage, recorder):
    take = heard(recorder, check_sound())
    saved = keep(recorder, take.id)
    mine = sit_down(stage, stage.contributor())
    for check_id, changes in ((saved.id, {}), (str(uuid4()), {"sitting": recorder.sitting})):
        with pytest.raises(AccessError) as hidden:
            keep(mine, take.id, check_id, **changes)
        assert hidden.value.code == "not-found"


@pytest.mark.parametrize(
    "changes",
    [
        {"capture_path": "worklet"},
        {"rate_hz": 48_000},
        {"passed": True},
        {"report": {"checks": [{"name": "ledger", "result": "fine", "facts": {}}], "settings": {}}},
        {"report": {"checks": [{"name": "ledger", "result": "pass", "facts": {}}] * 21, "settings": {}}},
        {"report": {"checks": []}},
    ],
)
def test_a_report_about_something_else_is_refused_by_its_field(recorder, changes):
    take = heard(recorder, check_sound())
    with pytest.raises(SittingError) as refused:
        keep(recorder, take.id, **changes)
    assert refused.value.code == "request.field"


def test_the_recorder_is_told_of_the_newest_check_of_each_path(stage, recorder):
    take = heard(recorder, check_sound())
    keep(recorder, take.id)
    worse = recorder.record(check_sound(), track="check")
    worse.finish(capture={**worse.manifest()["capture"], "lost_frames": 480})
    work_off(stage)
    stage.now += stage.later - stage.now
    newest = keep(recorder, worse.id)
    put_away(recorder)
    main = stage.recorder(recorder.actor, device_check=newest.id, device=DEVICE)
    with stage.store.catalogue.read() as session:
        assert session.get_one(Sitting, main.sitting).device_check_id == newest.id
    (shown,) = recorder_view(stage.store, recorder.actor, main.claim, now=stage.now).device_checks
    assert (shown.id, shown.passed, shown.capture_path) == (newest.id, False, "mstp")
    assert (shown.device.browser, shown.device.rate_hz) == ("Chrome", RATE_HZ)


@pytest.mark.parametrize("change", ["UPDATE device_check SET passed = FALSE", "DELETE FROM device_check"])
def test_the_database_itself_keeps_a_check_as_it_was_made(stage, recorder, change):
    keep(recorder, heard(recorder, check_sound()).id)
    with pytest.raises(IntegrityError), stage.store.catalogue.write() as session:
        session.execute(text(change))
    with stage.store.catalogue.read() as session:
        assert session.scalars(select(DeviceCheck.passed)).all() == [True]
