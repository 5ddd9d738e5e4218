"""`speechcorpus score --release` as whoever trained a recogniser meets it."""

import json
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from speechcorpus.cli import cli
from tests.score_tree import clip_row, core_tree

SAID = "天地人，日月。"
ROWS = [clip_row(speaker, number) for speaker in range(12) for number in range(3)]
IDS = [row["utt_id"] for row in ROWS]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return core_tree(tmp_path_factory.mktemp("score") / "tree", ROWS)


@pytest.fixture
def hyp(tmp_path):
    def write(text, name="hyp.txt"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


def heard(number):
    """What a recogniser hears that errs on every third clip of the later speakers."""
    return "天人日月啊" if number % 3 == 0 and number > 9 else SAID


KALDI = "".join(f"{utt_id} {heard(number)}\n" for number, utt_id in enumerate(IDS))


def run(tree, *words, code=0):
    result = CliRunner().invoke(cli, ["score", "--release", str(tree), "--resamples", "200", *words])
    assert result.exit_code == code, result.output
    return result


def records(tree, *words):
    return [json.loads(line) for line in run(tree, *words, "--json").stdout.splitlines()]


def test_the_terminal_shows_the_worst_clips_the_whole_and_every_group_with_its_counts(tree, hyp):
    lines = run(tree, hyp(KALDI), "--by", "band,gender", "--worst", "1").stdout.splitlines()
    assert lines[:4] == [
        "spk00004-s0001-000000: 2 errors in 5",
        "  ref  天 地 人 日 月 -",
        "  hyp  天 -  人 日 月 啊",
        "          D           I",
    ]
    assert re.fullmatch(r"small 1.2.0, test: 36 clips, 12 speakers, content id [0-9a-f]{64}", lines[4])
    assert lines[5].startswith("cer: 8.89 %, 95 % interval ")
    assert " (S 0, D 8, I 8, N 180); raw " in lines[5]
    assert " ".join(lines[8].split()) == "by group rate 95 % interval S D I N clips speakers"
    assert [line.split()[:2] for line in lines[10:]] == [
        ["band", "low"],
        ["band", "medium"],
        ["band", "high"],
        ["gender", "f"],
        ["gender", "m"],
    ]
    assert "26.67 %" in lines[10]
    assert len({line.index("%") for line in lines[9:]}) == 1  # columns stand below each other


def test_json_gives_every_clip_every_group_and_at_the_end_what_was_compared(tree, hyp):
    *rest, total = records(tree, hyp(KALDI), "--by", "band")
    clips, groups = rest[:36], rest[36:]
    assert list(clips[0]) == ["utt_id", "missing", "cer", "mixed_er"]
    assert clips[12]["cer"] == {"value": 0.4, "hits": 4, "S": 0, "D": 1, "I": 1, "N": 5}
    assert [(g["by"], g["group"], g["metric"], g["speakers"]) for g in groups[:3]] == [
        ("all", "all", "cer", 12),
        ("all", "all", "mixed_er", 12),
        ("band", "low", "cer", 12),
    ]
    assert groups[0]["low"] < groups[0]["value"] < groups[0]["high"]
    assert groups[0]["raw"]["N"] == 36 * 7
    assert [total[key] for key in ("corpus", "version", "split")] == ["small", "1.2.0", "test"]
    assert [total[key] for key in ("clips", "speakers", "missing", "warnings")] == [36, 12, 0, []]
    assert records(tree, hyp(KALDI), "--by", "band")[-1] == total


def test_two_recognisers_are_compared_over_the_same_clips_and_speakers(tree, hyp):
    second = hyp("".join(f"{utt_id} {SAID}\n" for utt_id in IDS), "second.txt")
    out = run(tree, hyp(KALDI), "--against", second, "--by", "band", "--worst", "0").stdout
    assert re.search(r"B - A cer: -8\.89 points, 95 % interval -\d+\.\d\d to -\d+\.\d\d", out)
    assert re.search(r"band  low +A +26\.67 % .*\n +B +0\.00 % .*\n +B - A +-26\.67", out)
    whole = next(row for row in records(tree, hyp(KALDI), "--against", second) if row.get("by") == "all")
    assert whole["against"]["value"] == 0
    assert whole["difference"]["high"] < 0


TABLE = "utt_id\tscore\ttext\n" + "".join(f"{utt_id}\t0.5\t{SAID}\n" for utt_id in IDS)
NEMO = "".join(
    json.dumps({"audio_filepath": f"../audio/test/x/{utt_id}.flac", "text": "錯", "pred_text": SAID}) + "\n"
    for utt_id in IDS
)
JSON_LINES = "".join(json.dumps({"utt_id": utt_id, "text": SAID}) + "\n" for utt_id in IDS)
CLEAN = KALDI.replace(heard(12), SAID)
BARE_TABLE = "\r\n".join(f"{utt_id}\t{SAID}" for utt_id in IDS)


@pytest.mark.parametrize("text", [TABLE, NEMO, JSON_LINES, "\ufeff" + BARE_TABLE, CLEAN])
def test_whatever_a_toolkit_writes_is_read(tree, hyp, text):
    total = next(row for row in records(tree, hyp(text), "--by", "band") if row.get("by") == "all")
    assert (total["value"], total["N"]) == (0, 180)


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        (NEMO.replace("pred_text", "other"), "transcript.column", "line 1 has no pred_text"),
        (KALDI + KALDI, "score.id", f"line 37: the id '{IDS[0]}' is there twice"),
        ('{"text": "天"}\n', "score.id", "line 1: the text has no utt_id"),
        (" 天\n", "score.id", "line 1: the text has no utt_id"),
        ('{"utt_id": "a", "text": "天"}\n{\n', "transcript.json", "line 2 is not a JSON object"),
        ("utt_id\ttext\na\n", "transcript.row", "line 2 has 1 cells, not 2 as the header"),
        (b"a \xff\n", "transcript.utf8", "line 1 is not UTF-8"),
        ('{"utt_id": "a", "text": "\\ud83d"}', "transcript.surrogate", "line 1: half of a character"),
        ("a 天\n", "score.no-match", "no hypothesis has the utt_id of a clip of the split test"),
        ("", "score.no-match", "no hypothesis"),
    ],
)
def test_texts_that_cannot_be_compared_are_refused_by_line(tree, hyp, text, code, sentence):
    refused = run(tree, hyp(text), code=1).exception
    assert refused.code == code
    assert sentence in str(refused)


def test_a_refusal_is_one_line_and_status_2(tree, hyp, tmp_path):
    (tmp_path / "empty").mkdir()
    words = ["score", "--release", str(tmp_path / "empty"), hyp(KALDI)]
    done = subprocess.run([sys.executable, "-m", "speechcorpus.cli", *words], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "release.not-a-release: empty is no release: release.json is missing\n"
    assert run(tree, hyp(KALDI), "--by", "colour", code=1).exception.code == "score.grouping"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--release", "TREE"], "with --release give one file of texts"),
        (["--release", "TREE", "HYP", "HYP"], "with --release give one file of texts"),
        (["--release", "TREE", "HYP", "--script", "Hans"], "--script goes without --release"),
        (["HYP", "HYP", "--by", "band"], "--by goes with --release only"),
        (["HYP"], "give REF and HYP, or --release and HYP"),
        (["--release", "TREE", "HYP", "--resamples", "3"], "3 is not in the range 100<=x<=1000000"),
    ],
)
def test_options_that_do_not_go_together_are_refused(tree, hyp, words, sentence):
    file = hyp(KALDI)
    words = [{"TREE": str(tree), "HYP": file}.get(word, word) for word in words]
    result = CliRunner().invoke(cli, ["score", *words])
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr


def test_what_the_figures_do_not_say_is_told_on_standard_error(tree, hyp):
    result = run(tree, hyp(KALDI.split("\n", 1)[1]), "--by", "speaker,style")
    assert result.stderr.splitlines() == [
        f"score.missing: 1 of 36 clips have no hypothesis and are counted as all deleted: {IDS[0]}."
    ]
    assert f"{IDS[0]}: 5 errors in 5, no hypothesis" in result.stdout


def test_a_chart_comes_with_its_table_and_never_lies_inside_the_release(tree, hyp, tmp_path):
    run(tree, hyp(KALDI), "--plot", str(tmp_path / "p.svg"))
    assert "| band | low |  | 26.67 % |" in (tmp_path / "p.md").read_text("utf-8")
    assert "<title>Character error rate, small 1.2.0, test" in (tmp_path / "p.svg").read_text("utf-8")
    (tmp_path / "link").symlink_to(tree)
    for path in (tree / "p.svg", tmp_path / "link" / "p.svg", tmp_path / "p.png", tmp_path / "no" / "p.svg"):
        refused = run(tree, hyp(KALDI), "--plot", str(path), code=1).exception
        assert refused.code == "score.plot"
    assert not list(tree.glob("p.*"))
