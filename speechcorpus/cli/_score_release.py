"""`speechcorpus score --release`: what a recogniser makes of one split of a release."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import IO, Any

import click

from speechcorpus.cli._hypotheses import read_hypotheses
from speechcorpus.cli._lines import json_line
from speechcorpus.cli._score_json import json_records
from speechcorpus.transcribe.error_rates import Metric

_SPLITS = ("train", "dev", "test")
_USUAL_RESAMPLES, _FEWEST_RESAMPLES, _MOST_RESAMPLES = 10_000, 100, 1_000_000
_SEED = 20_261

_OPTIONS = (
    click.option(
        "--release",
        metavar="DIR",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        help="Compare with the clips of this release; HYP alone is given.",
    ),
    click.option("--split", type=click.Choice(_SPLITS), default="test", show_default=True),
    click.option("--against", metavar="HYP2", type=click.File("rb"), help="A second recogniser, B."),
    click.option("--by", metavar="NAMES", help="Groups: band,style,variety+band, …"),
    click.option(
        "--reference", type=click.Choice(("text", "reading")), default="text", help="`reading` is Tâi-lô."
    ),
    click.option("--skip-missing", is_flag=True, help="Leave out clips without a text."),
    click.option(
        "--plot",
        metavar="FILE.svg",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Draw it, with its table beside it in FILE.md.",
    ),
    click.option("--worst", type=click.IntRange(min=0), default=5, help="Show so many clips side by side."),
    click.option(
        "--resamples", type=click.IntRange(_FEWEST_RESAMPLES, _MOST_RESAMPLES), default=_USUAL_RESAMPLES
    ),
    click.option("--seed", type=click.IntRange(min=0), default=_SEED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseOptions:
    """What the options said that go with --release only."""

    split: str
    against: IO[bytes] | None
    by: str | None
    reference: Any
    skip_missing: bool
    plot: Path | None
    worst: int
    resamples: int
    seed: int


def release_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of an evaluation on a release."""
    return reduce(lambda decorated, option: option(decorated), reversed(_OPTIONS), command)


def score_release(
    root: Path, files: Sequence[IO[bytes]], metric: Metric | None, as_json: bool, options: ReleaseOptions
) -> None:
    """Print how far the texts of one file are from what the clips say.

    Raises
    ------
    SpeechCorpusError : what cannot be read or compared
    """
    from speechcorpus.cli._score_plot import check_plot, write_plot
    from speechcorpus.cli._score_view import terminal_view
    from speechcorpus.corpus.score_groups import USUAL, parse_groupings
    from speechcorpus.workflows import release_scores

    if len(files) != 1:
        raise click.UsageError("with --release give one file of texts, HYP")
    shown: Metric = metric or ("ser" if options.reference == "reading" else "cer")
    asked = release_scores.Asked(
        split=options.split,
        by=USUAL if options.by is None else parse_groupings(options.by),
        reference=options.reference,
        skip_missing=options.skip_missing,
        seed=options.seed,
        resamples=options.resamples,
    )
    against = read_hypotheses(options.against) if options.against else None
    if options.plot:
        check_plot(options.plot, root)
    found = release_scores.score_release(root, read_hypotheses(files[0]), asked, against)
    for warned in found.warnings:
        click.echo(f"{warned.code}: {warned.sentence}", err=True)
    if as_json:
        click.echo("\n".join(map(json_line, json_records(found, asked))))
    else:
        click.echo("\n".join(terminal_view(found, shown, options.worst)))
    if options.plot:
        write_plot(options.plot, found, shown)
