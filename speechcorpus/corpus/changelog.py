"""What changed from one version to the next, in prose."""

from collections.abc import Sequence
from dataclasses import dataclass

NAMED = 20  # clips listed by name; beyond that their number has to do


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Utterances that came, left, changed their text, or left because their text now leaks."""

    version: str
    released_on: str
    first: bool
    added: tuple[str, ...]
    left: tuple[str, ...]
    now_leaking: tuple[str, ...]
    corrected: tuple[str, ...]


def changelog(change: Change, before: str) -> str:
    """Return `CHANGELOG.md`: this version above the ones before it."""
    lines = [f"## {change.version} — {change.released_on}", ""]
    if change.first:
        lines.append(f"- First release: {len(change.added)} clips.")
    else:
        lines += [
            f"- {len(change.added)} clips added.",
            f"- {len(change.left)} clips withdrawn or no longer eligible{_listed(change.left)}.",
            f"- {len(change.corrected)} transcripts corrected{_listed(change.corrected)}.",
            f"- {len(change.now_leaking)} clips moved to extra, because their sentence is in another split"
            f"{_listed(change.now_leaking)}.",
            "- Nobody changed split; audio that was there before is the same byte for byte.",
        ]
    return "# Changelog\n\n" + "\n".join(lines) + "\n" + _older(before)


def _listed(utterances: Sequence[str]) -> str:
    more = f" and {len(utterances) - NAMED} more" if len(utterances) > NAMED else ""
    return f": {', '.join(utterances[:NAMED])}{more}" if utterances else ""


def _older(before: str) -> str:
    return "\n" + before.removeprefix("# Changelog\n\n") if before else ""
