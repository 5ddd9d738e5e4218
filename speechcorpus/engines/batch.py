"""One function over many items, on any engine: the records come in the order of the items."""

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from threading import Event
from typing import Protocol, TypeVar

from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.engines.journal import Journal, Key, Record

CHUNK_ITEMS = 20
ENGINES: Mapping[str, tuple[str, str | None]] = {
    "local": ("speechcorpus.engines.local", None),
    "ray": ("speechcorpus.engines.ray_data", "ray"),
}
"""Each engine: the module of its adapter, imported when it is used, and the package that must be there."""

Item = TypeVar("Item")
ItemIn = TypeVar("ItemIn", contravariant=True)
Answers = Sequence[Record | Key]


class BatchFunction(Protocol[ItemIn]):
    """What an engine runs: importable, keeping nothing between calls, one answer an item, in order.

    An answer is a record of plain values, or the key under which the journal has it already.
    """

    def __call__(self, items: Sequence[ItemIn], /) -> Answers:
        """Return the answers for these items."""
        ...


def run_batch(
    function: BatchFunction[Item],
    items: Iterable[Item],
    *,
    engine: str = "local",
    jobs: int = 1,
    journal: Journal | None = None,
    stop: Event | None = None,
    weigh: Callable[[Item], float] = lambda _: 0.0,
) -> Iterator[Record]:
    """Yield a record for every item, in the order of the items.

    Every chunk of up to 20 items is in the journal, on the disk, before one of its records is yielded.
    Chunks are done in any order; items are drawn as they are needed.

    Parameters
    ----------
    journal : where records are kept and found again; without one nothing is kept
    stop : when set, no chunk is begun any more; those under way are finished and kept
    weigh : how much of a chunk an item fills, so that long work is not put together; 1 or more is a whole one

    Raises
    ------
    SpeechCorpusError : `batch.engine-missing` if the engine is not installed, `batch.stopped` after `stop`

    Examples
    --------
    >>> def squares(items):
    ...     return [{"square": item * item} for item in items]
    >>> [record["square"] for record in run_batch(squares, range(4), jobs=2)]
    [0, 1, 4, 9]
    """
    stop = stop or Event()
    done = _adapter(engine)(function, chunks(items, weigh), jobs=jobs, stop=stop)
    yield from _in_order(_kept(done, journal), journal)
    if stop.is_set():
        raise SpeechCorpusError("batch.stopped", "stopped; what was done is in the journal, if there is one")


def chunks(items: Iterable[Item], weigh: Callable[[Item], float] = lambda _: 0.0) -> Iterator[list[Item]]:
    """Yield the items in lists of up to 20; a list ends when it is full.

    Examples
    --------
    >>> list(chunks([0.1, 0.9, 2.0, 0.2], weigh=lambda item: item))
    [[0.1, 0.9], [2.0], [0.2]]
    """
    chunk: list[Item] = []
    filled = 0.0
    for item in items:
        chunk.append(item)
        filled += weigh(item)
        if len(chunk) >= CHUNK_ITEMS or filled >= 1:
            yield chunk
            chunk, filled = [], 0.0
    if chunk:
        yield chunk


def check_engine(engine: str) -> None:
    """Refuse an engine that cannot run here.

    Raises
    ------
    SpeechCorpusError : `batch.engine-missing`
    """
    package = ENGINES[engine][1]
    if package is not None and importlib.util.find_spec(package) is None:
        sentence = f"the engine {engine!r} is not installed: pip install 'speechcorpus[{engine}]'"
        raise SpeechCorpusError("batch.engine-missing", sentence, engine=engine)


def _adapter(engine: str) -> Callable[..., Iterator[tuple[int, Answers]]]:
    check_engine(engine)
    adapter: Callable[..., Iterator[tuple[int, Answers]]]
    adapter = importlib.import_module(ENGINES[engine][0]).run_chunks
    return adapter


def _kept(done: Iterable[tuple[int, Answers]], journal: Journal | None) -> Iterator[tuple[int, Answers]]:
    """Chunks as they are done, each durable when it is passed on."""
    for number, answers in done:
        if journal is not None:
            journal.add([answer for answer in answers if not isinstance(answer, str)])
        yield number, answers


def _in_order(done: Iterable[tuple[int, Answers]], journal: Journal | None) -> Iterator[Record]:
    waiting: dict[int, Answers] = {}
    turn = 0
    for number, answers in done:
        waiting[number] = answers
        while turn in waiting:
            for answer in waiting.pop(turn):
                yield answer if not isinstance(answer, str) else _found(journal, answer)
            turn += 1


def _found(journal: Journal | None, key: Key) -> Record:
    if journal is None:
        raise SpeechCorpusError("batch.no-journal", f"no journal has {key}", key=key)
    return journal.find(key)
