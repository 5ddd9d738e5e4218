"""The budget page adds up to what was put in, on every day, and says what the rest will buy."""

from datetime import date, timedelta

import pytest

from speechcorpus.domain.errors import AccessError
from speechcorpus.workflows.flat_fees import accrue_flat, reserve_flat
from speechcorpus.workflows.targets import set_targets
from speechcorpus.workflows.views.budget import PARTS, budget_page
from tests.desk import shelf
from tests.stage import set_stage

FUNDED = 100_000_000  # what the demo's terms put in


@pytest.fixture
def desk(store, now):
    return shelf(set_stage(store, now))


def page(desk):
    return budget_page(desk.stage.store, desk.stage.manager)


def fee(desk, person, key, amount, *, day, owed=True):
    project, at = desk.stage.project_id, desk.stage.now + timedelta(days=day)
    with desk.stage.store.catalogue.write() as session:
        reserve_flat(session, person.id, project, kind="audition", key=key, amount=amount, now=at)
        if owed:
            accrue_flat(session, person.id, project, kind="audition", key=key, amount=amount, now=at)


def test_what_was_put_in_is_all_there(desk):
    ann, ben = desk.voice(), desk.voice()
    fee(desk, ann, "a", 10_000, day=1)
    fee(desk, ben, "b", 20_000, day=1)
    fee(desk, ben, "c", 5_000, day=3, owed=False)
    view = page(desk)
    assert view.funding == FUNDED == sum(view.parts[part] for part in PARTS)
    assert (view.parts["owed"], view.parts["reserved"], view.parts["paid"]) == (30_000, 5_000, 0)
    assert (view.people_owed, view.spent) == (2, 30_000)


def test_every_day_is_drawn_also_those_on_which_nothing_moved(desk):
    ann = desk.voice()
    fee(desk, ann, "a", 10_000, day=1)
    fee(desk, ann, "b", 7_000, day=3, owed=False)
    first = desk.stage.now.date()
    assert [(day.day, day.paid, day.owed, day.reserved) for day in page(desk).days] == [
        (first, 0, 0, 0),
        (first + timedelta(days=1), 0, 10_000, 0),
        (first + timedelta(days=2), 0, 10_000, 0),
        (first + timedelta(days=3), 0, 10_000, 7_000),
    ]
    assert isinstance(first, date)


def test_the_rest_of_the_targets_is_priced_by_what_an_hour_has_cost(desk):
    ann = desk.voice()
    assert (page(desk).per_hour_minor, page(desk).is_enough) == (None, None)
    desk.put(ann, seconds=1800)
    fee(desk, ann, "a", 10_000, day=0)
    wanted = {("nan-TW", "read", "low"): 90}
    set_targets(desk.stage.store, desk.stage.manager, desk.stage.project_id, wanted, now=desk.stage.now)
    view = page(desk)
    assert (view.per_hour_minor, view.missing_s, view.to_targets_minor) == (20_000, 3600.0, 20_000)
    assert view.is_enough


def test_money_is_shown_to_managers_of_the_project_alone(sqlite_store, now):
    desk = shelf(set_stage(sqlite_store, now))
    for actor in (desk.voice(), desk.stage.reviewer()):
        with pytest.raises(AccessError):
            budget_page(desk.stage.store, actor)
