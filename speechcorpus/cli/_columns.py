"""A table in a terminal: columns that stand below each other, double-width characters and all."""

from collections.abc import Iterator, Sequence

from speechcorpus.cli._view import visible, width

_BETWEEN = "  "


def in_columns(head: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int) -> Iterator[str]:
    """Lines of a table; the first `texts` columns are flush left, numbers flush right.

    Examples
    --------
    >>> print(*in_columns(["人", "N"], [["鹿港", "7"], ["a", "12"]], texts=1), sep="\\n")
    人     N
    鹿港   7
    a     12
    """
    shown = [[visible(cell) for cell in row] for row in (head, *rows)]
    rooms = [max(map(width, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = [
            cell + " " * (room - width(cell)) if place < texts else " " * (room - width(cell)) + cell
            for place, (cell, room) in enumerate(zip(row, rooms, strict=True))
        ]
        yield _BETWEEN.join(cells).rstrip()
