"""Every sentence exists in every language, with the same facts in it."""

import json
import re
from itertools import product
from pathlib import Path

import pytest

from recorder_web.errors import ANSWERS
from recorder_web.i18n import (
    DEFAULT_LOCALE,
    LOCALES,
    MESSAGES_DIR,
    Messages,
    MissingMessageError,
    placeholders,
)
from speechcorpus.domain.actor import Role

TEMPLATES = MESSAGES_DIR.parent / "templates"
LITERAL = re.compile(r"""\bt\(\s*["']([a-zA-Z0-9._+-]+)["']\s*[,)]""")
MADE_OF = re.compile(r"""\bt\(\s*["']([a-zA-Z0-9._-]+\.)["']\s*[+~]""")


@pytest.fixture(scope="module")
def catalogues():
    return {locale: json.loads((MESSAGES_DIR / f"{locale}.json").read_text("utf-8")) for locale in LOCALES}


def templates():
    return sorted(TEMPLATES.rglob("*.html"))


def test_all_languages_have_the_same_keys(catalogues):
    for locale in LOCALES:
        assert catalogues[locale].keys() ^ catalogues[DEFAULT_LOCALE].keys() == set()


def test_a_sentence_is_told_the_same_facts_in_every_language(catalogues):
    ours = catalogues[DEFAULT_LOCALE]
    for locale, (key, text) in product(LOCALES, ours.items()):
        assert placeholders(catalogues[locale][key]) == placeholders(text), (locale, key)


def test_no_sentence_is_empty_or_loose_at_its_ends(catalogues):
    for locale, texts in catalogues.items():
        assert [key for key, text in texts.items() if not text.strip() or text != text.strip()] == [], locale


def test_simplified_pages_hold_no_traditional_only_characters(catalogues):
    left = set("們說語這個會讓還錄聽點機話歲裡後來對開從題體選員審處")
    own_names = {"app.language.zh-Hant", "app.language.nan-Hant"}  # languages name themselves
    found = {key: left & set(text) for key, text in catalogues["zh-Hans"].items() if key not in own_names}
    found = {key: characters for key, characters in found.items() if characters}
    assert {key for key in found if not key.startswith("finding.transcript.")} == set()


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.name)
def test_every_key_a_template_names_has_its_sentence(catalogues, path: Path):
    ours, text = catalogues[DEFAULT_LOCALE], path.read_text("utf-8")
    assert [key for key in LITERAL.findall(text) if key not in ours] == []
    begun = set(MADE_OF.findall(text))
    assert [prefix for prefix in begun if not any(key.startswith(prefix) for key in ours)] == []


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.name)
def test_no_template_has_inline_style_or_script(path: Path):
    text = path.read_text("utf-8")
    assert not re.search(r"""\sstyle\s*=\s*["']|<style|\son[a-z]+\s*=\s*["']""", text)
    for tag in re.findall(r"<script[^>]*>", text):
        assert "src=" in tag or 'type="application/json"' in tag


@pytest.mark.parametrize("role", Role.__args__)
def test_every_role_has_its_name(catalogues, role):
    assert f"role.{role}" in catalogues["en"]


def test_errors_people_meet_say_what_happened_and_what_to_do(catalogues):
    for code in (
        key.removeprefix("error.what.") for key in catalogues["en"] if key.startswith("error.what.")
    ):
        assert f"error.do.{code}" in catalogues["en"]
    for safe in {answer.safe for answer in ANSWERS.values()}:
        assert f"error.safe.{safe}" in catalogues["en"]


def test_a_missing_sentence_or_fact_is_an_error_in_tests_and_a_key_for_people():
    strict, lenient = Messages("en", {"a": "{x}"}), Messages("en", {"a": "{x}"}, strict=False)
    with pytest.raises(MissingMessageError, match=r"en: b"):
        strict.t("b")
    with pytest.raises(MissingMessageError, match=r"en: a\{x\}"):
        strict.t("a")
    assert (lenient.t("b"), lenient.t("a")) == ("b", "a{x}")


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ({"Accept-Language": "nan-TW,zh;q=0.5"}, "nan-Hant"),
        ({"Accept-Language": "zh-CN"}, "zh-Hans"),
        ({"Accept-Language": "zh-HK"}, "zh-Hant"),
        ({"Accept-Language": "de,en;q=0.3"}, "en"),
        ({"Accept-Language": "de"}, "zh-Hant"),
        ({}, "zh-Hant"),
    ],
)
def test_the_first_page_speaks_the_browsers_language(house, asked, spoken):
    assert f'<html lang="{spoken}">' in house.app.test_client().get("/", headers=asked).text


def test_a_chosen_language_is_remembered_and_beats_the_browser(house):
    client = house.app.test_client()
    assert '<html lang="en">' in client.get("/?lang=en").text
    assert '<html lang="en">' in client.get("/", headers={"Accept-Language": "zh-TW"}).text
    assert '<html lang="en">' in client.get("/?lang=xx").text


def test_switching_language_keeps_the_place(work):
    page = work.ann.get(f"/work?claim={work.ann_claim}&show=all").text
    assert f"/work?claim={work.ann_claim}&amp;show=all&amp;lang=en" in page
