"""Which texts may be released, and when two texts are the same sentence."""

import unicodedata

USUAL_MARKS = "，。？！"
ROMAN_MARKS = {"tailo": "-", "poj": "-"}


def permitted_marks(orthography: str, marks: str = USUAL_MARKS) -> str:
    """Return the marks a transcript of this orthography may hold.

    >>> permitted_marks("hanji"), permitted_marks("poj")
    ('，。？！', '，。？！-')
    """
    return marks + ROMAN_MARKS.get(orthography, "")


def text_fault(text: str, marks: str) -> str | None:
    """Return what keeps this text out of a release, None when nothing does.

    Examples
    --------
    >>> text_fault("你好，請坐。", "，。？！") is None
    True
    >>> text_fault("你好、請坐。", "，。？！")
    'the mark 、 (U+3001) is not permitted'
    """
    if not text:
        return "it is empty"
    if any("\ud800" <= c <= "\udfff" for c in text):
        return "it holds half a surrogate pair"
    if not unicodedata.is_normalized("NFC", text):
        return "it is not NFC"
    if text != text.strip() or "  " in text:
        return "it has a leading, trailing or double space"
    return next((fault for c in text if (fault := _character_fault(c, marks))), None)


def normal_form(text: str) -> str:
    """Return what makes two texts one sentence: NFKC, case-folded, only letters, marks and numbers.

    Examples
    --------
    >>> normal_form("ABC，好！ 好") == normal_form("abc 好好。")
    True
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if unicodedata.category(c)[0] in "LMN")


def spoken_characters(text: str) -> int:
    """Return how many characters of a text are spoken: letters and numbers, without combining marks.

    >>> spoken_characters("你好，請坐。")
    4
    """
    return sum(map(is_spoken, text))


def is_spoken(character: str) -> bool:
    """Say whether a character is spoken: a letter or a number, no mark, no blank."""
    return unicodedata.category(character)[0] in "LN"


def _character_fault(c: str, marks: str) -> str | None:
    category = unicodedata.category(c)
    if category[0] in "ZC" and c != " ":
        return f"it holds white space or a control character (U+{ord(c):04X})"
    if category[0] in "PS" and c not in marks:
        return f"the mark {c} (U+{ord(c):04X}) is not permitted"
    return None
