"""A recogniser is named once, to `serve` or to `worker`, and refused before anything is started."""

import pytest
from click.testing import CliRunner

from speechcorpus.cli._recogniser import to_arguments
from speechcorpus.cli.serve import command as serve
from speechcorpus.cli.worker import command as worker
from speechcorpus.workflows.recogniser import ENVIRONMENT, RecogniserSettings, parse_recogniser


@pytest.mark.parametrize("command", [serve, worker])
@pytest.mark.parametrize(
    ("value", "code"),
    [("oracle:/models", "recogniser.kind"), ("faster-whisper:/no/such/folder", "recogniser.folder-missing")],
)
def test_a_wrong_name_is_refused_by_its_code_and_makes_no_store(command, value, code, tmp_path):
    data = tmp_path / "data"
    for said in (
        {"args": ["--data", str(data), "--recogniser", value]},
        {"args": ["--data", str(data)], "env": {ENVIRONMENT: value}},
    ):
        answer = CliRunner().invoke(command, **said)
        assert answer.exit_code == 2
        assert code in answer.output
    assert not data.exists()


def test_children_are_given_what_the_operator_named(tmp_path, monkeypatch):
    monkeypatch.setattr("speechcorpus.engines.recognisers.find_spec", lambda name: name)
    settings = RecogniserSettings(kind="faster-whisper", folder=tmp_path)
    flag, value = to_arguments(settings)
    assert (flag, parse_recogniser(value)) == ("--recogniser", settings)
