"""The libraries people train with load a release, iterate all of it, and agree with its table."""

import gzip
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from speechcorpus.audio.check import decode_checks
from speechcorpus.corpus.snippets import ALL, snippets
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.build import build_tree
from speechcorpus.publish.consumers import CONSUMERS, UnusableError, consume, why_absent
from speechcorpus.publish.sources import read_document
from speechcorpus.publish.verify import Options, failed, verify
from tests.release_corpus import blob_reader, made_clips, made_talk, planned

pytestmark = pytest.mark.consumers
KALDI = Path(os.environ.get("KALDI_ROOT", "no kaldi"), "egs/wsj/s5/utils")
FENCED = re.compile(r"### ([^\n]+)\n\n```(python|sh)\n(.*?)```\n", re.DOTALL)


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    for library in ("datasets", "kaldiio", "lhotse", "mlcroissant", "webdataset"):
        pytest.importorskip(library)
    clips = [*made_clips(), *made_talk(40)]
    plan = planned(clips, include_synthetic=True)
    plan.release["shards"]["train"] = [["spk00001", "spk00004"], ["spk00005"]]  # so that names are globs
    return build_tree(plan, tmp_path_factory.mktemp("tree"), blob_reader(clips).__getitem__).root


@pytest.fixture
def copy(tree, tmp_path) -> Path:
    return Path(shutil.copytree(tree, tmp_path / tree.name))


@pytest.fixture(scope="module")
def speechcorpus_command(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("bin")
    (folder / "speechcorpus").write_text(f'#!/bin/sh\nexec {sys.executable} -m speechcorpus.cli "$@"\n')
    (folder / "speechcorpus").chmod(0o755)
    return folder


def usable() -> list[str]:
    """Consumers whose libraries are installed; torchcodec may be, and FFmpeg not."""
    return [name for name in CONSUMERS if why_absent(name) is None]


def test_every_library_that_is_here_agrees_on_ids_text_duration_and_audio(tree):
    before = {path: path.stat().st_mtime_ns for path in tree.rglob("*")}
    found = {outcome.check: outcome for outcome in verify(tree, decode_checks, Options(quick=True))}
    assert not failed(list(found.values()))
    for name in usable():
        if name == "audiofolder" and found[name].status == "SKIP":
            assert "torchcodec cannot be imported" in found[name].detail
        else:
            assert str(found[name]).startswith(f"PASS {name}: ok")
    assert {path: path.stat().st_mtime_ns for path in tree.rglob("*")} == before  # nothing left behind


def test_a_required_library_that_is_here_passes_as_it_would_without_being_asked_for(tree):
    wanted = frozenset({"webdataset"})
    options = Options(quick=True, bundles=wanted, require=wanted)
    found = {outcome.check: outcome.status for outcome in verify(tree, decode_checks, options)}
    assert found["webdataset"] == "PASS"
    assert found["lhotse"] == "SKIP"


def cut_off_the_last_clip_of_a_shar(copy):
    path = copy / "shar/train/recording.000001.tar"
    with tarfile.open(path) as archive:
        last = archive.getmembers()[-2]
    path.write_bytes(path.read_bytes()[: last.offset] + bytes(10_240))


def cut_off_a_webdataset(copy):
    path = copy / "webdataset/train-000001.tar"
    path.write_bytes(path.read_bytes()[:9_000])


def forget_a_word_of_the_context(copy):
    edit_json(copy / "croissant.json", lambda document: document["@context"].pop("samplingRate"))


def call_parquet_by_its_registered_name(copy):
    path = copy / "croissant.json"
    path.write_text(path.read_text().replace("application/x-parquet", "application/vnd.apache.parquet"))


def point_a_scp_elsewhere(copy):
    path = copy / "kaldi/dev/wav.scp"
    lines = path.read_text().splitlines()
    swapped = [f"{lines[0].split()[0]} {lines[1].split()[1]}", *lines[1:]]
    path.write_text("\n".join(swapped) + "\n")


def say_other_words_in_lhotse(copy):
    for name in ("supervisions", "cuts"):
        path = copy / f"lhotse/{name}_dev.jsonl.gz"
        text = gzip.decompress(path.read_bytes()).decode()
        path.write_bytes(gzip.compress(text.replace('"text":"', '"text":"又', 1).encode()))


def edit_json(path, change):
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("breaks", "name"),
    [
        (cut_off_the_last_clip_of_a_shar, "shar"),
        (cut_off_a_webdataset, "webdataset"),
        (forget_a_word_of_the_context, "croissant"),
        (call_parquet_by_its_registered_name, "croissant"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_what_a_library_would_pass_over_in_silence_is_an_error_here(copy, breaks, name):
    breaks(copy)
    with pytest.raises(ReleaseError, match=f"{name} could not load the tree"):
        consume(name, copy)


@pytest.mark.parametrize(
    ("breaks", "name"), [(point_a_scp_elsewhere, "kaldi"), (say_other_words_in_lhotse, "lhotse")]
)
def test_what_a_library_loads_is_what_the_manifest_says_not_what_the_table_says(copy, tree, breaks, name):
    breaks(copy)
    assert consume(name, copy) != consume(name, tree)


def test_a_command_that_a_manifest_names_is_never_run_by_verifying(copy):
    planted = copy.parent / "planted"
    path = copy / "lhotse/cuts_dev.jsonl.gz"
    cuts = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    source = cuts[0]["recording"]["sources"][0]
    source.update(type="command", source=f"touch {planted}; cat {source['source']}")
    path.write_bytes(gzip.compress("".join(json.dumps(cut) + "\n" for cut in cuts).encode()))
    found = {outcome.check: outcome for outcome in verify(copy, decode_checks, Options(quick=True))}
    assert found["derived"].status == "FAIL"
    assert {found[name].status for name in CONSUMERS} == {"SKIP"}
    assert not planted.exists()


def test_a_library_that_is_here_and_broken_is_skipped_with_its_own_words(tree, tmp_path, monkeypatch):
    (tmp_path / "webdataset.py").write_text('raise OSError("libc of another world")\n')
    monkeypatch.setattr("speechcorpus.publish.consumers.PACKAGES", f"{tmp_path}:{Path.cwd()}")
    with pytest.raises(UnusableError, match="webdataset cannot be imported: libc of another world"):
        consume("webdataset", tree)


@pytest.mark.skipif(not KALDI.is_dir(), reason="Kaldi's own scripts are not at hand (KALDI_ROOT)")
def test_kaldis_own_validator_accepts_every_data_directory(copy):
    (copy / "utils").symlink_to(KALDI)
    for split in ("train", "dev", "test"):
        validator = ["utils/validate_data_dir.sh", "--no-feats", "--non-print", f"kaldi/{split}"]
        done = subprocess.run(validator, cwd=copy, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Successfully validated data-directory" in done.stdout


@pytest.mark.parametrize("title", [snippet.title for snippet in ALL])
def test_every_snippet_of_the_card_runs_in_the_root_of_the_tree(tree, tmp_path, speechcorpus_command, title):
    card = (tree / "README.md").read_text("utf-8")
    found = {name: (language, code) for name, language, code in FENCED.findall(card)}
    offered = snippets(read_document(tree / "release.json"))
    assert list(found) == [snippet.title for snippet in offered]
    (wanted,) = (snippet for snippet in offered if snippet.title == title)
    for library in wanted.libraries:
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed")
    language, code = found[title]
    done = run(language, code, tree, tmp_path, speechcorpus_command)
    if "Could not load libtorchcodec" in done.stderr:
        pytest.skip("FFmpeg's libraries are not installed")
    assert done.returncode == 0, done.stderr[-800:]
    assert done.stdout.strip()
    assert (tree.parent / "localized").is_dir() == (wanted.tool == "ESPnet")
    shutil.rmtree(tree.parent / "localized", ignore_errors=True)


def run(language, code, tree, cache, commands):
    env = {"HF_HOME": str(cache), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HOME": str(cache)}
    env |= {"PATH": f"{commands}:{os.environ['PATH']}", "PYTHONPATH": str(Path.cwd())}
    interpreter = [sys.executable, "-c"] if language == "python" else ["sh", "-eu", "-c"]
    return subprocess.run(
        [*interpreter, code], cwd=tree, env=env, capture_output=True, text=True, check=False
    )
