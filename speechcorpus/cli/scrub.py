"""`speechcorpus scrub`: reads everything back and names what is no longer what it was."""

import json
import sys
from datetime import timedelta
from pathlib import Path

import click

from speechcorpus.cli._store_options import data_option, database_option, open_store
from speechcorpus.workflows.scrubbing import Scrubbed, scrub
from speechcorpus.workflows.scrubbing import readmit as take_back
from speechcorpus.workflows.worker import utc_now

MB = 1_000_000


@click.command()
@data_option
@database_option
@click.option("--older-than", type=click.FloatRange(min=0), help="Only what was not read for so many days.")
@click.option("--mb-per-s", type=click.FloatRange(min=0.1), help="Read no faster: people are recording.")
@click.option(
    "--most-mb", type=click.FloatRange(min=0), help="Stop after so much; the next run goes on there."
)
@click.option("--readmit", is_flag=True, help="First take back what was mended.")
@click.option("--json", "as_json", is_flag=True, help="A JSON line for each fault, and one for the sum.")
def command(
    data: Path,
    database: str | None,
    older_than: float | None,
    mb_per_s: float | None,
    most_mb: float | None,
    readmit: bool,
    as_json: bool,
) -> None:
    """Hash every kept file again; name what is missing or changed, move it out of reach, and exit 1.

    What has changed lies in blobs/quarantine afterwards, and no release with such a file is published. To
    mend it copy the file of the same name from a backup to its place blobs/aa/bb/, and run this with
    --readmit.
    """
    store = open_store(data, database)
    store.catalogue.check_version()
    now = utc_now()
    if readmit:
        click.echo(f"{take_back(store, now=now)} files are in their place again", err=True)
    done = scrub(
        store,
        now=now,
        unread_since=None if older_than is None else now - timedelta(days=older_than),
        most_bytes=None if most_mb is None else round(most_mb * MB),
        bytes_per_s=None if mb_per_s is None else mb_per_s * MB,
        say=_progress,
    )
    store.catalogue.close()
    for line in _json_lines(done) if as_json else _lines(done):
        click.echo(line)
    sys.exit(1 if done.found else 0)


def _progress(blobs: int, read: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{blobs} files, {read / MB:.0f} MB", nl=False, err=True)


def _lines(done: Scrubbed) -> list[str]:
    found = [f"{rot.fault.rule} {rot.fault.object} {' '.join(rot.touches)}".rstrip() for rot in done.found]
    read = f"{done.blobs} files and {done.chunks} chunks read back, {done.bytes / MB:.1f} MB"
    return [*found, f"{read}: {len(done.found)} faults"]


def _json_lines(done: Scrubbed) -> list[str]:
    found = [
        {"rule": rot.fault.rule, "object": rot.fault.object, "touches": list(rot.touches)}
        for rot in done.found
    ]
    total = {"blobs": done.blobs, "chunks": done.chunks, "bytes": done.bytes, "faults": len(done.found)}
    return [json.dumps(each) for each in (*found, total)]
