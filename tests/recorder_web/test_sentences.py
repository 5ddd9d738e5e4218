import re
from dataclasses import replace
from decimal import Decimal

import pytest

from recorder_web.i18n import LOCALES, Messages, placeholders
from recorder_web.sentences import NUMBER_KEYS, finding_sentence, shown_text
from speechcorpus.domain.finding import Finding
from speechcorpus.domain.finding_codes import CODES

MESSAGES = {locale: Messages.load(locale) for locale in LOCALES}
RATE_HZ = 48_000
ABOVE_BAND = Finding(
    code="noise.above-band",
    severity="blocks",
    measured=Decimal("47.25"),
    comparator=">",
    limit=Decimal(40),
    unit="dB(A)",
    uncertainty=Decimal("2.24"),
    start_sample=595_200,
    end_sample=720_000,
)

# The last sentence asks for something, offers something, or says that there is nothing to do.
ASKS = {
    "zh-Hant": r"請|吧",
    "zh-Hans": r"请|吧",
    "nan-Hant": r"請|看覓",
    "en": r"(?i)\b(record(?:ing)?|move|step|wait|pause|check|close|use|switch|unplug|room|start|continue|"
    r"stay|recalibrate|appeal|let|share|ask|wear|nothing to do|keep|hear|correct|drag|sign|register|change|"
    r"carry on|fill|split|take|choose|listen|see|write|add|delete)\b",
}


def sentence(finding, locale):
    return finding_sentence(finding, locale=locale, rate_hz=RATE_HZ, messages=MESSAGES[locale])


def any_finding(code):
    row = CODES[code]
    return Finding(
        code=code,
        severity=row.severity,
        measured=Decimal("12.5"),
        comparator=row.comparator,
        limit=row.limit if row.limit is not None else Decimal(40),
        unit=row.unit,
        facts={"x": "甲"},
    )


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_its_sentence_in_four_languages_with_the_same_facts(code):
    told = {locale: placeholders(MESSAGES[locale][f"finding.{code}"]) for locale in LOCALES}
    assert len(set(told.values())) == 1, told
    assert told["en"] <= {"s", "m", "l", "x"}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_ends_in_something_a_person_can_do(locale, code):
    last = re.split(r"[。.:,;] ?(?=.)", MESSAGES[locale][f"finding.{code}"])
    assert re.search(ASKS[locale], " ".join(last[-2:])), last


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_finding_can_be_said_and_named_in_short(locale, code):
    said = sentence(any_finding(code), locale)
    assert "{" not in said
    assert 1 <= len(MESSAGES[locale][f"finding.{code}.short"]) <= 24


FLAGGED = sorted(
    {key for messages in MESSAGES.values() for key in messages if re.fullmatch(r"finding\..+\.flag", key)}
)


@pytest.mark.parametrize("key", FLAGGED)
@pytest.mark.parametrize("locale", LOCALES)
def test_a_sentence_of_its_own_for_a_flag_says_that_there_is_nothing_to_do(locale, key):
    assert key.removeprefix("finding.").removesuffix(".flag") in CODES
    assert re.search(r"不用處理|不用处理|毋免處理|Nothing to do", MESSAGES[locale][key])


@pytest.mark.parametrize("locale", LOCALES)
def test_a_microphone_that_need_not_be_calibrated_is_not_asked_to_be(locale):
    blocked = any_finding("noise.uncalibrated")
    flagged = sentence(replace(blocked, severity="flag"), locale)
    assert flagged == MESSAGES[locale]["finding.noise.uncalibrated.flag"]
    assert sentence(blocked, locale) != flagged
    assert "20" not in flagged


@pytest.mark.parametrize("locale", LOCALES)
def test_silence_at_an_edge_is_not_said_to_be_trimmed(locale):
    said = sentence(any_finding("audio.edge-silence"), locale)
    assert not re.search("剪|trim", said + MESSAGES[locale]["finding.audio.edge-silence.short"])


@pytest.mark.parametrize("unit", sorted({row.unit for row in CODES.values()}))
@pytest.mark.parametrize("locale", LOCALES)
def test_every_unit_has_its_word_in_every_language(locale, unit):
    assert "{n}" in MESSAGES[locale][NUMBER_KEYS[unit]]
    assert unit == "1" or MESSAGES[locale][f"unit.{unit}"]


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        (
            "zh-Hant",
            "12.4–15.0 秒的背景聲是 47.3 dB(A)，這一題要低於 40.0 dB(A)。請等周圍安靜下來，再錄一次。",
        ),
        (
            "zh-Hans",
            "12.4–15.0 秒的背景声是 47.3 dB(A)，这一题要低于 40.0 dB(A)。请等周围安静下来，再录一次。",
        ),
        (
            "nan-Hant",
            "12.4–15.0 秒的背景聲是 47.3 dB(A)，這題愛低過 40.0 dB(A)。請等四箍圍仔恬落來，閣錄一擺。",
        ),
        (
            "en",
            "12.4–15.0 s: background 47.3 dB(A), this task needs under 40.0 dB(A). "
            "Wait for quiet, record again.",
        ),
    ],
)
def test_place_number_and_limit_stand_in_the_sentence(locale, said):
    assert sentence(ABOVE_BAND, locale) == said


def test_a_finding_without_a_span_is_about_the_whole_clip():
    whole = replace(ABOVE_BAND, start_sample=None, end_sample=None)
    assert sentence(whole, "zh-Hant").startswith("整段的背景聲")
    assert sentence(whole, "nan-Hant").startswith("規段的背景聲")
    assert sentence(whole, "en").startswith("The whole clip: background")


def test_a_value_just_beyond_its_limit_is_not_printed_as_the_limit():
    clipped = replace(any_finding("audio.clipped"), measured=Decimal("1.04"), limit=Decimal("1.0"))
    assert "1.04 ms clipped, limit 1.00 ms" in sentence(clipped, "en")


@pytest.mark.parametrize(
    ("code", "measured", "said"),
    [
        ("audio.start-cut", "82", "Only 82 ms before speech, needs 150 ms."),
        ("audio.too-quiet", "-38.2", "Speech is -38.2 dBFS, needs -35.0 dBFS."),
        ("audio.wrong-format", "16000", "Sampling rate 16,000 Hz, needs 48,000 Hz."),
        ("audio.no-speech", "0.1", "Only 0.10 s of speech."),
        ("platform.capture-overrun", "441", "Our recorder lost 441 samples."),
        ("platform.outage", "61", "We were down for 61 s; the deadline moved."),
        ("platform.outage", "754", "We were down for 13 min; the deadline moved."),
        ("platform.outage", "12600", "We were down for 3.5 h; the deadline moved."),
        ("dialogue.one-sided", "82", "You spoke 82 %, better 30–70 %."),
        ("audio.processing-on", "2", "2 sound processing still on."),
    ],
)
def test_numbers_are_printed_in_the_way_of_their_unit(code, measured, said):
    assert sentence(replace(any_finding(code), measured=Decimal(measured)), "en").startswith(said)


@pytest.mark.parametrize(
    ("found", "shown"), [(" ", "空格"), ("\u3000", "空格"), ("\u200b", "U+200B"), ("，，", "，，"), ("", "")]
)
def test_text_that_cannot_be_seen_is_named(found, shown):
    assert shown_text(found, MESSAGES["zh-Hant"]) == shown


def test_the_text_found_stands_in_the_sentence_of_a_transcript_rule():
    finding = replace(any_finding("transcript.pun-half"), char_start=3, char_end=4, facts={"x": ","})
    assert sentence(finding, "zh-Hant") == "「,」的標點不合規則，這裡只用，。？！。請照建議修改。"
