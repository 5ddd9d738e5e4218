"""`speechcorpus lint` as an operator meets it."""

import json
import subprocess
import sys

import pytest

MAIN = "import sys; from speechcorpus.cli import main; sys.argv[0] = 'speechcorpus'; main()"


def lint(data, *options, variety="cmn-TW"):
    command = [sys.executable, "-c", MAIN, "lint", *options]
    if variety:
        command += ["--variety", variety]
    return subprocess.run(
        command, input=data if isinstance(data, bytes) else data.encode(), capture_output=True
    )


def test_right_lines_end_with_status_0_and_no_output():
    done = lint("我們走吧。\n好，明天見。\n")
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"Lines: 2 as cmn-TW Hant. Errors: 0, warnings: 0 (rule book " in done.stderr


def test_a_line_may_end_as_on_windows():
    assert lint(b"\xe5\xa5\xbd\xe3\x80\x82\r\n").returncode == 0


def test_an_error_ends_with_status_1_and_shows_line_place_and_reason():
    done = lint("好。\n我们走,好。\n")
    assert done.returncode == 1
    assert done.stdout.decode().splitlines() == [
        "2: 我们走,好。",
        "     ^^",
        "  error HAN-SIMP  们 is a simplified character; traditional text writes 們. [--fix: “們”]",
        "         ^",
        "  error PUN-HALF  The half-width mark , is written ， in Chinese text. [--fix: “，”]",
        "  with --fix: 我們走，好。",
    ]


def test_warnings_alone_end_with_status_0():
    done = lint("我走了\n", "--kind", "spontaneous")
    assert done.returncode == 0
    assert "warning PUN-TAIL" in done.stdout.decode()
    assert "[choose: “。” | “？” | “！”]" in done.stdout.decode()


def test_fix_prints_the_repaired_lines_and_nothing_else():
    done = lint(" 我们走,好。\r\n好\u200b。\n")
    fixed = lint(" 我们走,好。\r\n好\u200b。\n", "--fix")
    assert done.returncode == 1
    assert (fixed.returncode, fixed.stdout.decode()) == (0, "我們走，好。\r\n好。\n")


def test_what_cannot_be_repaired_still_ends_with_status_1_after_fix():
    done = lint("有3個,\n", "--fix")
    assert (done.returncode, done.stdout.decode()) == (1, "有3個，\n")
    assert "error NUM-DIGIT" in done.stderr.decode()


def test_json_gives_one_object_a_line_about_the_text_as_given():
    done = lint("𪜶来\n\n", "--json", "--fix", variety="nan-TW")
    first, second = (json.loads(line) for line in done.stdout.decode().splitlines())
    assert list(first) == ["text", "fixed", "violations"]
    assert (first["text"], first["fixed"]) == ("𪜶来", "𪜶來")
    (violation,) = first["violations"]
    assert (violation["rule"], violation["start"], violation["start_utf16"]) == ("HAN-SIMP", 1, 2)
    assert [v["rule"] for v in second["violations"]] == ["LEN-EMPTY"]
    assert done.returncode == 1


def test_json_with_fix_judges_what_was_fixed():
    assert lint("好,\n", "--json").returncode == 1
    assert lint("好,\n", "--json", "--fix").returncode == 0


def test_a_line_that_is_not_utf8_is_named_and_nothing_is_printed():
    done = lint("好。\n".encode() + b"\xe5\xa5\n")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"transcript.utf8: line 2 is not UTF-8 (byte 1)" in done.stderr


def test_an_encoded_half_character_is_not_utf8():
    assert b"line 1 is not UTF-8" in lint(b"\xed\xa0\xbd\n").stderr


def test_a_line_too_long_is_named():
    done = lint("好。\n" + "好" * 20_001)
    assert done.returncode == 2
    assert b"transcript.too-long: line 2: 20001 characters" in done.stderr


@pytest.mark.parametrize(
    "options", [["--orthography", "poj"], ["--script", "hant"], ["--kind", "dialogue"], ["/no/such/file"]]
)
def test_misuse_ends_with_status_2(options):
    assert lint("好。", *options).returncode == 2


def test_a_variety_must_be_named():
    assert lint("好。", variety=None).returncode == 2


def test_a_file_is_read_like_standard_input(tmp_path):
    path = tmp_path / "lines.txt"
    path.write_text("好,", encoding="utf-8")
    assert lint("", str(path), "--fix").stdout.decode() == "好，"


def test_no_line_at_all_is_right():
    done = lint("")
    assert (done.returncode, done.stdout) == (0, b"")


def test_what_cannot_be_seen_is_shown_by_its_code_point():
    shown = lint("好\u202e。\n").stdout.decode()
    assert "\u202e" not in shown
    assert "好<U+202E>。" in shown


def test_the_repaired_line_is_shown_below_its_violations():
    shown = lint("好,我們走\n").stdout.decode().splitlines()
    assert shown[-1] == "  with --fix: 好，我們走"


def test_marks_stand_under_double_width_characters_and_emoji():
    shown = lint("𪜶👩‍💻,好\n", variety="nan-TW").stdout.decode().splitlines()
    assert shown[0] == "1: 𪜶👩<U+200D>💻,好"
    assert "   " + " " * 14 + "^" in shown


def test_a_long_line_is_shown_around_each_place():
    shown = lint("好" * 60 + "," + "好" * 60 + "\n").stdout.decode().splitlines()
    assert shown[0].startswith("1: 好")
    assert shown[0].endswith("好…")
    assert shown.index("1: …" + "好" * 16 + "," + "好" * 16 + "…") > 0
    assert all(len(line) < 60 for line in shown if line.startswith("1:"))


def test_a_table_is_read_by_the_name_of_its_column(tmp_path):
    path = tmp_path / "batch.tsv"
    path.write_text("id\ttext\tnote\n7\t好,\t=1+1\n8\t好。\t\n", encoding="utf-8")
    done = lint("", str(path))
    assert done.returncode == 1
    assert done.stdout.decode().startswith("2: 好,\n")
    assert lint("", str(path), "--column", "note").stdout.decode().startswith("2: =1+1\n")


def test_fix_gives_a_table_back_with_nothing_else_changed(tmp_path):
    path = tmp_path / "batch.tsv"
    path.write_bytes("\ufeffid\ttext\tnote\r\n7\t好,\t=1+1 \r\n8\t好。\t\n".encode())
    assert lint("", str(path), "--fix").stdout.decode() == "id\ttext\tnote\r\n7\t好，\t=1+1 \r\n8\t好。\t\n"


def test_fix_gives_objects_back_with_nothing_else_changed(tmp_path):
    path = tmp_path / "batch.jsonl"
    rows = ['{"text": "好,", "n": 1.50, "who": "\\ud83d"}', '{"n":1.50,"text":"好。"}']
    path.write_text("\n".join(rows), encoding="utf-8")
    first, second = lint("", str(path), "--fix").stdout.decode().splitlines()
    assert json.loads(first) == {"text": "好，", "n": 1.5, "who": "\ud83d"}
    assert second == rows[1]


@pytest.mark.parametrize(
    ("layout", "head", "line"),
    [("lines", "", "%s"), ("tsv", "text\tid", "%s\t7"), ("jsonl", "", '{"text": "%s", "n": 1}')],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_fix_changes_no_end_of_a_line_and_adds_none(layout, head, line, end, last):
    def file(*texts):
        lines = [*filter(None, [head]), *(line % text for text in texts)]
        return (end.join(lines) + end * last).encode()

    right = file("好。", "我們走。")
    assert lint(right, "--format", layout, "--fix").stdout == right
    assert lint(file("好.", "我們走."), "--format", layout, "--fix").stdout == right


def test_json_carries_the_id_of_a_row():
    done = lint('{"id": 7, "text": "好。"}\n', "--format", "jsonl", "--json")
    assert json.loads(done.stdout) == {"text": "好。", "fixed": "好。", "violations": [], "id": "7"}


def test_what_json_prints_can_be_checked_again():
    printed = lint("好,\n我們走。\n", "--json").stdout
    assert lint(printed, "--format", "jsonl", "--json").stdout == printed
    assert lint(printed, "--format", "jsonl", "--column", "fixed").returncode == 0


@pytest.mark.parametrize(
    ("data", "layout", "message"),
    [
        (
            '{"text": "好。"}\n{"text": "好\\ud83d。"}',
            "jsonl",
            "transcript.surrogate: line 2: half of a character",
        ),
        ('{"text": "好。"}\n\n{"text', "jsonl", "transcript.json: line 3 is not JSON"),
        ("[" * 100_000, "jsonl", "transcript.json: line 1 is not JSON"),
        ('{"text": ' + "1" * 5000 + "}", "jsonl", "transcript.json: line 1 is not JSON"),
        ('["好。"]', "jsonl", "transcript.column: line 1 has no text under the key 'text'"),
        ('{"text": null}', "jsonl", "transcript.column: line 1 has no text under the key 'text'"),
        ("id\tline\n1\t好。", "tsv", "transcript.column: line 1: the table needs one column named 'text'"),
        ("id\ttext\n1\t好。\t好", "tsv", "transcript.row: line 2 has 3 cells, not 2 as the header"),
        ("id\ttext\n1\n", "tsv", "transcript.row: line 2 has 1 cells, not 2 as the header"),
        ("text\n" + "好" * 20_001, "tsv", "transcript.too-long: line 2: 20001 characters"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_its_line(data, layout, message):
    done = lint(data, "--format", layout)
    assert (done.returncode, done.stdout) == (2, b"")
    assert message in done.stderr.decode()


@pytest.mark.parametrize("layout", ["lines", "tsv", "jsonl"])
def test_nothing_at_all_is_right_in_every_layout(layout):
    assert lint("", "--format", layout).returncode == 0


def test_one_megabyte_in_one_line_is_refused_at_once_and_in_many_lines_checked():
    assert lint("好" * 350_000).returncode == 2
    assert lint("我們走吧。\n" * 60_000).returncode == 0
