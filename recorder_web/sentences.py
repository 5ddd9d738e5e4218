"""What a finding says to a person: the sentence of its code, with place, number and limit put in."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from recorder_web.i18n import Messages, placeholders
from speechcorpus.domain.finding import Finding

NUMBER_KEYS: Mapping[str, str] = {
    "dB": "number.db",
    "dBFS": "number.dbfs",
    "dB(A)": "number.dba",
    "dBFS(A)": "number.dbfsa",
    "Hz": "number.hz",
    "ms": "number.ms",
    "s": "number.s",
    "h": "number.h",
    "%": "number.percent",
    "years": "number.years",
    "1": "number.count",
}
COUNTED: Mapping[str, str] = {  # what a bare count counts, where the sentence itself does not say
    "platform.capture-overrun": "number.samples",
    "content.prompt-differs": "number.places",
}
LONG_SPANS = ("platform.outage",)  # may last hours: in seconds nobody sees how long that was
WHOLE_UNITS = ("Hz", "h", "years", "%", "1")
TENTHS = Decimal("0.1")
LONG_MS = 10
LONG = 180
MOST_DECIMALS = 3
_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")


def finding_sentence(finding: Finding, *, locale: str, rate_hz: int, messages: Messages) -> str:
    """Return the sentence of a finding: what was measured, where, against which limit, what to do.

    Parameters
    ----------
    rate_hz : of the item audio, to turn samples into seconds
    messages : of the locale

    Raises
    ------
    MissingMessage : if the code has no sentence in this language
    """
    key = _key(finding, messages)
    asked = placeholders(messages.get(key, ""))
    measured, limit = numbers(finding, messages)
    facts = {
        "m": measured,
        "l": limit,
        "s": place(finding, rate_hz, messages),
        "x": shown_text(finding.facts.get("x", ""), messages),
    }
    text = messages.t(key, **{name: facts[name] for name in asked & facts.keys()})
    if locale == "en":
        return text[:1].upper() + text[1:]
    return _BETWEEN_HAN.sub("", text)


def _key(finding: Finding, messages: Messages) -> str:
    """Return the key of the sentence; what only flags must not ask for the mending that a block asks for."""
    milder = f"finding.{finding.code}.flag"
    return milder if finding.severity == "flag" and milder in messages else f"finding.{finding.code}"


def numbers(finding: Finding, messages: Messages) -> tuple[str, str]:
    """Return measured value and limit with their unit, told apart: 1.04 ms over 1.0 is not "1.0 over 1.0"."""
    if finding.code in LONG_SPANS:
        return _span(finding.measured, messages), _span(finding.limit, messages)
    key = COUNTED.get(finding.code, NUMBER_KEYS[finding.unit])
    decimals = _decimals(finding)
    while decimals < MOST_DECIMALS and finding.measured != finding.limit:
        if _figure(finding.measured, decimals) != _figure(finding.limit, decimals):
            break
        decimals += 1
    figures = (_figure(finding.measured, decimals), _figure(finding.limit, decimals))
    measured, limit = (messages.t(key, n=figure) for figure in figures)
    return measured, _range(finding, messages) or limit


def _span(seconds: Decimal, messages: Messages) -> str:
    """Return a span in seconds, in minutes from three of them on, in hours from three of those."""
    if seconds < LONG:
        return messages.t("number.s", n=_figure(seconds, 0))
    if seconds < 60 * LONG:
        return messages.t("number.minutes", n=_figure(seconds / 60, 0))
    return messages.t("number.h", n=_figure(seconds / 3600, 1))


def place(finding: Finding, rate_hz: int, messages: Messages) -> str:
    """Return the span in seconds, or "the whole clip" where the finding is about all of it."""
    if finding.start_sample is None or finding.end_sample is None:
        return messages.t("span.whole")
    start, end = (Decimal(sample) / rate_hz for sample in (finding.start_sample, finding.end_sample))
    decimals = 1 if end - start >= TENTHS else 2
    return messages.t("span.seconds", a=_figure(start, decimals), b=_figure(end, decimals))


def shown_text(found: str, messages: Messages) -> str:
    """Return the text found so that it can be seen: a blank by its name, an invisible mark by its code."""
    if not found or not all(_unseen(character) for character in found):
        return found
    if set(found) <= {" ", "\u3000", "\u00a0", "\t"}:
        return messages.t("text.blank")
    return " ".join(f"U+{ord(character):04X}" for character in found)


def _unseen(character: str) -> bool:
    return unicodedata.category(character)[0] in "ZC"


def _decimals(finding: Finding) -> int:
    fractional = finding.limit != finding.limit.to_integral_value()
    if finding.unit in WHOLE_UNITS:
        return 2 if fractional else 0
    if finding.unit == "ms":
        return 0 if finding.limit >= LONG_MS else 1
    return 2 if finding.unit == "s" and finding.limit < 1 and fractional else 1


def _figure(number: Decimal, decimals: int) -> str:
    rounded = number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return f"{rounded:,}" if rounded else f"{abs(rounded):,}"


def _range(finding: Finding, messages: Messages) -> str | None:
    """Return the range of a code that has two limits."""
    row = finding.row
    if row.limit is None or row.upper_limit is None:
        return None
    low, high = _figure(row.limit, 0), _figure(row.upper_limit, 0)
    return messages.t(NUMBER_KEYS[row.unit], n=messages.t("number.range", a=low, b=high))
