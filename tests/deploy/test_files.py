"""The files of deploy/: what they name exists, and each is read by the program it is for, if that is here."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest
import yaml

from speechcorpus.cli import cli

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
HARDENED = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "SystemCallFilter": "@system-service",
    "User": "speechcorpus",
}


def compose() -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = yaml.safe_load(
        (DEPLOY / "compose/compose.yaml").read_text()
    )
    return found


def lines_of_commands(text: str) -> list[list[str]]:
    """Each command of ours that a shell or a unit would run."""
    found = re.findall(
        r"(?:/opt/speechcorpus/bin/)?speechcorpus ((?:[a-z-]+) [^`'\n]*--(?:data|check)[^`'\n]*)", text
    )
    return [shlex.split(re.sub(r"\$\$?[({][^)}]*[)}]", "x", line)) for line in found]


def require_known(words: list[str]) -> None:
    """Fail unless the command and every option of it exist."""
    command: click.Command | None = cli
    context = click.Context(cli)
    for word in words:
        if isinstance(command, click.Group):
            command = command.get_command(context, word)
            assert command is not None, f"no command {word}"
        elif word.startswith("--"):
            assert command is not None
            known = {name for each in command.params for name in each.opts}
            assert word.partition("=")[0] in known, f"{command.name} has no option {word}"


@pytest.mark.parametrize("path", [*SERVICES, DEPLOY / "README.md"], ids=lambda path: path.name)
def test_every_command_and_option_that_a_file_uses_exists(path: Path) -> None:
    found = lines_of_commands(path.read_text())
    assert found
    for words in found:
        require_known(words)


def settings_of(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)
def test_no_service_may_do_more_than_it_must(unit: Path) -> None:
    settings = settings_of(unit)
    assert {name: settings.get(name, [None])[0] for name in HARDENED} == HARDENED
    assert "root" not in settings["User"]


def test_a_stop_waits_longer_than_the_grace_of_what_it_stops() -> None:
    for unit in SERVICES:
        settings = settings_of(unit)
        (start,) = settings["ExecStart"]
        if "--grace" in start:
            grace_s = float(start.split("--grace ")[1].split()[0])
            assert float(settings["TimeoutStopSec"][0]) >= grace_s + 10


@pytest.mark.parametrize("there", [True, False])
def test_the_newest_whole_backup_is_linked_and_tried_each_week(tmp_path: Path, there: bool) -> None:
    (tmp_path / "speechcorpus-2026-03-09.partial").mkdir()
    if there:
        for day in ("07", "08"):
            (tmp_path / f"speechcorpus-2026-03-{day}").mkdir()
    said = {}
    for name in ("backup", "drill"):
        (start,) = settings_of(DEPLOY / f"systemd/speechcorpus-{name}.service")["ExecStart"]
        start = start.replace("$$", "$").replace("%%", "%").replace("/srv/backup", str(tmp_path))
        words = shlex.split(start.replace("/opt/speechcorpus/bin/speechcorpus", "echo"))
        done = subprocess.run(words, capture_output=True, text=True)
        said[name] = done.stdout.strip() or done.stderr
    if there:
        assert said["backup"].endswith(" --data /srv/speechcorpus --earlier speechcorpus-2026-03-08")
        assert said["drill"] == "restore speechcorpus-2026-03-08 --check"
    else:
        assert said["backup"].endswith(" --data /srv/speechcorpus")
        assert "no backup is here" in said["drill"]


def test_every_timer_has_its_service() -> None:
    for unit in UNITS:
        if unit.suffix == ".timer":
            assert unit.with_suffix(".service") in UNITS


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_reads_the_units(tmp_path: Path) -> None:
    for unit in UNITS:  # the programs they start are not installed here, and the user is not there
        text = unit.read_text().replace("/opt/speechcorpus/bin/speechcorpus", "/bin/true")
        (tmp_path / unit.name.replace("@", "@1")).write_text(text)
    for unit in sorted(tmp_path.iterdir()):
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True
        )
        said = [line for line in done.stderr.splitlines() if "speechcorpus" in line]
        assert said == [], unit.name


def test_the_containers_run_our_commands_on_what_they_share() -> None:
    services = compose()["services"]
    assert set(services) == {"proxy", "migrate", "web", "worker", "database", "store"}
    for name in ("migrate", "worker"):
        words = services[name]["command"]
        assert isinstance(words, list)
        require_known([str(word) for word in words])
    for name in ("migrate", "web", "worker"):
        told = services[name]["environment"]
        assert isinstance(told, dict)
        assert {"SPEECHCORPUS_DATA", "SPEECHCORPUS_DATABASE", "SPEECHCORPUS_BLOBS"} <= set(told)
        assert services[name]["read_only"] is True
    assert services["web"]["entrypoint"] == ["gunicorn", "recorder_web.wsgi:make_app()"]
    assert "ports" not in services["web"]
    assert "ports" not in services["database"]
    assert compose()["networks"]["inside"]["internal"] is True


def test_no_secret_is_written_down_and_none_has_a_default() -> None:
    text = (DEPLOY / "compose/compose.yaml").read_text()
    asked = re.findall(r"\$\{([A-Z0-9_]+)(:[-?][^}]*)?\}", text)
    assert {name for name, _ in asked if re.search("PASSWORD|KEY|SECRET", name)} == {
        "POSTGRES_PASSWORD",
        "S3_KEY",
        "S3_SECRET",
    }
    for name, default in asked:
        if re.search("PASSWORD|KEY|SECRET", name):
            assert default == ":?", name
    example = dict(
        line.split("=", 1)
        for line in (DEPLOY / "compose/example.env").read_text().splitlines()
        if "=" in line
    )
    assert {name for name, _ in asked} - set(example) <= {"SPEECHCORPUS_IMAGE", "S3_IMAGE"}
    assert [example[name] for name in ("POSTGRES_PASSWORD", "S3_KEY", "S3_SECRET")] == ["", "", ""]


def test_the_proxy_of_the_containers_is_the_other_but_for_where_it_leads() -> None:
    alone = (DEPLOY / "nginx/speechcorpus.conf").read_text().splitlines()
    together = (DEPLOY / "compose/proxy.conf").read_text().splitlines()
    differ = [line for line in together if line not in alone and not line.startswith("#")]
    assert differ == ["    server web:8000; # all containers of this service"]
