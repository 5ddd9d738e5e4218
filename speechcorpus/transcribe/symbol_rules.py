"""NUM-SYM: signs that are read aloud as a word."""

# ruff: noqa: RUF001 - this file names signs that look alike

from collections.abc import Iterator, Mapping

import regex

from speechcorpus.transcribe.characters import NUMBER_SIGNS
from speechcorpus.transcribe.digits import in_script
from speechcorpus.transcribe.look_alikes import NUMERALS
from speechcorpus.transcribe.page import Hit, Page

_TWINS = str.maketrans("％＄￡￥＋＝＆＠／＃", "%$£¥+=&@/#")
_COUNTED = "".join(sorted(NUMERALS - set("〸〹〺"))) + "點点空"  # 〸 looks like 十, which comes first
_SIGN = regex.compile(rf"(?P<sign>[{NUMBER_SIGNS}])(?P=sign)*+", regex.V1)
_NUMBER = regex.compile(rf"[{_COUNTED}]++")
_FIGURE = regex.compile(r"[\p{Nd}\p{Nl}\p{No}]")
_ANY = regex.compile(f"[{NUMBER_SIGNS}]", regex.V1)

# The words around a number in Han characters, which is spoken where {} stands.
_WITH_NUMBER: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "%": {"cmn": ("百分之{}", "{}趴"), "nan": ("百分之{}", "{}趴")},
    "‰": {"cmn": ("千分之{}",), "nan": ("千分之{}",)},
    "℃": {"cmn": ("{}度", "攝氏{}度"), "nan": ("{}度", "攝氏{}度")},
    "℉": {"cmn": ("{}度", "華氏{}度"), "nan": ("{}度", "華氏{}度")},
    "°": {"cmn": ("{}度",), "nan": ("{}度",)},
    "$": {"cmn": ("{}元", "{}塊"), "nan": ("{}箍", "{}元")},
    "€": {"cmn": ("{}歐元",), "nan": ("{}歐元",)},
    "£": {"cmn": ("{}英鎊",), "nan": ("{}英鎊",)},
    "¥": {"cmn": ("{}日圓", "{}元"), "nan": ("{}日圓", "{}元")},
}
_NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "%": {"cmn": ("趴",), "nan": ("趴",)},
    "‰": {"cmn": ("千分之",), "nan": ("千分之",)},
    "℃": {"cmn": ("度",), "nan": ("度",)},
    "℉": {"cmn": ("度",), "nan": ("度",)},
    "+": {"cmn": ("加",), "nan": ("加",)},
    "−": {"cmn": ("減", "負"), "nan": ("減", "負")},
    "±": {"cmn": ("正負",), "nan": ("正負",)},
    "×": {"cmn": ("乘", "乘以"), "nan": ("乘",)},
    "÷": {"cmn": ("除以",), "nan": ("除以",)},
    "=": {"cmn": ("等於",), "nan": ("等於",)},
    "&": {"cmn": ("和", "跟"), "nan": ("佮", "和")},
    "@": {"cmn": ("小老鼠",), "nan": ("小鳥鼠",)},
    "/": {"cmn": ("或", "斜線"), "nan": ("抑是", "斜線")},
    "#": {"cmn": ("井號",), "nan": ("井號",)},
}
_BEFORE_NUMBER = "$€£¥"  # written before the number, spoken after it


def signs(page: Page) -> Iterator[Hit]:
    """NUM-SYM: a sign with the number in Han characters that it belongs to; words by its name elsewhere."""
    if not page.is_odd or not _ANY.search(page.solid):
        return
    for found in _SIGN.finditer(page.solid):
        sign = found["sign"].translate(_TWINS)
        start, end = _span(page.solid, found.start(), found.end(), sign)
        number = page.solid[start : found.start()] + page.solid[found.end() : end]
        yield Hit(
            rule="NUM-SYM",
            start=start,
            end=end,
            fix="ask",
            candidates=_spoken(page, sign, number, found.start(), found.end()),
            facts={"sign": found["sign"]},
        )


def _span(text: str, start: int, end: int, sign: str) -> tuple[int, int]:
    """The sign with its number, if that is written in Han characters."""
    if sign not in _WITH_NUMBER or end - start > 1:
        return start, end
    if sign in _BEFORE_NUMBER and (after := _NUMBER.match(text, end)):
        return start, after.end()
    first = start
    while first and text[first - 1] in _COUNTED:
        first -= 1
    return first, end


def _spoken(page: Page, sign: str, number: str, start: int, end: int) -> tuple[str, ...]:
    if not page.profile.has_han or end - start > 1:
        return ()  # how Tâi-lô writes a number that was spoken, only the listener knows
    language = page.profile.variety[:3]
    if number:
        forms = _WITH_NUMBER[sign][language]
    elif sign in _BEFORE_NUMBER and _FIGURE.match(page.solid, end):
        return ()  # the word stands behind the figures, which are no words yet
    else:
        forms = _NAMES.get(sign, {}).get(language) or _WITH_NUMBER.get(sign, {}).get(language, ())
    return tuple(in_script(form, page).format(number) for form in forms)
