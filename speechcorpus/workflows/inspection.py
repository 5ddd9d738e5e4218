"""Pictures of items, drawn by a worker: outline, spectrogram and level, in tiles handed on as they are."""

import gzip
import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from speechcorpus.audio.child import cpu_limit_s, shared_children
from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.peak import Samples
from speechcorpus.dsp.pyramid import Cells
from speechcorpus.qc.picture import LAYERS, LayerName, draw_picture
from speechcorpus.record.upload import BYTES_PER_SAMPLE
from speechcorpus.store.models import PictureRow, Segment, Take
from speechcorpus.store.store import Store
from speechcorpus.workflows.items import ItemAudio, item_audio
from speechcorpus.workflows.picture_rows import VERSION, pictures_of
from speechcorpus.workflows.withdrawn_items import is_withdrawn

TASK = "speechcorpus.workflows.inspection:draw_in_child"
BLOCK_BYTES = 1 << 20


def draw_item(store: Store, segment_id: str, now: datetime) -> None:
    """Draw the picture of an item; a job, safe to run again."""
    with store.catalogue.read() as session:
        segment = session.get_one(Segment, segment_id)
        if is_withdrawn(session, segment_id):
            return
        item_sha256, audio = segment.item_sha256, item_audio(store, session, segment)
        rate_hz = session.get_one(Take, segment.take_id).rate_hz
    if item_sha256 is None or pictures_of(store).exists(item_sha256, VERSION):
        _finish(store, item_sha256, now)
        return
    try:
        drawn, tiles = _drawn(audio, rate_hz)
    except SignalError as error:
        _finish(store, item_sha256, now, error_code=error.code)
        return
    if drawn["sha256"] != item_sha256:
        return  # its edges moved meanwhile: measuring it anew asks for another picture
    pictures_of(store).put(item_sha256, VERSION, drawn["facts"], drawn["lengths"], [tiles])
    _finish(store, item_sha256, now)


def _drawn(audio: ItemAudio, rate_hz: int) -> tuple[dict[str, Any], bytes]:
    arguments = {
        "path": str(audio.path),
        "offset": audio.offset,
        "length": audio.length,
        "header": audio.header.hex(),
        "rate_hz": rate_hz,
    }
    seconds = audio.length / BYTES_PER_SAMPLE / rate_hz
    answer = shared_children().call(TASK, arguments, cpu_s=cpu_limit_s(seconds))
    return answer.values, answer.data


def draw_in_child(
    path: str, offset: int, length: int, header: str, rate_hz: int
) -> tuple[dict[str, Any], bytes]:
    """The work itself: facts, lengths and hash of what was drawn, and the tiles, each compressed."""
    digest = hashlib.sha256(bytes.fromhex(header))
    tiles: dict[LayerName, list[list[bytes]]] = {
        name: [[] for _ in range(layer.levels)] for name, layer in LAYERS.items()
    }

    def keep(layer: LayerName, level: int, cells: Cells) -> None:
        tiles[layer][level].append(gzip.compress(np.ascontiguousarray(cells).tobytes(), mtime=0))

    picture = draw_picture(_samples(Path(path), offset, length, digest), rate_hz, keep)
    facts = {"rate_hz": rate_hz, "frames": picture.frames, "speech_s": picture.speech_s}
    lengths = {name: [[len(tile) for tile in level] for level in levels] for name, levels in tiles.items()}
    data = b"".join(tile for levels in tiles.values() for level in levels for tile in level)
    return {"sha256": digest.hexdigest(), "facts": facts, "lengths": lengths}, data


def _samples(path: Path, offset: int, length: int, digest: Any) -> Iterator[Samples]:
    """Yield the samples of an item where they lie in its master: our own file, nothing is decoded."""
    with path.open("rb") as file:
        file.seek(offset)
        while length and (data := file.read(min(BLOCK_BYTES, length))):
            length -= len(data)
            digest.update(data)
            yield np.frombuffer(data, dtype="<i2")


def _finish(store: Store, item_sha256: str | None, now: datetime, *, error_code: str | None = None) -> None:
    if item_sha256 is None:
        return
    pictures = pictures_of(store)
    size = None if error_code else pictures.size(item_sha256, VERSION)
    with store.catalogue.write() as session:
        row = session.get(PictureRow, (item_sha256, VERSION), with_for_update=True)
        if row is not None and row.state == "asked":
            row.state, row.error_code = "failed" if error_code else "ready", error_code
            row.bytes, row.finished_at = size, now
