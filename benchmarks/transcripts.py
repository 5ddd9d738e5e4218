"""Every bar of the transcript rules, measured on published text, by one command.

`python -m benchmarks.transcripts [--text DIR] [--rounds 5] [--json] [--check]`. The text is the folder
`text_real` beside the shared recordings; it is read, never shipped. Seconds are CPU seconds, best of the
rounds; only the ratio to a look at the same characters in the same run means anything elsewhere.
"""

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import count, islice
from pathlib import Path

import jiwer
import regex

from benchmarks.wording_blocks import block_decision
from speechcorpus.domain.transcript import TranscriptProfile, Variety
from speechcorpus.transcribe import check
from speechcorpus.transcribe.error_rates import cer, cer_symmetric, mixed_er
from speechcorpus.transcribe.scoring_tokens import words
from speechcorpus.workflows.fold_tables import fold_for
from speechcorpus.workflows.rule_tables import rule_tables

SENTENCES = "moe_twblg_example_sentences.csv"
COLUMNS: dict[Variety, str] = {"nan-TW": "例句", "cmn-TW": "華語翻譯"}
ERRORS_ALLOWED: dict[Variety, int] = {"nan-TW": 0, "cmn-TW": 1}  # the one genuine 。。 of the Mandarin rows
CLEAN = regex.compile(r"[\p{Han}，。？！]+")

IMPORT = "import speechcorpus.transcribe"
IMPORT_CPU = f"import time; before = time.process_time(); {IMPORT}; print(time.process_time() - before)"
OPTIONAL = ("jiwer", "opencc", "kesi", "taibun", "numpy")
ALPHABET = "我你伊食飯台臺灣話語𪜶𠢕〇零裡裏說abc "


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One measured value beside its bar."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def missed(self) -> bool:
        """Whether the value is on the wrong side."""
        above = self.at_most is not None and self.value > self.at_most
        return above or (self.at_least is not None and self.value < self.at_least)

    def line(self) -> str:
        """One row of the report."""
        bar = f"≤ {self.at_most:g}" if self.at_most is not None else f"≥ {self.at_least or 0:g}"
        return f"{'MISSED' if self.missed else 'kept':7}{self.name:66}{self.value:12,.4g} {self.unit:13}{bar}"


def sentences(folder: Path, variety: Variety) -> tuple[list[str], list[str]]:
    """Return the clean and the dirty rows of a variety: Han and the four marks in NFC, and all others."""
    with (folder / SENTENCES).open(encoding="utf-8", newline="") as file:
        texts = [row[COLUMNS[variety]] for row in csv.DictReader(file) if row[COLUMNS[variety]]]
    is_clean = [bool(CLEAN.fullmatch(text)) and unicodedata.is_normalized("NFC", text) for text in texts]
    pairs = list(zip(texts, is_clean, strict=True))
    return [text for text, clean in pairs if clean], [text for text, clean in pairs if not clean]


def speed(texts: Sequence[str], rounds: int) -> Iterator[Bar]:
    """Characters a second of the full check, beside NFC and one look at each Han character."""
    profile, tables, han = TranscriptProfile(variety="nan-TW"), rule_tables(), regex.compile(r"\p{Han}")
    turns = [
        (
            _cpu_s(lambda text: (unicodedata.normalize("NFC", text), han.findall(text)), texts),
            _cpu_s(lambda text: check(text, profile, tables), texts),
        )
        for _ in range(rounds)
    ]
    look_s, check_s = (min(each) for each in zip(*turns, strict=True))
    characters = sum(map(len, texts))
    yield Bar(name="full check", value=characters / check_s, unit="characters/s", at_least=50_000)
    yield Bar(name="full check / NFC and one Han pass", value=check_s / look_s, unit="×", at_most=60)
    long = "".join(texts)[:20_000]
    tenth_s, whole_s = (
        min(
            _cpu_s(lambda text: check(text, profile, tables), [part] * repeats) / repeats
            for _ in range(rounds)
        )
        for part, repeats in ((long[:2000], 10), (long, 1))
    )
    yield Bar(name="20,000 characters / 2,000 characters", value=whole_s / tenth_s, unit="×", at_most=12)


def import_time(rounds: int) -> Iterator[Bar]:
    """Milliseconds to import the rules in a fresh process, and optional packages that came along."""
    command = [sys.executable, "-X", "importtime", "-c", IMPORT]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True).stderr for _ in range(rounds)]
    tables = [{row[-1].strip(): row[1] for row in map(_cells, run.splitlines())} for run in runs]
    took_us = [int(table["speechcorpus"]) + int(table["speechcorpus.transcribe"]) for table in tables]
    named = tables[0]
    cpu_s = [float(_printed([sys.executable, "-c", IMPORT_CPU])) for _ in range(rounds)]
    yield Bar(name=f"{IMPORT}, fresh process", value=min(took_us) / 1000, unit="ms", at_most=150)
    # On a busy machine the clock counts the others' work as well.
    yield Bar(name=f"{IMPORT}, CPU time", value=min(cpu_s) * 1000, unit="ms CPU", at_most=150)
    yield Bar(
        name="optional packages imported with it",
        value=sum(each in named for each in OPTIONAL),
        unit="",
        at_most=0,
    )


def rows(folder: Path, variety: Variety) -> Iterator[Bar]:
    """Errors and warnings on clean rows, silence on dirty ones."""
    profile, tables = TranscriptProfile(variety=variety), rule_tables()
    clean, dirty = sentences(folder, variety)
    wrong, warned = 0, Counter[str]()
    for text in clean:
        found = {(violation.rule, violation.severity) for violation in check(text, profile, tables)}
        wrong += any(severity == "error" for _, severity in found)
        warned.update(rule for rule, severity in found if severity == "warning")
    yield Bar(
        name=f"{variety}: clean rows with an error, of {len(clean):,}",
        value=wrong,
        unit="rows",
        at_most=ERRORS_ALLOWED[variety],
    )
    for rule, hits in sorted(warned.items()):
        share = 100 * hits / len(clean)
        yield Bar(name=f"{variety}: clean rows with {rule}", value=share, unit="%", at_most=0.2)
    silent = sum(
        all(violation.severity == "warning" for violation in check(text, profile, tables)) for text in dirty
    )
    yield Bar(
        name=f"{variety}: dirty rows without an error, of {len(dirty)}", value=silent, unit="rows", at_most=0
    )


def metrics() -> Iterator[Bar]:
    """How many of 1,000 random pairs differ from jiwer, or between a symmetric rate and its mirror."""
    rng, fold = random.Random(0), fold_for()
    differing = Counter[str]()
    drawn = (["".join(rng.choices(ALPHABET, k=rng.randint(1, 40))) for _ in range(2)] for _ in count())
    pairs = list(islice((pair for pair in drawn if all(map(fold, pair))), 1000))
    for reference, hypothesis in pairs:
        folded = [fold(text) for text in (reference, hypothesis)]
        letters = [text.replace(" ", "") for text in folded]
        joined = [" ".join(words(text)) for text in folded]
        mirrored = cer_symmetric(hypothesis, reference, fold)
        differing["cer"] += cer(reference, hypothesis, fold).folded.rate != jiwer.cer(letters[0], letters[1])
        differing["mixed_er"] += mixed_er(reference, hypothesis, fold).folded.rate != jiwer.wer(
            joined[0], joined[1]
        )
        differing["cer_symmetric, mirrored"] += cer_symmetric(reference, hypothesis, fold) != mirrored
    for name, hits in differing.items():
        yield Bar(name=f"{name}: pairs that differ, of {len(pairs)}", value=hits, unit="pairs", at_most=0)


def blocks(folder: Path) -> Iterator[Bar]:
    """The block decision with words admitted on one half of the sentences, tested on the other."""
    with (folder / SENTENCES).open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    nan, cmn = ([row[COLUMNS[each]] for row in listed] for each in ("nan-TW", "cmn-TW"))
    for name, found in block_decision(nan, cmn, rule_tables()).items():
        yield Bar(
            name=f"{name}: Mandarin blocks found, of {found.mandarin}",
            value=100 * found.found / found.mandarin,
            unit="%",
            at_least=95,
        )
        yield Bar(
            name=f"{name}: Taigi blocks called translated, of {found.taigi}",
            value=found.false_alarms,
            unit="blocks",
            at_most=0,
        )


def main() -> None:
    """Measure, print, and with --check leave with 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="benchmarks.transcripts", description=__doc__)
    parser.add_argument("--text", type=Path, default=_text_real(), help="folder with the published text")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit 1 if a bar is missed")
    options = parser.parse_args()
    if not (options.text / SENTENCES).is_file():
        sys.exit(f"no {SENTENCES} in {options.text}: name its folder with --text")
    found = []
    for bar in _all(options.text, options.rounds):
        found.append(bar)
        print(json.dumps(asdict(bar) | {"missed": bar.missed}) if options.json else bar.line(), flush=True)
    if options.check and any(bar.missed for bar in found):
        sys.exit(1)


def _all(folder: Path, rounds: int) -> Iterator[Bar]:
    yield from import_time(rounds)
    yield from speed(sentences(folder, "nan-TW")[0], rounds)
    for variety in COLUMNS:
        yield from rows(folder, variety)
    yield from blocks(folder)
    yield from metrics()


def _text_real() -> Path:
    beside = Path(__file__).resolve().parents[2] / "shared"
    return Path(os.environ.get("SPEECHCORPUS_SHARED", beside)) / "text_real"


def _printed(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _cells(row: str) -> list[str]:
    return row.removeprefix("import time:").split("|")


def _cpu_s(work: Callable[[str], object], texts: Sequence[str]) -> float:
    started = time.process_time()
    for text in texts:
        work(text)
    return time.process_time() - started


if __name__ == "__main__":
    main()
