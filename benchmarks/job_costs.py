"""What an item costs the house: CPU seconds of each kind of job, bytes of rows, sound and pictures.

`python -m benchmarks.job_costs` fills the demo project in a new folder, counts the CPU of the worker and of
its limited children, and divides. `benchmarks.capacity` rests on these figures.
"""

import argparse
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from speechcorpus.store.models import Clip, Segment, Take
from speechcorpus.store.store import Store, open_store
from speechcorpus.workflows import demo, worker

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s() -> float:
    """Return the CPU seconds of this process and of all its children, living ones too (Linux)."""
    spent = sum(os.times()[:4])
    parents = {os.getpid()}
    rows = [path.read_text().rpartition(")") for path in Path("/proc").glob("[0-9]*/stat") if path.exists()]
    families = {int(head.split()[0]): tail.split() for head, _, tail in rows}
    for _ in range(4):  # children of children
        parents |= {pid for pid, tail in families.items() if int(tail[1]) in parents}
    living = (families[pid] for pid in parents - {os.getpid()} if pid in families)
    return spent + sum(int(tail[11]) + int(tail[12]) for tail in living) / TICKS


class Costs:
    """CPU of the jobs that were done, by kind."""

    def __init__(self, done: Callable[..., Any]) -> None:
        self._done = done
        self.spent: dict[str, list[float]] = defaultdict(list)

    def __call__(self, store: Store, job: Any, *more: Any, **named: Any) -> Any:
        """Do the job and note what it cost."""
        before = cpu_s()
        try:
            return self._done(store, job, *more, **named)
        finally:
            self.spent[job.kind].append(cpu_s() - before)


def bytes_under(folder: Path) -> int:
    """Return the bytes of all files under a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measured(folder: Path) -> dict[str, Any]:
    """Fill a demo in an empty folder; return what it cost."""
    store = open_store(folder)
    store.catalogue.migrate()
    empty = _rows(folder)
    costs = worker._do = Costs(worker._do)
    demo.fill_demo(store, now=lambda: datetime.now(UTC), say=lambda _said: None)
    with store.catalogue.read() as session:
        samples = session.scalar(select(func.sum(Segment.end_sample - Segment.start_sample))) or 0
        takes = session.scalar(select(func.sum(Take.frames))) or 0
        clips = session.scalars(select(Clip.blob_sha256)).all()
        items = session.scalar(select(func.count(Segment.id))) or 1
    store.catalogue.close()
    hours = samples / 48_000 / 3600
    return {
        "items": items,
        "item_s": round(samples / 48_000 / items, 2),
        "take_h_per_item_h": round(takes / samples, 3),
        "cpu_s_per_job": {kind: round(sum(all_) / len(all_), 3) for kind, all_ in costs.spent.items()},
        "jobs_per_item": {kind: round(len(all_) / items, 3) for kind, all_ in costs.spent.items()},
        "row_kb_per_item": round((_rows(folder) - empty) / 1000 / items, 1),
        "master_mb_per_take_h": round(takes * 2 / 1e6 / (takes / 48_000 / 3600), 1),
        "clip_mb_per_h": round(sum(store.blobs.size(each) for each in clips) / 1e6 / _hours(store, clips), 1),
        "picture_mb_per_item_h": round(bytes_under(folder / "pictures") / 1e6 / hours, 1),
    }


def _rows(folder: Path) -> int:
    """Return the bytes of the catalogue, with what is not folded into it yet."""
    return sum(path.stat().st_size for path in folder.glob("catalogue.sqlite*"))


def _hours(store: Store, clips: Any) -> float:
    with store.catalogue.read() as session:
        heard = select(func.sum(Clip.frames / 1.0 / Clip.rate_hz)).where(Clip.blob_sha256.in_(clips))
        return float(session.scalar(heard) or 1) / 3600


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(prog="python -m benchmarks.job_costs", description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measured(Path(folder)), indent=1))


if __name__ == "__main__":
    main()
