"""The seven plots of a release, as numbers: what each shows and the few figures beside it."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import ceil
from typing import TypeVar

from speechcorpus.corpus.charts import Curves, Grid, Mark, Plot, Series, Stacks, histogram
from speechcorpus.corpus.columns import BY_NAME
from speechcorpus.corpus.coverage import INITIALS, NO_INITIAL, Coverage, points_of
from speechcorpus.corpus.splits import SPLITS
from speechcorpus.corpus.statistics import Statistics

Found = TypeVar("Found")

BANDS, LANGUAGES, STYLES, GENDERS = (
    BY_NAME[name].words for name in ("noise_band", "language", "style", "gender")
)
MOST_BARS = 60  # more speakers share a bar: nobody reads two thousand
SECONDS_PER_HOUR = 3600
Document = Mapping[str, object]


def plots(release: Document, statistics: Statistics) -> tuple[Plot, ...]:
    """Return the plots of a release, in the order in which the card shows them."""
    return (
        _hours(statistics),
        _noise_level(release, statistics),
        _by_band("snr", "Signal-to-noise ratio", "SNR, dB", statistics.snr),
        _by_band("speech-level", "Loudness of speech", "loudness, LUFS", statistics.lufs),
        _durations(statistics),
        _speakers(statistics),
        _coverage(statistics.coverage),
    )


def gini(values: Sequence[float]) -> float:
    """Return the Gini coefficient of some amounts: 0 when all are equal, near 1 when one has everything.

    >>> gini([1.0, 1.0, 1.0]), gini([0.0, 0.0, 0.0, 8.0])
    (0.0, 0.75)
    """
    ordered, total = sorted(values), sum(values)
    if not total:
        return 0.0
    weighted = sum(rank * value for rank, value in enumerate(ordered, 1))
    return round(2 * weighted / (len(ordered) * total) - (len(ordered) + 1) / len(ordered), 4) + 0.0


def band_edges(release: Document) -> tuple[Mark, ...]:
    """Return the edges of the noise bands in dB(A), each once, of all terms that clips were made under."""
    terms = release["terms"]
    found: dict[float, Mark] = {}
    for document in terms.values() if isinstance(terms, Mapping) else ():
        for band in document.get("bands", ()):
            for edge in (band["low"], band["high"]):
                if edge is not None:
                    found[float(edge)] = Mark(name=f"{float(edge):g}", at=float(edge))
    return tuple(found[edge] for edge in sorted(found))


def by_word(values: Mapping[str, Found], words: Sequence[str]) -> list[tuple[str, Found]]:
    """Return what was found for each word of a column's list, in its order; no other word is one."""
    return [(word, values[word]) for word in words if word in values]


def _hours(statistics: Statistics) -> Plot:
    there = {(language, band) for language, band, _ in statistics.by_cell}
    cells = [cell for cell in product(LANGUAGES, BANDS) if cell in there]
    bars = Stacks(
        title="Hours",
        along="variety and band",
        upward="hours",
        labels=tuple(f"{language} {band}" for language, band in cells),
        series=tuple(
            Series(name=split, values=tuple(_cell_hours(statistics, (*cell, split)) for cell in cells))
            for split in SPLITS
        ),
    )
    return Plot(
        name="hours",
        title="Hours by variety and noise band",
        says="One bar for each variety and required noise band, its hours stacked by split.",
        panels=(bars,),
    )


def _noise_level(release: Document, statistics: Statistics) -> Plot:
    panels = []
    if statistics.levels:
        found = histogram(
            "Clips with a calibrated microphone",
            "background level, dB(A)",
            by_word(statistics.levels, BANDS),
            width=1.0,
            marks=band_edges(release),
        )
        panels.append(found)
    if statistics.uncalibrated:
        title, along = "Clips without calibration", "background level, dB re full scale, A-weighted"
        panels.append(histogram(title, along, by_word(statistics.uncalibrated, BANDS), width=1.0))
    return Plot(
        name="noise-level",
        title="Background level by required band",
        says="How many clips have which background level, in steps of 1 dB, with the edges of the bands.",
        panels=tuple(panels),
    )


def _by_band(name: str, title: str, along: str, values: Mapping[str, Sequence[float]]) -> Plot:
    return Plot(
        name=name,
        title=f"{title} by required noise band",
        says=f"How many clips have which {along}, in steps of 1 dB, one row a band.",
        panels=(histogram(title, along, by_word(values, BANDS), width=1.0),),
    )


def _durations(statistics: Statistics) -> Plot:
    values = by_word(statistics.lengths, STYLES)
    return Plot(
        name="duration",
        title="Length of clips by style",
        says="How many clips have which length, in steps of half a second, one row a style.",
        panels=(histogram("Length", "duration, s", values, width=0.5),),
    )


def _speakers(statistics: Statistics) -> Plot:
    bars = speaker_bars(statistics)
    genders = [gender for gender in GENDERS if any(gender == found for found, _, _ in bars)]
    panel = Stacks(
        title="Speakers, the longest first",
        along="speaker" if all(count == 1 for _, count, _ in bars) else "rank, speakers",
        upward="hours each",
        labels=tuple(
            f"{rank}" if count == 1 else f"{rank} ({count})" for rank, (_, count, _) in enumerate(bars, 1)
        ),
        series=tuple(
            Series(name=gender, values=tuple(hours if gender == mine else 0 for mine, _, hours in bars))
            for gender in genders
        ),
    )
    return Plot(
        name="speakers",
        title="Hours a speaker, by gender",
        says="One bar a speaker, sorted by hours; in large releases one bar for several of one gender.",
        panels=(panel,),
    )


def speaker_bars(statistics: Statistics) -> list[tuple[str, int, float]]:
    """Return gender, number of speakers and mean hours of each bar, the longest first."""
    together = ceil(len(statistics.spoken) / MOST_BARS)
    bars = []
    for gender in GENDERS:
        seconds = sorted((s for (mine, _), s in statistics.spoken.items() if mine == gender), reverse=True)
        for first in range(0, len(seconds), max(1, together)):
            block = seconds[first : first + together]
            bars.append((gender, len(block), _hours_of(sum(block) / len(block))))
    return sorted(bars, key=lambda bar: (-bar[2], GENDERS.index(bar[0]), bar[1]))


def _coverage(found: Coverage) -> Plot:
    points = points_of(found.clips)
    characters = Curves(
        title="Distinct characters",
        along="clips",
        upward="distinct",
        labels=tuple(map(str, points)),
        series=(Series(name="characters", values=tuple(map(found.characters.by, points))),),
    )
    panels = (characters, *_syllable_panels(found)) if found.with_reading else (characters,)
    says = "Distinct characters against the number of clips"
    with_readings = ", distinct syllables likewise, and how often each initial meets each final"
    return Plot(
        name="coverage",
        title="What of the language is said",
        says=says + (with_readings if found.with_reading else "; no reading given") + ".",
        panels=panels,
    )


def _syllable_panels(found: Coverage) -> tuple[Curves, Grid]:
    points = points_of(found.with_reading)
    curves = Curves(
        title="Distinct Tâi-lô syllables",
        along="clips with a reading",
        upward="distinct",
        labels=tuple(map(str, points)),
        series=(
            Series(name="without tone", values=tuple(map(found.bare.by, points))),
            Series(name="with tone", values=tuple(map(found.toned.by, points))),
        ),
    )
    initials = [i for i in (NO_INITIAL, *INITIALS) if any(i == initial for initial, _ in found.parts)]
    finals = sorted({final for _, final in found.parts})
    grid = Grid(
        title="Initials and finals",
        along="final",
        upward="syllables",
        labels=tuple(finals),
        series=tuple(
            Series(name=initial, values=tuple(found.parts.get((initial, final), 0) for final in finals))
            for initial in initials
        ),
    )
    return curves, grid


def _cell_hours(statistics: Statistics, cell: tuple[str, str, str]) -> float:
    share = statistics.by_cell.get(cell)
    return _hours_of(share.seconds) if share else 0


def _hours_of(seconds: float) -> float:
    return round(seconds / SECONDS_PER_HOUR, 4)
