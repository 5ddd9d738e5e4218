"""Coverage counts accepted time against targets: of the right speaker, in the right cell."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.store.models import Contributor, ProjectManager
from speechcorpus.workflows import people
from speechcorpus.workflows.targets import minutes_of, set_targets
from speechcorpus.workflows.views.coverage import accepted_seconds, coverage_view, missing_seconds
from speechcorpus.workflows.views.coverage_cells import Voice, cell_of, largest_share_pct
from tests.desk import shelf
from tests.stage import set_stage

LOW, HIGH = ("nan-TW", "read", "low"), ("nan-TW", "read", "high")


@pytest.fixture
def desk(store, now):
    return shelf(set_stage(store, now))


def view_of(desk, project=None):
    return coverage_view(desk.stage.store, desk.stage.manager, project, now=desk.stage.now)


def test_accepted_time_is_counted_by_style_band_and_gender_against_its_target(desk):
    ann, ben, cat = desk.voice("f"), desk.voice("m"), desk.voice()
    desk.put(ann, seconds=90)
    desk.put(ben, seconds=30)
    desk.put(cat, seconds=60, band="high")
    desk.put(ann, seconds=500, outcome="pending")
    desk.put(ann, seconds=500, outcome="void")
    desk.put(ann, seconds=500, outcome=None)
    desk.put(ann, seconds=500, chosen=False)
    minutes = {LOW: 4, HIGH: 1, ("nan-TW", "dialogue", "low"): 30}
    assert (
        set_targets(desk.stage.store, desk.stage.manager, desk.stage.project_id, minutes, now=desk.stage.now)
        == 3
    )
    view = view_of(desk)
    rows = {(row.style, band): cell for row in view.rows for band, cell in row.cells.items()}
    low, high, empty = rows["read", "low"], rows["read", "high"], rows["dialogue", "low"]
    assert (low.items, low.seconds, low.speakers, low.percent, low.state) == (2, 120.0, 2, 50.0, "under-way")
    assert (low.gender_pct("f"), low.gender_pct("m"), low.gender_pct("x")) == (75.0, 25.0, 0.0)
    assert (high.state, dict(high.by_gender)) == ("full", {"unsaid": 60.0})
    assert (empty.state, empty.seconds, empty.missing_s) == ("short", 0.0, 1800.0)
    assert (view.total.seconds, view.total.target_s, view.total.speakers) == (180.0, 35 * 60, 3)
    assert [(each.style, each.band) for each in view.missing] == [("dialogue", "low"), ("read", "low")]
    assert view.largest_share_pct == 50.0
    assert view.week_s == 180.0


def test_each_voice_of_a_dialogue_counts_for_itself(desk):
    ann, ben = desk.voice("f"), desk.voice("m")
    with desk.stage.store.catalogue.read() as session:
        bens_name = session.get_one(Contributor, ben.id).pseudonym
    desk.put(ann, seconds=40, style="dialogue")
    desk.put(ann, seconds=60, style="dialogue", speaker=bens_name)
    [row] = [row for row in view_of(desk).rows if row.style == "dialogue"]
    assert (row.total.speakers, dict(row.total.by_gender)) == (2, {"f": 40.0, "m": 60.0})


def test_the_time_of_who_withdrew_is_gone(desk):
    ann = desk.voice("f")
    desk.put(ann, seconds=40)
    with desk.stage.store.catalogue.write() as session:
        session.get_one(Contributor, ann.id).state = "withdrawn"
    assert view_of(desk).total.items == 0


def test_all_projects_are_added_up_and_a_full_cell_fills_no_other(desk):
    ann = desk.voice("f")
    desk.put(ann, seconds=600)
    set_targets(
        desk.stage.store, desk.stage.manager, desk.stage.project_id, {LOW: 1, HIGH: 2}, now=desk.stage.now
    )
    with desk.stage.store.catalogue.read() as session:
        ids = [desk.stage.project_id]
        assert (accepted_seconds(session, ids), missing_seconds(session, ids)) == (600.0, 120.0)
    everything = view_of(desk, "all")
    assert (everything.terms, everything.total.seconds) == (None, 600.0)


def test_a_target_changes_once_and_zero_takes_it_away(desk):
    store, manager, project, now = (
        desk.stage.store,
        desk.stage.manager,
        desk.stage.project_id,
        desk.stage.now,
    )
    assert set_targets(store, manager, project, {LOW: 60}, now=now) == 1
    assert set_targets(store, manager, project, {LOW: 60}, now=now) == 0
    assert set_targets(store, manager, project, {LOW: 0, HIGH: 0}, now=now) == 1
    assert view_of(desk).total.target_s == 0


def test_there_is_no_target_for_a_cell_that_cannot_be(sqlite_store, now):
    stage = set_stage(sqlite_store, now)
    for key in (("nan", "read", "low"), ("nan-TW", "song", "low"), ("nan-TW", "read", "loud")):
        with pytest.raises(SittingError, match="there is no cell") as caught:
            set_targets(stage.store, stage.manager, stage.project_id, {key: 1}, now=stage.now)
        assert caught.value.code == "request.field"


@pytest.mark.parametrize("said", ["many", "-1", "nan", "inf", "1e9"])
def test_hours_are_numbers_from_0(said):
    with pytest.raises(SittingError) as caught:
        minutes_of(said)
    assert caught.value.code == "target.hours"


def test_a_project_with_a_name_on_it_is_nobody_elses(desk):
    store, now = desk.stage.store, desk.stage.now
    other = Actor(role="manager", id=people.create_staff(store, name="N", role="manager", now=now))
    assert coverage_view(store, other, desk.stage.project_id, now=now) is not None
    with store.catalogue.write() as session:
        session.add(
            ProjectManager(project_id=desk.stage.project_id, staff_id=desk.stage.manager.id, since=now)
        )
    assert coverage_view(store, other, now=now) is None
    assert view_of(desk).project_id == desk.stage.project_id
    for ask in (
        lambda: coverage_view(store, other, desk.stage.project_id, now=now),
        lambda: set_targets(store, other, desk.stage.project_id, {LOW: 1}, now=now),
    ):
        with pytest.raises(AccessError) as caught:
            ask()
        assert caught.value.code == "not-found"


VOICES = st.lists(
    st.builds(
        lambda key, speaker, gender, items, seconds: Voice(
            key=key, speaker=speaker, gender=gender, items=items, seconds=float(seconds)
        ),
        st.sampled_from([LOW, HIGH]),
        st.sampled_from("abc"),
        st.sampled_from(["f", "m", "x", "unsaid"]),
        st.integers(0, 9),
        st.integers(0, 3600),
    )
)


@settings(max_examples=40)
@given(VOICES)
def test_cells_add_up_to_their_sum_and_shares_to_100(voices):
    facts = {"targets": {LOW: 60}, "asked": {}}
    parts = [cell_of(voices, [key], **facts) for key in (LOW, HIGH)]
    whole = cell_of(voices, [LOW, HIGH], **facts)
    assert whole.seconds == sum(part.seconds for part in parts)
    assert whole.items == sum(part.items for part in parts)
    assert max(part.speakers for part in parts) <= whole.speakers <= sum(part.speakers for part in parts)
    if whole.seconds:
        assert sum(whole.gender_pct(gender) for gender in whole.by_gender) == pytest.approx(100)
        assert 100 / 3 - 1e-9 <= largest_share_pct(voices) <= 100
