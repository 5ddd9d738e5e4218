"""Ways in which a number in figures may have been spoken; only a listener knows which it was."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

import regex

from speechcorpus.domain.transcript import TranscriptProfile
from speechcorpus.transcribe.number_words import (
    DIGITS,
    LIMIT,
    cardinal,
    digit_by_digit,
    without_last_unit,
)

Reading = Literal["cardinal", "digits", "colloquial", "ordinal"]
MOST_CANDIDATES = 6

_MEASURES = {
    "cmn": "個 位 次 隻 條 張 本 件 塊 元 天 年 歲 點 小時 公斤 千 萬 億",
    "nan": "个 個 位 擺 隻 條 張 本 箍 工 冬 歲 點 公斤 百 千 萬 億",
}
_ORDER_AFTER = {"cmn": "樓 月 號 日 班 年級", "nan": "樓 月 號 日 年級"}
_ORDER_BEFORE = {"cmn": "第 星期 週 禮拜 初", "nan": "第 禮拜 拜 初"}
_TO_HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
_SCALES = tuple("十百千萬億兆")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

_INTEGER = regex.compile(r"[0-9]{1,40}")  # a longer row of figures is not a number that somebody said
_GROUPED = regex.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})++")
_DECIMAL = regex.compile(r"(?P<whole>0|[1-9][0-9]{0,15})\.(?P<rest>[0-9]{1,16})")
_PERCENT = regex.compile(r"(?P<value>(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,16})?)%")
_TIME = regex.compile(r"(?P<hour>[01]?[0-9]|2[0-4]):(?P<minute>[0-5][0-9])")
_FRACTION = regex.compile(r"(?P<a>[1-9][0-9]{0,3})/(?P<b>[1-9][0-9]{0,3})")
_DATE = regex.compile(r"(?:(?P<y>[1-9][0-9]{3})/)?(?P<m>0?[1-9]|1[0-2])/(?P<d>0?[1-9]|[12][0-9]|3[01])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One way of speaking a number, in traditional characters."""

    text: str
    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What a number stands between, and in which language."""

    language: Literal["cmn", "nan"]
    left: str
    right: str

    @property
    def is_order(self) -> bool:
        """Whether it names a place in an order, where 2 is 二."""
        before, after = _ORDER_BEFORE[self.language].split(), _ORDER_AFTER[self.language].split()
        return self.left.endswith(tuple(before)) or self.right.startswith(tuple(after))

    @property
    def counts(self) -> bool:
        """Whether a measure word follows, before which 2 is 兩."""
        return not self.is_order and self.right.startswith(tuple(_MEASURES[self.language].split()))

    @property
    def is_year(self) -> bool:
        return self.right.startswith("年")

    @property
    def zeros(self) -> tuple[str, ...]:
        return ("零", "空") if self.language == "nan" else ("零",)


def spoken_numbers(token: str, left: str, right: str, profile: TranscriptProfile) -> tuple[Candidate, ...]:
    """Return up to six ways of speaking a number, the likeliest first; none for a form we cannot read.

    Parameters
    ----------
    token : integer, decimal, 1,000, 50% or 1/2, each also with a + before it, 3:30, 3/5 or 2026/3/5; half or
        full width
    left, right : the text before and after it, traditional
    profile : only its variety and orthography matter; the caller turns the words into script Hans

    Examples
    --------
    >>> taigi = TranscriptProfile(variety="nan-TW")
    >>> [candidate.text for candidate in spoken_numbers("150", "", "箍。", taigi)]
    ['百五', '一百五', '一百五十', '一五〇', '一五零', '一五空']
    """
    if not profile.has_han:
        return ()
    plain = token.translate(_TO_HALF_WIDTH)
    place = _Place(language="cmn" if profile.variety == "cmn-TW" else "nan", left=left, right=right)
    readings = _added(plain[1:], place) if plain.startswith("+") else _readings(plain, place)
    unique = {candidate.text: candidate for candidate in reversed(list(readings))}
    return tuple(islice(reversed(unique.values()), MOST_CANDIDATES))


def _added(plain: str, place: _Place) -> Iterator[Candidate]:
    """What follows a plus: an amount, of which no word before the plus makes an order."""
    for candidate in _amount(plain, replace(place, left="加")):
        yield replace(candidate, text=f"加{candidate.text}")


def _readings(plain: str, place: _Place) -> Iterator[Candidate]:
    yield from _amount(plain, place)
    if found := _TIME.fullmatch(plain):
        yield from _time(int(found["hour"]), int(found["minute"]))
    elif found := _DATE.fullmatch(plain):
        yield from _date(found["y"], int(found["m"]), int(found["d"]), place)


def _amount(plain: str, place: _Place) -> Iterator[Candidate]:
    if _INTEGER.fullmatch(plain):
        yield from _integer(plain, place)
    elif _GROUPED.fullmatch(plain):
        yield from _quantity(int(plain.replace(",", "")), place) if len(plain) <= 21 else ()
    elif found := _DECIMAL.fullmatch(plain):
        yield Candidate(text=_decimal(found["whole"], found["rest"]), reading="cardinal")
    elif found := _PERCENT.fullmatch(plain):
        yield from _percent(found["value"])
    elif found := _FRACTION.fullmatch(plain):
        yield from _fraction(int(found["a"]), int(found["b"]))


def _integer(digits: str, place: _Place) -> Iterator[Candidate]:
    number = int(digits) if len(digits) <= 16 else LIMIT
    if number >= LIMIT or (len(digits) > 1 and digits[0] == "0"):
        yield from _digits(digits, place)
    elif (len(digits) == 4 and place.is_year) or (len(digits) > 6 and not digits.endswith("000")):
        yield from _digits(digits, place)  # a year, or more likely a telephone than a quantity
        yield from _quantity(number, place)
    else:
        yield from _quantity(number, place)
        yield from _digits(digits, place) if len(digits) > 1 else ()


def _quantity(number: int, place: _Place) -> Iterator[Candidate]:
    if place.is_order:
        for zero in place.zeros:
            text = cardinal(number, two="二", hundred_two="二", zero=zero)
            yield Candidate(text=text, reading="ordinal")
        return
    short = [] if place.right.startswith(_SCALES) else list(_short_forms(number, place))
    full = list(_full_forms(number, place))
    yield from [*short, *full] if place.language == "nan" and number >= 100 else [*full, *short]


def _full_forms(number: int, place: _Place) -> Iterator[Candidate]:
    if number == 2 and place.language == "cmn" and place.right.startswith("百"):
        words = ["兩", "二"]
    elif number == 2:
        words = ["兩", "二"] if place.counts else ["二", "兩"]
    else:
        zeros = reversed(place.zeros) if place.is_year else place.zeros
        words = [cardinal(number, zero=zero) for zero in zeros]
        if place.language == "cmn":
            words.append(cardinal(number, hundred_two="二"))
    yield from (Candidate(text=text, reading="cardinal") for text in words)


def _short_forms(number: int, place: _Place) -> Iterator[Candidate]:
    if place.language == "nan" and 20 <= number < 40:
        ones = DIGITS[number % 10] if number % 10 else ""
        yield Candidate(text=("廿" if number < 30 else "卅") + ones, reading="colloquial")
    for text in without_last_unit(number, bare_one=place.language == "nan"):
        yield Candidate(text=text, reading="colloquial")


def _digits(digits: str, place: _Place) -> Iterator[Candidate]:
    if digits[0] == "0":  # a telephone number is not written with 〇
        zeros: tuple[str, ...] = tuple(reversed(place.zeros))
    else:
        zeros = ("〇", *place.zeros)
    for zero in zeros:
        yield Candidate(text=digit_by_digit(digits, zero=zero), reading="digits")


def _decimal(whole: str, rest: str) -> str:
    return f"{cardinal(int(whole))}點{digit_by_digit(rest, zero='零')}"


def _percent(value: str) -> Iterator[Candidate]:
    whole, _, rest = value.partition(".")
    words = _decimal(whole, rest) if rest else cardinal(int(whole))
    yield Candidate(text=f"百分之{words}", reading="cardinal")
    if value == "2":
        yield Candidate(text="兩趴", reading="cardinal")
    yield Candidate(text=f"{words}趴", reading="cardinal")


def _time(hour: int, minute: int) -> Iterator[Candidate]:
    oclock = ("兩" if hour == 2 else cardinal(hour)) + "點"
    if minute == 0:
        yield Candidate(text=oclock, reading="cardinal")
        return
    if minute == 30:
        yield Candidate(text=f"{oclock}半", reading="colloquial")
    zero = "零" if minute < 10 else ""
    yield Candidate(text=f"{oclock}{zero}{cardinal(minute)}分", reading="cardinal")


def _fraction(a: int, b: int) -> Iterator[Candidate]:
    if b != 1:
        yield Candidate(text=f"{cardinal(b)}分之{cardinal(a)}", reading="cardinal")
    if (a, b) == (1, 2):
        yield Candidate(text="一半", reading="colloquial")


def _date(year: str | None, month: int, day: int, place: _Place) -> Iterator[Candidate]:
    if day > _DAYS[month - 1]:
        return
    years = [f"{candidate.text}年" for candidate in _digits(year, place)] if year else [""]
    for ending in ("號", "日"):
        for words in years:
            yield Candidate(text=f"{words}{cardinal(month)}月{cardinal(day)}{ending}", reading="ordinal")
