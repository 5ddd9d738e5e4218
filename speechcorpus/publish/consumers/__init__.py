"""Loads a tree with the libraries people train with, each in a child process that cannot reach a network.

One module a library, imported only in the child: `python -m speechcorpus.publish.consumers NAME`, run in the
root of the tree, prints one JSON line a clip.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.readers import Entry

LONGEST_S = 3600
LAST_CHARS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """A library, and the bundles it reads."""

    libraries: tuple[str, ...]
    bundles: tuple[str, ...]


CONSUMERS: Mapping[str, Consumer] = {
    "lhotse": Consumer(libraries=("lhotse",), bundles=("audio", "lhotse")),
    "kaldi": Consumer(libraries=("kaldiio", "lhotse"), bundles=("audio", "kaldi")),
    "datasets": Consumer(libraries=("datasets",), bundles=("parquet",)),
}


def why_absent(consumer: Consumer) -> str | None:
    """Return which library is not installed, None when all are."""
    missing = [name for name in consumer.libraries if importlib.util.find_spec(name) is None]
    return f"{', '.join(missing)} not installed" if missing else None


def consume(name: str, root: Path) -> list[Entry]:
    """Return what a library finds in the tree, after it has iterated everything.

    Raises
    ------
    ReleaseError : `release.consumer`, with the last words of the library
    """
    with tempfile.TemporaryDirectory() as cache:
        done = subprocess.run(
            [sys.executable, "-m", __name__, name],
            cwd=root,
            env=_offline(cache),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST_S,
            check=False,
        )
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][-LAST_CHARS:]
        raise ReleaseError("release.consumer", f"{name} could not load the tree: {words}")
    return [Entry(**json.loads(line)) for line in done.stdout.splitlines()]


def _offline(cache: str) -> dict[str, str]:
    """The environment of a child: no hub, no proxy, a cache of its own, our package importable."""
    package_root = str(Path(__file__).resolve().parents[3])
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": package_root,
        "PYTHONNOUSERSITE": "1",
        "HOME": cache,
        "HF_HOME": cache,
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_UPDATE_DOWNLOAD_COUNTS": "0",
        "TOKENIZERS_PARALLELISM": "false",
        "LC_ALL": "C.UTF-8",
    }
