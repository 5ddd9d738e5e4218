"""Scrub against the machine's own SHA-256, by turns over the same files.

`python -m benchmarks.scrub [--files 400] [--kb 960] [--rounds 5] [--folder DIR] [--json] [--check]`.
A file is ten seconds of mono PCM at 48 kHz unless said otherwise. The other side of each round is
`hashlib.file_digest` over the very same files: no rows, no dates, no transactions.
"""

import argparse
import hashlib
import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from speechcorpus.store.models import Blob
from speechcorpus.store.store import Store, open_store
from speechcorpus.workflows.scrubbing import scrub

LEAST_RATIO = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One turn of each; MB/s."""

    scrub_mb_s: float
    sha256_mb_s: float
    ratio: float


def main() -> None:
    """Fill a folder, take turns, print."""
    options = _options()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        store = _filled(Path(folder), options.files, options.kb * 1000)
        rounds = [_round(store, n) for n in range(options.rounds + 1)][1:]  # the first warms the cache
        store.catalogue.close()
    ratio = statistics.median(each.ratio for each in rounds)
    for each in rounds:
        print(json.dumps(asdict(each)) if options.json else _line(each))
    print(f"median ratio {ratio:.2f}, the bar is {LEAST_RATIO}", file=sys.stderr)
    sys.exit(1 if options.check and ratio < LEAST_RATIO else 0)


def _round(store: Store, number: int) -> Round:
    begun_s = time.perf_counter()
    done = scrub(store, now=datetime.now(UTC) + timedelta(seconds=number))
    scrubbed_s = time.perf_counter() - begun_s
    assert not done.found
    begun_s = time.perf_counter()
    for sha256 in store.blobs.digests():
        with store.blobs.path_of(sha256).open("rb", buffering=0) as file:
            hashlib.file_digest(file, "sha256")
    hashed_s = time.perf_counter() - begun_s
    mb = done.bytes / 1e6
    return Round(scrub_mb_s=mb / scrubbed_s, sha256_mb_s=mb / hashed_s, ratio=hashed_s / scrubbed_s)


def _filled(folder: Path, files: int, size: int) -> Store:
    store = open_store(folder)
    store.catalogue.migrate()
    at = datetime.now(UTC)
    with store.catalogue.write() as session:
        for _ in range(files):
            sha256 = store.blobs.put_bytes(os.urandom(size))
            session.add(Blob(sha256=sha256, bytes=size, stored_at=at))
    return store


def _line(each: Round) -> str:
    return f"scrub {each.scrub_mb_s:.0f} MB/s, SHA-256 {each.sha256_mb_s:.0f} MB/s, ratio {each.ratio:.2f}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--kb", type=int, default=960)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the files lie; the disk counts")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit 1 below the bar")
    return parser.parse_args()


if __name__ == "__main__":
    main()
