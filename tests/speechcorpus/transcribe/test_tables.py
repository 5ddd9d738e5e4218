"""The shipped tables: read as published, and a changed row is a new version."""

import subprocess
import sys

import pytest

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.domain.transcript import TranscriptProfile
from speechcorpus.transcribe import TABLE_NAMES, parse_tables
from speechcorpus.transcribe import tables as tables_module
from speechcorpus.workflows.rule_tables import rule_tables

SIMPLIFIED = "char\tcodepoint\ttraditional\tkind\n发\tU+53D1\t發 髮\t1ton\n"
EXEMPT = "char\tcodepoint\tapplies_to\n个\tU+4E2A\tHant: nan-TW cmn-TW\n"
TRADITIONAL = "char\tcodepoint\tsimplified\tkind\texempt\n們\tU+5011\t们\t1to1\t\n"
TEXTS = dict(zip(TABLE_NAMES, (SIMPLIFIED, EXEMPT, TRADITIONAL), strict=True))


def test_the_shipped_tables_have_the_published_number_of_rows():
    tables = rule_tables()
    assert len(tables.to_traditional) == 3801
    assert sum(len(forms) == 1 for forms in tables.to_traditional.values()) == 3728
    assert len(tables.to_simplified) == 2976
    assert {scope: len(chars) for scope, chars in tables.simplified_exempt.items()} == {
        "Hant nan-TW": 20, "Hant nan-CN": 20, "Hant cmn-TW": 20,
    }  # fmt: skip
    assert len(tables.version) == 64


def test_the_shipped_tables_are_the_published_files(shared):
    package = parse_tables.__globals__["__file__"]
    for name in TABLE_NAMES:
        published = shared / "data" / name
        if not published.is_file():
            pytest.skip(f"{name} is not at hand")
        assert (published.parents[0] / name).read_bytes() == (
            tables_module.__spec__.loader.get_data(package.replace("tables.py", f"data/{name}"))
        )


def test_a_safe_fix_of_script_never_leads_to_another_simplified_character():
    tables = rule_tables()
    assert not {form for forms in tables.to_traditional.values() for form in forms} & set(
        tables.to_traditional
    )


def test_an_exempt_character_has_no_other_form():
    tables = parse_tables(TEXTS)
    assert tables.traditional_forms("发", TranscriptProfile(variety="nan-TW")) == ("發", "髮")
    assert rule_tables().traditional_forms("个", TranscriptProfile(variety="cmn-TW")) == ()


def test_a_changed_row_is_a_new_version_of_the_rule_book():
    changed = {**TEXTS, TABLE_NAMES[0]: SIMPLIFIED.replace("發 髮", "髮 發")}
    assert parse_tables(changed).version != parse_tables(TEXTS).version
    assert parse_tables(dict(reversed(TEXTS.items()))).version == parse_tables(TEXTS).version


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        (TABLE_NAMES[0], SIMPLIFIED.replace("1ton", "1to1"), "row '发' is not understood"),
        (TABLE_NAMES[0], SIMPLIFIED.replace("kind", "sort"), "has no column 'kind'"),
        (TABLE_NAMES[2], TRADITIONAL.replace("们", "们们"), "row '們' is not understood"),
    ],
)
def test_a_table_that_is_not_understood_is_refused(name, text, sentence):
    with pytest.raises(TranscriptError, match=sentence):
        parse_tables({**TEXTS, name: text})


def test_a_missing_table_is_refused():
    with pytest.raises(TranscriptError, match=r"simplified_chars\.tsv is missing"):
        parse_tables({})


def test_importing_the_rules_loads_nothing_optional():
    script = "import sys, speechcorpus.transcribe; print(*sorted({n.split('.')[0] for n in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert not {"numpy", "scipy", "click", "sqlalchemy", "opencc", "kesi"} & set(loaded.split())
