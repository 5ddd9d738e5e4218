"""`speechcorpus release apply-withdrawals`: take out of a copy what was withdrawn, and prove it."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from speechcorpus.cli._caches import cache_folders
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.feed import read_signed_feed
from speechcorpus.publish.keys import fingerprint, read_public_key
from speechcorpus.publish.purge import Request
from speechcorpus.publish.purge_copy import purge_copy
from speechcorpus.publish.purge_extra import PurgedExtra
from speechcorpus.publish.purge_receipt import Purged
from speechcorpus.publish.signature import PUBLIC

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
LARGEST_KEY_BYTES = 4096


@click.command("apply-withdrawals")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--feed", required=True, type=click.Path(path_type=Path), help="withdrawals.jsonl; .sig beside it."
)
@click.option("--key", type=FILE, help="Public key (PEM) that must have signed the feed.")
@click.option("--extra", type=click.Path(path_type=Path), help="The extra tree, if not beside FOLDER.")
@click.option("--receipt", type=click.Path(dir_okay=False, path_type=Path), help="Where the receipt goes.")
@click.option("--dry-run", is_flag=True, help="Say what would be done; write nothing.")
def apply_feed(
    folder: Path, feed: Path, key: Path | None, extra: Path | None, receipt: Path | None, dry_run: bool
) -> None:
    """Take every withdrawn voice out of the release in FOLDER and write a receipt beside it.

    The extra tree beside it is purged too; FOLDER may also be an extra tree. Each is verified first and
    afterwards, and is the old tree or the new one, never a mixture. Exit 1 when it was purged and is not what
    the feed publishes, 2 when it was refused and nothing was touched.
    """
    trusted = _key(folder, key)
    request = Request(
        root=folder,
        feed=read_signed_feed(feed, trusted),
        now=datetime.now(UTC),
        receipt=receipt,
        dry_run=dry_run,
    )
    if key is None:
        click.echo(f"NOTICE feed: signed by a key you have not pinned: {fingerprint(trusted)}")
    done = purge_copy(request, extra)
    if done.main is None and done.extra is None:
        click.echo(f"nothing to do: everything up to number {request.feed.seq} is out of this copy")
    if done.main is not None:
        _say(done.main)
    if done.extra is not None:
        _say_extra(done.extra, planned=dry_run)
    _say_limits(folder, done.extra_root)
    sys.exit(0 if done.main is None or dry_run or done.main.matches_feed else 1)


def _key(folder: Path, given: Path | None) -> Ed25519PublicKey:
    """Return the key that must have signed the feed: the one given, else the one inside the tree."""
    path = given or folder / PUBLIC
    if not path.is_file() or path.is_symlink() or path.stat().st_size > LARGEST_KEY_BYTES:
        raise ReleaseError(
            "feed.key", f"{folder.name} holds no key; name the one that signs the feed with --key"
        )
    return read_public_key(path.read_bytes())


def _say(done: Purged) -> None:
    planned = done.corpus_id_after is None
    click.echo(
        f"{done.corpus} {done.version_before} {'would become' if planned else 'is now'} {done.version_after}"
    )
    click.echo(f"{done.clips} clips, all there was of {done.speakers} speakers")
    click.echo(f"{len(done.deleted)} files deleted, {len(done.rewritten)} written anew")
    click.echo(f"content id {done.content_id_after}")
    if done.matches_feed:
        click.echo("which is the one that the feed publishes")
    else:
        click.echo("which is NOT one that the feed publishes for this version")
    if not planned:
        click.echo(f"corpus id {done.corpus_id_after}, not signed: the receipt is the proof")


def _say_extra(done: PurgedExtra, *, planned: bool) -> None:
    if done.left:
        fate = "would keep" if planned else "keeps"
        fate = f"{fate} {done.left} clips"
    else:
        fate = "would be removed" if planned else "is removed: nothing of it is left"
    click.echo(f"{done.name}: {len(done.deleted)} clips deleted, it {fate}")


def _say_limits(folder: Path, extra: Path | None) -> None:
    click.echo(
        "Not reached by this: other copies, bundles (.tar), other extra trees, models that were trained,"
    )
    click.echo("what a disk keeps of deleted files, backups, and caches. Usual caches here:")
    for path in cache_folders(os.environ, Path.home()):
        click.echo(f"  {path}{'' if path.exists() else ' (not there)'}")
    done = {one.resolve() for one in (folder, extra) if one is not None}
    for path in sorted(folder.resolve().parent.iterdir()):
        if path not in done and (path.suffix == ".tar" or path.name.endswith("-extra")):
            click.echo(f"  {path}: look into it")
