"""The option that names a recogniser for drafts."""

import click

from speechcorpus.domain.errors import StoreError
from speechcorpus.workflows.recogniser import ENVIRONMENT, RecogniserSettings, parse_recogniser


def _parsed(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> RecogniserSettings | None:
    try:
        return parse_recogniser(value) if value else None
    except StoreError as error:
        raise click.BadParameter(f"{error.code}: {error}") from error


recogniser_option = click.option(
    "--recogniser",
    metavar="KIND:FOLDER",
    envvar=ENVIRONMENT,
    callback=_parsed,
    help="Offer drafts by this model (extra asr), for example faster-whisper:/models/taigi. Absent: none.",
)


def to_arguments(settings: RecogniserSettings | None) -> list[str]:
    """Return the option as a child process is given it.

    Examples
    --------
    >>> to_arguments(None)
    []
    """
    return [] if settings is None else ["--recogniser", f"{settings.kind}:{settings.folder}"]
