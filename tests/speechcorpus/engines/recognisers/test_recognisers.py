"""A model folder is loaded or refused by name; what the adapters call is there in the real packages."""

import subprocess
import sys
from inspect import signature
from pathlib import Path

import pytest

from speechcorpus.domain.errors import StoreError
from speechcorpus.engines.recognisers import ADAPTERS, load_recogniser, require_recogniser
from speechcorpus.engines.recognisers.sherpa_onnx import _LAYOUTS

SHERPA = [kind for kind in ADAPTERS if kind.startswith("sherpa-")]
FILES = {
    "faster-whisper": ("model.bin", "config.json", "tokenizer.json"),
    "sherpa-paraformer": ("model.int8.onnx", "tokens.txt"),
    "sherpa-sense-voice": ("model.onnx", "tokens.txt"),
    "sherpa-transducer": (
        "encoder-epoch-9.onnx",
        "decoder-epoch-9.onnx",
        "joiner-epoch-9.onnx",
        "tokens.txt",
    ),
    "sherpa-whisper": ("small-encoder.onnx", "small-decoder.onnx", "small-tokens.txt"),
    "sherpa-zipformer-ctc": ("ctc.onnx", "tokens.txt"),
}


def filled(folder: Path, names: tuple[str, ...]) -> Path:
    for name in names:
        (folder / name).write_text("台 0\n語 1\n" if "tokens.txt" in name else "no model at all\n", "utf-8")
    return folder


def refused(kind: str, folder: Path) -> StoreError:
    with pytest.raises(StoreError) as caught:
        load_recogniser(kind, folder)
    return caught.value


def test_every_kind_has_its_adapter_and_layout():
    assert set(ADAPTERS) == set(FILES)
    assert set(SHERPA) == set(_LAYOUTS)


@pytest.mark.parametrize("kind", ADAPTERS)
def test_a_folder_that_is_not_there_is_named(kind, tmp_path):
    error = refused(kind, tmp_path / "taigi")
    assert (error.code, error.facts) == ("recogniser.folder-missing", {"folder": "taigi"})
    (tmp_path / "taigi").write_text("a file")
    assert refused(kind, tmp_path / "taigi").code == "recogniser.folder-missing"


@pytest.mark.parametrize("kind", ADAPTERS)
@pytest.mark.parametrize("missing", range(3))
def test_a_folder_without_one_of_its_files_is_no_model(kind, missing, tmp_path):
    pytest.importorskip(ADAPTERS[kind])
    names = FILES[kind]
    lacking = names[missing % len(names)]
    filled(tmp_path, tuple(name for name in names if name != lacking))
    error = refused(kind, tmp_path)
    assert error.code == "recogniser.not-a-model"
    assert "it holds no " in str(error)


@pytest.mark.parametrize("kind", ADAPTERS)
def test_files_that_hold_something_else_are_no_model(kind, tmp_path):
    pytest.importorskip(ADAPTERS[kind])
    error = refused(kind, filled(tmp_path, FILES[kind]))
    assert error.code == "recogniser.not-a-model"
    assert "it holds no " not in str(error)


@pytest.mark.parametrize("tokens", [b"no number\n", b"\xff 0\n", "台 0\n\n語 1\n".encode()])
def test_a_list_of_tokens_that_would_end_the_process_is_read_first(tokens, tmp_path):
    pytest.importorskip("sherpa_onnx")
    filled(tmp_path, FILES["sherpa-paraformer"])
    (tmp_path / "tokens.txt").write_bytes(tokens)
    error = refused("sherpa-paraformer", tmp_path)
    assert error.code == "recogniser.not-a-model"
    assert "list of tokens" in str(error)


def test_an_unknown_kind_is_told_the_known_ones(tmp_path):
    with pytest.raises(StoreError, match="oracle is none of faster-whisper, sherpa-paraformer"):
        require_recogniser("oracle", tmp_path)


def test_a_package_that_lacks_is_named_with_its_extra(tmp_path, monkeypatch):
    monkeypatch.setattr("speechcorpus.engines.recognisers.find_spec", lambda name: None)
    with pytest.raises(StoreError, match=r"pip install 'speechcorpus\[asr\]'") as caught:
        require_recogniser("faster-whisper", tmp_path)
    assert caught.value.code == "recogniser.package-missing"


@pytest.mark.parametrize("kind", SHERPA)
def test_sherpa_onnx_takes_what_the_adapter_gives(kind, tmp_path):
    package = pytest.importorskip("sherpa_onnx")
    maker, files = _LAYOUTS[kind]
    arguments = files(filled(tmp_path, FILES[kind])) | {"tokens": "t", "num_threads": 1}
    signature(getattr(package.OfflineRecognizer, maker)).bind(**arguments)
    for method, taken in (("create_stream", ()), ("decode_stream", ("stream",))):
        signature(getattr(package.OfflineRecognizer, method)).bind(None, *taken)
    assert {"accept_waveform", "result"} <= set(dir(package.OfflineStream))


def test_faster_whisper_takes_what_the_adapter_gives():
    package = pytest.importorskip("faster_whisper")
    said = {"language": "zh", "task": "transcribe", "beam_size": 5, "condition_on_previous_text": False}
    signature(package.WhisperModel.transcribe).bind(
        None, None, **said, without_timestamps=True, vad_filter=False
    )
    made = {"device": "cpu", "compute_type": "int8", "cpu_threads": 1, "local_files_only": True}
    signature(package.WhisperModel.__init__).bind(None, "folder", **made)


def test_nothing_of_it_is_imported_unasked():
    asked = "import sys, recorder_web.app, speechcorpus.workflows.drafts; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert not {"faster_whisper", "ctranslate2", "sherpa_onnx", "onnxruntime"} & set(loaded.split())
