"""`speechcorpus doctor`: says what this machine offers, what it lacks, and whether a store is whole."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from speechcorpus.cli._store_options import database_option, open_store
from speechcorpus.store.store import Store
from speechcorpus.workflows.checkup import check_store
from speechcorpus.workflows.examination import Seen, examine_house, examine_machine
from speechcorpus.workflows.meter_figure import meter_figure
from speechcorpus.workflows.take_holds import held_takes
from speechcorpus.workflows.worker import utc_now


@click.command()
@click.option(
    "--data", type=click.Path(path_type=Path, exists=True, file_okay=False), help="A data folder to check."
)
@database_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(data: Path | None, database: str | None, as_json: bool) -> None:
    """Look at the machine; with --data also at the house, its tables, its log, its money and every blob.

    A line begins with `ok`, with `lacks` for what some commands miss, or with `fault`; how to get it stands
    beside it. Exits 1 on a fault.
    """
    seen = _told(examine_machine(), as_json)
    if data is None:
        sys.exit(1 if seen else 0)
    if database is None and not (data / "catalogue.sqlite").exists():
        raise click.ClickException(f"{data} holds no store")
    store = open_store(data, database)
    seen += _told(examine_house(store, now=utc_now()), as_json)
    store.catalogue.check_version()
    for line in _captures(store):
        click.echo(line, err=as_json)
    faults = check_store(store)
    for fault in faults:
        click.echo(json.dumps(asdict(fault)) if as_json else f"{fault.rule} {fault.object}")
    total = f"{len(faults)} faults in the audit chain, decisions, money, receipts, the blobs and their rows"
    click.echo(total, err=as_json)
    sys.exit(1 if faults or seen else 0)


def _told(lines: Iterator[Seen], as_json: bool) -> int:
    """Print what was seen; return how many faults are among it."""
    faults = 0
    for line in lines:
        click.echo(json.dumps(asdict(line)) if as_json else str(line))
        faults += line.standing == "fault"
    return faults


def _captures(store: Store) -> Iterator[str]:
    """Say what browsers claim against the samples: figures that nobody else can see."""
    with store.catalogue.read() as session:
        figure, held = meter_figure(session), held_takes(session)
    alarm = "  ALARM: more than 1 %, look for a fault of ours" if figure.alarms else ""
    share = f"{100 * figure.share:.1f} %"
    yield f"live meter off by more than 0.3 dB: {figure.off} of {figure.compared} takes ({share}){alarm}"
    for take in held:
        yield f"{take.code} take:{take.take_id} waits for a person since {take.held_at:%Y-%m-%d}"
