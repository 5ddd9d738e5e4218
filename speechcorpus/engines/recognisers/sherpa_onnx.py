"""Models in ONNX form, through the package sherpa-onnx 2.0.

The kind says how a folder is to be read, since its file names alone do not: encoder and decoder may be
Whisper or something else. Each has a `tokens.txt`.
"""

import os
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from speechcorpus.dsp.arrays import Float32Array
from speechcorpus.engines.recognisers import RATE_HZ, Recogniser, not_a_model, one_file

TOKENS = ("tokens.txt", "*tokens.txt")
ENCODER, DECODER, JOINER = ("*encoder*.onnx",), ("*decoder*.onnx",), ("*joiner*.onnx",)
MODEL = ("model*.onnx", "*.onnx")
Files = dict[str, Any]


def load(kind: str, folder: Path) -> Recogniser:
    """Return the model in a folder.

    Raises
    ------
    StoreError : `recogniser.not-a-model`
    """
    maker, files = _LAYOUTS[kind]
    arguments = files(folder) | {"tokens": _tokens(folder), "num_threads": 1}
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # from 1.29 on the Linux wheels of onnxruntime call home
    from sherpa_onnx import OfflineRecognizer

    try:
        return _Sherpa(getattr(OfflineRecognizer, maker)(**arguments))
    except MemoryError:
        raise
    except Exception as error:  # what its C++ part throws comes as RuntimeError
        raise not_a_model(folder, str(error)) from error


class _Sherpa:
    def __init__(self, recognizer: Any) -> None:
        self.engine = f"sherpa-onnx {version('sherpa-onnx')}"
        self._recognizer = recognizer

    def text(self, samples: Float32Array) -> str:
        stream = self._recognizer.create_stream()
        stream.accept_waveform(RATE_HZ, samples)
        self._recognizer.decode_stream(stream)
        return str(stream.result.text)


def _tokens(folder: Path) -> str:
    """Return the list of tokens, looked through: the package ends its process over a line it cannot read."""
    path = one_file(folder, *TOKENS)
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise not_a_model(folder, "its list of tokens is not UTF-8") from error
    for number, line in enumerate(lines, start=1):
        if not line.split(" ")[-1].strip().isdecimal():
            raise not_a_model(folder, f"line {number} of its list of tokens has no number")
    return path


def _whisper(folder: Path) -> Files:
    pair = {"encoder": one_file(folder, *ENCODER), "decoder": one_file(folder, *DECODER)}
    return {**pair, "language": "zh", "task": "transcribe"}


def _transducer(folder: Path) -> Files:
    pair = {"encoder": one_file(folder, *ENCODER), "decoder": one_file(folder, *DECODER)}
    return {**pair, "joiner": one_file(folder, *JOINER)}


def _paraformer(folder: Path) -> Files:
    return {"paraformer": one_file(folder, *MODEL)}


def _sense_voice(folder: Path) -> Files:
    # no inverse normalisation: it would write digits
    return {"model": one_file(folder, *MODEL), "language": "zh", "use_itn": False}


def _zipformer_ctc(folder: Path) -> Files:
    return {"model": one_file(folder, *MODEL)}


_LAYOUTS: Mapping[str, tuple[str, Callable[[Path], Files]]] = {
    "sherpa-paraformer": ("from_paraformer", _paraformer),
    "sherpa-sense-voice": ("from_sense_voice", _sense_voice),
    "sherpa-transducer": ("from_transducer", _transducer),
    "sherpa-whisper": ("from_whisper", _whisper),
    "sherpa-zipformer-ctc": ("from_zipformer_ctc", _zipformer_ctc),
}
