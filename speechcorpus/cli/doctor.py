"""`speechcorpus doctor`: says what this machine offers and whether a store is whole."""

import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from speechcorpus.cli._store_options import database_option
from speechcorpus.store.store import Store, open_store
from speechcorpus.workflows.checkup import check_store
from speechcorpus.workflows.meter_figure import meter_figure
from speechcorpus.workflows.take_holds import held_takes

PACKAGES = (
    "speechcorpus",
    "sqlalchemy",
    "alembic",
    "numpy",
    "scipy",
    "soundfile",
    "soxr",
    "pyarrow",
    "psycopg",
    "obstore",
)


@click.command()
@click.option(
    "--data", type=click.Path(path_type=Path, exists=True, file_okay=False), help="A data folder to check."
)
@database_option
def command(data: Path | None, database: str | None) -> None:
    """Report the environment; with --data check tables, audit chain and every blob too; exit 1 on a fault."""
    click.echo(
        f"python {platform.python_version()} on {platform.platform()}, sqlite {sqlite3.sqlite_version}"
    )
    click.echo(", ".join(f"{name} {_version(name)}" for name in PACKAGES))
    if data is None:
        return
    click.echo(f"{data}: {shutil.disk_usage(data).free / 2**30:.1f} GiB free")
    if database is None and not (data / "catalogue.sqlite").exists():
        raise click.ClickException(f"{data} holds no store")
    store = open_store(data, database)
    store.catalogue.check_version()
    for line in _captures(store):
        click.echo(line)
    faults = check_store(store)
    for fault in faults:
        click.echo(f"{fault.rule} {fault.object}")
    click.echo(f"{len(faults)} faults in the audit chain, decisions, money, the blobs and their rows")
    sys.exit(1 if faults else 0)


def _captures(store: Store) -> Iterator[str]:
    """Say what browsers claim against the samples: figures that nobody else can see."""
    with store.catalogue.read() as session:
        figure, held = meter_figure(session), held_takes(session)
    alarm = "  ALARM: more than 1 %, look for a fault of ours" if figure.alarms else ""
    share = f"{100 * figure.share:.1f} %"
    yield f"live meter off by more than 0.3 dB: {figure.off} of {figure.compared} takes ({share}){alarm}"
    for take in held:
        yield f"{take.code} take:{take.take_id} waits for a person since {take.held_at:%Y-%m-%d}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
