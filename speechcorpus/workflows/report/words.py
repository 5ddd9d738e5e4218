"""The report's sentences, one table a language; pictures hold symbols and units only."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal, get_args

from speechcorpus.domain.errors import StoreError

Language = Literal["en", "zh-Hant"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Sentences of one language; call it with a key and the facts."""

    language: Language
    table: Mapping[str, str]

    def __call__(self, key: str, **facts: object) -> str:
        """Return the sentence, its `{facts}` filled in."""
        return self.table[key].format_map(facts)

    def name(self, kind: str, word: str | None) -> str:
        """Return the name of one of some words, or the word itself where people make up their own."""
        return self.table.get(f"{kind}.{word}", word or "—")


def load_words(language: str) -> Words:
    """Return the sentences of a language.

    Raises
    ------
    StoreError : `report.language`

    Examples
    --------
    >>> load_words("en")("page.of", page=2, pages=7)
    'Page 2 of 7'
    """
    for known in LANGUAGES:
        if known == language:
            text = files("speechcorpus.workflows.report").joinpath("data", f"{known}.json").read_text("utf-8")
            return Words(language=known, table=json.loads(text))
    known_ones = ", ".join(LANGUAGES)
    raise StoreError("report.language", f"the report speaks {known_ones}, not {language!r}")
