"""A page about phonetic coverage: two pictures, the shares by speaker and band, what is missing."""

import json
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from speechcorpus.domain.errors import StoreError
from speechcorpus.workflows.prompt_coverage import CoverageReport
from speechcorpus.workflows.report.style import ACCENT, INK_3, require_drawing, svg
from speechcorpus.workflows.report.words import LANGUAGES, Words

if TYPE_CHECKING:
    from jinja2 import Environment
    from matplotlib.axes import Axes

RANKS = (100, 400, 1000)
LISTED_UNITS = 120
WIDTH_IN, HEIGHT_IN = 4.8, 2.5
PAGE, STYLE_SHEET = "index.html", "report.css"
OWN_NAMES = (PAGE, STYLE_SHEET, "growth.svg", "ranks.svg")


def write_coverage_report(folder: Path, found: CoverageReport, *, language: str = "en") -> Path:
    """Write the page with its pictures into a folder and return it; the same report gives the same bytes.

    Raises
    ------
    StoreError : `report.missing` without the drawing packages, `report.folder` for a folder of something
        else, `report.language`
    """
    require_drawing()
    words = _words(language)
    _make_ready(folder)
    pictures = {"growth": _growth_picture(found), "ranks": _ranks_picture(found)}
    for name, picture in pictures.items():
        (folder / f"{name}.svg").write_bytes(picture)
    missing = found.whole.coverage.missing
    page = _environment().get_template("coverage.html").render(
        root="",
        words=words,
        found=found,
        pictures=tuple(pictures),
        rarest=missing[:LISTED_UNITS],
        commonest=sorted(missing, key=lambda one: (-one.in_reference, one.unit))[:LISTED_UNITS],
    )  # fmt: skip
    (folder / PAGE).write_text(page, encoding="utf-8")
    return folder / PAGE


def rank_shares(found: CoverageReport) -> list[float]:
    """Return the share of types covered, from the commonest to the rarest ranks."""
    return [
        1 - sum(low <= rank < high for rank in found.missing_ranks) / (high - low)
        for low, high in _rank_ranges(found.whole.coverage.types)
    ]


def _rank_ranges(types: int) -> list[tuple[int, int]]:
    edges = [0, *(edge for edge in RANKS if edge < types), types]
    return [(low, high) for low, high in pairwise(edges) if high > low]


def _growth_picture(found: CoverageReport) -> bytes:
    counts = (0, *found.growth)

    def draw(axes: "Axes") -> None:
        axes.axhline(found.whole.coverage.types, color=INK_3, linestyle="--", linewidth=1)
        axes.step(range(len(counts)), counts, where="post", color=ACCENT, linewidth=1.6)
        axes.set_xlim(0, max(1, len(counts) - 1))
        axes.set_ylim(0, max(1, found.whole.coverage.types) * 1.05)
        _whole_numbers(axes)
        axes.grid(axis="y")

    return svg(draw, width_in=WIDTH_IN, height_in=HEIGHT_IN)


def _ranks_picture(found: CoverageReport) -> bytes:
    shares = [100 * share for share in rank_shares(found)]

    def draw(axes: "Axes") -> None:
        bars = axes.bar(range(len(shares)), shares, width=0.7, color=ACCENT)
        axes.bar_label(bars, labels=[f"{share:.0f} %" for share in shares], padding=2)
        axes.set_xticks(range(len(shares)), _rank_names(found.whole.coverage.types))
        axes.set_ylim(0, 112)
        axes.set_yticks([0, 50, 100])
        axes.grid(axis="y")

    return svg(draw, width_in=WIDTH_IN, height_in=HEIGHT_IN)


def _rank_names(types: int) -> list[str]:
    return [f"{low + 1:,}–{high:,}" for low, high in _rank_ranges(types)]


def _whole_numbers(axes: "Axes") -> None:
    from matplotlib.ticker import MaxNLocator

    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5, integer=True))


def _words(language: str) -> Words:
    for known in LANGUAGES:
        if known == language:
            table = (
                files("speechcorpus.workflows").joinpath("prompt_data", f"{known}.json").read_text("utf-8")
            )
            return Words(language=known, table=json.loads(table))
    raise StoreError("report.language", f"the report speaks {', '.join(LANGUAGES)}, not {language!r}")


def _make_ready(folder: Path) -> None:
    """Make the folder with the style sheet in it; one that holds anything but such a report is left alone."""
    style = files("speechcorpus.workflows.report").joinpath("data", STYLE_SHEET).read_bytes()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = {one.name for one in folder.iterdir()}
        sheet = folder / STYLE_SHEET
        if names and (names - set(OWN_NAMES) or not sheet.is_file() or sheet.read_bytes() != style):
            sentence = f"{folder} holds something else: name an empty or a new folder for the report"
            raise StoreError("report.folder", sentence)
        sheet.write_bytes(style)
    except OSError as error:
        raise StoreError("report.folder", f"cannot write a report to {folder}: {error.strerror}") from error


@cache
def _environment() -> "Environment":
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    own = PackageLoader("speechcorpus.workflows", "prompt_data")
    shared = PackageLoader("speechcorpus.workflows.report", "data")
    return Environment(loader=ChoiceLoader([own, shared]), autoescape=True, undefined=StrictUndefined)
