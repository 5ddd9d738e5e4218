"""The command that prints the bars of the transcript rules runs and names them all; figures go to docs."""

import csv
import json
import subprocess
import sys

import pytest

NAN = [
    "我無欲去食飯。",
    "伊佇厝內咧讀冊。",
    "你敢有看著彼隻狗？",
    "逮著機會，就愛把握。",
    "這𪜶攏毋知影。",
] * 8
CMN = [
    "我不要去吃飯。",
    "他們在家裡看書。",
    "你有沒有看到那隻狗？",
    "有機會就要把握。",
    "這個他們都不知道。",
] * 8


@pytest.fixture
def text(tmp_path):
    with (tmp_path / "moe_twblg_example_sentences.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["例句", "華語翻譯"])
        rows.writerows([*zip(NAN, CMN, strict=True), ["「好」，", "「好」，"]])
    return tmp_path


def run(*options):
    command = [sys.executable, "-m", "benchmarks.transcripts", "--rounds", "1", *map(str, options)]
    return subprocess.run(command, capture_output=True, text=True)


def test_every_bar_is_printed_with_its_value_and_limit(text):
    done = run("--text", text, "--json")
    assert done.returncode == 0, done.stderr
    bars = [json.loads(line) for line in done.stdout.splitlines()]
    names = " | ".join(bar["name"] for bar in bars)
    for part in (
        "fresh process",
        "full check",
        "20,000 characters",
        "clean rows with an error, of 40",
        "blocks",
    ):
        assert part in names
    exact = [bar for bar in bars if "pairs that differ" in bar["name"] or "dirty" in bar["name"]]
    assert len(exact) == 5
    assert not any(bar["missed"] for bar in exact)


def test_a_folder_without_the_text_is_named(tmp_path):
    done = run("--text", tmp_path)
    assert done.returncode == 1
    assert str(tmp_path) in done.stderr
