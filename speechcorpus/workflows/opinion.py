"""A machine's opinion of how a flagged clip sounds: DNSMOS P.835 (extra `neural`), beside the findings.

Information for the person who listens to the flag: no measurement, no finding, no ground for any. The
model learned from listeners to English, and nobody has tested what it thinks of Taigi: there it is not asked.
"""

import atexit
import importlib.util
import os
from collections.abc import Collection
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from speechcorpus.audio.child import CPU_S, LimitedChildren
from speechcorpus.audio.decode import Decoder
from speechcorpus.audio.header import check_header, read_header
from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.finding_codes import Severity
from speechcorpus.domain.transcript import Variety
from speechcorpus.dsp.arrays import Float32Array
from speechcorpus.dsp.peak import full_scale

RATE_HZ = 16_000
LONGEST_S = 120.0
CPU_A_SECOND_OF_AUDIO = 0.5
MEMORY_BYTES = 2 << 30  # librosa and the networks map 0.9 GiB
UNTESTED_VARIETIES = frozenset({"nan-TW", "nan-CN"})
PACKAGES = ("speechmos", "onnxruntime", "librosa")
TASK = "speechcorpus.workflows.opinion:opinion_in_child"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """Mean opinion scores from 1 (bad) to 5 (excellent), means over windows of 9 s, a second apart."""

    signal: float
    background: float
    overall: float
    p808: float  # one score of an older model, trained on ITU-T P.808 tests


def is_asked(severities: Collection[Severity], variety: Variety | None) -> bool:
    """Return whether a clip gets an opinion, from the severities of its findings and what is spoken.

    It is flagged, and the variety is one the model may know; where nobody says what is spoken it may be
    Taigi, so it is not asked.

    Examples
    --------
    >>> is_asked({"flag", "blocks"}, "cmn-TW"), is_asked({"flag"}, "nan-TW"), is_asked({"flag"}, None)
    (True, False, False)
    """
    return variety is not None and variety not in UNTESTED_VARIETIES and "flag" in severities


def is_installed() -> bool:
    """Return whether the packages of the extra are there, without importing them."""
    return all(importlib.util.find_spec(name) for name in PACKAGES)


def opinion(path: Path) -> Opinion:
    """Return the opinion of one clip; ask `is_asked` first.

    The mean of the channels at 16 kHz. A clip under 9 s is repeated until it is long enough.

    Raises
    ------
    SignalError : `opinion.missing` without the extra, `too-long` above 120 s, `empty`, `truncated` for a
        file that does not decode whole, `non-finite`, or another code of a file that cannot be decoded
    """
    header = read_header(path)
    check_header(header, max_duration_s=LONGEST_S)
    answer = _children().call(
        TASK,
        {"path": str(path)},
        cpu_s=CPU_S + CPU_A_SECOND_OF_AUDIO * header.claimed_s,
        memory_bytes=MEMORY_BYTES,
    )
    return Opinion(**answer.values)


def opinion_in_child(path: str) -> tuple[dict[str, Any], bytes]:
    """The work itself."""
    scores = _model()(_samples(Path(path)), RATE_HZ, False)
    names = {"signal": "sig_mos", "background": "bak_mos", "overall": "ovrl_mos", "p808": "p808_mos"}
    return asdict(Opinion(**{ours: float(scores[theirs]) for ours, theirs in names.items()})), b""


@cache
def _children() -> LimitedChildren:
    """Children of their own: they hold more than a child that measures may have."""
    children = LimitedChildren()
    atexit.register(children.close)
    return children


def _samples(path: Path) -> Float32Array:
    header = read_header(path)
    decoder = Decoder(path, header, max_frames=round(LONGEST_S * header.rate_hz))
    blocks = [(block / full_scale(block)).mean(axis=1) for block in decoder]
    if decoder.fault or header.length_fault or not blocks:
        raise SignalError("truncated", header.length_fault or decoder.fault or "no samples")
    samples = np.concatenate(blocks)
    if not np.isfinite(samples).all():
        raise SignalError("non-finite", "a sample is NaN or infinite")
    resampled = soxr.resample(samples, header.rate_hz, RATE_HZ, quality="HQ")
    if resampled.size == 0:  # the package would double it for ever
        raise SignalError("empty", f"no sample is left at {RATE_HZ} Hz")
    return np.asarray(np.clip(resampled, -1.0, 1.0), dtype=np.float32)


@cache
def _model() -> Any:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # from 1.29 on the Linux wheels of onnxruntime call home
    os.environ["JOBLIB_MULTIPROCESSING"] = "0"  # librosa's helper; it would try to write a file
    try:
        import onnxruntime
        from speechmos import dnsmos
    except ImportError as error:
        sentence = f"an opinion of DNSMOS needs `pip install speechcorpus[neural]` ({error})"
        raise SignalError("opinion.missing", sentence, package="speechmos") from error

    one_thread = onnxruntime.SessionOptions()
    one_thread.intra_op_num_threads = one_thread.inter_op_num_threads = 1
    folder = Path(dnsmos.__file__).parent / "dnsmos_models"

    class OneThread(dnsmos.DNSMOS):  # type: ignore[misc]
        """The package's model; its own start gives every core a thread, whose stacks break the limit."""

        def __init__(self) -> None:
            self.onnx_sess = onnxruntime.InferenceSession(folder / "sig_bak_ovr.onnx", one_thread)
            self.p808_onnx_sess = onnxruntime.InferenceSession(folder / "model_v8.onnx", one_thread)

    return OneThread()
