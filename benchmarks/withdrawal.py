"""Cost of taking one speaker out of a copy: shards written anew against the same shards copied, in turns.

`python -m benchmarks.withdrawal [--clips 2000] [--rounds 3] [--folder DIR]`. `sync` at its end is
part of each time; CPU time stands beside the clock, for on a busy machine the clock tells of others too.
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.release_turns import make_plan
from speechcorpus.corpus.card import formats_of
from speechcorpus.corpus.purging import remaining
from speechcorpus.publish import purge
from speechcorpus.publish.build import build_tree
from speechcorpus.publish.feed import Feed, feed_document, read_feed
from speechcorpus.publish.held_clips import HeldClips
from speechcorpus.publish.purge_receipt import Purged
from speechcorpus.publish.shards import write_shards
from speechcorpus.publish.sources import read_sources
from speechcorpus.publish.staging import Staging
from speechcorpus.publish.tree import Tree
from speechcorpus.store.blobs import LocalBlobs

BAR = 2.0


def main() -> None:
    """Build one tree, take the turns, print the ratio of each and the whole purge."""
    parser = argparse.ArgumentParser(prog="benchmarks.withdrawal", description=__doc__)
    parser.add_argument("--clips", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sc-purge-", dir=options.folder) as made:
        folder = Path(made)
        plan = make_plan(folder / "blobs", clips=options.clips)
        root = build_tree(plan, folder / "built", LocalBlobs(folder / "blobs").read, durable=False).root
        speaker = min(str(row["speaker_id"]) for row in plan.rows if row["split"] == "train")
        row = {"seq": 1, "speaker_id": speaker, "withdrawn_at": "2026-11-26", "first_absent_version": None}
        feed = read_feed(feed_document("test-corpus", [row], released_on="2026-11-26", content_ids={}))
        turns = [_turn(root, feed, folder) for _ in range(options.rounds + 1)][1:]
        whole, cpu, done = _purged(root, feed)
    ratios, of_cpu = [a / b for a, b, _, _ in turns], [a / b for _, _, a, b in turns]
    shards = [path for path in done.rewritten if path.endswith((".tar", ".parquet"))]
    print(f"{options.clips} clips, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{len(shards)} files written anew that hold many clips")
    held = "held" if statistics.median(ratios) <= BAR else "MISSED"
    print(f"shards written anew / copied {statistics.median(ratios):.2f}, at most {BAR:g}: {held} {ratios}")
    print(f"by CPU {statistics.median(of_cpu):.2f}")
    print(f"whole purge with both verifications {whole:.1f} s, CPU {cpu:.1f} s")


def _turn(root: Path, feed: Feed, folder: Path) -> tuple[float, float, float, float]:
    """Return seconds of writing and of copying, then CPU seconds of both."""
    tree, here = Tree(root), folder / "turn"
    told = remaining(tree.sources.clips, feed.withdrawn)
    staging = Staging(here, "tree")
    purge.write_sources(tree, feed, told, staging)
    sources = read_sources(staging.root)
    purge.take_over(tree, sources, staging)
    before, formats = set(staging.files), formats_of(sources.release)
    written, cpu = _timed(lambda: write_shards(sources, staging, HeldClips(tree), formats=formats))
    touched = sorted(set(staging.files) - before)
    copied, cpu_copied = _timed(lambda: _copy(root, here / "copies", touched))
    staging.abandon()
    shutil.rmtree(here)
    return written, copied, cpu, cpu_copied


def _purged(root: Path, feed: Feed) -> tuple[float, float, Purged]:
    found: list[Purged | None] = []
    request = purge.Request(root=root, feed=feed, now=datetime.now(UTC))
    whole, cpu = _timed(lambda: found.append(purge.apply_withdrawals(request)))
    (done,) = found
    if done is None:
        raise LookupError("nothing was purged")
    return whole, cpu, done


def _copy(root: Path, out: Path, paths: Iterable[str]) -> None:
    """Copy as every file of a tree is: its digest taken on the way."""
    staging = Staging(out, "tree")
    for path in paths:
        staging.take_over(root / path, path)
    staging.abandon()


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    os.sync()
    began, cpu = time.monotonic(), time.process_time()
    work()
    os.sync()
    return time.monotonic() - began, time.process_time() - cpu


if __name__ == "__main__":
    main()
