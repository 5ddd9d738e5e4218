"""What work on a corpus paid and how much of it was refused, as the catalogue counted it."""

from collections.abc import Mapping

Document = Mapping[str, object]
UNKNOWN = "Not known from the catalogue."


def paid(release: Document) -> str:
    """Return what was paid by item, and what that came to an hour: median and quartiles."""
    found = _found(release)
    prices = found.get("price_minor")
    if not isinstance(prices, Mapping):
        return UNKNOWN
    lines = "; ".join(f"{line} {price} an item" for line, price in sorted(prices.items()))
    return f"By accepted item, in minor units of {found.get('currency')}: {lines}. {_hourly(found)}"


def refused(release: Document) -> str:
    """Return the rates of refusal and of appeal."""
    found = _found(release)
    decided, lost = found.get("decided"), found.get("refused")
    if not isinstance(decided, int) or not isinstance(lost, int):
        return UNKNOWN
    return (
        f"{lost} of {decided} decided price lines were refused{_rate(lost, decided)}, each by two people "
        f"with evidence. {_appeals(found, lost)}"
    )


def _hourly(found: Mapping[str, object]) -> str:
    hourly, people = found.get("hourly_minor"), found.get("timed_people", 0)
    if not isinstance(hourly, Mapping):
        return (
            f"What an hour paid is not said: the work of {people} people was timed, and below 5 a median "
            "would tell what one of them earned."
        )
    return (
        f"An hour of work actually paid {hourly['median']} in the median, quartiles {hourly['q25']} and "
        f"{hourly['q75']}, over {found.get('timed_claims')} timed claims of {people} people."
    )


def _appeals(found: Mapping[str, object], refused_lines: int) -> str:
    appeals, overturned = found.get("appeals"), found.get("overturned")
    if not isinstance(appeals, int) or not isinstance(overturned, int):
        return "Appeals were not counted for this release."
    return (
        f"{appeals} refusals were appealed{_rate(appeals, refused_lines + overturned)}, {overturned} of "
        "these ended in favour of the contributor."
    )


def _rate(part: int, whole: int) -> str:
    return f" ({100 * part / whole:.1f} %)" if whole else ""


def _found(release: Document) -> Mapping[str, object]:
    found = release["collection"]
    return found if isinstance(found, Mapping) else {}
