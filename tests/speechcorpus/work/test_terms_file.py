from decimal import Decimal
from importlib import resources

import pytest

from speechcorpus.domain.errors import TermsError
from speechcorpus.domain.terms import Terms, consent_sha256
from speechcorpus.work.terms_file import parse_terms

DATA = resources.files("speechcorpus.workflows") / "demo_data"
TAIGI = (DATA / "terms_nan-TW.toml").read_text(encoding="utf-8")


def line_of(text, start):
    return next(n for n, line in enumerate(text.splitlines(), start=1) if line.startswith(start))


@pytest.mark.parametrize("name", ["terms_nan-TW.toml", "terms_cmn-TW.toml"])
def test_the_demo_terms_are_valid_and_name_their_consent_text(name):
    terms = parse_terms((DATA / name).read_text(encoding="utf-8"))
    texts = {
        locale: (DATA / f"{terms.consent.text}_{locale}.md").read_text(encoding="utf-8")
        for locale in ("zh-Hant", "zh-Hans", "nan-Hant", "en")
    }
    assert terms.consent.sha256 == consent_sha256(texts)


def test_terms_come_back_from_their_document_and_keep_their_name():
    terms = parse_terms(TAIGI)
    again = Terms.from_document(terms.to_document())
    assert again == terms
    assert again.sha256 == terms.sha256


def test_writing_a_number_in_another_way_does_not_change_the_name_of_the_terms():
    assert (
        parse_terms(TAIGI.replace("40.0", "40").replace("20.0", "2.0e1")).sha256 == parse_terms(TAIGI).sha256
    )


def test_a_decimal_is_read_as_it_is_written():
    assert parse_terms(
        TAIGI.replace("= 1.2 ", "= 1.1 ").replace("= 1.2\n", "= 1.1\n")
    ).price.estimate_min_per_item == (Decimal("1.1"))


@pytest.mark.parametrize(
    ("change", "key", "line", "why"),
    [
        (("chained = false", 'chained = false\ncolour = "red"'), "task.colour", "colour", "unknown key"),
        (("min_age = 18\n", ""), "project.min_age", "[project]", "missing"),
        (("min_age = 18", "min_age = 18.5"), "project.min_age", "min_age", "is not a whole number"),
        (("min_age = 18", "min_age = true"), "project.min_age", "min_age", "is not a whole number"),
        (('"nan-TW"', '"nan"'), "project.variety", "variety", "none of nan-TW, nan-CN, cmn-TW"),
        (("codes = 1", "codes = 2"), "project.codes", "codes", "version 1"),
        (('version = "1.0.0"', 'version = "one"'), "project.version", "version", "like 1.2.0"),
        (("44100", "96000"), "task.capture.rate_hz", "capture", "16000 to 48000"),
        (("44100", "8000"), "task.capture.rate_hz", "capture", "16000 to 48000"),
        (("，。？！", "，。"), "task.transcript.marks", "transcript", "must hold each of"),
        (('vad = "webrtc"', 'vad = "best"'), "task.capture.vad", "capture", "none of webrtc, silero-second"),
        (("from = 40.0", "from = 39.0"), "bands.medium.from", "medium", "no overlap, no gap"),
        (("from = 40.0", "from = 41.0"), "bands.medium.from", "medium", "no overlap, no gap"),
        (("to = 55.0", "to = 39.0"), "bands.medium.to", "medium", "above `from`"),
        (("{ to = 40.0,", "{ from = nan, to = 40.0,"), "bands.low.from", "low", "no number"),
        (("\nlow = {", "\nfaint = {"), "bands.faint.name", "faint", "none of low, medium, high"),
        (("{ to = 40.0,", "{ till = 40.0,"), "bands.low.till", "low", "unknown key"),
        (("to = 40.0, ", ""), "bands.low.to", "low", "only the loudest band is open above"),
        (("min_snr_db = 20.0", "min_snr_db = 20.1"), "bands.low.min_snr_db", "low", "only be loosened"),
        (
            ('"noise.burst" = "flag"', '"noise.burst" = "blocks"'),
            'bands.medium.severity."noise.burst"',
            "medium",
            "may only be lowered",
        ),
        (
            ('"noise.burst" = "flag"', '"noise.timbre" = "flag"'),
            'bands.medium.severity."noise.timbre"',
            "medium",
            "on no list",
        ),
        (("exponent = 2", "exponent = 9"), "price.exponent", "exponent", "0 to 4"),
        (('"TWD"', '"NT$"'), "price.currency", "currency", "ISO 4217"),
        (("minor = 1500", "minor = 0"), "price.record.minor", "record", "nobody works for nothing"),
        (("minor = 1500", "minor = 15.5"), "price.record.minor", "record", "whole number"),
        (
            ("per_item = 1.2", "per_item = 12"),
            "price.estimate_min_per_item",
            "estimate",
            "below floor_hourly",
        ),
        (("window_min = 10", "window_min = 9"), "draw.window_min", "window_min", "a draw is no race"),
        (("answer_h = 72\nsample", "answer_h = 73\nsample"), "review.answer_h", "answer_h", "72 h at most"),
        (("window_d = 14", "window_d = 13"), "review.appeal.window_d", "appeal", "14 days or more"),
        (("answer_h = 72 }", "answer_h = 73 }"), "review.appeal.answer_h", "appeal", "72 h at most"),
        (("refuse_needs = 2", "refuse_needs = 1"), "review.refuse_needs", "refuse_needs", "2 people"),
        (("refuse_needs = 2", "refuse_needs = 3"), "review.refuse_needs", "refuse_needs", "2 people"),
        (('text = "consent" ', 'text = "" '), "consent.text", "text", "missing consent text"),
        (('sha256 = "', 'sha256 = "9'), "consent.sha256", "sha256", "64 hex digits"),
        (('["record", ', "["), "consent.purposes", "purposes", "`record` among them"),
        (("K1 =", "Kx ="), "clauses.Kx", "Kx", "numbered like K1"),
    ],
)
def test_a_promise_that_may_not_be_made_is_named_by_key_and_line(change, key, line, why):
    text = TAIGI.replace(*change)
    assert text != TAIGI
    with pytest.raises(TermsError) as refused:
        parse_terms(text)
    facts = refused.value.facts
    assert (facts["key"], facts["line"]) == (key, line_of(text, line))
    assert str(refused.value).startswith(f"{key} (line {line_of(text, line)}): ")
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("limit", "why"),
    [
        ('"audio.timbre" = 1.0', "on no list"),
        ('"audio.clipped" = 0.9', "stricter than 1.0 ms"),
        ('"audio.too-quiet" = -34.9', "stricter than -35 dBFS"),
        ('"audio.too-loud" = -14.1', "stricter than -14 dBFS"),
        ('"consent.missing" = 1', "cannot be loosened"),
        ('"platform.capture-overrun" = 100', "cannot be loosened"),
        ('"noise.above-band" = 60', "elsewhere"),
        ('"audio.wrong-format" = 16000', "elsewhere"),
        ('"transcript.pun-set" = 3', "elsewhere"),
        ('"dialogue.one-sided" = 20', "elsewhere"),
    ],
)
def test_a_limit_may_be_loosened_and_never_tightened(limit, why):
    text = TAIGI.replace("[limits]", f"[limits]\n{limit}\n#")
    with pytest.raises(TermsError, match=why) as refused:
        parse_terms(text)
    assert refused.value.facts["line"] == line_of(text, limit)


def test_a_looser_limit_is_kept_and_used():
    terms = parse_terms(
        TAIGI.replace("[limits]", '[limits]\n"audio.clipped" = 2.5\n"audio.too-quiet" = -40\n#')
    )
    assert terms.limit("audio.clipped", Decimal("1.0")) == Decimal("2.5")
    assert terms.limit("audio.too-quiet", Decimal(-35)) == -40
    assert terms.limit("audio.too-loud", Decimal(-14)) == -14


def test_bands_out_of_order_are_refused():
    lines = TAIGI.splitlines()
    low = next(i for i, line in enumerate(lines) if line.startswith("low"))
    lines[low], lines[low + 1] = lines[low + 1], lines[low]
    with pytest.raises(TermsError, match="order low, medium, high"):
        parse_terms("\n".join(lines))


def test_a_file_that_is_no_toml_names_the_line():
    with pytest.raises(TermsError) as refused:
        parse_terms(TAIGI.replace("[bands]", "[bands"))
    assert refused.value.code == "terms.syntax"
    assert refused.value.facts["line"] == line_of(TAIGI, "[bands")


@pytest.mark.parametrize("document", ["{}", "[]", '{"schema": "speechcorpus-terms/2"}', "not json"])
def test_a_document_that_is_no_terms_is_refused(document):
    with pytest.raises(Exception, match=r"no terms document|no JSON"):
        Terms.from_document(document)


def test_a_band_that_the_terms_do_not_have_is_refused():
    with pytest.raises(TermsError, match="no band 'loud'"):
        parse_terms(TAIGI).band("loud")


def test_terms_cannot_be_changed():
    terms = parse_terms(TAIGI)
    with pytest.raises(AttributeError):
        terms.price.record.minor = 1
    with pytest.raises(TypeError):
        terms.limits["audio.clipped"] = Decimal(9)
