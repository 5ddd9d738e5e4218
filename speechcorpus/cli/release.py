"""`speechcorpus release`: build a release, verify one."""

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from speechcorpus.cli._release_diff import apply_delta, diff
from speechcorpus.cli._release_handover import bag, export
from speechcorpus.cli._release_keys import keys
from speechcorpus.cli._release_localize import localize
from speechcorpus.cli._release_sign import keygen, sign
from speechcorpus.cli._release_withdrawals import apply_feed
from speechcorpus.cli._store_options import database_option, open_store
from speechcorpus.corpus.settings import FORMATS, ReleaseSettings, settings_from_toml
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.bundles import BUNDLES
from speechcorpus.publish.consumers import CONSUMERS
from speechcorpus.publish.keys import read_public_key
from speechcorpus.publish.verify import Options, failed
from speechcorpus.store.models import Release
from speechcorpus.store.store import Store
from speechcorpus.workflows import release_folders
from speechcorpus.workflows.release_building import build_release
from speechcorpus.workflows.release_plans import Asked, plan_from_catalogue
from speechcorpus.workflows.release_requests import check_date, request_build

BROKEN = ("release.fixity", "release.self-verify")  # exit 1: the work was done, and found something wrong
OPERATOR = Actor(role="operator", id="command-line")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """Build a release, verify one, sign it, compare two, hand them on."""


command.add_command(sign)
command.add_command(keygen)
command.add_command(keys)
command.add_command(diff)
command.add_command(apply_delta)
command.add_command(bag)
command.add_command(export)
command.add_command(apply_feed)
command.add_command(localize)


@command.command()
@click.option("--data", type=click.Path(path_type=Path, file_okay=False, exists=True), required=True)
@database_option
@click.option("--project", "-P", required=True, help="Project whose accepted clips are released.")
@click.option("--corpus", help="Name of the corpus; the project's id if not given.")
@click.option("--version", required=True, help="MAJOR.MINOR.PATCH")
@click.option("--released-on", required=True, metavar="YYYY-MM-DD")
@click.option("--settings", "settings_file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="A folder, not the store.")
@click.option("--formats", help=f"Of {','.join(FORMATS)}; all if not given.")
@click.option("--plan-only", is_flag=True, help="Say what would be released; write nothing.")
def build(
    data: Path,
    database: str | None,
    project: str,
    corpus: str | None,
    version: str,
    released_on: str,
    settings_file: Path | None,
    out: Path | None,
    formats: str | None,
    plan_only: bool,
) -> None:
    """Plan, write and verify a release; into OUT, or into the store, where a second person approves it.

    Exit 1 when a clip is broken or the finished tree fails its own verification, 2 when it cannot be built.
    """
    store = open_store(data, database)
    check_date(released_on)
    asked = Asked(
        project_id=project,
        corpus=corpus or project,
        version=version,
        released_on=released_on,
        settings=_settings(settings_file, formats),
    )
    try:
        _build(store, asked, out, plan_only=plan_only)
    except ReleaseError as error:
        click.echo(f"{error.code}: {error}", err=True)
        sys.exit(1 if error.code in BROKEN else 2)


@command.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--bundles", help=f"Look at these only, of {','.join(BUNDLES)}.")
@click.option("--quick", is_flag=True, help="Do not decode the audio in full.")
@click.option("--require", help=f"Fail when one of {','.join(CONSUMERS)} (or all) is not installed.")
@click.option("--key", type=FILE, help="Public key (PEM) that must have signed it.")
@click.option("--against", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a check.")
def verify(
    folder: Path,
    bundles: str | None,
    quick: bool,
    require: str | None,
    key: Path | None,
    against: Path | None,
    as_json: bool,
) -> None:
    """Verify the release in FOLDER: no server, no network, nothing believed. Exit 1 when a check fails."""
    options = Options(
        bundles=_names(bundles, BUNDLES, "--bundles"),
        quick=quick,
        require=_names(require, (*CONSUMERS, "all"), "--require") or frozenset(),
        against=against,
        trusted=read_public_key(key.read_bytes()) if key else None,
    )
    outcomes = []
    for outcome in release_folders.verify_folder(folder, options):
        outcomes.append(outcome)
        click.echo(json.dumps(outcome.to_json(), ensure_ascii=False) if as_json else str(outcome))
    sys.exit(1 if failed(outcomes) else 0)


def _build(store: Store, asked: Asked, out: Path | None, *, plan_only: bool) -> None:
    if plan_only:
        summary = release_folders.plan_summary(plan_from_catalogue(store, asked))
        click.echo(json.dumps(summary, ensure_ascii=False, indent=1))
    elif out is not None:
        folder, corpus_id = release_folders.build_into(store, asked, out)
        click.echo(f"{folder}\ncorpus id {corpus_id}")
        if (beside := folder.with_name(f"{folder.name}-extra")).exists():
            click.echo(f"{beside}: clips that would have leaked")
    else:
        _build_in_store(store, asked)


def _build_in_store(store: Store, asked: Asked) -> None:
    now = datetime.now(UTC)
    settings: Mapping[str, object] = asked.settings.to_json()
    release_id = request_build(
        store,
        OPERATOR,
        project_id=asked.project_id,
        corpus=asked.corpus,
        version=asked.version,
        released_on=asked.released_on,
        settings=settings,
        now=now,
        by_worker=False,
    )
    build_release(store, release_id, now=now)
    with store.catalogue.read() as session:
        release = session.get_one(Release, release_id)
        state, corpus_id, error = release.state, release.corpus_id, release.error or ""
    if state != "built":
        code, _, sentence = error.partition(": ")
        raise ReleaseError(code or "release.state", sentence or f"it is {state}")
    click.echo(f"built {asked.corpus} {asked.version}, corpus id {corpus_id}")
    click.echo("A manager approves it on /staff/releases; then it is on /releases/.")


def _settings(path: Path | None, formats: str | None) -> ReleaseSettings:
    settings = settings_from_toml(path.read_text("utf-8")) if path else ReleaseSettings()
    names = _names(formats, ("core", *FORMATS), "--formats")
    return settings if names is None else replace(settings, formats=tuple(f for f in FORMATS if f in names))


def _names(given: str | None, known: tuple[str, ...], option: str) -> frozenset[str] | None:
    if given is None:
        return None
    names = frozenset(name.strip() for name in given.split(",") if name.strip())
    if unknown := sorted(names - set(known)):
        raise click.BadParameter(f"{unknown[0]} is not one of {', '.join(known)}", param_hint=option)
    return names
