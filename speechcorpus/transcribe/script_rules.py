"""HAN-SIMP, HAN-TRAD, HAN-VAR, HAN-MOE: which form of a character, and which spelling of a word."""

from collections.abc import Iterator, Mapping

from speechcorpus.transcribe.page import Hit, Page
from speechcorpus.transcribe.table_rows import Variant


def simplified_characters(page: Page) -> Iterator[Hit]:
    """HAN-SIMP: a character of the simplified table that this profile does not exempt."""
    tables, profile = page.tables, page.profile
    if profile.script != "Hant" or tables.to_traditional.keys().isdisjoint(page.plain):
        return
    for index, char in enumerate(page.plain):
        if forms := tables.traditional_forms(char, profile):
            yield _of_other_script("HAN-SIMP", index, char, forms)


def traditional_characters(page: Page) -> Iterator[Hit]:
    """HAN-TRAD: a character of the traditional table in script Hans, unless the language writes it so."""
    tables, profile = page.tables, page.profile
    if profile.script != "Hans" or tables.to_simplified.keys().isdisjoint(page.plain):
        return
    for index, char in enumerate(page.plain):
        if forms := tables.simplified_forms(char, profile):
            yield _of_other_script("HAN-TRAD", index, char, forms)


def _of_other_script(rule: str, index: int, char: str, forms: tuple[str, ...]) -> Hit:
    return Hit(
        rule=rule,
        start=index,
        end=index + 1,
        fix="safe" if len(forms) == 1 else "ask",
        candidates=forms,
        facts={"char": char, "written": " ".join(forms)},
    )


def variant_characters(page: Page) -> Iterator[Hit]:
    """HAN-VAR: a form of a character that Taiwan does not write; HAN-SIMP comes first."""
    variants: Mapping[str, Variant] = page.tables.variants
    if variants.keys().isdisjoint(page.plain):
        return
    for index, char in enumerate(page.plain):
        row = variants.get(char)
        if row and not page.tables.traditional_forms(char, page.profile):
            yield Hit(
                rule="HAN-VAR",
                start=index,
                end=index + 1,
                fix="safe" if row.safe else "ask",
                candidates=(row.written,),
                facts={"char": char, "written": row.written},
            )


def folk_spellings(page: Page) -> Iterator[Hit]:
    """HAN-MOE: a folk spelling of a Taigi word; in script Hans both are compared as simplified."""
    in_hans = page.profile.script == "Hans"
    one_form = page.tables.one_simplified if in_hans else {}
    text = page.plain.translate(one_form) if in_hans else page.plain
    for start, end in page.tables.folk_lexicon(page.profile.script).places(text):
        written = page.tables.folk_forms(page.profile.script)[text[start:end]]
        yield Hit(
            rule="HAN-MOE",
            start=start,
            end=end,
            fix="ask",
            candidates=written,
            facts={"word": page.plain[start:end], "written": " / ".join(written)},
        )
