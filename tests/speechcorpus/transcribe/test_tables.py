"""The shipped tables: read as published, and a changed row is a new version."""

import subprocess
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.domain.transcript import TranscriptProfile
from speechcorpus.transcribe import TABLE_NAMES, check, parse_tables
from speechcorpus.transcribe import tables as tables_module
from speechcorpus.transcribe.event_words import EVENT_OF
from speechcorpus.transcribe.moe_variants import parse_moe_variants
from speechcorpus.workflows.rule_tables import rule_tables

SIMPLIFIED = "char\tcodepoint\ttraditional\tkind\n发\tU+53D1\t發 髮\t1ton\n"
EXEMPT = "char\tcodepoint\tapplies_to\n个\tU+4E2A\tHant: nan-TW cmn-TW\n"
TRADITIONAL = "char\tcodepoint\tsimplified\tkind\texempt\n們\tU+5011\t们\t1to1\t\n"
LOOK_ALIKES = "char\ttarget\tfix\tcontext\nO\t〇\task\tbetween two Han numerals only\n"
FILLERS = "variety\tstatus\tform\treplacement\tnote\nnan-TW\tmisspelling\tㄟ\t欸\tanywhere a clause starts\n"
TEXTS = {
    "simplified_chars.tsv": SIMPLIFIED,
    "simplified_exempt.tsv": EXEMPT,
    "traditional_chars.tsv": TRADITIONAL,
    "radicals.tsv": "char\than\tfix\n⼀\t一\tsafe\n",
    "private_use.tsv": "codepoint\than\nU+E701\t𪜶\n",
    "lookalikes.tsv": LOOK_ALIKES,
    "taiwan_variants.tsv": "char\ttaiwan\n裏\t裡\n",
    "variants_extra.tsv": "char\ttaiwan\tfix\taction\n証\t證\task\tmap\n脣\t\tnone\tkeep\n",
    "folk_spellings.tsv": "spelling\tmoe\n嘸\t無/毋\n",
    "fillers.tsv": FILLERS,
    "not_minnan_wording.tsv": "tier\tmandarin\ttaigi\tskip_inside\nA\t沒\t無\t沒收/出沒\n",
    "not_mandarin_chars.tsv": "status\tchar\tmandarin\ncore\t䆀\t醜/差\nexcluded\t予\t給\n",
}
OURS = {"radicals.tsv", "private_use.tsv", "taiwan_variants.tsv"}  # derived by tools/make_rule_tables.py


def test_the_shipped_tables_have_the_published_number_of_rows():
    tables = rule_tables()
    assert len(tables.to_traditional) == 3801
    assert sum(len(forms) == 1 for forms in tables.to_traditional.values()) == 3728
    assert len(tables.to_simplified) == 2976
    assert {scope: len(chars) for scope, chars in tables.simplified_exempt.items()} == {
        "Hant nan-TW": 20, "Hant nan-CN": 20, "Hant cmn-TW": 20,
    }  # fmt: skip
    assert len(tables.version) == 64
    assert sum(row.safe for row in tables.radicals.values()) == 214
    assert len(tables.private_use) == 83
    assert len(tables.look_alikes) == 17
    assert len(tables.folk_spellings) == 61
    assert len(tables.not_mandarin) == 25
    assert [row.tier for row in tables.wording].count("A") == 182
    assert [row.tier for row in tables.wording].count("B") == 95
    assert not {"脣", "泄", "祕", "蔘", "污"} & set(tables.variants)


def test_the_shipped_tables_are_the_published_files(shared):
    package = parse_tables.__globals__["__file__"]
    for name in set(TABLE_NAMES) - OURS:
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


def test_the_derived_tables_are_what_their_tool_derives(shared, tmp_path):
    pytest.importorskip("opencc")
    private_use = shared / "text_real" / "moe_pua_map.csv"
    if not private_use.is_file():
        pytest.skip(f"{private_use.name} is not at hand")
    tool = Path(__file__).parents[3] / "tools" / "make_rule_tables.py"
    subprocess.run([sys.executable, tool, private_use, tmp_path], check=True)
    for name in OURS:
        assert (tmp_path / name).read_bytes() == (
            files("speechcorpus.transcribe") / "data" / name
        ).read_bytes()


def test_no_repair_of_a_form_leads_to_a_form_that_is_repaired_back():
    tables = rule_tables()
    for variety in ("nan-TW", "cmn-TW"):
        profile = TranscriptProfile(variety=variety)
        for row in tables.variants.values():
            assert not tables.traditional_forms(row.written, profile)
            assert row.written not in tables.variants
    assert not set(tables.private_use.values()) & ({*tables.to_traditional} | {*tables.variants})


def test_words_in_brackets_are_kept_in_the_form_in_which_they_are_compared():
    one_form = rule_tables().one_form
    assert [word for word in EVENT_OF if word.translate(one_form) != word] == []


def test_the_list_of_an_operator_is_read_by_number_and_never_against_the_dictionary_itself():
    found = parse_moe_variants('{"1": ["蜀", "人"], "2": ["儂", "蜀"]}', "主編碼,詞目\n1,一\n2,人\n")
    assert found == {"蜀": ("一", "人"), "儂": ("人",)}
    profile, tables = TranscriptProfile(variety="nan-TW"), replace(rule_tables(), moe_variants=found)
    assert [(v.rule, v.found, v.candidates) for v in check("儂來。", profile, tables)] == [
        ("HAN-MOE", "儂", ("人",))
    ]
    for variants, headwords in (("[]", ""), ("{}x", ""), ('{"1": ["x"]}', "number,word\n1,一\n")):
        with pytest.raises(TranscriptError, match="list of variants is not understood"):
            parse_moe_variants(variants, headwords)


def test_the_list_of_the_dictionary_is_read(shared):
    folder = shared / "text_real"
    if not (folder / "moe_twblg_variants.json").is_file():
        pytest.skip("the dictionary is not at hand")
    names = ("moe_twblg_variants.json", "moe_twblg_headwords.csv")
    found = parse_moe_variants(*((folder / name).read_text(encoding="utf-8-sig") for name in names))
    assert found["儂"] == ("人",)
    assert len(found) > 2000


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
        ("lookalikes.tsv", LOOK_ALIKES.replace("between", "near"), "row 'O' is not understood"),
        ("fillers.tsv", FILLERS.replace("anywhere", "where"), "row 'ㄟ' is not understood"),
        ("private_use.tsv", "codepoint\than\n+E701\t𪜶\n", "row '\\+E701' is not understood"),
        (
            "variants_extra.tsv",
            "char\ttaiwan\tfix\taction\n証\t證明\task\tmap\n",
            "row '証' is not understood",
        ),
        (
            "not_minnan_wording.tsv",
            "tier\tmandarin\ttaigi\tskip_inside\nC\t沒\t無\t\n",
            "row '沒' is not understood",
        ),
        ("not_mandarin_chars.tsv", "status\tchar\tmandarin\nouter\t䆀\t差\n", "row '䆀' is not understood"),
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
