"""Bytes that are no request, or two at once, and what each is refused with."""

CRLF = b"\r\n"
HOST = b"Host: localhost\r\n"
ASK = b"GET /healthz HTTP/1.1\r\n"
SEND = b"POST /join/exchange HTTP/1.1\r\n" + HOST
LONG = b"a" * 40_000

# name -> the bytes, the status, the code; None: the request itself is answered as always
CASES: dict[str, tuple[bytes, int, str | None]] = {
    "a TLS greeting": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + 2 * CRLF, 400, "request.bad"),
    "no version": (b"GET /\r\n" + HOST + CRLF, 400, "request.bad"),
    "a version there is not": (b"GET / HTTP/9.9\r\n" + HOST + CRLF, 400, "request.bad"),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "request.bad"),
    "a method in small letters": (b"get / HTTP/1.1\r\n" + HOST + CRLF, 400, "request.bad"),
    "a method there is not": (b"FOO /healthz HTTP/1.1\r\n" + HOST + CRLF, 405, "method.not-allowed"),
    "TRACE": (b"TRACE / HTTP/1.1\r\n" + HOST + CRLF, 405, "method.not-allowed"),
    "CONNECT": (b"CONNECT a:1 HTTP/1.1\r\n" + HOST + CRLF, 404, "not-found"),
    "no host": (ASK + CRLF, 400, "request.bad"),
    "two hosts": (ASK + HOST + b"Host: evil\r\n\r\n", 400, "request.bad"),
    "a host with a space": (ASK + b"Host: a b\r\n\r\n", 400, "request.bad"),
    "a host with a path": (ASK + b"Host: evil.example/..\r\n\r\n", 400, "request.bad"),
    "a length and an encoding": (
        SEND + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
        411,
        "request.length-required",
    ),
    "an encoding": (SEND + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411, "request.length-required"),
    "an encoding there is not": (
        SEND + b"Transfer-Encoding: xchunked\r\n\r\n",
        411,
        "request.length-required",
    ),
    "an encoding and a space": (SEND + b"Transfer-Encoding : chunked\r\n\r\n", 400, "request.bad"),
    "an encoding in HTTP/1.0": (
        b"POST /join/exchange HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        411,
        "request.length-required",
    ),
    "two lengths": (SEND + b"Content-Length: 2\r\nContent-Length: 7\r\n\r\n{}GET /", 400, "request.bad"),
    "the same length twice": (SEND + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400, "request.bad"),
    "a list of lengths": (SEND + b"Content-Length: 2, 2\r\n\r\n{}", 400, "request.bad"),
    "a signed length": (SEND + b"Content-Length: +2\r\n\r\n{}", 400, "request.bad"),
    "a length below nothing": (SEND + b"Content-Length: -2\r\n\r\n{}", 400, "request.bad"),
    "a length in other digits": (SEND + b"Content-Length: \xd9\xa2\r\n\r\n{}", 400, "request.bad"),
    "a length without end": (SEND + b"Content-Length: " + b"9" * 5_000 + 2 * CRLF, 413, "request.too-large"),
    "a folded line": (ASK + HOST + b"X-A: b\r\n c\r\n\r\n", 400, "request.bad"),
    "lines without CR": (b"GET /healthz HTTP/1.1\nHost: localhost\n\n", 400, "request.bad"),
    "one line without CR": (ASK + HOST + b"X-A: b\nX-B: c\r\n\r\n", 400, "request.bad"),
    "a CR inside": (ASK + HOST + b"X-A: b\rX-B: c\r\n\r\n", 400, "request.bad"),
    "a NUL inside": (ASK + HOST + b"X-A: b\x00c\r\n\r\n", 400, "request.bad"),
    "no colon": (ASK + HOST + b"nonsense\r\n\r\n", 400, "request.bad"),
    "a name of nothing": (ASK + HOST + b": v\r\n\r\n", 400, "request.bad"),
    "a long field": (ASK + HOST + b"X-A: " + LONG + 2 * CRLF, 431, "request.headers"),
    "many fields": (
        ASK + HOST + b"".join(b"X-%d: a\r\n" % n for n in range(101)) + CRLF,
        431,
        "request.headers",
    ),
    "a long cookie": (ASK + HOST + b"Cookie: " + b"a=b; " * 8_000 + 2 * CRLF, 431, "request.headers"),
    "a long address": (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n" + HOST + CRLF, 414, "request.address"),
    "a junk cookie": (
        b"GET / HTTP/1.1\r\n" + HOST + b"Cookie: sc_contributor=\xff\xfe; a=;;;=\r\n\r\n",
        200,
        None,
    ),
    "an upgrade": (b"GET / HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 200, None),
}

# paths that lead out, or are no text
PATHS = (
    "/static/../../settings.py",
    "/static/%2e%2e/%2e%2e/settings.py",
    "/static/..%2f..%2fsettings.py",
    "/static/..%5c..%5csettings.py",
    "/static/%252e%252e/settings.py",
    "/static/%c0%ae%c0%ae/settings.py",
    "/static/a%00.js",
    "/icons/..%2f..%2fapp.py",
    "/rounds/%00",
    "/rounds/%ff%fe",
    "/rounds/%ed%a0%80",
    "/rounds/%0d%0aSet-Cookie:%20a=b",
    "//evil.example/",
)

# bodies of a sign-in
BOMBS = {
    "arrays without end": b"[" * 200_000,
    "objects without end": b'{"token":' * 100_000,
    "a number without end": b'{"token":' + b"9" * 100_000 + b"}",
    "a number beyond all": b'{"token":1e999999999}',
    "no number": b'{"token":NaN}',
    "a key twice": b'{"token":"a","token":"b"}',
    "half a character": b'{"token":"\\ud800"}',
    "a NUL": b'{"token":"\\u0000"}',
    "another encoding": '{"token":"a"}'.encode("utf-16"),
    "no text": b'{"token":"\xff"}',
}
