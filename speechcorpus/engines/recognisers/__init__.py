"""Programs that write down speech, each behind one small adapter; none is needed, none is imported unasked.

An adapter is written against its program's documentation and its installed code. Up to the loading of a model
folder it is tested; recognition itself is unverified here, since no model was at hand.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from speechcorpus.domain.errors import StoreError
from speechcorpus.dsp.arrays import Float32Array

RATE_HZ = 16_000

ADAPTERS = {
    "faster-whisper": "faster_whisper",
    "sherpa-paraformer": "sherpa_onnx",
    "sherpa-sense-voice": "sherpa_onnx",
    "sherpa-transducer": "sherpa_onnx",
    "sherpa-whisper": "sherpa_onnx",
    "sherpa-zipformer-ctc": "sherpa_onnx",
}
"""Kind → the module here that knows it, which has the name of the package it needs."""


class Recogniser(Protocol):
    """A loaded model."""

    engine: str  # the program and its version

    def text(self, samples: Float32Array) -> str:
        """Return what was said, as the model writes it: nothing added, nothing mended.

        Parameters
        ----------
        samples : shape (n,), mono at 16 kHz, in [-1, 1]
        """
        ...


def require_recogniser(kind: str, folder: Path) -> None:
    """Refuse, without importing anything, what cannot be loaded.

    Raises
    ------
    StoreError : `recogniser.kind`, `recogniser.folder-missing`, `recogniser.package-missing`

    Examples
    --------
    >>> try:
    ...     require_recogniser("oracle", Path("/models/delphi"))
    ... except StoreError as error:
    ...     print(error.code)
    recogniser.kind
    """
    if kind not in ADAPTERS:
        raise StoreError("recogniser.kind", f"{kind} is none of {', '.join(ADAPTERS)}", kind=kind[:40])
    if not folder.is_dir():
        raise StoreError("recogniser.folder-missing", f"there is no folder {folder}", folder=folder.name)
    package = ADAPTERS[kind]
    if find_spec(package) is None:
        sentence = f"{kind} needs a package: pip install 'speechcorpus[asr]'"
        raise StoreError("recogniser.package-missing", sentence, package=package)


def load_recogniser(kind: str, folder: Path) -> Recogniser:
    """Return the model in a folder, loaded; in a limited child only, since a broken file may end it.

    Raises
    ------
    StoreError : those of `require_recogniser`, and `recogniser.not-a-model`
    """
    require_recogniser(kind, folder)
    adapter = import_module(f"{__name__}.{ADAPTERS[kind]}")
    loaded: Recogniser = adapter.load(kind, folder)
    return loaded


def one_file(folder: Path, *patterns: str) -> str:
    """Return the path of the file that a model folder has under the first of these patterns that fits.

    Of several the one with the shortest name: `model.onnx` before `model.int8.onnx`.

    Raises
    ------
    StoreError : `recogniser.not-a-model`
    """
    for pattern in patterns:
        found = sorted((path for path in folder.glob(pattern) if path.is_file()), key=_by_name)
        if found:
            return str(found[0])
    raise not_a_model(folder, f"it holds no {' or '.join(patterns)}")


def not_a_model(folder: Path, why: str) -> StoreError:
    """Return the one refusal of a folder that cannot be loaded."""
    sentence = f"the folder {folder.name} is no model of this kind: {why}"
    return StoreError("recogniser.not-a-model", sentence, folder=folder.name)


def _by_name(path: Path) -> tuple[int, str]:
    return len(path.name), path.name
