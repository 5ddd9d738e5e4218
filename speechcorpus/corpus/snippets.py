"""How to load a release, tool by tool: the same lines on the card, on the portal and in the tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """One example, to be run in the root of the tree."""

    tool: str
    title: str
    format: str  # the bundle it needs beside core
    language: str
    code: str


ALL = (
    Snippet(
        tool="datasets",
        title="datasets",
        format="parquet",
        language="python",
        code="""\
from pathlib import Path

from datasets import load_dataset

ds = load_dataset(str(Path.cwd()))
noisy = ds["train"].filter(lambda band: band == "high", input_columns="noise_band")
print(ds["train"].num_rows, noisy.num_rows, ds["train"].features["audio"])
""",
    ),
    Snippet(
        tool="datasets",
        title="datasets, decoding with soundfile",
        format="parquet",
        language="python",
        code="""\
import io
from pathlib import Path

import soundfile
from datasets import Audio, load_dataset

ds = load_dataset(str(Path.cwd())).cast_column("audio", Audio(decode=False))
clip = ds["test"][0]
samples, rate_hz = soundfile.read(io.BytesIO(clip["audio"]["bytes"]))
print(clip["text"], len(samples) / rate_hz)
""",
    ),
    Snippet(
        tool="datasets",
        title="datasets, streaming",
        format="parquet",
        language="python",
        code="""\
from pathlib import Path

from datasets import Audio, load_dataset

stream = load_dataset(str(Path.cwd()), split="train", streaming=True)
stream = stream.cast_column("audio", Audio(decode=False))
print(next(iter(stream.shuffle(buffer_size=10_000, seed=0)))["utt_id"])
""",
    ),
    Snippet(
        tool="Lhotse",
        title="Lhotse",
        format="lhotse",
        language="python",
        code="""\
from lhotse import CutSet

cuts = CutSet.from_file("lhotse/cuts_train.jsonl.gz")
for cut in cuts:
    print(cut.id, cut.supervisions[0].text, cut.load_audio().shape)
    break
""",
    ),
    Snippet(
        tool="Kaldi",
        title="Kaldi and ESPnet",
        format="kaldi",
        language="python",
        code="""\
import kaldiio

wavs = kaldiio.load_scp("kaldi/train/wav.scp")  # paths are relative to the root of the tree
utt_id = next(iter(wavs))
rate_hz, samples = wavs[utt_id]
print(utt_id, rate_hz, samples.shape)
""",
    ),
    Snippet(
        tool="pandas",
        title="pandas, the table alone",
        format="core",
        language="python",
        code="""\
import pandas

clips = pandas.read_json("clips.jsonl", lines=True)
print(clips.groupby(["noise_band", "split"]).duration.sum() / 3600)
""",
    ),
)


def snippets(release: Mapping[str, object]) -> list[Snippet]:
    """Return the snippets that work with the formats of this release."""
    listed = release["formats"]
    formats = {"core", *(map(str, listed) if isinstance(listed, Sequence) else ())}
    needs_audio = {"lhotse", "kaldi"}
    return [s for s in ALL if s.format in formats and (s.format not in needs_audio or "audio" in formats)]
