"""How pictures are drawn: the product's colours, no global state, the same bytes for the same numbers."""

import importlib.util
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from speechcorpus.domain.errors import StoreError
from speechcorpus.noise.band import Bands

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DRAWING_PACKAGES = ("matplotlib", "librosa")
# the tokens of the product's design; a picture cannot read a style sheet
INK, INK_2, INK_3, LINE, SURFACE = "#1d2327", "#4c565c", "#5c666d", "#ddd8cc", "#ffffff"
ACCENT, STOP, FIX = "#0f6b62", "#b3261e", "#855800"
BAND_COLOURS = ("#1f6ba3", "#8f5c0d", "#ad3c28")
SPECTROGRAM_COLOURS = ("#10141c", "#173c56", "#1d7f85", "#7fc95a", "#fbe75a")

STYLE: dict[Any, Any] = {
    "svg.hashsalt": "speechcorpus",  # else the ids in the file are random
    "svg.fonttype": "none",  # letters stay text: smaller, sharper, and searchable
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK_2,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": INK_2,
    "ytick.color": INK_2,
    "xtick.major.size": 0.0,
    "ytick.major.size": 0.0,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 1.2,
    "text.color": INK,
    "path.simplify": False,
}
MARGINS_IN = (0.42, 0.42, 0.08)  # left for numbers, below for numbers and a unit, right and above
WITHOUT_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
PLAIN_RULE = "*{stroke-linejoin"
STRETCHED_RULE = "*{vector-effect: non-scaling-stroke; stroke-linejoin"


def require_drawing() -> None:
    """Say it at once, not after an hour of measuring, when pictures cannot be drawn here.

    Raises
    ------
    StoreError : `report.missing`
    """
    missing = [name for name in DRAWING_PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise StoreError(
            "report.missing",
            f"the report draws with {' and '.join(missing)}: pip install speechcorpus[report]",
            packages=", ".join(missing),
        )


def svg(
    draw: "Callable[[Axes], None]", *, width_in: float, height_in: float, stretched: bool = False
) -> bytes:
    """Return one drawing as SVG.

    A stretched one has no margins and fills any box: only its lines keep their width, so it holds no text.
    """
    import matplotlib
    from matplotlib.figure import Figure

    kept = io.BytesIO()
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # nobody's own settings: the same numbers give the same bytes
        matplotlib.rcParams.update(STYLE)
        figure = Figure(figsize=(width_in, height_in))  # no pyplot: it would keep every figure
        axes = figure.add_axes((0, 0, 1, 1)) if stretched else figure.add_subplot()
        draw(axes)
        if not stretched:
            left, bottom, end = MARGINS_IN  # fixed ones: to find better ones, all would be drawn twice
            right, top = 1 - end / width_in, 1 - end / height_in
            figure.subplots_adjust(left / width_in, bottom / height_in, right, top)
        figure.savefig(kept, format="svg", metadata=WITHOUT_METADATA, transparent=True)
        figure.clear()  # its parts point at one another: the fewer wait for the garbage collector, the better
    picture = kept.getvalue().decode()
    return (_stretchable(picture) if stretched else picture).encode()


def band_colour(bands: Bands, name: str | None) -> str:
    """Return the colour of a band: from blue for the quietest to red for the loudest."""
    places = [band.name for band in bands.bands]
    if name not in places:
        return INK_3
    last = max(1, len(places) - 1)
    return BAND_COLOURS[round(places.index(name) / last * (len(BAND_COLOURS) - 1))]


def _stretchable(picture: str) -> str:
    filled = picture.replace(" viewBox=", ' preserveAspectRatio="none" viewBox=', 1)
    return filled.replace(PLAIN_RULE, STRETCHED_RULE, 1)
