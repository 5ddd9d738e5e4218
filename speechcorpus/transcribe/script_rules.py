"""HAN-SIMP: simplified characters in a traditional transcript."""

import unicodedata
from collections.abc import Iterator

from speechcorpus.transcribe.page import Hit, Page


def simplified_characters(page: Page) -> Iterator[Hit]:
    """HAN-SIMP: a character of the simplified table that this profile does not exempt."""
    if page.profile.script != "Hant" or not page.profile.has_han:
        return
    table = page.tables.to_traditional
    for index, char in enumerate(page.solid):
        # A compatibility copy counts as the character it stands for, else repairing it would add an error.
        plain = char if char in table or char < "\uf900" else unicodedata.normalize("NFC", char)
        forms = page.tables.traditional_forms(plain, page.profile) if plain in table else ()
        if forms:
            yield Hit(
                rule="HAN-SIMP",
                start=index,
                end=index + 1,
                fix="safe" if len(forms) == 1 else "ask",
                candidates=forms,
                facts={"char": char, "written": " ".join(forms)},
            )
