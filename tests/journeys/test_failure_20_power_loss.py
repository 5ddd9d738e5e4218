"""Failure 20: the power goes. What is on the disk's own books by then is what `flush` has put there.

A pulled plug itself is on the manual card, docs/manual-card.md.
"""

from collections.abc import Callable

import pytest

from tests.rig.sitting import Sitting

pytestmark = pytest.mark.journey

UNFLUSHED_AT_MOST_S = 1.0
COUNT_FLUSHES = """() => {
  const handles = FileSystemSyncAccessHandle.prototype;
  const { write, flush } = handles;
  self.kept = { flushes: 0, oldest_ms: null, last_ms: null, age_ms: 0, pause_ms: 0 };
  handles.write = function (bytes, options) {
    if (bytes.byteLength >= 800) {  // a packet of sound, not a line of the journal
      const now = performance.now();
      if (kept.last_ms !== null) kept.pause_ms = Math.max(kept.pause_ms, now - kept.last_ms);
      kept.last_ms = now;
      kept.oldest_ms ??= now;
    }
    return write.call(this, bytes, options);
  };
  handles.flush = function () {
    if (kept.oldest_ms !== null) {
      kept.flushes++;
      kept.age_ms = Math.max(kept.age_ms, performance.now() - kept.oldest_ms);
      kept.oldest_ms = null;
    }
    return flush.call(this);
  };
}"""


def test_no_sound_waits_for_the_disk_longer_than_a_second(
    sitting: Sitting, record_property: Callable[[str, object], None]
) -> None:
    recorder = sitting.recorder
    worker = recorder.take_worker
    worker.evaluate(COUNT_FLUSHES)
    recorder.begin()
    recorder.speak(8)
    recorder.stop()
    kept = worker.evaluate("self.kept")

    assert kept["oldest_ms"] is None  # nothing was left unflushed at the end
    assert kept["flushes"] >= 8
    # a machine that keeps the worker from running for a while writes nothing meanwhile either
    age_s, pause_s = kept["age_ms"] / 1000, kept["pause_ms"] / 1000
    assert age_s <= UNFLUSHED_AT_MOST_S + pause_s
    record_property("measured", f"{kept['flushes']} flushes, the oldest unflushed sound {age_s:.2f} s old")
