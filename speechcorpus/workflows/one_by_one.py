"""One by one: what cannot be done for one row, or as one chore, keeps nothing else from being done."""

import logging
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from speechcorpus.domain.errors import StoreError

LOG = logging.getLogger(__name__)
COMES_BACK: Final = ("database.busy", "storage.away", "storage.full")
"""Faults of the store that every row would meet: whoever works waits and tries again."""

Row = TypeVar("Row")


def one_by_one(step: Callable[[Row], int], rows: Iterable[Row]) -> int:
    """Take a step for every row and return the sum; a row that fails is reported, and the next one follows.

    Raises
    ------
    StoreError : `database.busy`, `storage.away`, `storage.full`

    Examples
    --------
    >>> one_by_one(lambda row: row * 10, [1, 2])
    30
    """
    done = 0
    for row in rows:
        with reported(row):
            done += step(row)
    return done


@contextmanager
def reported(about: object, *, raises: Collection[str] = COMES_BACK) -> Iterator[None]:
    """Report what goes wrong inside and go on after it; a catalogue that comes back is waited for.

    Parameters
    ----------
    raises : the codes of what is waited for; empty where others can go on meanwhile

    Raises
    ------
    StoreError : `database.busy`, `storage.away`, `storage.full`, as far as they are in `raises`
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, StoreError) and error.code in raises:
            raise
        places = "".join(traceback.format_tb(error.__traceback__))
        # a database tells the values of a row it refuses from the second line on: those are people's
        why = str(error).partition("\n")[0]
        LOG.error("%s\n%s%s: %s", about, places, type(error).__name__, why)
