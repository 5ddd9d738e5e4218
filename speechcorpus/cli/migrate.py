"""`speechcorpus migrate`: bring the tables up to date, once, before several hosts start."""

from pathlib import Path

import click

from speechcorpus.cli._store_options import data_option, database_option, open_store
from speechcorpus.workflows.replaying import replay_tombstones
from speechcorpus.workflows.worker import utc_now


@click.command()
@data_option
@database_option
def command(data: Path, database: str | None) -> None:
    """Bring the tables to this version and make the signing keys, then end.

    `speechcorpus serve` does so by itself; where web processes and workers are started one by one, this comes
    first. Run again it changes nothing. With --blobs every host needs the same DATA/keys: copy the folder.
    """
    store = open_store(data, database)
    store.catalogue.migrate()
    forgotten = replay_tombstones(store, now=utc_now())  # a restored backup forgets before it serves
    for name in ("receipt.pem", "release.pem"):
        store.signing_key(name)
    store.catalogue.close()
    click.echo(f"the tables are up to date; {forgotten} withdrawals were carried out again")
