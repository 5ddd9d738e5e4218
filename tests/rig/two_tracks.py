"""What a writer's and a reviewer's story begin with when two people spoke at two devices."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from speechcorpus.domain.actor import Actor
from speechcorpus.store.store import open_store
from speechcorpus.workflows.track_overlaps import keep_overlaps
from speechcorpus.workflows.transcripts import save_transcript
from tests.rig.desk import Desk
from tests.side_by_side import Beside, beside, truth
from tests.stage import RATE_HZ, set_stage

LENGTH_S = 40.0
MINE = {
    (1.0, 6.5): "阮細漢蹛佇海邊，逐工攏會當聽著海湧聲。",
    (11.0, 16.0): "著啊，熱人上趣味，規陣囡仔走去泅水。",
    (21.5, 27.0): "",
}
THEIRS = {  # on the holder's time; from 5.7 to 6.3 and from 14.7 to 15.8 both speak
    (5.5, 11.2): "阮兜佇山頂，干焦聽著鳥仔聲。",
    (14.5, 21.0): "泅水我袂曉，阮攏去溪邊掠蝦仔。",
    (27.3, 31.0): "",
}


@dataclass(frozen=True, kw_only=True)
class Talk:
    """A dialogue of two tracks whose sound, words and truth are known."""

    desk: Desk
    laid: Beside
    items: list[str]

    @property
    def partner(self) -> Actor:
        return self.laid.two.partner


def open_dialogue(
    folder: Path, *, arrived: bool = True, method: str = "exchanges", uncertainty_ms: float = 0.8
) -> Talk:
    """Let two people talk at two devices; nobody has written the last segments down."""
    store = open_store(folder / "data", None)
    store.catalogue.migrate()
    now = datetime.now(UTC) - timedelta(minutes=20)
    laid = beside(set_stage(store, now), mine=_speech(MINE, seed=1), theirs=_speech(_on_theirs(), seed=2))
    items = _written(laid, laid.mine, MINE)
    if arrived:
        _written(laid, laid.theirs, dict(zip(_on_theirs(), THEIRS.values(), strict=True)))
        laid.lay(method=method, uncertainty_ms=uncertainty_ms)
        with store.catalogue.write() as session:
            keep_overlaps(session, laid.row(laid.mine), now=now)
    desk = Desk(folder=folder, store=store, actor=laid.two.holder, claim=laid.two.claim, stage=laid.stage)
    return Talk(desk=desk, laid=laid, items=items)


def _on_theirs() -> list[tuple[float, float]]:
    """The partner's stretches on the partner's own time."""
    places = truth(LENGTH_S).to_other(np.array(list(THEIRS)) * RATE_HZ) / RATE_HZ
    return [(float(start), float(end)) for start, end in places]


def _speech(spans, *, seed: int) -> bytes:
    """PCM of noise in syllables where somebody speaks: something to see and to hear."""
    rng, time = np.random.default_rng(seed), np.arange(round(LENGTH_S * RATE_HZ)) / RATE_HZ
    speaks = np.zeros(time.size, dtype=bool)
    for start, end in spans:
        speaks |= (time > start + 0.2) & (time < end - 0.2)
    syllables = np.clip(np.sin(2 * np.pi * (4.1 + seed / 3) * time), 0, 1) ** 0.6
    samples = rng.normal(0, 0.1, time.size) * syllables * speaks + rng.normal(0, 0.001, time.size)
    codes: bytes = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    return codes


def _written(laid: Beside, take, spans) -> list[str]:
    heard = [(start + 0.2, end - 0.2) for start, end in spans]
    items = laid.add(take, *spans, speech_s=heard)
    for item, text in zip(items, spans.values(), strict=True):
        if text:
            save_transcript(laid.stage.store, laid.actor_of(take), item, text, 0, now=laid.stage.later)
    return items
