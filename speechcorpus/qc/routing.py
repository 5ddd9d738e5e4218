"""Which findings a listener can settle, and the groups that transcript findings are shown in."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from speechcorpus.domain.finding import Finding
from speechcorpus.domain.finding_codes import SEVERITY_RANK

FORM: Final = "T-FORM"
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {  # transcripts.md: the first group that a rule begins like
        "T-PUNCT": ("pun-set", "pun-half", "pun-run", "pun-edge"),
        "T-FINAL": ("pun-tail",),
        "T-BRACKET": ("ann-paren", "tag-inline"),
        "T-NORM": ("uni-", "tl-"),
        "T-SCRIPT": ("han-",),
        "T-DIGIT": ("num-", "lat-"),
        "T-SPACE": ("spc-any",),
        "T-RATE": ("rate-",),
        "T-WORDING": ("wrd-",),
        "T-VERBATIM": ("vrb-", "dup-run"),
    }
)
# the groups "wording" and "faithful to sound" of the closed list, and what only ears can tell
HEARD: Final = ("content.", *(f"transcript.{rule}" for rule in ("wrd-", "lat-", "rate-", "vrb-", "dup-run")))


def text_group(code: str) -> str | None:
    """Return the group a transcript code is shown in, None for what is not about the text.

    Examples
    --------
    >>> text_group("transcript.wrd-cmn"), text_group("transcript.len-max"), text_group("audio.hum")
    ('T-WORDING', 'T-FORM', None)
    """
    family, _, rule = code.partition(".")
    if family != "transcript":
        return None
    return next((group for group, begins in GROUPS.items() if rule.startswith(begins)), FORM)


def a_listener_settles(codes: Iterable[str]) -> bool:
    """Say whether some of these findings can be settled by listening; other flags send nobody's item there.

    Examples
    --------
    >>> a_listener_settles(["audio.edge-silence", "noise.borderline"])
    False
    >>> a_listener_settles(["transcript.wrd-cmn"]), a_listener_settles(["content.duplicate"])
    (True, True)
    """
    return any(code.startswith(HEARD) for code in codes)


def place_in_queue(findings: Iterable[Finding]) -> int:
    """Return the rank of an item in the queue, highest first: by its worst finding, then by how many flags.

    Examples
    --------
    >>> place_in_queue([])
    0
    """
    severities = [finding.severity for finding in findings]
    worst = max((SEVERITY_RANK[each] for each in severities), default=0)
    return 100 * worst + min(severities.count("flag"), 99)
