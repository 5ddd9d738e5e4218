"""What planning splits costs, and how large they come out: `python -m benchmarks.splits`.

The plan of 100,000 clips and 2,000 speakers is to cost at most as much as one SHA-256 over the audio of the
same clips (FLAC of 5 s, 80 kB each), which every build computes anyway. Both in this process, by turns, in
seconds of CPU; the audio is one piece of memory read again and again, so that no disk has a say.
"""

import argparse
import hashlib
import json
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from speechcorpus.corpus.splits import SPLITS, Before, SplitClip, Splits, plan_splits

FLAC_BYTES = 80_000  # 5 s at 16 kHz, measured on the corpus of benchmarks/release.py
BAR = 1.0
SIZES = (1_000, 5_000, 10_000, 23_929, 50_000)
SPEAKERS = 80
TRAIN_SHARE, DISTANCE = 0.80, 0.10
REPEATED = 0.05  # share of clips whose sentence somebody else may read, too
BANDS, GENDERS = ("low", "medium", "high"), ("f", "m")


def made_clips(speakers: int, count: int, seed: int) -> list[SplitClip]:
    """Return read clips: everybody speaks in all bands, one in twenty reads from a shared pool of prompts."""
    chance = random.Random(seed)
    clips = []
    for i in range(count):
        speaker = i if i < speakers else chance.randrange(speakers)
        shared = chance.random() < REPEATED
        sentence = chance.randrange(max(1, count // 40)) if shared else count + i
        language = "cmn-TW" if speaker % 3 == 2 else "nan-TW"
        clips.append(
            SplitClip(
                utt_id=f"spk{speaker:05d}-s0001-{i:06d}",
                speaker_id=f"spk{speaker:05d}",
                dialogue_id=None,
                sentences=(f"p:{sentence}", f"t:{sentence}"),
                deciseconds=chance.randrange(20, 80),
                stratum=(BANDS[i % 3], language, "read", GENDERS[speaker // 3 % 2]),
            )
        )
    return clips


def planned(clips: Sequence[SplitClip]) -> Splits:
    """Return the plan of a first release."""
    return plan_splits(clips, corpus="benchmark", major=1, before=Before())


def shares(clips: Sequence[SplitClip], plan: Splits) -> tuple[float, float]:
    """Return the share of the time that is in train, and the larger distance of dev and test from the "
    "whole."""
    whole = _strata(clips)
    found = {s: _strata(clip for clip in clips if plan.main.get(clip.utt_id) == s) for s in SPLITS}
    return found["train"].total() / whole.total(), max(_distance(found[s], whole) for s in ("dev", "test"))


def main() -> None:
    """Print the ratios and the table of sizes; with --check, exit 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=100_000)
    parser.add_argument("--speakers", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit 1 if a bar is missed")
    asked = parser.parse_args()
    clips = made_clips(asked.speakers, asked.clips, seed=1)
    audio = random.Random(1).randbytes(FLAC_BYTES)
    turns = [(_cpu_s(lambda: planned(clips)), _cpu_s(lambda: _hash(audio, asked.clips)))
             for _ in range(asked.rounds)]  # fmt: skip
    ratio = statistics.median(plan / sha for plan, sha in turns)
    sizes = {
        count: shares(made, planned(made)) for count in SIZES for made in [made_clips(SPEAKERS, count, count)]
    }
    missed = [] if ratio <= BAR else [f"plan / sha256 is {ratio:.2f}, bar {BAR}"]
    for count, (train, distance) in sizes.items():
        if train < TRAIN_SHARE or distance > DISTANCE:
            missed.append(f"{count} clips: train {train:.3f}, distance {distance:.3f}")
    if asked.json:
        print(json.dumps({"turns_cpu_s": turns, "ratio": ratio, "sizes": sizes, "missed": missed}))
    else:
        plan_s, sha_s = (statistics.median(column) for column in zip(*turns, strict=True))
        print(f"plan of {asked.clips} clips, {asked.speakers} speakers: {plan_s:.2f} s CPU")
        print(f"sha256 of their audio: {sha_s:.2f} s CPU; ratio {ratio:.2f}, bar {BAR}")
        for count, (train, distance) in sizes.items():
            print(f"{count:6} clips, {SPEAKERS} speakers: train {100 * train:.1f} %, distance {distance:.3f}")
        print("\n".join(f"MISSED: {each}" for each in missed) or "all bars kept")
    sys.exit(1 if missed and asked.check else 0)


def _cpu_s(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _hash(audio: bytes, times: int) -> None:
    for _ in range(times):
        hashlib.sha256(audio).digest()


def _strata(clips: Iterable[SplitClip]) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for clip in clips:
        found[clip.stratum] += clip.deciseconds
    return found


def _distance(some: Counter[tuple[str, ...]], whole: Counter[tuple[str, ...]]) -> float:
    """Return the total-variation distance of two mixtures."""
    return sum(abs(some[name] / some.total() - whole[name] / whole.total()) for name in whole) / 2


if __name__ == "__main__":
    main()
