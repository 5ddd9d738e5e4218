"""Counts and logs every request: its route's pattern, its status, how long it took, nothing about anybody."""

import secrets
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Final, cast

from flask import Flask, request

from speechcorpus.store.counters import Counters
from speechcorpus.workflows.at_work import COUNTED_EVERY_S
from speechcorpus.workflows.log_lines import FACTS, REQUESTS

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
ROUTE: Final = "speechcorpus.route"  # in the WSGI environment, set once the request has found its view
NONE, REFUSED = "(none)", "(refused)"
METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
SILENT: Final = frozenset(
    {"/static/<path:filename>", "/healthz", "/readyz", "/metrics"}
)  # counted, not logged
StartResponse = Callable[..., Any]


class Observer:
    """Sees each request go in and its answer begin; streams are handed on untouched."""

    def __init__(self, counters: Counters) -> None:
        self.counters = counters

    def watch(self, app: Flask) -> None:
        """Stand before an application."""
        inner = app.wsgi_app

        def outer(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
            return self._seen(inner, environ, start_response)

        app.wsgi_app = outer  # type: ignore[method-assign]
        app.before_request(_note_route)

    def refused(self, status: int) -> None:
        """Count a request that the server refused before the application saw it."""
        self._tell("", REFUSED, status, 0.0, 0, secrets.token_hex(8))

    def _seen(
        self, inner: Callable[..., Iterable[bytes]], environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        name, started_s, answered = secrets.token_hex(8), time.perf_counter(), [500]

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            answered[0] = int(status.split(" ", 1)[0])
            return start_response(status, [*headers, ("X-Request-Id", name)], *more)

        try:
            return inner(environ, start)
        finally:
            took_s = time.perf_counter() - started_s
            size = environ.get("CONTENT_LENGTH") or "0"
            sent = int(size) if size.isascii() and size.isdigit() else 0
            route = environ.get(ROUTE, NONE)
            self._tell(str(environ.get("REQUEST_METHOD", "")), route, answered[0], took_s, sent, name)

    def _tell(self, method: str, route: str, status: int, took_s: float, sent: int, name: str) -> None:
        method = method if method in METHODS else "other"
        self.counters.add("requests", method, route, str(status))
        self.counters.observe(took_s, SECONDS, "request_s", route)
        if sent and status < 300:
            self.counters.add("request_bytes", route, by=sent)
        if route not in SILENT:
            facts = {"method": method, "route": route, "status": status, "ms": round(1000 * took_s, 1)}
            REQUESTS.info("request", extra={FACTS: {**facts, "bytes_in": sent, "id": name}})


def observer_of(app: Flask) -> Observer:
    """Return who watches an application of `create_app`."""
    return cast(Observer, app.extensions["speechcorpus.observer"])


def tell_counted(counters: Counters, stop: threading.Event) -> None:
    """Write down what was counted every few seconds until `stop` is set: other processes show it as well."""
    while not stop.wait(COUNTED_EVERY_S):
        counters.flush()


def _note_route() -> None:
    rule = request.url_rule
    request.environ[ROUTE] = rule.rule if rule is not None else NONE
