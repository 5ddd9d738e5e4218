"""What a plot shows, as plain numbers: drawn by `publish/`, and written out in a table beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from speechcorpus.corpus.documents import markdown_table

Number = int | float
FARTHEST = (
    1000  # bins to either side of 0: a number beyond is no level and no length, and would fill the memory
)
MOST_MARKS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One named row of numbers; None is a gap."""

    name: str
    values: tuple[Number | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A vertical line with its word, for example the edge of a band."""

    name: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One pair of axes. `labels` name the places along it, `series` hold one number for each."""

    title: str
    along: str  # what `labels` are, with their unit
    upward: str  # what the numbers are, with their unit
    labels: tuple[str, ...]
    series: tuple[Series, ...]

    def table(self) -> str:
        """Return every number of the panel as a Markdown table; a row without any number is left out."""
        head = [self.along, *(series.name for series in self.series)]
        columns = [series.values for series in self.series]
        rows = [
            [label, *map(_cell, numbers)]
            for label, *numbers in zip(self.labels, *columns, strict=True)
            if any(numbers)
        ]
        return markdown_table(head, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacks(Panel):
    """Bars, the series one above the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram(Panel):
    """Counts in bins of equal width, one row of axes a series; `labels` are the lower edges of the bins."""

    start: float
    width: float
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves(Panel):
    """Lines over numbers; `labels` are those numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid(Panel):
    """How often a row (a series) meets a column (a label): darker is more often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """One file below `plots/`: a title, a sentence for who cannot see it, and its panels."""

    name: str
    title: str
    says: str
    panels: tuple[Panel, ...]

    @property
    def path(self) -> str:
        """Its place in the tree.

        >>> Plot(name="snr", title="SNR", says="…", panels=()).path
        'plots/snr.svg'
        """
        return f"plots/{self.name}.svg"


def histogram(
    title: str,
    along: str,
    values: Sequence[tuple[str, Sequence[float]]],
    *,
    width: float,
    marks: Sequence[Mark] = (),
) -> Histogram:
    """Return the counts of some named values in bins `[k · width, (k + 1) · width)`.

    The bins 1,000 from zero hold what lies beyond them, too.

    Examples
    --------
    >>> found = histogram("SNR", "dB", [("low", [20.0, 20.9, 22.0])], width=1.0)
    >>> found.labels, found.series[0].values
    (('20', '21', '22'), (2, 0, 1))
    """
    counted = [(name, _counts(found, width)) for name, found in values if found]
    places = [place for _, counts in counted for place in counts]
    low, high = (min(places), max(places)) if places else (0, -1)
    return Histogram(
        title=title,
        along=along,
        upward="clips",
        labels=tuple(f"{place * width:g}" for place in range(low, high + 1)),
        series=tuple(
            Series(name=name, values=tuple(counts.get(place, 0) for place in range(low, high + 1)))
            for name, counts in counted
        ),
        start=low * width,
        width=width,
        marks=tuple(mark for mark in marks if low * width <= mark.at <= (high + 1) * width)[:MOST_MARKS],
    )


def tables(plot: Plot) -> Iterator[tuple[str, str]]:
    """Yield title and Markdown table of each panel of a plot."""
    for panel in plot.panels:
        yield panel.title, panel.table()


def _counts(values: Sequence[float], width: float) -> dict[int, int]:
    counts: dict[int, int] = {}
    for value in values:
        place = int(min(max(value // width, -FARTHEST), FARTHEST))
        counts[place] = counts.get(place, 0) + 1
    return counts


def _cell(number: Number | None) -> str:
    return "–" if number is None else f"{number:g}" if isinstance(number, int) else repr(number)
