"""Coverage counts what stands accepted; a refusal and a withdrawal give their units back."""

import json

import pytest
from sqlalchemy import select

from speechcorpus.domain.errors import AccessError, StoreError
from speechcorpus.store.models import Contributor, OutcomeRow, Prompt, Segment
from speechcorpus.workflows.prompt_coverage import choose_prompts, coverage_report, read_reference
from speechcorpus.workflows.prompt_report import rank_shares, write_coverage_report
from speechcorpus.workflows.prompt_stock import prompt_stock
from tests.accepted import accepted_clips, withdraw
from tests.stage import set_stage

pytestmark = pytest.mark.either_database

READINGS = ("tsi̍t ê lâng", "lâng tsin tsē", "tsē guā", "ki-tsiah", "ê ê")


@pytest.fixture
def stage(store, now):
    """Two speakers with two accepted recordings each; r4 and r5 are prompts nobody has read yet."""
    stage = set_stage(store, now)
    stage.people = accepted_clips(stage, speakers=2, clips=4)
    with store.catalogue.write() as session:
        for n, reading in enumerate(READINGS[:4]):
            session.get_one(Prompt, f"r{n}").reading = reading
        for n, reading in ((4, "ê ê"), (5, "tshiáng tsi̍t ê")):
            row = Prompt(id=f"r{n}", project_id=stage.project_id, kind="read", variety="nan-TW", text="x")
            row.reading, row.licence = reading, "CC0-1.0"
            session.add(row)
    return stage


def report(stage, **changes):
    return coverage_report(stage.store, stage.manager, stage.project_id, **changes)


def test_accepted_recordings_cover_what_their_prompts_say(stage):
    found = report(stage)
    assert found.whole.recordings == 4
    assert found.growth == (3, 5, 6, 8)
    assert found.whole.coverage.units == 10
    assert [one.unit for one in found.whole.coverage.missing] == ["tshiáng"]
    assert found.silent == ("p0", "p1", "p2", "p3")
    names = {part.speaker for part in found.parts}
    assert names == {None, "c-0001", "c-0002"}
    by_key = {(part.speaker, part.band): part for part in found.parts}
    assert by_key["c-0001", "low"].coverage.covered == by_key["c-0001", None].coverage.covered == 5
    assert by_key[None, "low"].coverage == found.whole.coverage


@pytest.mark.parametrize("state", ["pending", "void", None])
def test_a_recording_that_is_not_accepted_gives_its_units_back(stage, state):
    with stage.store.catalogue.write() as session:
        segment = session.scalars(select(Segment.id).where(Segment.prompt_id == "r3")).one()
        line = session.get_one(OutcomeRow, (segment, "record"))
        if state is None:
            session.delete(line)
        else:
            line.state = state
    assert {one.unit for one in report(stage).whole.coverage.missing} == {"ki", "tsiah", "tshiáng"}


def test_a_withdrawn_speaker_and_a_withdrawn_consent_give_their_units_back(stage):
    withdraw(stage.store, stage.people[0], stage.later)
    found = report(stage)
    assert (found.whole.recordings, found.whole.coverage.covered) == (2, 5)
    with stage.store.catalogue.write() as session:
        session.get_one(Contributor, stage.people[1].id).state = "withdrawn"
    empty = report(stage)
    assert (empty.whole.recordings, empty.whole.coverage.covered, empty.growth) == (0, 0, ())
    assert empty.whole.coverage.distance is None


def test_a_take_that_a_later_one_replaced_counts_nothing(stage):
    with stage.store.catalogue.write() as session:
        session.scalars(select(Segment).where(Segment.prompt_id == "r0")).one().chosen = False
    assert report(stage).whole.recordings == 3


def test_the_choice_fills_the_gap_and_a_withdrawal_reopens_one(stage):
    ask = lambda **more: choose_prompts(  # noqa: E731
        stage.store, stage.manager, stage.project_id, count=9, **more
    )
    chosen = ask()
    assert chosen.prompt_ids == ["r5"]
    assert chosen.choices[""][0].new_units == ("tshiáng",)
    assert (chosen.before.covered, chosen.after.covered) == (8, 9)
    withdraw(stage.store, stage.people[1], stage.later)
    assert set(ask().prompt_ids) > {"r5"}
    assert ask() == ask()


def test_a_speaker_is_not_given_what_they_read_before(stage):
    wanted = {"speakers": ("c-0001", "c-0002"), "each": 9, "count": 9}
    chosen = choose_prompts(stage.store, stage.manager, stage.project_id, **wanted)
    given = {name: {one.prompt_id for one in found} for name, found in chosen.choices.items()}
    assert not given["c-0001"] & {"r0", "r2"}
    assert not given["c-0002"] & {"r1", "r3"}
    assert given["c-0001"] | given["c-0002"] == {"r0", "r1", "r2", "r3", "r4", "r5"}
    with pytest.raises(StoreError, match="no speaker is called c-9999"):
        choose_prompts(stage.store, stage.manager, stage.project_id, count=1, speakers=("c-9999",))


def test_readings_are_estimated_only_where_they_lack_and_marked(stage):
    stock = prompt_stock(stage.store, stage.manager, stage.project_id, lambda text: "tsin hó")
    assert stock.silent == ()
    assert {name for name, one in stock.spoken.items() if one.estimated} == {"p0", "p1", "p2", "p3"}
    assert stock.spoken["p0"].units == ("tsin", "hó")


def test_a_reference_table_is_read_and_a_bad_line_named(stage):
    reference = read_reference("unit\tcount\ntsiah\t3\nhó\t1\n")
    found = report(stage, reference=reference)
    assert (found.reference_is_own, found.whole.coverage.share) == (False, 0.5)
    for table, line in (("a\tb\n", 1), ("unit\tcount\nhó\tx\n", 2), ("unit\tcount\na\t1\na\t2\n", 3)):
        with pytest.raises(StoreError, match=f"line {line} of the reference"):
            read_reference(table)


def test_managers_and_the_ml_team_may_look_and_nobody_else(stage):
    for actor in (stage.reviewer(), stage.people[0]):
        with pytest.raises(AccessError):
            coverage_report(stage.store, actor, stage.project_id)
    with pytest.raises(AccessError):
        coverage_report(stage.store, stage.manager, "another")


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_the_page_shows_the_numbers_and_is_the_same_each_time(stage, tmp_path, language):
    found = report(stage)
    page = write_coverage_report(tmp_path / "page", found, language=language).read_text("utf-8")
    assert f'lang="{language}"' in page
    assert "8 / 9" in page
    assert "tshiáng" in page
    assert rank_shares(found) == [pytest.approx(8 / 9)]
    first = {one.name: one.read_bytes() for one in (tmp_path / "page").iterdir()}
    write_coverage_report(tmp_path / "page", found, language=language)
    assert {one.name: one.read_bytes() for one in (tmp_path / "page").iterdir()} == first
    assert set(first) == {"index.html", "report.css", "growth.svg", "ranks.svg"}


def test_a_folder_of_something_else_is_left_alone(stage, tmp_path):
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(StoreError, match="holds something else"):
        write_coverage_report(tmp_path, report(stage))
    assert (tmp_path / "index.html").read_text() == "mine"
    with pytest.raises(StoreError, match="the report speaks en, zh-Hant"):
        write_coverage_report(tmp_path / "new", report(stage), language="de")


def test_both_languages_say_the_same_things():
    from importlib.resources import files

    folder = files("speechcorpus.workflows") / "prompt_data"
    tables = [json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("en", "zh-Hant")]
    assert tables[0].keys() == tables[1].keys()
