"""The files of the bundle `core` that follow from the sources, and the CSV beside the loose audio."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files

from speechcorpus.corpus.card import card, formats_of
from speechcorpus.corpus.columns import absences, present_columns
from speechcorpus.corpus.datasheet import datasheet
from speechcorpus.corpus.dialogues import dialogue_rows
from speechcorpus.corpus.documents import csv_line, json_document, json_line
from speechcorpus.corpus.leakage import leaks
from speechcorpus.corpus.plots import plots
from speechcorpus.corpus.splits import SPLITS
from speechcorpus.corpus.statistics import gather
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.derived import Derived
from speechcorpus.publish.kaldi import kaldi_files
from speechcorpus.publish.lhotse import lhotse_files
from speechcorpus.publish.nemo import nemo_files
from speechcorpus.publish.plots import plot_files
from speechcorpus.publish.sources import Sources

LICENCE_FILES = {"CC-BY-4.0": "CC-BY-4.0.txt"}


def licence_text(licence: str) -> bytes:
    """Return the text of a licence that releases may carry.

    Raises
    ------
    ReleaseError : `release.licence`, for any but CC-BY-4.0
    """
    if licence not in LICENCE_FILES:
        raise ReleaseError("release.licence", f"no licence text for {licence!r}; known: CC-BY-4.0")
    return files("speechcorpus.publish").joinpath("data", LICENCE_FILES[licence]).read_bytes()


def derived_files(sources: Sources) -> Iterator[Derived]:
    """Yield every derived text file of a tree, but `shards.json` and `SHA256SUMS`, which need the files."""
    yield from _core_files(sources)
    formats = formats_of(sources.release)
    if "audio" in formats:
        yield from (_metadata(sources, split) for split in SPLITS)
    if "kaldi" in formats:
        yield from kaldi_files(sources)
    if "lhotse" in formats:
        yield from lhotse_files(sources)
    if "nemo" in formats:
        yield from nemo_files(sources)


def _core_files(sources: Sources) -> Iterator[Derived]:
    release, statistics = sources.release, gather(sources.clips)
    yield _whole("README.md", card(release, statistics, leaks(sources.leakage)).encode())
    yield _whole("DATASHEET.md", datasheet(release, statistics).encode())
    yield _whole("VERSION", f"{release['version']}\n".encode())
    yield _whole("leakage.json", json_document(sources.leakage))
    if talks := dialogue_rows(sources.clips):
        yield Derived(path="dialogues.jsonl", chunks=map(json_line, talks))
    for name, column in (("strict-speaker", 1), ("strict-sentence", 2)):
        yield Derived(path=f"sets/{name}.tsv", chunks=_strict(sources, column))
    yield from plot_files(plots(release, statistics))


def _strict(sources: Sources, column: int) -> Iterator[bytes]:
    extra = sources.release["extra"]
    entries = extra if isinstance(extra, Sequence) else []
    listed = [(str(row["utt_id"]), str(row["split"]), "main") for row in sources.clips]
    listed += [(str(entry[0]), str(entry[column]), "extra") for entry in entries]
    yield b"utt_id\tsplit\twhere\n"
    for row in sorted(listed):
        yield ("\t".join(row) + "\n").encode()


def _metadata(sources: Sources, split: str) -> Derived:
    return Derived(path=f"audio/{split}/metadata.csv", chunks=_metadata_lines(sources, split))


def _metadata_lines(sources: Sources, split: str) -> Iterator[bytes]:
    names = column_names(sources.release)
    yield csv_line(["file_name", *names])
    for row in sources.of_split(split):
        yield csv_line([f"{row['speaker_id']}/{row['utt_id']}.flac", *(row[name] for name in names)])


def column_names(release: Mapping[str, object]) -> list[str]:
    """Return the columns of a release's table in order."""
    return [column.name for column in present_columns(absences(release))]


def _whole(path: str, data: bytes) -> Derived:
    return Derived(path=path, chunks=iter([data]))
