"""The application for another web server, such as gunicorn behind a proxy: told by environment variables.

    gunicorn 'recorder_web.wsgi:make_app()' --worker-class gthread --workers 2 --threads 16

| variable | what it says |
| --- | --- |
| `SPEECHCORPUS_DATA` | the data folder of this host |
| `SPEECHCORPUS_DATABASE` | a database URL; without it SQLite in the folder, then on one host only |
| `SPEECHCORPUS_BLOBS` | `s3://bucket/prefix`; without it files in the folder |
| `SPEECHCORPUS_ACCEL` | the internal address of the blobs at a proxy that reads the folder |
| `SPEECHCORPUS_RECOGNISER` | KIND:FOLDER, for drafts |
| `SPEECHCORPUS_TURN_URLS` | STUN and TURN servers for calls, with spaces between them |
| `SPEECHCORPUS_TURN_SECRET_FILE` | holds the secret shared with the relay |
| `SPEECHCORPUS_LOG_FORMAT` | `text` or `json`: a line for each request; without it only what went wrong |
| `SPEECHCORPUS_METRICS_TOKEN_FILE` | what lets somebody read /metrics, instead of `keys/metrics.token` |
| `SPEECHCORPUS_RESERVE_BYTES` | free space below which `/readyz` says no; without it 1 GiB |

Such a server reads bodies before it asks us: the cap of a body is then the proxy's to hold, no chunk is
refused for the free space, and `Content-Length` is compared with what came here all the same.
"""

import os
import threading
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

from recorder_web.app import create_app
from recorder_web.house import keep_metrics_token
from recorder_web.server import RESERVE_BYTES
from recorder_web.settings import WebSettings
from recorder_web.telling import start_telling
from speechcorpus.domain.errors import StoreError
from speechcorpus.store.store import open_store
from speechcorpus.workflows.house_clock import clock_of
from speechcorpus.workflows.log_lines import set_up_logs
from speechcorpus.workflows.recogniser import ENVIRONMENT, parse_recogniser
from speechcorpus.workflows.turn import call_servers


def make_app(told: Mapping[str, str] = os.environ) -> Flask:
    """Return the application; one for each process, which says now and then that people can reach us.

    Raises
    ------
    KeyError : without `SPEECHCORPUS_DATA`
    StoreError : `database.version`, `blobs.url`, `turn.url`, `turn.secret`
    """
    _set_up_logs(told.get("SPEECHCORPUS_LOG_FORMAT"))
    data, recogniser = Path(told["SPEECHCORPUS_DATA"]), told.get(ENVIRONMENT)
    secret, figures = told.get("SPEECHCORPUS_TURN_SECRET_FILE"), told.get("SPEECHCORPUS_METRICS_TOKEN_FILE")
    if told.get("SPEECHCORPUS_BLOBS") and told.get("SPEECHCORPUS_ACCEL"):
        raise StoreError("blobs.url", "SPEECHCORPUS_ACCEL is for blobs in a folder, not for a bucket")
    store = open_store(data, told.get("SPEECHCORPUS_DATABASE"), told.get("SPEECHCORPUS_BLOBS"))
    store.catalogue.check_version()
    settings = WebSettings(
        data_dir=data,
        database_url=told.get("SPEECHCORPUS_DATABASE"),
        blobs_url=told.get("SPEECHCORPUS_BLOBS"),
        accel_prefix=told.get("SPEECHCORPUS_ACCEL"),
        recogniser=parse_recogniser(recogniser) if recogniser else None,
        call_servers=call_servers(
            told.get("SPEECHCORPUS_TURN_URLS", "").split(), Path(secret) if secret else None
        ),
        reserve_bytes=int(told.get("SPEECHCORPUS_RESERVE_BYTES", RESERVE_BYTES)),
        metrics_token_file=Path(figures) if figures else None,
        clock=clock_of(store),
    )
    if figures is None:
        keep_metrics_token(settings.metrics_token_path)
    app = create_app(settings, store=store)
    start_telling(app, store, settings.clock, threading.Event())
    return app


def _set_up_logs(wanted: str | None) -> None:
    set_up_logs("json" if wanted == "json" else "text", lines=bool(wanted))
