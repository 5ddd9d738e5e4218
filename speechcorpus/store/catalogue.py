"""The catalogue: one database, opened for reading or for writing, on SQLite or PostgreSQL alike."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from sqlalchemy import Connection, Engine, Executable, Row, create_engine, event, make_url
from sqlalchemy.engine import URL, CursorResult, Result
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.migrations import upgrade, version_gap
from speechcorpus.store.together import Together
from speechcorpus.store.turns import Turns

BUSY_TIMEOUT_S = 10.0
"""How long a writer waits for its turn before the answer is 503, try again."""

FILE_MODE: Final = 0o640
"""Of a SQLite catalogue that is made here: it says who people are, and is for its owner and group."""

SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL = 5, 6, 13  # primary result codes, sqlite.org/rescode.html
# PostgreSQL, appendix A: connection gone, being stopped or started, too many, lost a lock or a race
BUSY_STATES = ("08", "57P", "40001", "40P01", "55P03", "53300", "57014")
FULL_STATE = "53100"

ONE_QUIET_VIEW = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""Reading on PostgreSQL as SQLite does it: one snapshot, no writing."""

Written = TypeVar("Written")


def changed_rows(result: Result[Any]) -> int:
    """Return how many rows an UPDATE or DELETE touched; lease holders check it."""
    if not isinstance(result, CursorResult):
        raise TypeError("only a statement that changes rows has a row count")
    return result.rowcount


class Catalogue:
    """The database at `url`; several processes may each hold one.

    Writers of one process take turns first come, first served; those of several processes wait for the
    database. Both give up after `busy_timeout_s` with `StoreError("database.busy")`, and nothing was written.
    """

    def __init__(self, url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self.url = _with_driver(make_url(url))
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._busy_timeout_s = busy_timeout_s
        self._engine = _engine(self.url, busy_timeout_s)
        self._writing = self._engine.execution_options(writes=True)
        self._reading = self._engine.execution_options(**({} if self.is_sqlite else ONE_QUIET_VIEW))
        self._looking = self._engine.execution_options(looks=True) if self.is_sqlite else self._reading
        self._turns = Turns()
        self._together = Together(self.write)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session that commits at the end of the block, or rolls back when the block raises.

        Raises
        ------
        StoreError : `database.busy` (503, try again) or `storage.full` (507)
        """
        turn = self._turns.mine(self._busy_timeout_s) if self.is_sqlite else nullcontext()
        with (
            turn,
            _coded_errors(),
            Session(self._writing, expire_on_commit=False) as session,
            session.begin(),
        ):
            session.connection()  # begins now: a busy database is told at the door, not half-way
            yield session

    def write_together(self, act: Callable[[Session], Written]) -> Written:
        """Run a short act in a transaction it may share with other threads' acts; return what it returns.

        On SQLite one commit then serves all who wait for it; PostgreSQL does so by itself. The act may be run
        again from the start, so it changes nothing but rows.

        Raises
        ------
        StoreError : as `write`; and whatever `act` raises, which then has written nothing
        """
        if self.is_sqlite:
            return cast(Written, self._together.run(act))
        with self.write() as session:
            return act(session)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session on one consistent view; the database refuses to write in it."""
        with _coded_errors(), Session(self._reading, expire_on_commit=False) as session:
            yield session

    def look(self, query: Executable, asked: Mapping[str, object]) -> Row[Any] | None:
        """Return the one row a query finds, None without; alone it needs no transaction to see one view."""
        with _coded_errors(), self._looking.connect() as connection:
            return connection.execute(query, asked).one_or_none()

    def migrate(self) -> None:
        """Bring the tables to this version of the program, in one transaction."""
        with self.write() as session:
            upgrade(session.connection())

    def check_version(self) -> None:
        """Raise `StoreError("database.version")` unless the tables fit this version of the program."""
        with self.read() as session:
            found, wanted = version_gap(session.connection())
        if found != wanted:
            raise StoreError(
                "database.version",
                f"the catalogue is at revision {found}, this program needs {wanted}",
                found=found,
                wanted=wanted,
            )

    def close(self) -> None:
        """Give back every connection."""
        self._engine.dispose()


def _with_driver(url: URL) -> URL:
    return url.set(drivername="postgresql+psycopg") if url.drivername in ("postgresql", "postgres") else url


def _engine(url: URL, busy_timeout_s: float) -> Engine:
    pool = {"pool_size": 10, "max_overflow": 10, "pool_timeout": busy_timeout_s}
    pool |= {"hide_parameters": True}  # what people said and what lets them in is in no message and no log
    if url.get_backend_name() != "sqlite":
        waits = {"connect_timeout": 10, "options": f"-c lock_timeout={round(busy_timeout_s * 1000)}"}
        return create_engine(url, pool_pre_ping=True, connect_args=waits, **pool)
    # isolation_level None: the driver opens no transaction of its own, `_begin` alone does
    engine = create_engine(url, connect_args={"isolation_level": None, "timeout": busy_timeout_s}, **pool)
    event.listen(engine, "do_connect", _make_file)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _make_file(_dialect: object, _record: object, arguments: Sequence[str], named: Mapping[str, Any]) -> None:
    """Make the file that SQLite is about to open, if it is not there; its journals take over its mode."""
    (path,) = arguments
    if path and path != ":memory:" and not named.get("uri", False):
        with suppress(OSError):  # it is there; or it cannot be made, which SQLite says better
            Path(path).touch(mode=FILE_MODE, exist_ok=False)


def _prepare(connection: Any, _record: object) -> None:
    """Set what SQLite forgets with every connection."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Open the transaction: writers take the lock at once, so no read can go stale under them."""
    options = connection.get_execution_options()
    if options.get("looks", False):
        return
    writes = options.get("writes", False)
    if connection.info.get("writes") != writes:
        connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        connection.info["writes"] = writes
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _coded_errors() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise StoreError("database.busy", "all connections to the catalogue are in use") from error
    except DBAPIError as error:
        coded = _coded(error)
        if coded is None:
            raise
        raise coded from error


def _coded(error: DBAPIError) -> StoreError | None:
    busy = StoreError("database.busy", "the catalogue is busy or stopped; try again")
    full = StoreError("storage.full", "no space left for the catalogue")
    sqlite_code = getattr(error.orig, "sqlite_errorcode", None)
    if sqlite_code is not None:
        return {SQLITE_BUSY: busy, SQLITE_LOCKED: busy, SQLITE_FULL: full}.get(sqlite_code & 0xFF)
    state = getattr(error.orig, "sqlstate", None)
    if state == FULL_STATE:
        return full
    if error.connection_invalidated or (state or "").startswith(BUSY_STATES):
        return busy
    return busy if isinstance(error, OperationalError) and state is None else None
