"""`speechcorpus release localize`: manifests with absolute paths, for toolkits that demand them."""

from pathlib import Path

import click

from speechcorpus.publish.localize import localize as localize_tree

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, help="A new folder outside of FOLDER.")
def localize(folder: Path, out: Path) -> None:
    """Write Kaldi and NeMo manifests with absolute paths into the release in FOLDER; FOLDER stays untouched.

    Exit 2 when FOLDER is no sound release with loose audio, or OUT is there already or inside of it.
    """
    corpus_id = localize_tree(folder, out)
    click.echo(f"{out}\ncorpus id {corpus_id}")
