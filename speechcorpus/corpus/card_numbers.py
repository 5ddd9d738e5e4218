"""The sections of the card that speak in numbers: every plot has its numbers in a table beside it."""

from collections.abc import Mapping, Sequence
from itertools import product

from speechcorpus.corpus.charts import Panel, Plot, Stacks
from speechcorpus.corpus.documents import markdown_table
from speechcorpus.corpus.plots import BANDS, LANGUAGES, STYLES, band_edges, by_word, gini, plots
from speechcorpus.corpus.splits import SPLITS
from speechcorpus.corpus.statistics import QUARTILES, Kept, Share, Statistics, quartiles

Document = Mapping[str, object]
SECONDS_PER_HOUR = 3600


def hours(release: Document, statistics: Statistics) -> str:
    """Return the table of hours, clips and speakers by variety, band and split, with its plot."""
    head = ["variety", "band", "split", "hours", "clips", "speakers"]
    rows = [
        [*cell, f"{share.seconds / SECONDS_PER_HOUR:.4f}", str(share.clips), str(len(share.speakers))]
        for cell, share in _in_order(statistics)
    ]
    totals = [
        ["all", "all", split, f"{s.seconds / SECONDS_PER_HOUR:.4f}", str(s.clips), str(len(s.speakers))]
        for split, s in statistics.by_split.items()
    ]
    picture = _shown(plots_by_name(release, statistics)["hours"])
    return f"## Hours, clips, speakers\n\n{picture}\n" + markdown_table(head, [*rows, *totals])


def noise(release: Document, statistics: Statistics) -> str:
    """Return what is known of the background, in five sentences, with its plots and tables."""
    drawn = plots_by_name(release, statistics)
    kept = [[band, *_kept(found)] for band, found in by_word(statistics.kept, BANDS)]
    measured = sum(found.measured for found in statistics.kept.values())
    inside = measured - sum(found.outside for found in statistics.kept.values())
    sentences = (
        "`noise_band` is the band of background level that the task required, `noise_band_measured` the one "
        f"the take was in, and the edges were {_edges(release)}. "
        "The level is the A-weighted energy average of what is left between stretches of speech, measured on "
        "the item audio at the rate it was recorded at, of which the released FLAC is a resampled copy. "
        f"{statistics.calibrated} of {statistics.total.clips} clips were made with a calibrated microphone "
        "and carry dB(A) re 20 µPa, while the others carry dB re full scale only and say `uncalibrated`. "
        "`noise_uncertainty_db` is the expanded uncertainty (k = 2), `noise_quiet_s` the time without speech "
        "that the figure rests on, and `noise_out_share` the share of that time outside the band. "
        f"Of the {measured} clips whose level is known in dB(A), {inside} were in the band that their task "
        "required."
    )
    head = ["band", "clips in dB(A)", "measured in another band", "share of clips", "mean `noise_out_share`"]
    return "\n".join(
        (
            f"## Noise evidence\n\n{sentences}\n",
            _shown(drawn["noise-level"]) + "\n" + markdown_table(head, kept),
            _numbers(drawn["noise-level"]),
            *_with_quartiles(drawn["snr"], "band", by_word(statistics.snr, BANDS)),
            *_with_quartiles(drawn["speech-level"], "band", by_word(statistics.lufs, BANDS)),
        )
    )


def more(release: Document, statistics: Statistics) -> str:
    """Return length of clips, time of speakers and coverage of the language, with plots and tables."""
    drawn = plots_by_name(release, statistics)
    seconds = list(statistics.spoken.values())
    largest = max(seconds, default=0.0) / (sum(seconds) or 1.0)
    shares = [["Gini coefficient", f"{gini(seconds):g}"], ["largest share", f"{100 * largest:.2f} %"]]
    return "\n".join(
        (
            "## Length, speakers, coverage\n",
            *_with_quartiles(drawn["duration"], "style", by_word(statistics.lengths, STYLES)),
            _shown(drawn["speakers"]) + "\n" + markdown_table(["hours a speaker", "value"], shares),
            _numbers(drawn["speakers"]),
            _shown(drawn["coverage"]) + "\n" + _coverage(statistics),
            _numbers(drawn["coverage"]),
        )
    )


def plots_by_name(release: Document, statistics: Statistics) -> dict[str, Plot]:
    """Return the plots of a release by name."""
    return {plot.name: plot for plot in plots(release, statistics)}


def _in_order(statistics: Statistics) -> list[tuple[tuple[str, str, str], Share]]:
    places = {cell: place for place, cell in enumerate(product(LANGUAGES, BANDS, SPLITS))}
    return sorted(statistics.by_cell.items(), key=lambda item: places[item[0]])


def _with_quartiles(
    plot: Plot, series: str, values: Sequence[tuple[str, Sequence[float]]]
) -> tuple[str, str]:
    rows = [[name, *(f"{q:g}" for q in quartiles(found))] for name, found in values if found]
    along = plot.panels[0].along if plot.panels else ""
    table = markdown_table([series, *(f"{along}: {name}" for name in QUARTILES)], rows)
    return _shown(plot) + "\n" + table, _numbers(plot)


def _coverage(statistics: Statistics) -> str:
    found = statistics.coverage
    rows = [
        [split, "–" if (share := found.out_of_train(split)) is None else f"{100 * share:.2f} %"]
        for split in ("dev", "test")
    ]
    table = markdown_table(["split", "characters that train does not have"], rows)
    readings = f"{found.with_reading} of {found.clips} clips have a reading" if found.with_reading else ""
    return f"{table}\n{readings or 'No reading given'}.\n"


def _shown(plot: Plot) -> str:
    return f"![{plot.title}. {plot.says}]({plot.path})\n"


def _numbers(plot: Plot) -> str:
    """Return all numbers of a plot, folded away: for who cannot see it, and for comparing versions."""
    parts = "".join(f"\n{_named(panel)}\n\n{panel.table()}" for panel in plot.panels)
    return f"<details><summary>Numbers of {plot.path}</summary>\n{parts}\n</details>\n"


def _named(panel: Panel) -> str:
    bare = "" if isinstance(panel, Stacks) else "; rows without any are left out"
    return f"{panel.title}: {panel.upward} by {panel.along}{bare}."


def _edges(release: Document) -> str:
    terms = release["terms"]
    if not isinstance(terms, Mapping) or not band_edges(release):
        return "not stated"
    return "; ".join(f"{_bands(document)} (terms {version})" for version, document in sorted(terms.items()))


def _bands(document: Mapping[str, object]) -> str:
    bands = document.get("bands", ())
    if not isinstance(bands, Sequence):
        return "not stated"
    return ", ".join(f"{band['name']} {band['low'] or '−∞'} to {band['high'] or '∞'} dB(A)" for band in bands)


def _kept(found: Kept) -> list[str]:
    outside = _percent(found.outside, found.measured)
    return [str(found.measured), str(found.outside), outside, _mean(found.shares)]


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _mean(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.4f}" if values else "–"
