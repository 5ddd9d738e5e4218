"""The names things carry inside a corpus, and the names files may have."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from speechcorpus.domain.errors import ReleaseError

SPEAKER_ID = re.compile(r"spk\d{5}")
SESSION_ID = re.compile(r"spk\d{5}-s\d{4}")
UTT_ID = re.compile(r"spk\d{5}-s\d{4}-\d{6}")
CONSENT_ID = re.compile(r"c\d{6}")
CORPUS_NAME = re.compile(r"[a-z0-9-]{3,40}")
PATH = re.compile(r"[A-Za-z0-9._/+=-]{1,200}")
UNWANTED_ENDINGS = (".tmp", ".part", "~")

KeyOf = Callable[[str], bytes]
"""A keyed hash with its key bound: `order_key` of one corpus and major version."""
Names = Mapping[tuple[str, str], str]
"""(kind, object id) → name; kinds are speaker, session, utterance, consent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Whose words, in which sitting, under which consent: what one utterance needs names for."""

    utterance: str
    session: str
    speaker: str
    consent: str


def order_key(corpus: str, major: int, value: str) -> bytes:
    """Return the keyed hash that stands for chance wherever a release needs an order."""
    return hashlib.sha256(f"{corpus}\0{major}\0{value}".encode()).digest()


def draw_names(corpus: str, major: int, speech: Iterable[Speech], taken: Names) -> dict[tuple[str, str], str]:
    """Return names for whatever has none yet; a name in `taken` is never given again.

    Speakers, and within one parent sessions and utterances, are numbered in keyed-hash order, so a number
    tells nothing about when somebody came.

    Examples
    --------
    >>> one = Speech(utterance="u", session="s", speaker="p", consent="c")
    >>> sorted(draw_names("demo", 1, [one], {}).values())
    ['c000001', 'spk00001', 'spk00001-s0001', 'spk00001-s0001-000001']
    """
    items = list(speech)
    found, highest = dict(taken), _highest_numbers(taken.values())

    def draw(kind: str, things: Iterable[str], prefix_of: Callable[[str], str], digits: int) -> None:
        new = {thing for thing in things if (kind, thing) not in found}
        for thing in sorted(new, key=lambda thing: order_key(corpus, major, thing)):
            prefix = prefix_of(thing)
            highest[prefix] = highest.get(prefix, 0) + 1
            found[kind, thing] = f"{prefix}{highest[prefix]:0{digits}d}"

    speaker_of = {item.session: item.speaker for item in items}
    session_of = {item.utterance: item.session for item in items}
    draw("speaker", (item.speaker for item in items), lambda _: "spk", 5)
    draw("consent", (item.consent for item in items), lambda _: "c", 6)
    draw("session", speaker_of, lambda thing: found["speaker", speaker_of[thing]] + "-s", 4)
    draw("utterance", session_of, lambda thing: found["session", session_of[thing]] + "-", 6)
    return {key: name for key, name in found.items() if key not in taken}


def check_corpus_name(name: str) -> None:
    """Raise `release.corpus-name` unless the name is safe in a URL and on every file system."""
    if not CORPUS_NAME.fullmatch(name):
        raise ReleaseError("release.corpus-name", f"a corpus name is 3–40 of a–z, 0–9 and -, not {name!r}")


def path_fault(path: str) -> str | None:
    """Return why a release may not hold a file of this path, None when it may.

    Examples
    --------
    >>> path_fault("audio/train/spk00001/x.flac") is None, path_fault("../x"), path_fault(".x")
    (True, 'leaves the tree', 'hidden file or folder')
    """
    parts = path.split("/")
    if ".." in parts or path.startswith("/"):
        return "leaves the tree"
    if not PATH.fullmatch(path) or "" in parts:
        return "characters or length"
    if any(part.startswith(".") for part in parts):
        return "hidden file or folder"
    if path.endswith(UNWANTED_ENDINGS):
        return "unfinished file"
    return None


def _highest_numbers(names: Iterable[str]) -> dict[str, int]:
    highest: dict[str, int] = {}
    for name in names:
        prefix = name.rstrip("0123456789")
        highest[prefix] = max(highest.get(prefix, 0), int(name[len(prefix) :]))
    return highest
