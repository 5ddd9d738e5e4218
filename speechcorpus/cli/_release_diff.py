"""`speechcorpus release diff`: what changed between two versions, and the delta between them."""

import json
import sys
from pathlib import Path

import click

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.apply_delta import apply_delta as applied
from speechcorpus.publish.delta import write_delta_file
from speechcorpus.publish.diff import Diff
from speechcorpus.publish.diff import diff as compared

FOLDER = click.Path(path_type=Path)


@click.command()
@click.argument("old", type=FOLDER)
@click.argument("new", type=FOLDER)
@click.option("--delta", type=FOLDER, help="Write the delta that leads from OLD to NEW, a new file.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def diff(old: Path, new: Path, delta: Path | None, *, as_json: bool) -> None:
    """Say what differs between the releases in OLD and NEW; with --delta write what leads to NEW.

    Exit 1 only when NEW breaks what a version owes to the one before it: a speaker changed split within a
    major version, an id is used again, a published clip is gone without a withdrawal. Exit 2 when they cannot
    be compared.
    """
    found = compared(old, new)
    _say(found, as_json=as_json)
    if delta is not None:
        written = write_delta_file(old, new, delta)
        click.echo(f"{delta}: {written.bytes} bytes, SHA-256 {written.sha256}", err=True)
    sys.exit(1 if found.broken else 0)


@click.command("apply-delta")
@click.argument("old", type=FOLDER)
@click.argument("delta", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=FOLDER, required=True, help="The folder of the new version; it must not exist.")
def apply_delta(old: Path, delta: Path, out: Path) -> None:
    """Make the next version out of the release in OLD and DELTA; bundles that OLD lacks are passed over.

    OLD is only read, OUT appears whole or not at all. OLD may be a copy that apply-withdrawals has purged, if
    the new version is without the same voices. Exit 1 when what came out is not what the delta promised, 2
    when OLD was changed, is another version, or OUT cannot be written.
    """
    try:
        made = applied(old, delta, out)
    except ReleaseError as error:
        click.echo(f"{error.code}: {error}", err=True)
        sys.exit(1 if error.code == "release.delta-digest" else 2)
    click.echo(f"{made.root}: {made.version}, corpus id {made.corpus_id}; {', '.join(made.bundles)}")
    click.echo("To know whose it is: speechcorpus release verify --key PEM")


def _say(found: Diff, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    for line in found.lines():
        click.echo(line)
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in found.counts().items() if count)
    versions = f"{found.old['version']} → {found.new['version']}"
    click.echo(f"{found.corpus} {versions}: {counts or 'no difference'}")
