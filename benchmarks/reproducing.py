"""Clips judged by the server, judged again from what people download, and heard by the recorder's meter.

`python -m benchmarks.reproducing [--clips 5000] [--speech DIR] [--json] [--check]` (fair-work, I7).
Every clip is sent as the recorder sends it, cut, measured and judged by the server's own job. Then its proof
(`/work/<item>/proof.zip`: sound, facts, terms) is judged alone, and the recorder's meter, the TypeScript that
runs in the browser, hears the same samples. Codes that differ, and the largest difference of a level.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import soundfile

from benchmarks import signals
from recorder_web.settings import utc_now
from speechcorpus.dsp.arrays import FloatArray
from speechcorpus.dsp.defects.clipping import ClipFinder
from speechcorpus.dsp.frames import A, frame_powers
from speechcorpus.dsp.level import exceeded_dbfs, leq_dbfs, short_leq
from speechcorpus.store.store import open_store
from speechcorpus.workflows.chips import take_view
from speechcorpus.workflows.items import measure_item
from speechcorpus.workflows.judge_clip import judge_clip, read_facts
from speechcorpus.workflows.own_items import item_proof
from speechcorpus.workflows.terms_files import read_terms
from tests.stage import RATE_HZ, Recorder, calibrate, set_stage

FRONTEND = Path(__file__).parents[1] / "recorder_web" / "frontend"
FULL_SCALE = 32_768
MOST_DB = 0.1
HEADER_BYTES = 44
TAKES_A_SITTING = 2000
METER = """
import { readFileSync } from "node:fs";
import { LevelMeter } from "./src/meter/level";
import { ClipWatch } from "./src/meter/clips";
for (const path of readFileSync(0, "utf8").trim().split("\\n")) {
  const wav = readFileSync(path);
  const codes = new Int16Array(wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length));
  const [meter, clips] = [new LevelMeter(16000), new ClipWatch()];
  clips.push(codes);
  const { last_sample, laeq_10s, la90_10s } = meter.push(codes).at(-1);
  console.log(JSON.stringify({ last_sample, laeq_10s, la90_10s, runs: clips.runs }));
}
"""


@dataclass(kw_only=True)
class Found:
    """What was compared, and how far apart it lay."""

    clips: int = 0
    other_verdicts: int = 0  # the proof judged alone does not give the kept verdict to the byte
    other_codes: int = 0  # the recorder was told other codes than the proof's
    other_runs: int = 0  # clipped runs counted by the recorder's meter and by the evaluator
    largest_db: float = 0.0  # between the recorder's meter and the evaluator, LAeq and LA90
    codes: Counter[str] = field(default_factory=Counter)

    @property
    def holds(self) -> bool:
        return self.other_verdicts + self.other_codes + self.other_runs == 0 and self.largest_db <= MOST_DB


def main() -> None:
    """Send, judge, judge again, print; with `--check` exit 1 on a missed bar."""
    parser = argparse.ArgumentParser(prog="benchmarks.reproducing", description=__doc__)
    parser.add_argument("--clips", type=int, default=5000)
    parser.add_argument("--first", type=int, default=0, help="number of the first clip: the seed of each")
    parser.add_argument(
        "--speech", type=Path, help="a folder of clean speech at 16 kHz; else the formula voice"
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    began, found = time.monotonic(), Found()
    with tempfile.TemporaryDirectory(prefix="sc-reproducing-") as made:
        speech = _speech(options.speech)
        compare(Path(made), range(options.first, options.first + options.clips), speech, found)
    took = {"minutes": round((time.monotonic() - began) / 60, 1)}
    told = {**asdict(found), "codes": dict(found.codes.most_common()), **took}
    sys.stdout.write(json.dumps(told, indent=None if options.json else 1) + "\n")
    sys.exit(1 if options.check and not found.holds else 0)


def compare(folder: Path, numbers: Sequence[int], speech: Sequence[FloatArray], found: Found) -> None:
    """Compare clip by clip; the meter hears those of a sitting together."""
    meter = _meter(folder)
    store = open_store(folder / "data")
    store.catalogue.migrate()
    stage = set_stage(store, utc_now() - timedelta(hours=1))
    actor = stage.contributor()
    recorder = stage.recorder(actor, calibration=calibrate(stage, actor))
    for first in range(0, len(numbers), TAKES_A_SITTING):
        if first:
            recorder = Recorder(stage=stage, actor=actor, claim=recorder.claim)
            recorder.open()
        kept = [_one(recorder, n, speech, folder, found) for n in numbers[first : first + TAKES_A_SITTING]]
        _hear(meter, kept, found)
        for path in kept:
            path.unlink()


def _one(recorder: Recorder, number: int, speech: Sequence[FloatArray], folder: Path, found: Found) -> Path:
    """Send a clip, let the server judge it, judge its proof; return the downloaded sound."""
    store, stage = recorder.stage.store, recorder.stage
    sent = recorder.record(clip(number, speech), prompt="p0")
    sent.finish()
    (item,) = take_view(store, recorder.actor, sent.id).items
    measure_item(store, item.segment_id, stage.later)
    (item,) = take_view(store, recorder.actor, sent.id).items
    proof = _unpacked(b"".join(item_proof(store, recorder.actor, item.segment_id)), folder / str(number))
    terms, facts = read_terms(proof / "terms.json"), read_facts(proof / "facts.json")
    again = judge_clip(proof / "clip.wav", terms=terms, facts=facts)
    told = [finding.code for finding in item.verdict.findings] if item.verdict else []
    found.clips += 1
    found.codes.update(set(told))
    found.other_verdicts += again.to_document() != (proof / "verdict.json").read_text("utf-8")
    found.other_codes += [finding.code for finding in again.findings] != told
    return proof / "clip.wav"


def _unpacked(archive: bytes, folder: Path) -> Path:
    with ZipFile(BytesIO(archive)) as parts:
        parts.extractall(folder)
    return folder


def clip(number: int, speech: Sequence[FloatArray]) -> bytes:
    """Return one clip as PCM: a piece of speech in a room, each with its own level, edges and faults."""
    rng = np.random.default_rng(number)
    said = speech[number % len(speech)]
    length = min(said.size, round(rng.uniform(1.0, 2.0) * RATE_HZ))
    start = rng.integers(0, said.size - length + 1)
    edges = [np.zeros(round(rng.uniform(0.05, 0.7) * RATE_HZ)) for _ in range(2)]
    words = np.concatenate([edges[0], said[start : start + length], edges[1]])
    words *= 10 ** (rng.uniform(-42, -10) / 20) / np.sqrt(np.mean(np.square(words)) + 1e-12)
    seconds, seed = words.size / RATE_HZ, int(rng.integers(2**31))
    make = (signals.pink, signals.white, signals.room, signals.impulsive)[number % 4]
    noise = make(level_dbfs=rng.uniform(-75, -35), duration_s=seconds, rate_hz=RATE_HZ, seed=seed)
    sound = words + np.resize(noise, words.size)
    if number % 5 == 0:  # a dropout: a hole of zeros somewhere
        at = int(rng.integers(0, sound.size - 800))
        sound[at : at + int(rng.integers(40, 800))] = 0
    codes: bytes = (np.clip(sound, -1, 1 - 1 / FULL_SCALE) * FULL_SCALE).round().astype("<i2").tobytes()
    return codes


def _speech(folder: Path | None) -> list[FloatArray]:
    if folder is None:
        return [signals.voice(seed=n, duration_s=4, rate_hz=RATE_HZ).samples for n in range(40)]
    read = [soundfile.read(path) for path in sorted(folder.glob("*.flac"))]
    return [samples for samples, rate_hz in read if rate_hz == RATE_HZ and samples.ndim == 1]


def _meter(folder: Path) -> Path:
    """Bundle the recorder's meter into a program of its own."""
    entry = folder / "meter.ts"
    entry.write_text(METER.replace("./src", str(FRONTEND / "src")), encoding="utf-8")
    bundler = FRONTEND / "node_modules/.bin/rolldown"
    made = [str(bundler), str(entry), "--platform", "node", "-o", str(folder / "meter.mjs")]
    subprocess.run(made, cwd=FRONTEND, check=True, capture_output=True)
    return folder / "meter.mjs"


def _hear(meter: Path, clips: Sequence[Path], found: Found) -> None:
    """Let the recorder's meter hear these clips, and hold its numbers against the evaluator's."""
    said = "\n".join(map(str, clips))
    answer = subprocess.run(["node", str(meter)], input=said, check=True, capture_output=True, text=True)
    for path, line in zip(clips, _readings(answer.stdout), strict=True):
        codes = np.frombuffer(path.read_bytes()[HEADER_BYTES:], "<i2")
        heard = codes[: int(line["last_sample"])] / FULL_SCALE
        powers = frame_powers(heard, RATE_HZ)[:, A]
        levels = (leq_dbfs(powers), exceeded_dbfs(short_leq(powers), 90)[0])
        apart = [abs(a - b) for a, b in zip(levels, (line["laeq_10s"], line["la90_10s"]), strict=True)]
        found.largest_db = max(found.largest_db, *apart)
        finder = ClipFinder()
        finder.push(codes, low=codes.min() / FULL_SCALE, high=codes.max() / FULL_SCALE)
        found.other_runs += finder.finish().runs != line["runs"]


def _readings(lines: str) -> Iterator[dict[str, float]]:
    return (json.loads(line) for line in lines.splitlines())


if __name__ == "__main__":
    main()
