"""`speechcorpus score` as a scientist meets it."""

import json
import subprocess
import sys

import pytest

MAIN = "import sys; from speechcorpus.cli import main; sys.argv[0] = 'speechcorpus'; main()"


@pytest.fixture
def score(tmp_path):
    def run(reference, hypothesis, *options, suffix=".txt"):
        paths = []
        for name, text in (("ref", reference), ("hyp", hypothesis)):
            path = tmp_path / (name + suffix)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            paths.append(str(path))
        return subprocess.run([sys.executable, "-c", MAIN, "score", *paths, *options], capture_output=True)

    return run


def records(done):
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def test_the_terminal_shows_pairs_with_errors_side_by_side_and_the_sum(score):
    done = score("我是台灣人。\n好\n", "我食臺灣\n好。\n")
    assert done.returncode == 0
    assert done.stdout.decode().splitlines() == [
        "1: cer: 40.00 % (hits 3, S 1, D 1, I 0, N 5)",
        "  ref  我 是 台 灣 人",
        "  hyp  我 食 台 灣 -",
        "          S        D",
        "Pairs: 2",
        "cer: 33.33 % (hits 4, S 1, D 1, I 0, N 6)",
        "cer, raw: 71.43 % (hits 3, S 2, D 2, I 1, N 7)",
    ]


def test_json_gives_every_count_for_each_pair_and_for_the_sum(score):
    first, second, total = records(score("我是\n好好。\n", "我食\n好\n", "--json"))
    assert first == {
        "line": 1,
        "metric": "cer",
        "value": 0.5,
        "hits": 1,
        "S": 1,
        "D": 0,
        "I": 0,
        "N": 2,
        "raw": {"value": 0.5, "hits": 1, "S": 1, "D": 0, "I": 0, "N": 2},
    }
    assert (second["value"], second["raw"]["value"]) == (0.5, 2 / 3)
    assert list(total) == [
        "pairs", "metric", "value", "hits", "S", "D", "I", "N", "raw", "empty_references",
        "insertions_without_reference", "warnings",
    ]  # fmt: skip
    assert (total["pairs"], total["value"], total["raw"]["value"]) == (2, 0.5, 3 / 5)


def test_the_syllable_error_rate_stands_beside_the_one_without_tones(score):
    pair, total = records(score("Guá sī lâng\n", "góa si7 lang\n", "--metric", "ser", "--json"))
    assert (pair["metric"], pair["value"], pair["toneless"]["value"]) == ("ser", 1 / 3, 0)
    assert total["toneless"]["N"] == 3


def test_the_mixed_rate_counts_latin_words(score):
    *_, total = records(score("我用 facebook\n", "我用 FACEBOOK 啦\n", "--metric", "mixed-er", "--json"))
    assert (total["hits"], total["I"], total["N"]) == (3, 1, 3)


def test_an_empty_reference_is_null_and_its_insertions_stand_apart(score):
    first, _, total = records(score("\n好\n", "喔喔\n好\n", "--json"))
    assert (first["value"], first["I"]) == (None, 2)
    assert (total["value"], total["empty_references"], total["insertions_without_reference"]) == (0, 1, 2)
    assert "1 pairs with 2 insertions, in none" in score("\n好\n", "喔喔\n好\n").stdout.decode()


def test_tables_are_paired_by_id_in_any_order(score):
    reference, hypothesis = "id\ttext\na\t我\nb\t你\n", "id\ttext\nb\t你\na\t我\n"
    first, second, total = records(score(reference, hypothesis, "--json", suffix=".tsv"))
    assert (first["id"], second["id"], total["value"]) == ("a", "b", 0)


def test_objects_without_ids_are_paired_in_order(score):
    rows = '{"text": "我"}\n{"text": "你"}\n'
    assert records(score(rows, rows, "--json", suffix=".jsonl"))[-1]["value"] == 0


def test_where_one_side_has_no_ids_at_all_texts_are_paired_in_order(score):
    named = "id\ttext\na\t我\nb\t你\n"
    for unnamed in ("text\n我\n你\n", "id\ttext\n\t我\n\t你\n"):
        for sides in ((named, unnamed), (unnamed, named), (unnamed, unnamed)):
            assert records(score(*sides, "--json", suffix=".tsv"))[-1]["value"] == 0


def test_both_scripts_are_one_in_script_hans_only(score):
    assert records(score("说话\n", "說話\n", "--json"))[-1]["value"] == 1
    assert records(score("说话\n", "說話\n", "--json", "--script", "Hans"))[-1]["value"] == 0


def test_nothing_to_compare_has_no_rate(score):
    (total,) = records(score("", "", "--json"))
    assert (total["pairs"], total["value"]) == (0, None)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "suffix", "message"),
    [
        ("我\n你\n", "我\n", ".txt", "score.lines: REF has 2 texts and HYP 1"),
        ("id\ttext\na\t我\n", "id\ttext\nb\t我\n", ".tsv", "score.id: HYP has no text with the id 'a'"),
        (
            "id\ttext\na\t我\n",
            "id\ttext\na\t我\nb\t我\n",
            ".tsv",
            "score.id: REF has no text with the id 'b'",
        ),
        ("id\ttext\na\t我\na\t我\n", "id\ttext\na\t我\n", ".tsv", "REF, line 3: the id 'a' is there twice"),
        (
            '{"id": 1, "text": "我"}\n{"text": "你"}\n',
            '{"id": 2, "text": "我"}\n{"id": 1, "text": "你"}\n',
            ".jsonl",
            "score.id: REF, line 2: the text has no id",
        ),
        (
            "id\ttext\na\t我\nb\t你\n",
            "id\ttext\nb\t我\n\t你\n",
            ".tsv",
            "score.id: HYP, line 3: the text has no id",
        ),
        (b"\xff\n", "", ".txt", "transcript.utf8: line 1 is not UTF-8"),
        ('{"text": "\\ud83d"}\n', "", ".jsonl", "transcript.surrogate: line 1: half of a character"),
    ],
)
def test_what_cannot_be_compared_ends_with_status_2(score, reference, hypothesis, suffix, message):
    done = score(reference, hypothesis, suffix=suffix)
    assert (done.returncode, done.stdout) == (2, b"")
    assert message in done.stderr.decode()


def test_references_in_mandarin_wording_are_named_unless_mandarin_is_spoken(score):
    taigi = "伊真好。\n" * 10
    mandarin = "他們很喜歡在這裡。\n" * 10
    done = score(taigi + mandarin, taigi + mandarin, "--json")
    (warning,) = records(done)[-1]["warnings"]
    assert (warning["code"], warning["first_line"], warning["last_line"]) == (
        "score.mandarin-references",
        11,
        20,
    )
    assert "很" in warning["words"]
    assert "REF lines 11 to 20 read like Mandarin" in done.stderr.decode()
    quiet = score(mandarin, taigi, "--json", "--variety", "cmn-TW")
    assert (records(quiet)[-1]["warnings"], quiet.stderr) == ([], b"")


def test_there_is_no_word_error_rate(score):
    assert score("我\n", "我\n", "--metric", "wer").returncode == 2


def test_one_side_may_be_standard_input_but_not_both(tmp_path):
    path = tmp_path / "ref.txt"
    path.write_text("我\n", encoding="utf-8")
    command = [sys.executable, "-c", MAIN, "score"]
    piped = subprocess.run([*command, path, "-", "--json"], input="我".encode(), capture_output=True)
    assert json.loads(piped.stdout.splitlines()[-1])["value"] == 0
    assert subprocess.run([*command, "-", "-"], input=b"", capture_output=True).returncode == 2
