"""`speechcorpus restore`: a data folder out of a backup, or the drill that shows that it can be done."""

import sys
from pathlib import Path

import click

from speechcorpus.cli._passphrase import passphrase_option
from speechcorpus.cli._store_options import database_option
from speechcorpus.workflows.restoring import Origin, Restored, as_json, drill, restore
from speechcorpus.workflows.worker import utc_now


@click.command()
@click.argument("backup", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--data", type=click.Path(path_type=Path), help="The folder to make; it must be new or empty.")
@database_option
@click.option(
    "--check", is_flag=True, help="A drill: restore beside the backup, check all, take it away again."
)
@click.option(
    "--tombstones",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The tombstones.jsonl of the lost folder, if it was kept: what was withdrawn since stays withdrawn.",
)
@passphrase_option
@click.option("--json", "json_wanted", is_flag=True, help="What came of it as one JSON object.")
def command(
    backup: Path,
    data: Path | None,
    database: str | None,
    check: bool,
    tombstones: Path | None,
    passphrase: str | None,
    json_wanted: bool,
) -> None:
    """Make a data folder out of BACKUP and look all of it over; name every fault and exit 1 if there is one.

    What is whole is restored all the same. Staff sign in by new links afterwards, links that were not used
    and download tokens are over; contributors stay signed in.
    """
    if check == (data is not None):
        raise click.UsageError("give either --data for a new folder, or --check for a drill")
    origin = Origin(backup=backup, tombstones=tombstones, passphrase=passphrase, link=check)
    if data is None:
        restored = drill(origin, database, now=utc_now())
    else:
        restored = restore(origin, data, database, now=utc_now())
    click.echo(as_json(restored) if json_wanted else "\n".join(_lines(restored, data)))
    sys.exit(1 if restored.faults else 0)


def _lines(restored: Restored, data: Path | None) -> list[str]:
    facts = restored.facts
    keys = "the private keys are there"
    if not restored.keys:
        keys = "the private keys are NOT there: put keys/ (and tls/) in place before you serve"
    return [
        *(f"{fault.rule} {fault.object}" for fault in restored.faults),
        f"made {facts.made_at}: {facts.blobs} files, {facts.chunks} chunks, log to row {facts.audit_seq}",
        f"{restored.forgotten} withdrawals carried out again",
        keys,
        f"{len(restored.faults)} faults" + ("" if data else "; the drill has been cleared away"),
    ]
