"""Wave forms beside the samples: one small path a clip, drawn on the server from bars that are there."""

from collections.abc import Mapping, Sequence

from recorder_web.context import current_store, now
from recorder_web.security import current_actor
from speechcorpus.workflows.views.release_samples import Sample
from speechcorpus.workflows.views.sample_waves import sample_waves

STEP, MIDDLE, REACH = 3, 15, 13  # of a picture of 126 by 30; what is silent is a dot in the middle


def waves_beside(release_id: str, clips: Sequence[Sample]) -> Mapping[str, str]:
    """Return utt_id → the path of its wave form, for the clips of this page that have one."""
    names = [str(clip.row["utt_id"]) for clip in clips]
    found = sample_waves(current_store(), current_actor(), release_id, names, now=now())
    return {utt_id: wave_path(bars) for utt_id, bars in found.items()}


def wave_path(bars: Sequence[float]) -> str:
    """Return bars, each 0 to 1, as the path of an SVG: a stroke up and down from the middle each.

    >>> wave_path([0.0, 1.0])
    'M2 14.5v1M5 2v26'
    """
    tall = (max(0.5, REACH * bar) for bar in bars)
    strokes = (f"M{2 + STEP * i} {MIDDLE - half:.3g}v{2 * half:.3g}" for i, half in enumerate(tall))
    return "".join(strokes)
