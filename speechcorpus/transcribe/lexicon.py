"""A list of words that is looked up in one pass over a text, the longest first."""

from collections.abc import Iterable, Iterator


class Lexicon:
    """Words by their first character.

    Examples
    --------
    >>> list(Lexicon(["代志", "代"]).places("好代志代"))
    [(1, 3), (3, 4)]
    """

    __slots__ = ("_by_first", "_firsts")

    def __init__(self, words: Iterable[str]) -> None:
        by_first: dict[str, tuple[str, ...]] = {}
        for word in sorted({word for word in words if word}, key=len, reverse=True):
            by_first[word[0]] = (*by_first.get(word[0], ()), word)
        self._by_first = by_first
        self._firsts = frozenset(by_first)

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Spans of the words in `text`, from left to right, none within another."""
        if self._firsts.isdisjoint(text):
            return
        done = 0
        for index, char in enumerate(text):
            if index < done or char not in self._firsts:
                continue
            for word in self._by_first[char]:
                if text.startswith(word, index):
                    done = index + len(word)
                    yield index, done
                    break
