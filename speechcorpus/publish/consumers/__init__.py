"""Loads a tree with the libraries people train with, each in a child process that cannot reach a network.

One adapter module a consumer, imported only in the child: `python -m speechcorpus.publish.consumers NAME`,
run in the root of the tree, prints one JSON line a clip. A manifest may name a command that its library runs:
only a tree in which every other check has passed is handed to one.
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
UNUSABLE = 69  # exit status of a child whose libraries are installed and cannot be imported
EXTRA = "pip install 'speechcorpus[verify]'"
PACKAGES = str(Path(__file__).resolve().parents[3])  # where a child finds our package


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """What a consumer imports, which bundles it reads, how to get what it imports.

    Without libraries the rules of a tool are held by our own code, since no light package of it exists.
    """

    libraries: tuple[str, ...]
    bundles: tuple[str, ...]
    install: str = EXTRA


CONSUMERS: Mapping[str, Consumer] = {
    "lhotse": Consumer(libraries=("lhotse",), bundles=("audio", "lhotse")),
    "shar": Consumer(libraries=("lhotse",), bundles=("shar",)),
    "kaldi": Consumer(libraries=("kaldiio", "lhotse"), bundles=("audio", "kaldi")),
    "espnet": Consumer(libraries=(), bundles=("audio", "kaldi")),
    "datasets": Consumer(libraries=("datasets",), bundles=("parquet",)),
    "datasets-streaming": Consumer(libraries=("datasets",), bundles=("parquet",)),
    "audiofolder": Consumer(
        libraries=("datasets", "torchcodec"),
        bundles=("audio",),
        install=f"{EXTRA} torchcodec==0.12.0; FFmpeg's libraries are needed too",
    ),
    "webdataset": Consumer(libraries=("webdataset",), bundles=("webdataset",)),
    "nemo": Consumer(libraries=(), bundles=("audio", "nemo")),
    "croissant": Consumer(libraries=("mlcroissant",), bundles=("parquet",)),
}


class UnusableError(Exception):
    """A library is installed and cannot be imported here; the text says why."""


def why_absent(name: str) -> str | None:
    """Return which library of a consumer is not installed, None when all are."""
    libraries = CONSUMERS[name].libraries
    missing = [library for library in libraries if importlib.util.find_spec(library) is None]
    if not missing:
        return None
    return "not installed" if len(missing) == len(libraries) else f"{', '.join(missing)} not installed"


def consume(name: str, root: Path) -> list[Entry]:
    """Return what a library finds in the tree, after it has iterated everything.

    Raises
    ------
    UnusableError : when the library cannot be imported
    ReleaseError : `release.consumer`, with the last words of the library
    """
    with tempfile.TemporaryDirectory() as cache:
        done = subprocess.run(
            [sys.executable, "-P", "-m", __name__, name],  # -P: no module comes out of the tree
            cwd=root,
            env=_offline(cache),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST_S,
            check=False,
        )
    words = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][-LAST_CHARS:]
    if done.returncode == UNUSABLE:
        raise UnusableError(words)
    if done.returncode != 0:
        raise ReleaseError("release.consumer", f"{name} could not load the tree: {words}")
    return [Entry(**json.loads(line)) for line in done.stdout.splitlines()]


def _offline(cache: str) -> dict[str, str]:
    """The environment of a child: no hub, no proxy, a cache of its own, our package importable."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": PACKAGES,
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": cache,
        "TMPDIR": cache,
        "XDG_CACHE_HOME": cache,
        "HF_HOME": cache,
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_UPDATE_DOWNLOAD_COUNTS": "0",
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
        "CROISSANT_CACHE": cache,
        "TOKENIZERS_PARALLELISM": "false",
        "LC_ALL": "C.UTF-8",
    }
