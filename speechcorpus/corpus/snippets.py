"""How to load a release, tool by tool: the same lines on the card, on the portal and in the tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from speechcorpus.corpus.columns import absences, present_columns

NEEDS_AUDIO = frozenset({"lhotse", "kaldi", "nemo"})  # manifests that name loose files


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """One example, to be run in the root of the tree; `libraries` is what must be installed for it."""

    tool: str
    title: str
    format: str  # the bundle it needs beside core
    language: str = "python"
    column: str | None = None  # that the table must have
    libraries: tuple[str, ...]
    code: str


ALL = (
    Snippet(
        tool="datasets",
        title="datasets",
        format="parquet",
        libraries=("datasets", "torchcodec"),
        code="""\
from pathlib import Path

from datasets import load_dataset

ds = load_dataset(str(Path.cwd()))
noisy = ds["train"].filter(lambda band: band == "high", input_columns="noise_band")
print(ds["train"].num_rows, noisy.num_rows)

clip = ds["test"][0]
sound = clip["audio"].get_all_samples()  # decoded by torchcodec
print(clip["text"], sound.data.shape, sound.sample_rate)
""",
    ),
    Snippet(
        tool="datasets",
        title="datasets, without torchcodec",
        format="parquet",
        libraries=("datasets", "soundfile"),
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
        libraries=("datasets",),
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
        libraries=("lhotse",),
        code="""\
from lhotse import CutSet

cuts = CutSet.from_file("lhotse/cuts_train.jsonl.gz")
for cut in cuts:
    print(cut.id, cut.supervisions[0].text, cut.load_audio().shape)
    break
""",
    ),
    Snippet(
        tool="Lhotse",
        title="Lhotse Shar",
        format="shar",
        libraries=("lhotse",),
        code="""\
from lhotse import CutSet

cuts = CutSet.from_shar(in_dir="shar/train", shuffle_shards=True, seed=0)
for cut in cuts.shuffle(buffer_size=10_000):
    print(cut.id, cut.supervisions[0].text, cut.load_audio().shape)
    break
""",
    ),
    Snippet(
        tool="WebDataset",
        title="WebDataset",
        format="webdataset",
        libraries=("soundfile", "webdataset"),
        code="""\
import io
import json
from pathlib import Path

import soundfile
import webdataset

shards = sorted(str(path) for path in Path("webdataset").glob("train-*.tar"))
clips = webdataset.WebDataset(shards, shardshuffle=100, handler=webdataset.reraise_exception)
for clip in clips.shuffle(10_000):
    samples, rate_hz = soundfile.read(io.BytesIO(clip["flac"]))
    print(clip["txt"].decode(), len(samples) / rate_hz, json.loads(clip["json"])["snr_db"])
    break
""",
    ),
    Snippet(
        tool="Kaldi",
        title="Kaldi",
        format="kaldi",
        libraries=("kaldiio",),
        code="""\
import kaldiio

wavs = kaldiio.load_scp("kaldi/train/wav.scp")  # paths are relative to the root of the tree
utt_id = next(iter(wavs))
rate_hz, samples = wavs[utt_id]
print(utt_id, rate_hz, samples.shape)
""",
    ),
    Snippet(
        tool="ESPnet",
        title="ESPnet",
        format="kaldi",
        language="sh",
        libraries=(),
        code="""\
# recipes run in a folder of their own: write the same data directories with absolute paths
speechcorpus release localize . --out ../localized
head -n 1 ../localized/kaldi/train/wav.scp  # copy ../localized/kaldi/* into the recipe's data/
""",
    ),
    Snippet(
        tool="NeMo",
        title="NeMo",
        format="nemo",
        libraries=("pandas", "soundfile"),
        code="""\
from pathlib import Path

import pandas
import soundfile

manifest = Path("nemo/train.jsonl")  # as manifest_filepath: NeMo finds audio from the manifest's folder
clips = pandas.read_json(manifest, lines=True)
samples, rate_hz = soundfile.read(manifest.parent / clips.audio_filepath[0])
print(clips.text[0], len(samples) / rate_hz)
""",
    ),
    Snippet(
        tool="Croissant",
        title="Croissant",
        format="parquet",
        libraries=("mlcroissant", "soundfile"),
        code="""\
import io

import mlcroissant
import soundfile

for clip in mlcroissant.Dataset("croissant.json").records("train"):
    samples, rate_hz = soundfile.read(io.BytesIO(clip["train/audio"]))
    print(clip["train/text"].decode(), len(samples) / rate_hz)
    break
""",
    ),
    Snippet(
        tool="pandas",
        title="pandas, a talk of two as two channels",
        format="audio",
        column="dialogue_talk",
        libraries=("numpy", "pandas", "soundfile"),
        code="""\
import numpy
import pandas
import soundfile

clips = pandas.read_json("clips.jsonl", lines=True)
clips = clips[clips.dialogue_talk != "none"]
(dialogue, talk), said = next(iter(clips.groupby(["dialogue_id", "dialogue_talk"])))
rate_hz = int(said.sample_rate.iloc[0])
starts = (said.dialogue_start_s * rate_hz).round().astype(int)
both = numpy.zeros((2, (starts + said.num_samples).max()))  # silent where no clip of a speaker lies
for channel, (speaker, own) in enumerate(said.groupby("speaker_id")):
    for at, path in zip(starts[own.index], own.audio_path):
        samples, _ = soundfile.read(path)
        both[channel, at : at + len(samples)] = samples
print(dialogue, talk, both.shape, rate_hz)
""",
    ),
    Snippet(
        tool="pandas",
        title="pandas, the table alone",
        format="core",
        libraries=("pandas",),
        code="""\
import pandas

clips = pandas.read_json("clips.jsonl", lines=True)
print(clips.groupby(["noise_band", "split"]).duration.sum() / 3600)
""",
    ),
)


def snippets(release: Mapping[str, object]) -> list[Snippet]:
    """Return the snippets that work with the formats of this release.

    >>> sorted({snippet.tool for snippet in snippets({"formats": ["audio", "kaldi"]})})
    ['ESPnet', 'Kaldi', 'pandas']
    """
    listed = release["formats"]
    formats = {"core", *(map(str, listed) if isinstance(listed, Sequence) else ())}
    held = {column.name for column in present_columns(absences({"absent_columns": (), **release}))}
    return [
        s
        for s in ALL
        if s.format in formats
        and (s.format not in NEEDS_AUDIO or "audio" in formats)
        and (s.column is None or s.column in held)
    ]
