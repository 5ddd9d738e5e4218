"""The libraries people train with load a release, iterate all of it, and agree with its table."""

import subprocess
import sys
from pathlib import Path

import pytest

from speechcorpus.audio.check import decode_check
from speechcorpus.corpus.snippets import snippets
from speechcorpus.publish.build import build_tree
from speechcorpus.publish.sources import read_document
from speechcorpus.publish.verify import Options, verify
from tests.release_corpus import blob_reader, made_clips, planned

pytestmark = pytest.mark.consumers


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    for library in ("datasets", "kaldiio", "lhotse"):
        pytest.importorskip(library)
    clips = made_clips()
    plan = planned(clips, include_synthetic=True)
    return build_tree(plan, tmp_path_factory.mktemp("tree"), blob_reader(clips).__getitem__).root


def test_lhotse_kaldiio_and_datasets_agree_on_ids_text_duration_and_audio(tree):
    options = Options(require=frozenset({"all"}))
    found = {outcome.check: str(outcome) for outcome in verify(tree, decode_check, options)}
    for name in ("lhotse", "kaldi", "datasets"):
        assert found[name] == f"PASS {name}: ok"


def test_every_snippet_of_the_card_runs_in_the_root_of_the_tree(tree, tmp_path):
    card = (tree / "README.md").read_text("utf-8")
    for snippet in snippets(read_document(tree / "release.json")):
        assert snippet.code in card
        env = {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "PATH": ""}
        done = subprocess.run(
            [sys.executable, "-c", snippet.code],
            cwd=tree,
            env={**env, "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (snippet.title, done.stderr[-800:])
        assert done.stdout.strip()
