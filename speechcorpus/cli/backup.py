"""`speechcorpus backup`: a consistent copy of a data folder while people record."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from speechcorpus.cli._passphrase import passphrase_option
from speechcorpus.cli._store_options import data_option, database_option, open_store
from speechcorpus.workflows.backing_up import Wanted, back_up
from speechcorpus.workflows.backup_layout import BackupFacts
from speechcorpus.workflows.worker import utc_now

KEYS = {
    "sealed": "private keys: sealed under the passphrase",
    "left-out": "private keys: LEFT OUT, keep keys/ and tls/ of the data folder apart from this backup "
    "(or give --key-passphrase-file)",
    "none": "private keys: there are none yet",
}


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@data_option
@database_option
@click.option(
    "--earlier",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A backup on the same disk: what it holds already is linked, not copied.",
)
@click.option(
    "--link", is_flag=True, help="Link to the live files: instant, but no second copy of the bytes."
)
@passphrase_option
@click.option("--json", "as_json", is_flag=True, help="What it holds as one JSON object.")
def command(
    target: Path,
    data: Path,
    database: str | None,
    earlier: Path | None,
    link: bool,
    passphrase: str | None,
    as_json: bool,
) -> None:
    """Copy the data folder into TARGET, which must not be there yet; exit 1 if something could not be kept.

    It may run while the house is open. Keep the copy on another disk, try it with `speechcorpus restore
    --check`, and keep tombstones.jsonl of the live folder apart: it makes an old copy forget what was
    withdrawn since.
    """
    store = open_store(data, database)
    facts = back_up(store, target, Wanted(earlier=earlier, link=link, passphrase=passphrase), now=utc_now())
    store.catalogue.close()
    click.echo(json.dumps(asdict(facts)) if as_json else "\n".join(_lines(target, facts)))
    sys.exit(1 if facts.faults else 0)


def _lines(target: Path, facts: BackupFacts) -> list[str]:
    size = f"{facts.blob_bytes / 1e6:.1f} MB, {facts.blobs - facts.reused} copied, {facts.reused} linked"
    return [
        *facts.faults,
        f"{target}: {facts.blobs} files ({size}), {facts.chunks} chunks",
        KEYS[facts.keys],
    ]
