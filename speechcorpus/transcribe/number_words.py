"""Words for whole numbers: as a quantity, digit by digit, and as people shorten them."""

from collections.abc import Iterator

DIGITS = "零一二三四五六七八九"
_UNITS = ("", "十", "百", "千")
_SECTIONS = ("", "萬", "億", "兆")
LIMIT = 10**16


def cardinal(number: int, *, two: str = "兩", hundred_two: str = "兩", zero: str = "零") -> str:
    """Return a number below 10¹⁶ as a quantity.

    Parameters
    ----------
    number : 0 or more, below `LIMIT`
    two : how a leading 2 is said before 千 萬 億 兆
    hundred_two : the same before 百
    zero : what stands for a run of zeros

    Examples
    --------
    >>> [cardinal(n) for n in (0, 12, 111, 200, 1001, 10010, 20000, 100_005_000)]
    ['零', '十二', '一百一十一', '兩百', '一千零一', '一萬零一十', '兩萬', '一億零五千']
    """
    if number == 0:
        return zero
    words, gap = "", False
    for place in range(len(_SECTIONS) - 1, -1, -1):
        section = number // 10_000**place % 10_000
        if section == 0:
            gap = bool(words)
            continue
        lead = not words
        if words and (gap or section < 1000):
            words += zero
        if lead and section == 2 and place:
            words += two
        else:
            words += _section(section, lead=lead, two=two, hundred_two=hundred_two, zero=zero)
        words += _SECTIONS[place]
        gap = False
    return words


def _section(section: int, *, lead: bool, two: str, hundred_two: str, zero: str) -> str:
    words, gap = "", False
    for place in range(3, -1, -1):
        digit = section // 10**place % 10
        if digit == 0:
            gap = True
            continue
        words += zero if words and gap else ""
        first = lead and not words
        if first and place == 1 and digit == 1:
            words += "十"  # never 一十 at the start
        elif first and digit == 2 and place > 1:
            words += (hundred_two if place == 2 else two) + _UNITS[place]
        else:
            words += DIGITS[digit] + _UNITS[place]
        gap = False
    return words


def digit_by_digit(digits: str, *, zero: str) -> str:
    """Return each figure as a word of one syllable.

    Examples
    --------
    >>> digit_by_digit("2026", zero="〇")
    '二〇二六'
    """
    return "".join(zero if digit == "0" else DIGITS[int(digit)] for digit in digits)


def without_last_unit(number: int, *, bare_one: bool, hundred_two: str = "兩") -> Iterator[str]:
    """Yield the short forms of 150, 1200 or 15000: 一百五, 一千二, 一萬五, and 百五 where `bare_one`.

    The last figure that is not 0 must stand directly below another: 105 and 1050 have no short form.

    Examples
    --------
    >>> list(without_last_unit(150, bare_one=True)), list(without_last_unit(105, bare_one=True))
    (['百五', '一百五'], [])
    """
    for place in (1, 2, 3):
        last = number // 10**place % 10
        if number % 10**place == 0 and last and number // 10 ** (place + 1) % 10:
            full = cardinal(number, hundred_two=hundred_two)
            short = full.removesuffix(_UNITS[place])
            if bare_one and number // 10 ** (place + 1) == 1:
                yield short.removeprefix("一")
            yield short
