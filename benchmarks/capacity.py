"""How queue and storage grow in a campaign: a seeded simulation, an hour a step.

`python -m benchmarks.capacity` prints the campaign to 10,000 contributors and 100,000 accepted hours; options
change who comes and what there is. What an item costs is from `benchmarks.job_costs`; see docs/capacity.md.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

import numpy as np

DAYS = 7
HOURS = 24
# how a week is spread: evenings and weekends, from nothing at night to three times the mean
BY_HOUR = np.array([0.3, 0.2, 0.1, 0.1, 0.1, 0.2, 0.4, 0.7, 0.9, 1.0, 1.1, 1.0])
BY_HOUR = np.concatenate([BY_HOUR, [1.1, 1.0, 1.0, 1.0, 1.0, 1.1, 1.4, 2.0, 2.6, 2.8, 2.0, 0.9]])
BY_DAY = np.array([0.9, 0.9, 0.9, 0.9, 1.0, 1.3, 1.1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What one item comes to; CPU on one core of the machine of docs/benchmarks.md."""

    item_s: float = 5.0
    cpu_s: float = 0.3  # of all jobs of an item together
    take_share: float = 1.35  # seconds of take for a second of item: edges, retakes, room tone
    master_mb_h: float = 345.6  # 48 kHz, 16 bit, one channel: by definition
    clip_mb_h: float = 70.0  # FLAC at 16 kHz
    picture_mb_h: float = 29.0
    row_kb: float = 31.0  # of an item, in the catalogue, with its audit lines
    release_share: float = 1.1  # tables and shards of a version beside clips that are there already


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Who comes, and how far it shall go."""

    contributors: int = 10_000
    growth_weeks: float = 26.0  # until half of them are here
    hours_a_week: float = 0.2  # of items, of one who is here
    accepted_share: float = 0.9
    target_h: float = 100_000.0
    weeks: int = 156
    releases_a_year: int = 6
    outage_week: int | None = 60  # the workers are away from Friday evening to Monday morning
    seed: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What there is to do it."""

    cores: int = 16
    busy_share: float = 0.8  # of a core that jobs may take: the rest is the system's
    chunk_days: float = 2.0  # how long a chunk lies beside its master


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """How things stand at the end of a week; waits are those of the worst hour in it."""

    week: int
    contributors: int
    accepted_h: float
    jobs_waiting: int
    longest_wait_min: float
    busy_pct: float
    upload_mb_s: float  # in the busiest hour
    chunks_s: float  # in the busiest hour
    storage_tb: float
    chunk_gb: float
    rows_gb: float


def simulate(campaign: Campaign, costs: Costs, house: House) -> Iterator[Week]:
    """Yield each week until the target is reached or the weeks are over.

    A queue of work in CPU seconds: what comes in an hour is a Poisson number of items, what goes is what the
    cores can do. An item waits as long as the work before it takes.

    Examples
    --------
    >>> quiet = Campaign(contributors=100, weeks=4, outage_week=None)
    >>> weeks = list(simulate(quiet, Costs(), House(cores=2)))
    >>> len(weeks), weeks[-1].jobs_waiting, weeks[-1].longest_wait_min < 1
    (4, 0, True)
    """
    rng = np.random.default_rng(campaign.seed)
    shape = np.outer(BY_DAY, BY_HOUR).ravel()
    shape = shape / shape.sum()
    waiting_s = accepted_h = recorded_h = 0.0
    per_hour_s = house.cores * house.busy_share * 3600
    for week in range(campaign.weeks):
        here = campaign.contributors / (
            1 + np.exp(-(week - campaign.growth_weeks) / (campaign.growth_weeks / 5))
        )
        mean = here * campaign.hours_a_week * shape * 3600 / costs.item_s
        items = rng.poisson(mean * rng.lognormal(-0.02, 0.2))  # some weeks are better than others
        worst_s = busy_s = 0.0
        for hour, count in enumerate(items):
            away = week == campaign.outage_week and hour >= 4 * HOURS + 18
            waiting_s += count * costs.cpu_s
            done = 0.0 if away else min(waiting_s, per_hour_s)
            waiting_s, busy_s = waiting_s - done, busy_s + done
            worst_s = max(worst_s, waiting_s / (house.cores * house.busy_share))
        item_h = float(items.sum()) * costs.item_s / 3600
        recorded_h += item_h * costs.take_share
        accepted_h += item_h * campaign.accepted_share
        peak_h = float(items.max()) * costs.item_s / 3600 * costs.take_share  # of sound, in one hour
        yield Week(
            week=week + 1,
            contributors=round(float(here)),
            accepted_h=round(accepted_h),
            jobs_waiting=round(waiting_s / costs.cpu_s),
            longest_wait_min=round(worst_s / 60, 1),
            busy_pct=round(100 * busy_s / (house.cores * 3600 * HOURS * DAYS), 1),
            upload_mb_s=round(peak_h * costs.master_mb_h / 3600, 2),
            chunks_s=round(peak_h * 3600 / 5 / 3600, 2),
            **_stored(week, recorded_h, accepted_h, item_h, campaign, costs, house),
        )
        if accepted_h >= campaign.target_h:
            return


def _stored(
    week: int,
    recorded_h: float,
    accepted_h: float,
    week_h: float,
    campaign: Campaign,
    costs: Costs,
    house: House,
) -> dict[str, float]:
    """Return what lies in the store at the end of a week."""
    items_h = recorded_h / costs.take_share
    versions = week * campaign.releases_a_year / 52
    # a version repeats its shards; clips are there once; versions grow as the corpus does: half on average
    released_mb = versions * accepted_h / 2 * costs.clip_mb_h * costs.release_share
    kept_mb = recorded_h * costs.master_mb_h + accepted_h * costs.clip_mb_h + items_h * costs.picture_mb_h
    chunk_mb = week_h * costs.take_share / DAYS * house.chunk_days * costs.master_mb_h
    return {
        "storage_tb": round((kept_mb + released_mb) / 1e6, 2),
        "chunk_gb": round(chunk_mb / 1e3, 1),
        "rows_gb": round(items_h * 3600 / costs.item_s * costs.row_kb / 1e6, 2),
    }


def cores_needed(campaign: Campaign, costs: Costs, *, wait_min: float) -> int:
    """Return the fewest cores with which nobody's item waits longer than this, outages aside."""
    calm = replace(campaign, outage_week=None)
    for cores in range(1, 1000):
        weeks = simulate(calm, costs, House(cores=cores))
        if all(week.longest_wait_min <= wait_min for week in weeks):
            return cores
    raise ValueError("more than a thousand cores")


def main() -> None:
    """Simulate and print: a line for each thirteenth week, the last, and the worst."""
    usual, dear = Campaign(), Costs()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity", description=__doc__)
    parser.add_argument("--contributors", type=int, default=usual.contributors)
    parser.add_argument("--target-h", type=float, default=usual.target_h)
    parser.add_argument("--hours-a-week", type=float, default=usual.hours_a_week)
    parser.add_argument("--cores", type=int, help="of all workers; the fewest that are needed without it")
    parser.add_argument("--cpu-s", type=float, default=dear.cpu_s, help="of all jobs of one item")
    parser.add_argument("--wait-min", type=float, default=5.0, help="an item may wait, outages aside")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--json", action="store_true", help="every week as a line of JSON")
    said = parser.parse_args()
    campaign = Campaign(
        contributors=said.contributors,
        target_h=said.target_h,
        hours_a_week=said.hours_a_week,
        seed=said.seed,
    )
    costs = Costs(cpu_s=said.cpu_s)
    cores = said.cores or cores_needed(campaign, costs, wait_min=said.wait_min)
    weeks = list(simulate(campaign, costs, House(cores=cores)))
    if said.json:
        print("\n".join(json.dumps(asdict(week)) for week in weeks))
        return
    print(f"{cores} cores of workers; seed {campaign.seed}")
    worst = max(weeks, key=lambda week: week.longest_wait_min)
    shown = [week for week in weeks if week.week % 13 == 0 or week is weeks[-1] or week is worst]
    names = list(asdict(shown[0]))
    print("| " + " | ".join(names) + " |")
    print("|" + " --- |" * len(names))
    for week in shown:
        print("| " + " | ".join(f"{value:,}" for value in asdict(week).values()) + " |")


if __name__ == "__main__":
    main()
