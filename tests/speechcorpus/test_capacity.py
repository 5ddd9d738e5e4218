"""The simulated campaign: the same seed is the same campaign, and what must grow or shrink does."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from benchmarks.capacity import Campaign, Costs, House, cores_needed, simulate

SMALL = Campaign(contributors=500, growth_weeks=4, weeks=30, outage_week=12, target_h=1e9)
HOUSE = House(cores=1)


def test_a_seed_is_a_campaign() -> None:
    first, again = (list(simulate(SMALL, Costs(), HOUSE)) for _ in range(2))
    assert first == again
    assert first != list(simulate(replace(SMALL, seed=9), Costs(), HOUSE))


def test_what_came_while_the_workers_were_away_is_worked_off() -> None:
    weeks = list(simulate(SMALL, Costs(), HOUSE))
    assert weeks[SMALL.outage_week].jobs_waiting > 0  # type: ignore[index]
    assert weeks[-1].jobs_waiting == 0
    assert max(weeks, key=lambda week: week.longest_wait_min).week in (13, 14)


@pytest.mark.parametrize("name", ["accepted_h", "storage_tb", "rows_gb"])
def test_what_is_kept_only_grows(name: str) -> None:
    values = [getattr(week, name) for week in simulate(SMALL, Costs(), HOUSE)]
    assert values == sorted(values)


def test_one_core_fewer_than_needed_makes_somebody_wait() -> None:
    dear = Costs(cpu_s=30)
    cores = cores_needed(SMALL, dear, wait_min=5)
    assert cores > 1
    calm = replace(SMALL, outage_week=None)
    waits = [
        max(week.longest_wait_min for week in simulate(calm, dear, House(cores=count)))
        for count in (cores - 1, cores)
    ]
    assert waits[0] > 5 >= waits[1]


def test_the_campaign_of_the_plan_reaches_its_hours_with_everybody() -> None:
    last = list(simulate(Campaign(), Costs(), House(cores=8)))[-1]
    assert last.contributors > 9_900
    assert last.accepted_h >= 100_000
    assert last.jobs_waiting == 0


def test_the_table_of_the_plan_is_what_the_simulation_says() -> None:
    text = (Path(__file__).parents[2] / "docs/capacity.md").read_text(encoding="utf-8")
    cores = cores_needed(Campaign(), Costs(), wait_min=5)
    assert cores == 6
    weeks = {week.week: week for week in simulate(Campaign(), Costs(), House(cores=cores))}
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    told = [row for row in rows if len(row) == 10 and row[0].isdigit()]
    assert len(told) == 8
    for row in told:
        week = weeks[int(row[0])]
        said = [float(cell.replace(",", "")) for cell in row[1:]]
        assert said == [value for name, value in asdict(week).items() if name not in ("week", "busy_pct")]
