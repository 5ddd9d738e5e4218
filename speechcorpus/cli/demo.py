"""`speechcorpus demo`: an honest demo project, served, with a sign-in link for each role."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import click

from speechcorpus.cli.serve import command as serve
from speechcorpus.store.store import open_store
from speechcorpus.workflows.demo import RoleLink, fill_demo, links
from speechcorpus.workflows.worker import utc_now

ROLES = {
    "contributor": "contributor: record, transcribe, see verdicts",
    "reviewer": "QC: inspect flagged clips",
    "manager": "manager: coverage, people, build and approve releases",
    "payer": "payer: approve what the manager proposes to pay, hand it to the bank",
    "ml": "ML team: release page and downloads",
}


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=Path("demo-data"), show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8765, show_default=True)
@click.option("--workers", type=click.IntRange(min=1), default=os.cpu_count() or 1, show_default="one a core")
@click.option("--fill-only", is_flag=True, help="Fill the folder and print the links, without serving.")
@click.option("--json", "as_json", is_flag=True, help="The links as JSON lines.")
@click.pass_context
def command(ctx: click.Context, data: Path, port: int, workers: int, fill_only: bool, as_json: bool) -> None:
    """Fill an honest demo project, start everything, print one sign-in link for each role.

    A folder that was filled before is continued; the links are made anew, each can be used once.
    """
    store = open_store(data, None)
    store.catalogue.migrate()
    fill_demo(store, now=utc_now, say=lambda sentence: click.echo(f"demo: {sentence}", err=True))
    found = links(store, now=utc_now())
    store.catalogue.close()
    click.echo(
        "\n".join(json.dumps(asdict(link), ensure_ascii=False) for link in found)
        if as_json
        else _page(found, port)
    )
    if not fill_only:
        ctx.invoke(serve, data=data, port=port, workers=workers, host="127.0.0.1", database=None, https=False)


def _page(found: list[RoleLink], port: int) -> str:
    lines = ["", "Sign-in links, each for one use (Ctrl-C ends the server, the folder is kept):", ""]
    for link in found:
        lines.append(f"  {ROLES[link.role]} — {link.name}")
        address = f"http://localhost:{port}{link.path}"
        lines.append(f"    {address}#{link.token}" if link.token else f"    {address} by passkey or password")
    return "\n".join([*lines, ""])
