"""Draws the plots of a release as SVG: the same numbers give the same bytes, whatever the machine's fonts."""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from speechcorpus.corpus.charts import Plot
from speechcorpus.publish import panels
from speechcorpus.publish.derived import Derived
from speechcorpus.publish.panels import COLOURS, INK, INK_2, LINE, WIDTH_IN

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "COLOURS",
    "INK",
    "INK_2",
    "LINE",
    "WIDTH_IN",
    "drawn",
    "is_comparable",
    "plot_files",
    "sketched",
    "svg_fault",
    "tool_version",
]

SKETCHED: Final[Mapping[Any, Any]] = {
    "svg.hashsalt": "speechcorpus",  # else the ids in the file are random
    "svg.fonttype": "none",  # text stays text: nothing depends on the fonts of this machine
    "font.family": "DejaVu Sans",  # comes with the library: texts are measured alike everywhere
    "font.size": 9.0,
    "axes.edgecolor": INK_2,
    "axes.labelcolor": INK_2,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid.axis": "y",
    "xtick.color": INK_2,
    "ytick.color": INK_2,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.6,
    "text.color": INK,
    "path.simplify": False,
}
PROLOGUE: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
WITHOUT_METADATA: Final = dict.fromkeys(("Creator", "Date", "Format", "Type"))


DANGEROUS: Final = re.compile(
    rb"<\s*(script|image|foreignObject|iframe|a[\s>]|animate|set[\s>])|<!|\bon[a-z]+\s*=|javascript:|@import"
    rb"|href\s*=\s*[\"'](?!#)|url\(\s*(?![\"']?#)|&#",
    re.IGNORECASE,
)
LARGEST_PLOT: Final = 4 << 20


def svg_fault(data: bytes) -> str | None:
    """Return why a picture is not to be shown: it is too large, or holds a script or a reference outside.

    Examples
    --------
    >>> svg_fault(b'<svg><path d="M 0 0"/></svg>') is None, svg_fault(b"<svg><script/></svg>")
    (True, "holds '<script', which no plot of ours does")
    """
    if len(data) > LARGEST_PLOT:
        return f"is {len(data)} bytes long, more than {LARGEST_PLOT}"
    found = DANGEROUS.search(data)
    return found and f"holds {found.group().decode('utf-8', 'replace')!r}, which no plot of ours does"


def is_comparable(release: Mapping[str, object]) -> bool:
    """Say whether the plots of a release were drawn with the library that is installed here."""
    tools = release["tools"]
    return isinstance(tools, Mapping) and tools.get("matplotlib") == tool_version()


def tool_version() -> str:
    """Return the version of the library that draws, which decides the bytes of the plots."""
    return version("matplotlib")


def plot_files(plots: Iterable[Plot]) -> Iterator[Derived]:
    """Yield the file of each plot; it is drawn when its bytes are asked for."""
    for plot in plots:
        yield Derived(path=plot.path, chunks=_when_asked(plot))


def _when_asked(plot: Plot) -> Iterator[bytes]:
    yield drawn(plot)


@lru_cache(maxsize=64)  # a build verifies itself: the same plot is drawn once
def drawn(plot: Plot) -> bytes:
    """Return a plot as SVG: fixed size, no date, no script, no reference outside, a title to be read out."""
    return sketched(
        partial(panels.arrange, plot=plot), title=plot.title, says=plot.says, height_in=panels.height_in(plot)
    )


def sketched(arrange: "Callable[[Figure], None]", *, title: str, says: str, height_in: float) -> bytes:
    """Return what `arrange` puts on an empty page of fixed size, as SVG with its title in front."""
    import matplotlib  # only who draws waits for it
    from matplotlib.figure import Figure

    kept = io.BytesIO()
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # nobody's own settings
        matplotlib.rcParams.update(SKETCHED)
        figure = Figure(figsize=(WIDTH_IN, height_in))  # no pyplot: it would keep every figure
        arrange(figure)
        figure.savefig(kept, format="svg", metadata=WITHOUT_METADATA, facecolor="white")
        figure.clear()
    return _titled(kept.getvalue().decode(), title, says).encode()


def _titled(svg: str, title: str, says: str) -> str:
    """Put title and description in front, where a screen reader looks for them; leave out the outside DTD."""
    attributes, _, body = svg.partition("<svg ")[2].partition(">")
    words = f" <title>{escape(title)}</title>\n <desc>{escape(says)}</desc>"
    return f'{PROLOGUE}<svg role="img" {attributes}>\n{words}{body}'.rstrip("\n") + "\n"
