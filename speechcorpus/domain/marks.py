"""How many marks may stand on one letter: putting very many into order takes time by the square."""

from typing import Final

import regex

MOST_MARKS: Final = 32  # Unicode's own bound for text in a stream is 30; no writing has more than a few
_TOO_MANY: Final = regex.compile(rf"(?<![^\p{{ccc=0}}])[^\p{{ccc=0}}]{{{MOST_MARKS + 1}}}")


def has_stacked_marks(text: str) -> bool:
    """Say whether more than 32 combining marks follow each other, before anything is normalised.

    Examples
    --------
    >>> has_stacked_marks("tsi̍t ê"), has_stacked_marks("a" + "\\u0300\\u0316" * 17)
    (False, True)
    """
    return not text.isascii() and _TOO_MANY.search(text) is not None
