"""`speechcorpus release bag`, `export`: releases in the forms that archives take in."""

from pathlib import Path

import click

from speechcorpus.cli._store_options import database_option, open_store
from speechcorpus.publish.bag import write_bag
from speechcorpus.workflows.release_export import export_object


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
def bag(folder: Path, out: Path) -> None:
    """Write the release in FOLDER as a BagIt 1.0 bag into the new folder OUT; FOLDER is only read.

    Exit 2 when FOLDER is no release or was changed, when OUT is there already or inside FOLDER, or when it
    cannot be written.
    """
    edition = write_bag(folder, out)
    click.echo(f"{out}: {edition.corpus} {edition.version}, {len(edition.files)} files under data/")


@click.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@database_option
@click.option("--corpus", required=True)
@click.option(
    "--version", "versions", multiple=True, help="One version, also more than one; all if not given."
)
@click.option("--ocfl", is_flag=True, required=True, help="As an OCFL 1.1 object, with all versions in it.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new folder.")
def export(
    data: Path, database: str | None, corpus: str, versions: tuple[str, ...], out: Path, *, ocfl: bool
) -> None:
    """Write published versions of a corpus into the new folder OUT, for an archive.

    A version that holds a voice that was withdrawn is left out, and refused when it is named. Exit 2 then, or
    when there is nothing to hand over, or OUT is there already or cannot be written.
    """
    del ocfl  # the only form there is; said, so that another may come
    done = export_object(open_store(data, database), corpus, versions, out)
    click.echo(f"{out}: {corpus} {', '.join(done.versions)}")
    for version in done.left_out:
        click.echo(f"left out {version}: it holds a voice that was withdrawn", err=True)
