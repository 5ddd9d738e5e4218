"""Consent texts: kept as a blob whose name is the very hash that terms and consents carry.

`Terms.consent.sha256` is the SHA-256 of the canonical JSON `{locale: text}`; these bytes are stored as they
are, so a text that anyone agreed to can neither change nor get lost while the terms stand.
"""

import json
from collections.abc import Mapping

from speechcorpus.domain.canonical import canonical_json
from speechcorpus.domain.errors import StoreError
from speechcorpus.store.store import Store

LANGUAGES = ("zh-Hant", "zh-Hans", "nan-Hant", "en")


def keep_consent_texts(store: Store, texts: Mapping[str, str]) -> str:
    """Store a consent text in all its languages and return its hash for the terms.

    Raises
    ------
    StoreError : `consent.language-missing`, when one of our languages has no text
    """
    missing = [locale for locale in LANGUAGES if not texts.get(locale)]
    if missing:
        raise StoreError("consent.language-missing", f"no consent text in {missing[0]}", locale=missing[0])
    return store.blobs.put_bytes(canonical_json(dict(texts)))


def consent_texts(store: Store, sha256: str) -> Mapping[str, str]:
    """Return the texts of this hash, by language.

    Raises
    ------
    StoreError : `consent.text-missing`, when they were never kept here
    """
    if not store.blobs.exists(sha256):
        raise StoreError("consent.text-missing", "the text of this consent is not kept here", sha256=sha256)
    texts: dict[str, str] = json.loads(store.blobs.read(sha256))
    return texts
