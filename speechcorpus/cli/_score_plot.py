"""The chart of an evaluation as a file, and beside it the table of its numbers."""

import importlib.util
from pathlib import Path

from speechcorpus.cli._score_view import HEAD, table_rows
from speechcorpus.cli._view import visible
from speechcorpus.corpus.documents import markdown_table
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.score_plot import score_plot
from speechcorpus.transcribe.error_rates import Metric
from speechcorpus.workflows.release_scores import Evaluation


def check_plot(path: Path, release: Path) -> None:
    """Say it before anything is computed, when the chart cannot be drawn there.

    Raises
    ------
    ReleaseError : `score.plot`
    """
    if path.suffix.lower() != ".svg":
        raise ReleaseError("score.plot", f"{path.name} does not end in .svg")
    if path.resolve().is_relative_to(release.resolve()):
        raise ReleaseError("score.plot", f"{path} lies inside the release, which must not change")
    if not path.parent.is_dir():
        raise ReleaseError("score.plot", f"{path.parent} is no folder")
    if importlib.util.find_spec("matplotlib") is None:
        raise ReleaseError("score.plot", "drawing needs matplotlib: pip install speechcorpus[report]")


def write_plot(path: Path, found: Evaluation, metric: Metric) -> None:
    """Write the chart to `path` and its numbers to a table of the same name in Markdown."""
    references = found.references
    of = visible(f"{references.corpus} {references.version}, {references.split}")
    path.write_bytes(score_plot(found.groups, metric, of=of))
    rows = [[visible(cell).replace("|", "\\|") for cell in row] for row in table_rows(found.groups, metric)]
    path.with_suffix(".md").write_bytes(
        f"# {of}: {metric}\n\n".encode() + markdown_table(HEAD, rows).encode()
    )
