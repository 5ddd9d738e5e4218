"""Every repair that needs no ear, in the order in which one makes room for the next."""

from collections.abc import Iterable

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.domain.transcript import CheckContext, Edit, Fixed, TranscriptProfile
from speechcorpus.transcribe.check import hits_on, refuse_unreadable
from speechcorpus.transcribe.page import Hit, Page
from speechcorpus.transcribe.tables import Tables

# Invisible characters hide neighbours; look-alikes need true ones; simplified characters come before
# variants, since 着 and 裏 may result; half-width marks come before runs (`,，` is a run), blanks as well
# (`？ ？`); a run is shortened before the edge is looked at; NFC has the last word.
ORDER: tuple[frozenset[str], ...] = (
    frozenset({"UNI-INVIS"}),
    frozenset({"UNI-PUA"}),
    frozenset({"UNI-COMPAT", "UNI-NFC"}),
    frozenset({"UNI-RADICAL"}),
    frozenset({"UNI-FULLW"}),
    frozenset({"UNI-CONFUS"}),
    frozenset({"TL-HYPH"}),
    frozenset({"TL-MARK"}),
    frozenset({"TL-NUM"}),
    frozenset({"TL-POJ"}),
    frozenset({"HAN-SIMP", "HAN-TRAD"}),
    frozenset({"HAN-VAR"}),
    frozenset({"PUN-HALF"}),
    frozenset({"SPC-ANY"}),
    frozenset({"PUN-RUN"}),
    frozenset({"PUN-EDGE"}),
    frozenset({"UNI-NFC"}),
)
_MOST_ROUNDS = 3


def safe_fix(text: str, profile: TranscriptProfile, tables: Tables) -> Fixed:
    """Return `text` with all its safe violations repaired; nothing that was spoken changes.

    Raises
    ------
    TranscriptError : as `check`; `transcript.unstable` if three rounds do not settle the text (a bug)

    Examples
    --------
    >>> tables = Tables(version="", to_traditional={}, to_simplified={}, simplified_exempt={})
    >>> safe_fix(" 好,，", TranscriptProfile(variety="nan-TW"), tables).text
    '好，'
    """
    refuse_unreadable(text)
    edits: list[Edit] = []
    page = Page(text=text, profile=profile, tables=tables, context=CheckContext())
    hits = hits_on(page)
    for _ in range(_MOST_ROUNDS + 1):
        before = page.text
        for rules in ORDER:
            if chosen := [hit for hit in hits if hit.rule in rules and hit.fix == "safe"]:
                text = _apply(page, chosen, edits)
                page = Page(text=text, profile=profile, tables=tables, context=CheckContext())
                hits = hits_on(page)
        if page.text == before:
            return Fixed(text=page.text, edits=tuple(edits))
    raise TranscriptError("transcript.unstable", "the safe fixes of this text do not come to rest")


def _apply(page: Page, hits: Iterable[Hit], edits: list[Edit]) -> str:
    pieces, done, shift = [], 0, 0
    for start, end, hit in sorted(((*page.place(hit), hit) for hit in hits), key=lambda placed: placed[:2]):
        if start < done:
            continue  # two repairs of one place: the second has its turn in the next round
        found, replacement = page.text[start:end], hit.candidates[0]
        edits.append(
            Edit(rule=hit.rule, start=start + shift, end=end + shift, found=found, replacement=replacement)
        )
        shift += len(replacement) - len(found)
        pieces += [page.text[done:start], replacement]
        done = end
    return "".join([*pieces, page.text[done:]])
