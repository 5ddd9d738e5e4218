"""Messages in four languages: one flat catalogue a language, the same for server and browser."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flask import request

LOCALES: Final = ("zh-Hant", "zh-Hans", "nan-Hant", "en")
DEFAULT_LOCALE: Final = "zh-Hant"
MESSAGES_DIR: Final = Path(__file__).parent / "messages"
PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
COOKIE: Final = "sc_lang"


class MissingMessageError(LookupError):
    """A key without a sentence, or a sentence that was not told one of its facts."""


@dataclass(frozen=True, slots=True)
class Messages(Mapping[str, str]):
    """The sentences of one language.

    Examples
    --------
    >>> Messages("en", {"home.left": "{hours} h left"}).t("home.left", hours=3)
    '3 h left'
    """

    locale: str
    texts: Mapping[str, str]
    strict: bool = True

    @classmethod
    def load(cls, locale: str, *, strict: bool = True) -> "Messages":
        """Read the catalogue of a language; KeyError for one we do not speak."""
        if locale not in LOCALES:
            raise KeyError(locale)
        texts = json.loads((MESSAGES_DIR / f"{locale}.json").read_text(encoding="utf-8"))
        return cls(locale, texts, strict)

    def t(self, key: str, /, **facts: object) -> str:
        """Return the sentence of a key with its facts put in."""
        text = self.texts.get(key)
        if text is None:
            return self._missing(key)
        return PLACEHOLDER.sub(lambda match: self._fact(key, match[1], facts), text)

    def starting_with(self, *prefixes: str) -> dict[str, str]:
        """Return the raw sentences an island needs, by the prefixes of their keys."""
        return {key: text for key, text in self.texts.items() if key.startswith(prefixes)}

    def _fact(self, key: str, name: str, facts: Mapping[str, object]) -> str:
        return str(facts[name]) if name in facts else self._missing(f"{key}{{{name}}}")

    def _missing(self, what: str) -> str:
        if self.strict:
            raise MissingMessageError(f"{self.locale}: {what}")
        return what

    def __getitem__(self, key: str) -> str:
        return self.texts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)


Catalogue = Mapping[str, Messages]


def load_catalogue(*, strict: bool) -> Catalogue:
    """Read all languages once."""
    return {locale: Messages.load(locale, strict=strict) for locale in LOCALES}


def placeholders(text: str) -> frozenset[str]:
    """Return the names of the facts a sentence is told.

    Examples
    --------
    >>> sorted(placeholders("{s}: {m}, limit {l}"))
    ['l', 'm', 's']
    """
    return frozenset(PLACEHOLDER.findall(text))


def asked_locale() -> str | None:
    """Return the language this request switches to (`?lang=`), if it names one we speak."""
    asked = request.args.get("lang")
    return asked if asked in LOCALES else None


def pick_locale(signed_in_locale: str | None) -> str:
    """Return the language of a request: switched to, remembered, the person's own, the browser's, ours."""
    wishes: Iterable[str | None] = (asked_locale(), request.cookies.get(COOKIE), signed_in_locale)
    known = next((wish for wish in wishes if wish in LOCALES), None)
    return known or _from_browser() or DEFAULT_LOCALE


def _from_browser() -> str | None:
    for tag, _ in request.accept_languages:
        tag = tag.lower()
        if tag.startswith("nan"):
            return "nan-Hant"
        if tag.startswith(("zh-hans", "zh-cn", "zh-sg")):
            return "zh-Hans"
        if tag.startswith("zh"):
            return "zh-Hant"
        if tag.startswith("en"):
            return "en"
    return None
