"""VRB-FILL: a filler that was said, in a spelling that hides it."""

from collections.abc import Iterator

import regex

from speechcorpus.transcribe.characters import FOREIGN_SET, beside
from speechcorpus.transcribe.page import Hit, Page

_MARK = regex.compile(r"\p{P}")
_FOREIGN = regex.compile(FOREIGN_SET, regex.V1)


def misspelt_fillers(page: Page) -> Iterator[Hit]:
    """VRB-FILL: bopomofo where a clause starts; an ordinary character only when it stands alone."""
    forms = page.tables.misspelt_fillers.get(page.profile.variety, {})
    text = page.plain
    if not page.profile.has_han or forms.keys().isdisjoint(text):
        return
    for index, char in enumerate(text):
        filler = forms.get(char)
        if filler is None or filler.script not in (None, page.profile.script):
            continue
        before, after = beside(text, index)
        if _ends(before) and (_ends(after) if filler.alone else not _FOREIGN.match(text, index + 1)):
            yield Hit(
                rule="VRB-FILL",
                start=index,
                end=index + 1,
                fix="ask",
                candidates=(filler.written,),
                facts={"form": char, "written": filler.written},
            )


def _ends(char: str) -> bool:
    """Whether a clause ends at a mark like this, or because nothing is left."""
    return not char or _MARK.match(char) is not None
