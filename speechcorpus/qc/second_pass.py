"""The second reading of a recording: speech by silero on every channel, and nothing else."""

from collections.abc import Iterable

import numpy as np

from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.arrays import BoolArray
from speechcorpus.dsp.blocks import rechunked
from speechcorpus.dsp.peak import Samples
from speechcorpus.dsp.voice_neural import THRESHOLD, NeuralVoiceActivity

BLOCK_S = 5


def speech_by_silero(
    blocks: Iterable[Samples], rate_hz: int, channels: int, *, threshold: float = THRESHOLD
) -> BoolArray:
    """Return whether any channel holds speech in each 20 ms hop, shape (n//H,).

    The same for any lengths of the blocks; one block at a time is held, and a byte a hop and channel.

    Parameters
    ----------
    blocks : each of shape (n, channels), or (n,) if mono; read for the second time, so not an iterator

    Raises
    ------
    SignalError : `signal.once` for blocks that can be read only once, `signal.finite` for NaN or infinite
        samples, `vad.missing`, `signal.rate`, `signal.shape`
    """
    if iter(blocks) is blocks:
        raise SignalError("signal.once", "the second stage reads the blocks again: give a list, no iterator")
    detectors = [NeuralVoiceActivity(rate_hz, threshold) for _ in range(channels)]
    found: list[list[BoolArray]] = [[] for _ in detectors]
    for block in rechunked(blocks, channels=channels, size=BLOCK_S * rate_hz):
        if not np.isfinite(block).all():
            raise SignalError("signal.finite", "a sample is NaN or infinite")
        for number, detector in enumerate(detectors):
            found[number].append(detector.push(block[:, number]))
    speech = [np.concatenate((*parts, one.finish())) for parts, one in zip(found, detectors, strict=True)]
    return np.asarray(np.logical_or.reduce(speech))
