"""Speaks shell to operators; decides nothing.

Every module of this folder whose name does not begin with `_` is one command: `measure.py` holds
`command`. They are imported only when called, so `speechcorpus lint` never waits for a signal library.
"""

import importlib
import pkgutil
import sys

import click

from speechcorpus.domain.errors import SpeechCorpusError


class Commands(click.Group):
    """Finds each command in the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, sorted."""
        return sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(__path__) if m.name[0] != "_")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, or None."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{__name__}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="speechcorpus")
def cli() -> None:
    """Collect speech fairly and release it as a corpus that loads in one line."""


def main() -> None:
    """Run; an error that we can explain is one line on standard error and exit 2."""
    try:
        cli.main(standalone_mode=True)
    except SpeechCorpusError as error:
        click.echo(f"{error.code}: {error}", err=True)
        sys.exit(2)
