"""The acceptance page counts items, never findings, and names reasons by their codes alone."""

from datetime import timedelta

import pytest

from speechcorpus.domain.errors import AccessError
from speechcorpus.store.models import Take
from speechcorpus.workflows.views.funnel import Wanted, funnel_view
from tests.desk import shelf
from tests.stage import set_stage


@pytest.fixture
def desk(store, now):
    return shelf(set_stage(store, now))


def funnel_of(desk, **wanted):
    return funnel_view(desk.stage.store, desk.stage.manager, wanted=Wanted(**wanted), now=desk.stage.now)


def steps(view):
    return {step.name: step.items for step in view.steps}


def test_items_are_counted_as_far_as_they_came(desk):
    ann = desk.voice()
    desk.put(ann, seconds=6)
    heard = desk.put(ann, seconds=4)
    desk.heard(heard)
    desk.put(ann, outcome="pending", band="high")
    desk.put(ann, outcome=None)
    desk.put(ann, outcome=None, chosen=False)
    view = funnel_of(desk)
    assert steps(view) == {
        "recorded": 4,
        "stored": 4,
        "measured": 4,
        "handed-in": 3,
        "answered": 2,
        "accepted": 2,
        "released": 0,
    }
    assert {step.name: step.seconds for step in view.steps}["accepted"] == 10.0
    assert (view.heard, view.replaced) == (1, 1)
    assert steps(funnel_of(desk, band="high"))["recorded"] == 1
    assert steps(funnel_of(desk, band="low", style="read", variety="nan-TW"))["recorded"] == 3
    assert steps(funnel_of(desk, style="dialogue"))["recorded"] == 0


def test_what_is_still_in_a_browser_is_recorded_and_not_stored(desk):
    desk.stage.recorder().take(b"\0" * 3200, prompt="p0")
    view = funnel_of(desk)
    assert (steps(view)["recorded"], steps(view)["stored"]) == (1, 0)
    with desk.stage.store.catalogue.read() as session:
        assert session.query(Take).one().state == "receiving"


def test_a_reason_counts_items_by_band_and_the_worst_that_it_did(desk):
    ann, bursts = desk.voice(), (("noise.burst", "fix"), ("noise.burst", "fix"))
    desk.put(ann, findings=bursts)
    desk.put(ann, findings=(("noise.burst", "flag"),), band="high")
    desk.put(ann, findings=(("audio.clipped", "blocks"), ("noise.burst", "fix")), chosen=False, outcome=None)
    desk.put(ann)
    view = funnel_of(desk)
    [burst, clipped] = view.held
    assert (burst.code, burst.items, burst.severity, burst.share_pct) == ("noise.burst", 2, "fix", 50.0)
    assert (clipped.code, clipped.items, clipped.severity) == ("audio.clipped", 1, "blocks")
    [shown] = view.shown
    assert (shown.code, dict(shown.by_band), dict(shown.by_variety)) == (
        "noise.burst",
        {"high": 1},
        {"nan-TW": 1},
    )
    assert [reason.code for reason in funnel_of(desk, band="high").held] == []


def test_old_reasons_are_left_out_of_a_period_and_steps_are_not(desk):
    old = desk.stage.now - timedelta(days=31)
    desk.put(desk.voice(), findings=(("noise.burst", "fix"),), at=old)
    assert [reason.items for reason in funnel_of(desk).held] == [1]
    narrowed = funnel_of(desk, days=30)
    assert (narrowed.held, narrowed.measured, steps(narrowed)["measured"]) == ((), 0, 1)


def test_nobody_but_managers_sees_it(sqlite_store, now):
    desk = shelf(set_stage(sqlite_store, now))
    for actor in (desk.voice(), desk.stage.reviewer()):
        with pytest.raises(AccessError):
            funnel_view(desk.stage.store, actor, now=desk.stage.now)
