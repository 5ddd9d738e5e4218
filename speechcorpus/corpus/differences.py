"""What differs between the tables of two versions of a corpus, clip by clip."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from speechcorpus.corpus.documents import Cell, Row
from speechcorpus.domain.errors import ReleaseError

EXTRA = "extra"
"""Where a clip is that stands beside the tree, since it would leak into another split."""
TOLD_APART = ("split", "audio_path", "text")  # a move or a text of its own, never also metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A clip that is in another split, or now beside the tree."""

    utt_id: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One cell of a clip that both versions hold; None where it says nothing."""

    utt_id: str
    column: str
    old: Cell
    new: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """All that differs between two tables, by utt_id; a column that came or went is not told clip by clip."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    moved: tuple[Moved, ...]
    text_changed: tuple[Changed, ...]
    metadata_changed: tuple[Changed, ...]
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]


def differences(old: Iterable[Row], new: Iterable[Row], extra: Sequence[str] = ()) -> Differences:
    """Return what differs; both tables are read once, row by row.

    Parameters
    ----------
    extra : clips that the new version knows and holds beside its tree

    Raises
    ------
    ReleaseError : `release.row-invalid` when a table is not sorted by utt_id

    Examples
    --------
    >>> old = [{"utt_id": "a", "split": "dev", "text": "好"}, {"utt_id": "b", "split": "dev", "text": "人"}]
    >>> new = [{"utt_id": "a", "split": "dev", "text": "好。"}, {"utt_id": "c", "split": "dev", "text": "日"}]
    >>> found = differences(old, new)
    >>> found.added, found.removed, found.text_changed[0].new
    (('c',), ('b',), '好。')
    """
    found = _Found(beside=frozenset(extra))
    for before, after in paired(old, new):
        found.take(before, after)
    return found.differences()


def paired(old: Iterable[Row], new: Iterable[Row]) -> Iterator[tuple[Row | None, Row | None]]:
    """Yield the rows of each clip in the old and in the new table, None where it has none, by utt_id."""
    olds, news = _in_order(old, "OLD"), _in_order(new, "NEW")
    before, after = next(olds, None), next(news, None)
    while before is not None or after is not None:
        if after is None or (before is not None and _name(before) < _name(after)):
            yield before, None
            before = next(olds, None)
        elif before is None or _name(after) < _name(before):
            yield None, after
            after = next(news, None)
        else:
            yield before, after
            before, after = next(olds, None), next(news, None)


class _Found:
    """Gathers differences row by row."""

    def __init__(self, beside: frozenset[str]) -> None:
        self._beside = beside
        self._added: list[str] = []
        self._removed: list[str] = []
        self._moved: list[Moved] = []
        self._texts: list[Changed] = []
        self._cells: list[Changed] = []
        self._columns: dict[str, set[str]] = {"old": set(), "new": set()}

    def take(self, old: Row | None, new: Row | None) -> None:
        """Compare the two rows of one clip."""
        self._columns["old"].update(old or ())
        self._columns["new"].update(new or ())
        if old is None and new is not None:
            self._added.append(_name(new))
        elif old is not None and new is None:
            self._left(old)
        elif old is not None and new is not None:
            self._compared(old, new)

    def differences(self) -> Differences:
        """Return all that was found."""
        old, new = self._columns["old"], self._columns["new"]
        return Differences(
            added=tuple(self._added),
            removed=tuple(self._removed),
            moved=tuple(self._moved),
            text_changed=tuple(self._texts),
            metadata_changed=tuple(self._cells),
            columns_added=tuple(sorted(new - old)) if old else (),
            columns_removed=tuple(sorted(old - new)) if new else (),
        )

    def _left(self, old: Row) -> None:
        if _name(old) in self._beside:
            self._moved.append(Moved(utt_id=_name(old), old=str(old.get("split")), new=EXTRA))
        else:
            self._removed.append(_name(old))

    def _compared(self, old: Row, new: Row) -> None:
        name = _name(old)
        if old.get("split") != new.get("split"):
            self._moved.append(Moved(utt_id=name, old=str(old.get("split")), new=str(new.get("split"))))
        if old.get("text") != new.get("text"):
            self._texts.append(_changed(name, "text", old, new))
        for column in sorted((old.keys() & new.keys()) - set(TOLD_APART)):
            if old[column] != new[column]:
                self._cells.append(_changed(name, column, old, new))


def _changed(name: str, column: str, old: Mapping[str, Cell], new: Mapping[str, Cell]) -> Changed:
    return Changed(utt_id=name, column=column, old=old.get(column), new=new.get(column))


def _in_order(rows: Iterable[Row], which: str) -> Iterator[Row]:
    last = ""
    for row in rows:
        if _name(row) <= last:
            raise ReleaseError(
                "release.row-invalid", f"{which}: clips.jsonl: {_name(row)!r} is not after {last!r}"
            )
        last = _name(row)
        yield row


def _name(row: Row) -> str:
    return str(row.get("utt_id", ""))
