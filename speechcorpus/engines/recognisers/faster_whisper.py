"""Whisper models in the form of CTranslate2, through the package faster-whisper 1.2.

A folder has `model.bin`, `config.json` and `tokenizer.json`. Without the last one the package would fetch a
tokenizer from the network, so a folder that lacks it is refused.
"""

import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

from speechcorpus.dsp.arrays import Float32Array
from speechcorpus.engines.recognisers import Recogniser, not_a_model, one_file

FILES = ("model.bin", "config.json", "tokenizer.json")
LANGUAGE = "zh"  # of the tokens Whisper knows the one that Taigi models are trained under as well


def load(_kind: str, folder: Path) -> Recogniser:
    """Return the model in a folder.

    Raises
    ------
    StoreError : `recogniser.not-a-model`
    """
    for name in FILES:
        one_file(folder, name)
    os.environ["HF_HUB_OFFLINE"] = "1"  # whatever the folder lacks, nothing is fetched
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # from 1.29 on the Linux wheels of onnxruntime call home
    from faster_whisper import WhisperModel

    try:
        model = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
        )
    except MemoryError:
        raise
    except Exception as error:  # the package raises RuntimeError, ValueError and bare Exception alike
        raise not_a_model(folder, str(error)) from error
    return _Whisper(model)


class _Whisper:
    def __init__(self, model: Any) -> None:
        self.engine = f"faster-whisper {version('faster-whisper')}"
        self._model = model

    def text(self, samples: Float32Array) -> str:
        # no voice detector: it would cut what verbatim keeps; no earlier text: Whisper repeats it
        segments, _ = self._model.transcribe(
            samples,
            language=LANGUAGE,
            task="transcribe",
            beam_size=5,
            condition_on_previous_text=False,
            without_timestamps=True,
            vad_filter=False,
        )
        return "".join(segment.text for segment in segments)
