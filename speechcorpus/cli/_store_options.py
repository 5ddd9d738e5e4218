"""Options of every command that works on a data folder."""

from pathlib import Path

import click

data_option = click.option("--data", type=click.Path(path_type=Path), required=True, help="The data folder.")
database_option = click.option(
    "--database", envvar="SPEECHCORPUS_DATABASE", help="A database URL; without it SQLite in the folder."
)
