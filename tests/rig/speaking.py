"""Speech for a microphone, and a recorder that waits for it as a person does: by the level on the page."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

from speechcorpus.dsp.arrays import FloatArray
from speechcorpus.workflows.demo_voice import Voice, pcm16, room_noise, speaker
from tests.rig.noise import RATE_HZ, Codes, write_source
from tests.rig.recorder import RecorderPage

VOICE = Voice(variant="f2", words_per_minute=150, pitch=50)
GAP_S = 2.2  # of room between two repetitions of a sentence
VOICE_RMS_DBFS, ROOM_DBFS = -22.0, -62.0
TAIL_S = 1.4  # long enough that a silence at the edge is remarked upon
NOT_YET = ("ours", "fix", "stop")  # what a person records again
QUIET_DBFS, LOUD_DBFS = -45.0, -38.0  # on the page's level meter


def write_speech(path: Path, text: str) -> None:
    """Write a loop of a spoken sentence and quiet room."""
    write_source(path, spoken_loop(speaker().say(text, VOICE, rate_hz=RATE_HZ)))


def spoken_loop(speech: FloatArray) -> Codes:
    """Return speech between two stretches of quiet room, as a fake device plays it."""
    loud = speech[np.abs(speech) > 0.01]
    speech = np.clip(speech * 10 ** (VOICE_RMS_DBFS / 20) / np.sqrt(np.mean(loud**2)), -0.9, 0.9)
    gap = np.zeros(round(GAP_S * RATE_HZ))
    loop = np.concatenate([gap, speech, gap])
    loop = loop[: loop.size // 441 * 441]  # whole packets of 10 ms: the loop has no seam
    rng = np.random.default_rng(3)
    loop = loop + room_noise(level_dbfs=ROOM_DBFS, samples=loop.size, rate_hz=RATE_HZ, rng=rng)
    return np.frombuffer(pcm16(loop), dtype="<i2").astype(np.int16)


def record_prompt(
    hands: RecorderPage, *, tail_s: float = TAIL_S, passes: Sequence[str] = ("ok", "flag")
) -> int:
    """Speak until a take passes and return how many it took, as a person does.

    A busy machine loses samples, and says so; and it stops so late that the loop speaks again.
    """
    for number, key in enumerate(("Space", "Backspace", "Backspace", "Backspace"), start=1):
        wait_for_level(hands.page, lambda level: level < QUIET_DBFS, 0.5)
        hands.begin(key)
        wait_for_level(hands.page, lambda level: level > LOUD_DBFS, 0.1)
        wait_for_level(hands.page, lambda level: level < QUIET_DBFS, tail_s)
        hands.stop()
        if hands.chip(hands.current_take(), *passes, *NOT_YET) in passes:
            return number
    raise AssertionError("four takes in a row did not pass")


def wait_for_level(page: Page, wanted: Callable[[float], bool], hold_s: float) -> None:
    """Wait until the level on the page has been as wanted for a while."""
    since = None
    for _ in range(1_200):
        level = float(page.locator('.level[role="meter"]').get_attribute("aria-valuenow") or 0)
        since = (since or time.monotonic()) if wanted(level) else None
        if since is not None and time.monotonic() - since >= hold_s:
            return
        page.wait_for_timeout(25)
    raise AssertionError("the level was never as wanted")
