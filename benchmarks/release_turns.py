"""One way of working over the clips of `benchmarks.release`, in a process of its own."""

import hashlib
import io
import json
import os
import pickle
import resource
import sys
import tarfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from speechcorpus.audio.check import decode_checks
from speechcorpus.audio.child import shared_children
from speechcorpus.corpus.documents import Row
from speechcorpus.corpus.flac import stream_info
from speechcorpus.corpus.plan import Plan
from speechcorpus.publish.build import BlobClips, build_tree
from speechcorpus.publish.shards import write_shards
from speechcorpus.publish.sources import Sources, read_sources
from speechcorpus.publish.staging import Staging
from speechcorpus.publish.verify import Options, failed, verify
from speechcorpus.store.blobs import LocalBlobs
from tests.release_corpus import RATE_HZ, MadeClip, made_clip, planned

CLIP_S, SPEAKERS = 5, 50
NOISE = 0.0019  # of full scale: some 8 bits a sample, so that FLAC halves it


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one process, and those it waited for, used; `rss_mib` is of the largest of them."""

    wall_s: float
    cpu_s: float
    rss_mib: float


def make_plan(blobs: Path, *, clips: int) -> Plan:
    """Write `clips` distinct clips of 5 s as blobs, some 80 kB each; return the plan of their release."""
    store = LocalBlobs(blobs)
    made = [_clip(number) for number in range(clips)]
    for clip in made:
        path = store.path_of(clip.candidate.blob_sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(clip.flac)
    return planned(made, include_synthetic=True)


def _clip(number: int) -> MadeClip:
    samples = np.random.default_rng(number).normal(0, NOISE, CLIP_S * RATE_HZ)
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, RATE_HZ, format="FLAC", subtype="PCM_16")
    flac = buffer.getvalue()
    candidate = replace(
        made_clip(number, speaker=number % SPEAKERS, seconds=0.1).candidate,
        blob_sha256=hashlib.sha256(flac).hexdigest(),
        blob_bytes=len(flac),
        info=stream_info(flac),
    )
    return MadeClip(candidate=candidate, flac=flac)


def take_turn(kind: str, folder: Path, workers: int) -> Turn:
    """Work, with the disk quiet before and everything on it after."""
    plan: Plan = pickle.loads((folder / "plan").read_bytes())
    blobs, out = LocalBlobs(folder / "blobs"), folder / kind
    out.mkdir()
    work = _work(kind, plan, blobs, out, workers)
    os.sync()
    began, cpu = time.monotonic(), _cpu_s()
    work()
    os.sync()
    return Turn(wall_s=time.monotonic() - began, cpu_s=_cpu_s() - cpu, rss_mib=_rss_mib())


def _work(kind: str, plan: Plan, blobs: LocalBlobs, out: Path, workers: int) -> Callable[[], object]:
    if kind in ("tar", "decode"):
        rows = list(plan.rows)  # unpacked before the clock starts: these two stand for work without a plan
        return lambda: _plain_tar(rows, blobs, out) if kind == "tar" else _decode(rows, blobs)
    if kind == "build":
        return lambda: build_tree(plan, out, blobs.read, durable=False, workers=workers)
    if kind == "verified":
        return lambda: _verified(plan, blobs, out, workers)
    sources, staging = _with_sources(plan, blobs, out)
    return lambda: write_shards(sources, staging, BlobClips(blobs.read), formats=[kind])


def _plain_tar(rows: Sequence[Row], blobs: LocalBlobs, out: Path) -> None:
    with tarfile.open(out / "plain.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
        for row in rows:
            data = blobs.read(str(row["sha256"]))
            info = tarfile.TarInfo(f"{row['utt_id']}.flac")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def _decode(rows: Sequence[Row], blobs: LocalBlobs) -> None:
    for row in rows:
        soundfile.read(blobs.path_of(str(row["sha256"])), dtype="int16")


def _verified(plan: Plan, blobs: LocalBlobs, out: Path, workers: int) -> None:
    built = build_tree(plan, out, blobs.read, durable=False, workers=workers)
    outcomes = list(verify(built.root, decode_checks, Options(consumers=False)))
    shared_children().close()  # the kernel counts what a child used once it has ended
    if failed(outcomes):
        raise SystemExit("\n".join(map(str, outcomes)))


def _with_sources(plan: Plan, blobs: LocalBlobs, out: Path) -> tuple[Sources, Staging]:
    """A tree that holds its table and nothing else."""
    bare = replace(plan, release={**plan.release, "formats": []})
    built = build_tree(bare, out, blobs.read, durable=False)
    sources = replace(read_sources(built.root), release=plan.release)
    return sources, Staging(out / "shards", "tree")


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _rss_mib() -> float:
    """Peak of this process or of the largest child: the kernel counts both in KiB."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(one).ru_maxrss for one in who) / 1024


def main() -> None:
    """Print what a turn used; arguments: which, the folder of the clips, how many workers."""
    print(json.dumps(asdict(take_turn(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))))
