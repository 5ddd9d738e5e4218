"""Audio with `Range`: the whole of it, or the bytes that a player or a resumed download asks for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flask import Response, request

from speechcorpus.store.shelves import Readable, stretch
from speechcorpus.workflows.access import not_found
from speechcorpus.workflows.items import ItemAudio
from speechcorpus.workflows.side_sound import SideSound

BLOCK_BYTES = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPart:
    """Some bytes of what is kept, read where they lie."""

    open: Callable[[], Readable]
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePart:
    """Bytes that are made as they are read."""

    length: int
    read: Callable[[int, int], bytes]  # bytes [start, stop) of it


Part = bytes | KeptPart | MadePart


def answer_item(item: ItemAudio) -> Response:
    """Return item audio: its header, and its samples where they lie in the master.

    Raises
    ------
    AccessError : `not-found` when the master was erased or is held as damaged
    """
    if not item.exists():
        raise not_found("segment")
    samples = KeptPart(open=item.open, offset=item.offset, length=item.length)
    return answer_audio([item.header, samples], etag=f"{item.master}-{item.offset}-{item.length}")


def answer_made(sound: SideSound) -> Response:
    """Return two tracks side by side, laid as they are read."""
    made = MadePart(length=sound.length, read=sound.read)
    return answer_audio([sound.header, made], etag=sound.etag)


def answer_audio(parts: Sequence[Part], *, etag: str) -> Response:
    """Return the parts joined as one WAV file, honouring `Range`; 416 for a range outside.

    Parameters
    ----------
    etag : changes whenever the bytes change; a resumed download with another one starts anew
    """
    total = sum(_length(part) for part in parts)
    start, stop, status = 0, total, 200
    if "Range" in request.headers and not _resumes_another(etag):
        span = request.range.range_for_length(total) if request.range else None
        if span is None:
            return Response(status=416, headers={"Content-Range": f"bytes */{total}"})
        (start, stop), status = span, 206
    response = Response(_bytes_of(parts, start, stop), status=status, mimetype="audio/wav")
    response.content_length = stop - start
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(etag)
    if status == 206:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{total}"
    return response


def _resumes_another(etag: str) -> bool:
    known = request.headers.get("If-Range")
    return known is not None and known != f'"{etag}"'


def _length(part: Part) -> int:
    return len(part) if isinstance(part, bytes) else part.length


def _bytes_of(parts: Sequence[Part], start: int, stop: int) -> Iterator[bytes]:
    """Yield bytes [start, stop) of the joined parts, block by block."""
    before = 0
    for part in parts:
        first, last = max(start - before, 0), min(stop - before, _length(part))
        if first < last:
            yield from _part_bytes(part, first, last)
        before += _length(part)


def _part_bytes(part: Part, first: int, last: int) -> Iterator[bytes]:
    if isinstance(part, bytes):
        yield part[first:last]
        return
    if isinstance(part, MadePart):
        for start in range(first, last, BLOCK_BYTES):
            yield part.read(start, min(last, start + BLOCK_BYTES))
        return
    yield from stretch(part.open, part.offset + first, last - first)
