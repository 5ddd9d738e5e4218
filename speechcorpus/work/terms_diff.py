"""What changed between two versions of terms: by key, the old value beside the new one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from speechcorpus.domain.plain import to_plain
from speechcorpus.domain.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsChange:
    """One key whose value differs; None where a version has no such key."""

    key: str  # as the file writes it, for example `bands.medium.to`
    before: str | None
    after: str | None


def terms_changes(before: Terms, after: Terms) -> tuple[TermsChange, ...]:
    """Return every key that differs, in the order of the file; no key for the same terms."""
    old, new = dict(_leaves(_named(before))), dict(_leaves(_named(after)))
    return tuple(
        TermsChange(key=key, before=old.get(key), after=new.get(key))
        for key in dict.fromkeys((*old, *new))
        if old.get(key) != new.get(key)
    )


def _named(terms: Terms) -> Mapping[str, object]:
    """Return the terms as plain values, their bands by name and with the file's words."""
    plain = cast(Mapping[str, Any], to_plain(terms))
    bands = {
        band["name"]: {
            "from": band["low"],
            "to": band["high"],
            **{key: inner for key, inner in band.items() if key not in ("name", "low", "high")},
        }
        for band in plain["bands"]
    }
    return {**plain, "bands": bands}


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            name = f'"{key}"' if "." in key else key
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        yield path, ", ".join(str(inner) for inner in value)
    elif value is not None:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)
