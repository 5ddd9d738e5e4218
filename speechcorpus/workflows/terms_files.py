"""Terms and the consent texts beside them, as a manager keeps them in a folder."""

from collections.abc import Mapping
from pathlib import Path

from speechcorpus.domain.errors import SpeechCorpusError, TermsError
from speechcorpus.domain.terms import Terms, consent_sha256
from speechcorpus.work.terms_file import parse_terms

LANGUAGES = ("zh-Hant", "zh-Hans", "nan-Hant", "en")


def read_terms(path: Path) -> Terms:
    """Return the terms of a file: TOML as a manager writes them, or the canonical JSON that was published.

    Raises
    ------
    TermsError : naming key and line
    """
    text = read_text(path)
    return Terms.from_document(text) if path.suffix == ".json" else parse_terms(text)


def read_consent_texts(path: Path, terms: Terms) -> Mapping[str, str]:
    """Return the consent text in all its languages, from `<consent.text>_<locale>.md` beside the terms file.

    Raises
    ------
    TermsError : `terms.consent-text` if one is missing, or if together they are not what the terms name
    """
    texts = read_texts(path.parent / terms.consent.text)
    found = consent_sha256(texts)
    if found != terms.consent.sha256:
        raise TermsError(
            "terms.consent-text",
            f"consent.sha256: these texts are {found}",
            key="consent.sha256",
            sha256=found,
        )
    return texts


def read_texts(stem: Path) -> Mapping[str, str]:
    """Return a consent text in all its languages, from `<stem>_<locale>.md`.

    Raises
    ------
    TermsError : `terms.consent-text` for the first one that is missing
    """
    files = {locale: stem.with_name(f"{stem.name}_{locale}.md") for locale in LANGUAGES}
    missing = [file.name for file in files.values() if not file.is_file()]
    if missing:
        raise TermsError(
            "terms.consent-text",
            f"consent.text: there is no {missing[0]}",
            key="consent.text",
            file=missing[0],
        )
    return {locale: read_text(file) for locale, file in files.items()}


def read_text(path: Path) -> str:
    """Return the text of a file as it is, line ends untouched.

    Raises
    ------
    SpeechCorpusError : `file.not-utf8`
    """
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise SpeechCorpusError("file.not-utf8", f"{path.name} is not UTF-8 text", file=path.name) from error
