"""The text format in which Prometheus reads figures, version 0.0.4."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from speechcorpus.store.counters import BUCKET, SUM, Totals

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One metric with all its samples."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    told: str  # what it is, one line
    samples: tuple[tuple[str, Labels, float], ...]  # suffix of the name, labels, value


def gauge(name: str, told: str, *samples: tuple[Labels, float]) -> Family:
    """Return a figure that goes up and down."""
    rows = tuple(("", labels, value) for labels, value in samples)
    return Family(name=name, kind="gauge", told=told, samples=rows)


def counter(name: str, told: str, totals: Totals, key: str, labels: Sequence[str]) -> Family:
    """Return a number that only grows, from what all processes counted under `key`."""
    rows = tuple(
        ("", dict(zip(labels, found[1:], strict=True)), value)
        for found, value in sorted(totals.items())
        if found[0] == key and len(found) == len(labels) + 1
    )
    return Family(name=name, kind="counter", told=told, samples=rows)


def histogram(
    name: str, told: str, totals: Totals, key: str, labels: Sequence[str], bounds: Sequence[float]
) -> Family:
    """Return how values are spread, from what `Counters.observe` added under `key`."""
    named = sorted({found[1 : 1 + len(labels)] for found in totals if found[0] == key})
    rows: list[tuple[str, Labels, float]] = []
    for values in named:
        said = dict(zip(labels, values, strict=True))
        reached = 0.0
        for at, bound in enumerate((*bounds, float("inf"))):
            reached += totals.get((key, *values, BUCKET, str(at)), 0.0)
            rows.append(("_bucket", {**said, "le": _written(bound)}, reached))
        rows += [("_sum", said, totals.get((key, *values, SUM), 0.0)), ("_count", said, reached)]
    return Family(name=name, kind="histogram", told=told, samples=tuple(rows))


def exposition(families: Iterable[Family]) -> str:
    r"""Return the text.

    Examples
    --------
    >>> print(exposition([gauge("room_bytes", "Free.", ({"disk": 'a"b'}, 3.0))]), end="")
    # HELP room_bytes Free.
    # TYPE room_bytes gauge
    room_bytes{disk="a\"b"} 3
    """
    return "".join(f"{line}\n" for family in families for line in _lines(family))


def _lines(family: Family) -> Iterable[str]:
    yield f"# HELP {family.name} {_escaped(family.told)}"
    yield f"# TYPE {family.name} {family.kind}"
    for suffix, labels, value in family.samples:
        said = ",".join(f'{name}="{_escaped(each, quote=True)}"' for name, each in labels.items())
        yield f"{family.name}{suffix}{f'{{{said}}}' if said else ''} {_written(value)}"


def _written(value: float) -> str:
    if value == float("inf"):
        return "+Inf"
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _escaped(text: str, *, quote: bool = False) -> str:
    plain = text.replace("\\", "\\\\").replace("\n", "\\n")
    return plain.replace('"', '\\"') if quote else plain
