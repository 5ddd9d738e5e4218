"""Log lines: one line an event, for a machine or for a terminal, without anything about a person.

What a line says of a request or a job is a route's pattern, a kind, numbers and an id of the line itself.
Text that others wrote (a library, the message of an error) may hold more: addresses, tokens, pseudonyms and
ids are cut out of it, and no character in it can begin a line of its own.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO, Final, Literal

Form = Literal["json", "text"]
REQUESTS: Final = logging.getLogger("speechcorpus.request")
JOBS: Final = logging.getLogger("speechcorpus.job")
FACTS: Final = "facts"  # the attribute of a record that holds what a line says beside its event
LONGEST: Final = 2000  # characters
CUT: Final = "…"
PRIVATE: Final = re.compile(
    "|".join(
        (
            r"[^\s@<>\"']+@[^\s@<>\"']+\.[A-Za-z]{2,}",  # e-mail
            r"\b(?:\d{1,3}\.){3}\d{1,3}\b",  # IPv4
            r"\[?(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])\]?",  # IPv6, and times of day
            r"\bc-\d{4,}\b",  # pseudonyms
            r"[A-Za-z0-9_\-+/=]{20,}",  # tokens, digests, ids
        )
    )
)
QUIET_LIBRARIES: Final = ("waitress",)  # what they fill into their sentences are paths and addresses


def set_up_logs(form: Form, stream: IO[str] | None = None, *, lines: bool = True) -> None:
    """Let everything that is logged in this process go to one stream, one event a line.

    Parameters
    ----------
    lines : also a line for every request and every job; without it only what went wrong
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else PlainLines())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.WARNING)
    for each in (REQUESTS, JOBS):
        each.setLevel(logging.INFO if lines else logging.WARNING)


def masked(text: str) -> str:
    """Return a text without addresses, tokens, ids and pseudonyms.

    Examples
    --------
    >>> masked("c-0042 at 10.0.0.7 sent aGVsbG8gd29ybGQgdGhpcyBpcyBh to a@b.tw")
    '… at … sent … to …'
    """
    return PRIVATE.sub(CUT, text)[:LONGEST]


def one_line(text: str) -> str:
    r"""Return a text in which nothing can end a line or steer a terminal.

    Examples
    --------
    >>> one_line("a\nb\x1b[31m\u2028")
    'a\\nb\\x1b[31m\\u2028'
    """
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


class JsonLines(logging.Formatter):
    """One JSON object a record, in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return json.dumps({"at": _time(record), "level": record.levelname.lower(), **_said(record)})


class PlainLines(logging.Formatter):
    """One line a record for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        said = dict(_said(record))
        event = said.pop("event")
        facts = " ".join(f"{name}={value}" for name, value in said.items())
        return one_line(f"{_time(record)} {record.levelname.lower()} {event} {facts}".rstrip())


def error_name(error: BaseException) -> str:
    """Return what a log may say of an error: our code, else its type; its message is for whoever asked."""
    return str(getattr(error, "code", None) or type(error).__name__)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _said(record: logging.LogRecord) -> Mapping[str, object]:
    facts = getattr(record, FACTS, None)
    if isinstance(facts, Mapping):
        return {"event": record.msg, **facts, **_error(record)}
    said = masked(_sentence(record))
    return {"event": "message", "logger": record.name, "said": said, **_error(record)}


def _error(record: logging.LogRecord) -> Mapping[str, object]:
    """Return what went wrong and where in the program; the message of an error may hold anything."""
    error = record.exc_info[1] if record.exc_info else None
    return {} if error is None else {"error": error_name(error), "where": _places(error)}


def _sentence(record: logging.LogRecord) -> str:
    if record.name.split(".")[0] in QUIET_LIBRARIES:
        return str(record.msg)  # unfilled
    return record.getMessage()


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{'/'.join(frame.filename.split('/')[-3:])}:{frame.lineno} {frame.name}" for frame in frames]
