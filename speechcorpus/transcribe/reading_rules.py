"""TL-ALIGN: the reading beside Han characters has one syllable for each of them."""

from collections.abc import Iterator

import regex

from speechcorpus.transcribe.latin_words import DASHES
from speechcorpus.transcribe.page import Hit, Page
from speechcorpus.transcribe.verbatim import syllables

_HAN = regex.compile(r"\p{Han}")
_DASH = regex.compile(f"[{DASHES}]")
_UNCOUNTED = regex.compile(r"[\p{N}--\p{Han}]", regex.V1)  # figures: nobody knows yet how many words they are


def unaligned_reading(page: Page) -> Iterator[Hit]:
    """TL-ALIGN: the whole text, where its reading is longer or shorter."""
    reading = page.context.reading
    if reading is None or not page.profile.has_han or is_partial(reading):
        return
    if page.is_odd and _UNCOUNTED.search(page.plain):
        return
    han, read = syllables(page.plain), syllables(_DASH.sub("-", reading))
    if han != read:
        facts = {"han": str(han), "syllables": str(read)}
        yield Hit(rule="TL-ALIGN", start=0, end=len(page.text), fix="none", facts=facts, in_text=True)


def is_partial(reading: str) -> bool:
    """Whether only some characters are read: the others then stand for themselves.

    Examples
    --------
    >>> is_partial("伊 真 khá"), is_partial("i tsin khá")
    (True, False)
    """
    return _HAN.search(reading) is not None
