"""The head of a request, before anything is done with it: one reading only, or it is refused.

What a proxy before us and we might read differently (two lengths, two hosts, folded lines) is how one request
is smuggled inside another; RFC 9112 lets a server refuse each of these, and no browser sends one.
"""

import re
from typing import Final

from speechcorpus.domain.errors import SpeechCorpusError

LONGEST_LINE: Final = 8_000  # of RFC 9112, section 3: the least that everybody must take
LONGEST_HEAD: Final = 1 << 15
MOST_FIELDS: Final = 100
START: Final = re.compile(rb"[A-Z]{1,20} [!-~]+ HTTP/1\.([01])")
HOST: Final = re.compile(rb"[A-Za-z0-9._-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
LENGTH: Final = re.compile(rb"[0-9]{1,15}")
END: Final = b"\r\n"
BARE: Final = re.compile(rb"[^\r\n]\n")  # a line that ends without its carriage return


def check_head(head: bytes) -> None:
    r"""Refuse a head that can be read in two ways, or that is far too long.

    Parameters
    ----------
    head : start line and fields, as they came, up to the empty line

    Raises
    ------
    SpeechCorpusError : `request.bad`, `request.address`, `request.headers`, `request.too-large`,
        `request.length-required`

    Examples
    --------
    >>> check_head(b"GET / HTTP/1.1\r\nHost: localhost:8000\r\n\r\n")
    >>> check_head(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
    Traceback (most recent call last):
    speechcorpus.domain.errors.SpeechCorpusError: a request names its host once
    """
    start, *fields = head.rstrip(END).split(END)
    if len(start) > LONGEST_LINE:
        raise SpeechCorpusError("request.address", "the address is too long", limit=LONGEST_LINE)
    if len(fields) > MOST_FIELDS:
        raise SpeechCorpusError("request.headers", "too many header fields", limit=MOST_FIELDS)
    version = START.fullmatch(start)
    if version is None:
        raise _unread("the start line cannot be read")
    if any(line[:1] in (b" ", b"\t") for line in fields):
        raise _unread("a header field is on one line")
    _check_host(_values(fields, b"host"), is_needed=version[1] == b"1")
    _check_length(_values(fields, b"content-length"), _values(fields, b"transfer-encoding"))


def check_lines(begun: bytes) -> None:
    """Refuse a head that ends its lines otherwise than we do, before it has come to an end.

    Raises
    ------
    SpeechCorpusError : `request.bad`
    """
    if BARE.search(begun):
        raise _unread("a line of a head ends with CR LF")


def _values(fields: list[bytes], wanted: bytes) -> list[bytes]:
    split = (line.partition(b":") for line in fields)
    return [value.strip(b" \t") for name, _, value in split if name.lower() == wanted]


def _check_host(hosts: list[bytes], *, is_needed: bool) -> None:
    if len(hosts) > 1 or (is_needed and not hosts):
        raise _unread("a request names its host once")
    if hosts and not HOST.fullmatch(hosts[0]):
        raise _unread("the host is no name and no address")


def _check_length(lengths: list[bytes], encodings: list[bytes]) -> None:
    if encodings:
        raise SpeechCorpusError("request.length-required", "a body needs a Content-Length and no encoding")
    if len(lengths) > 1:
        raise _unread("a body has one length")
    if lengths and lengths[0].isdigit() and len(lengths[0]) > 15:
        raise SpeechCorpusError("request.too-large", "the body is too large")
    if lengths and not LENGTH.fullmatch(lengths[0]):
        raise _unread("the length of a body is a whole number")


def _unread(sentence: str) -> SpeechCorpusError:
    return SpeechCorpusError("request.bad", sentence)
