"""Sentences that nearly repeat one another, found through an index of their rarest trigrams."""

from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

NEAR = 0.8  # Jaccard similarity of the sets of character trigrams
NEAR_CHARACTERS = 8
RAREST = 3
CODE_BITS = 21  # of a Unicode code point
IntArray = NDArray[np.int64]


def near_duplicates(sentences: Iterable[str]) -> list[tuple[str, str]]:
    """Return pairs of normal forms, at least 8 characters each, whose trigrams overlap by 0.8 (Jaccard).

    Two are compared only if they share one of the three rarest trigrams of each; up to 16 characters that
    misses no pair. Takes some 200 bytes a sentence.

    Examples
    --------
    >>> near_duplicates(["今仔日天氣真好咱來去公園行行", "今仔日天氣真好咱來去公園行", "毋是全款"])
    [('今仔日天氣真好咱來去公園行', '今仔日天氣真好咱來去公園行行')]
    """
    texts = sorted({text for text in sentences if len(text) >= NEAR_CHARACTERS})
    if len(texts) < 2:
        return []
    grams = [trigrams(text) for text in texts]
    sizes = np.array([len(found) for found in grams], dtype=np.int64)
    owners = np.repeat(np.arange(len(texts), dtype=np.int64), sizes)
    ranks = _by_rarity(np.concatenate(grams))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    near = set()
    for holders in _candidates(ranks, owners, starts):
        sets = {one: frozenset(ranks[starts[one] : starts[one + 1]].tolist()) for one in holders}
        near |= {pair for pair in combinations(holders, 2) if _is_near(sets[pair[0]], sets[pair[1]])}
    return [(texts[one], texts[other]) for one, other in sorted(near)]


def trigrams(text: str) -> IntArray:
    """Return the distinct runs of three characters of a text, each as one number, in order.

    >>> len(trigrams("行來行來行來"))
    2
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)
    return np.unique(codes[:-2] << 2 * CODE_BITS | codes[1:-1] << CODE_BITS | codes[2:])


def _by_rarity(grams: IntArray) -> IntArray:
    """Return for each trigram its place among all different ones, the rarest first."""
    _, inverse, counts = np.unique(grams, return_inverse=True, return_counts=True)
    places = np.empty(len(counts), dtype=np.int64)
    places[np.argsort(counts, kind="stable")] = np.arange(len(counts))
    found: IntArray = places[inverse]
    return found


def _candidates(ranks: IntArray, owners: IntArray, starts: IntArray) -> Iterator[list[int]]:
    """Yield sentences that have a trigram in common which is among the rarest of each, in order."""
    order = np.lexsort((ranks, owners))
    rarest = order[np.arange(len(order)) - starts[owners] < RAREST]
    posted = rarest[np.lexsort((owners[rarest], ranks[rarest]))]
    edges = np.flatnonzero(np.diff(ranks[posted])) + 1
    yield from (holders.tolist() for holders in np.split(owners[posted], edges) if len(holders) > 1)


def _is_near(one: frozenset[int], other: frozenset[int]) -> bool:
    if min(len(one), len(other)) < NEAR * max(len(one), len(other)):
        return False
    shared = len(one & other)
    return shared >= NEAR * (len(one) + len(other) - shared)
