"""`python -m recorder_web`: one web process on a data folder."""

import argparse
import os
import signal
import socket
import threading
from pathlib import Path
from typing import Any

from flask import Flask

from recorder_web.app import create_app
from recorder_web.draining import serve_until
from recorder_web.entry import KeptCertificates, announcement, entry_of
from recorder_web.house import keep_metrics_token
from recorder_web.observing import observer_of
from recorder_web.relay import Relay
from recorder_web.server import (
    RESERVE_BYTES,
    Room,
    add_relayed,
    end_connections,
    listening_socket,
    make_server,
)
from recorder_web.settings import WebSettings, utc_now
from recorder_web.telling import start_telling
from speechcorpus.domain.errors import SpeechCorpusError, StoreError
from speechcorpus.store.store import open_store
from speechcorpus.workflows.house_clock import clock_of
from speechcorpus.workflows.log_lines import set_up_logs
from speechcorpus.workflows.recogniser import ENVIRONMENT, parse_recogniser
from speechcorpus.workflows.turn import CallServers, call_servers

GRACE_S = 25.0


def main() -> None:
    """Serve until SIGTERM or SIGINT, or until the supervisor ends; then finish what was begun."""
    options = _options()
    set_up_logs(options.log_format or "text", lines=options.log_format is not None)
    listening = (
        listening_socket(options.host, options.port)
        if options.listening_fd is None
        else socket.socket(fileno=options.listening_fd)
    )
    secure = socket.socket(fileno=options.https_fd) if options.https_fd is not None else None
    store = open_store(options.data, options.database, options.blobs)
    store.catalogue.check_version()
    if options.blobs and options.accel_prefix:
        raise SystemExit("--accel-prefix is for blobs in a folder that the proxy reads, not for a bucket")
    settings = WebSettings(
        data_dir=options.data,
        database_url=options.database,
        blobs_url=options.blobs,
        https_port=secure.getsockname()[1] if secure else None,
        recogniser=parse_recogniser(options.recogniser) if options.recogniser else None,
        accel_prefix=options.accel_prefix,
        call_servers=_call_servers(options),
        reserve_bytes=options.reserve_bytes,
        metrics_token_file=options.metrics_token_file,
        clock=clock_of(store),
    )
    if options.metrics_token_file is None:
        keep_metrics_token(settings.metrics_token_path)
    app = create_app(settings, store=store)
    room = Room(folder=options.data, reserve_bytes=options.reserve_bytes)
    server = make_server(app, listening, room, https=options.https)
    relay = _relay(secure, app, server, room, settings) if secure else None
    leaving, observer = _leaving(server), observer_of(app)
    start_telling(app, store, settings.clock, leaving)
    if options.supervised:
        threading.Thread(target=_leave_with_supervisor, daemon=True).start()
    if relay is not None:
        relay.start()
    serve_until(server, leaving, grace_s=options.grace)
    if relay is not None:
        end_connections(server)
        relay.stop()
    observer.counters.flush()


def _call_servers(options: argparse.Namespace) -> CallServers | None:
    try:
        return call_servers(options.turn_url, options.turn_secret_file)
    except StoreError as error:
        raise SystemExit(f"no calls: {error}") from error


def _relay(secure: socket.socket, app: Flask, server: Any, room: Room, settings: WebSettings) -> Relay:
    """Put TLS before a listener of its own on the loopback; say where it is, now and when that changes."""
    port, inner = secure.getsockname()[1], listening_socket("127.0.0.1", 0)
    try:
        kept = KeptCertificates(settings.tls_dir, utc_now)
    except (OSError, SpeechCorpusError) as error:
        raise SystemExit(f"no TLS: {error}") from error
    relay = Relay(secure, inner.getsockname(), kept.context)
    add_relayed(server, app, inner, room, relay.client_of)

    def tell() -> None:
        print(announcement(entry_of(kept.certified, port)), flush=True)  # noqa: T201  for the one who started it

    tell()
    threading.Thread(target=kept.watch, args=(threading.Event(), tell), daemon=True).start()
    return relay


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m recorder_web", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--database", default=os.environ.get("SPEECHCORPUS_DATABASE"), help="a database URL")
    blobs = os.environ.get("SPEECHCORPUS_BLOBS")
    parser.add_argument("--blobs", default=blobs, help="s3://bucket/prefix; without it files in the folder")
    parser.add_argument("--recogniser", default=os.environ.get(ENVIRONMENT), help="KIND:FOLDER, for drafts")
    accel = os.environ.get("SPEECHCORPUS_ACCEL")
    parser.add_argument("--accel-prefix", default=accel, help="internal address of the blobs at a proxy")
    parser.add_argument("--https", action="store_true", help="people reach us over TLS: cookies are Secure")
    parser.add_argument("--turn-url", action="append", default=[], help="a STUN or TURN server for calls")
    parser.add_argument("--turn-secret-file", type=Path, help="holds the secret shared with the relay")
    parser.add_argument("--reserve-bytes", type=int, default=RESERVE_BYTES, help="free space to keep")
    parser.add_argument("--grace", type=float, default=GRACE_S, help="seconds for requests under way")
    parser.add_argument("--log-format", choices=("text", "json"), help="a line for each request")
    parser.add_argument("--metrics-token-file", type=Path, help="what lets somebody read /metrics")
    parser.add_argument("--listening-fd", type=int, help="an open listening socket, instead of host and port")
    parser.add_argument("--https-fd", type=int, help="an open listening socket, for TLS of our own")
    parser.add_argument("--supervised", action="store_true", help="end when standard input closes")
    return parser.parse_args()


def _leaving(server: Any) -> threading.Event:
    """Return what is set by SIGTERM and SIGINT."""
    leaving = threading.Event()

    def leave(_signal: int, _frame: Any) -> None:
        leaving.set()
        server.pull_trigger()  # it sleeps until something comes in

    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, leave)
    return leaving


def _leave_with_supervisor() -> None:
    os.read(0, 1)  # not sys.stdin: a thread that waits in its lock aborts the interpreter at exit
    signal.raise_signal(signal.SIGTERM)


if __name__ == "__main__":
    main()
