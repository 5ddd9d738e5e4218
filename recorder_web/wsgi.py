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

Such a server reads bodies before it asks us: free space and the cap of a body are then the proxy's to hold,
and `Content-Length` is compared with what came here all the same.
"""

import os
import threading
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

from recorder_web.app import create_app
from recorder_web.observing import observer_of, tell_counted
from recorder_web.settings import WebSettings
from recorder_web.uptime import tell_uptime
from speechcorpus.domain.errors import StoreError
from speechcorpus.store.store import open_store
from speechcorpus.workflows.house_clock import clock_of
from speechcorpus.workflows.recogniser import ENVIRONMENT, parse_recogniser
from speechcorpus.workflows.turn import call_servers


def make_app(told: Mapping[str, str] = os.environ) -> Flask:
    """Return the application; one for each process, which says now and then that people can reach us.

    Raises
    ------
    KeyError : without `SPEECHCORPUS_DATA`
    StoreError : `database.version`, `blobs.url`, `turn.url`, `turn.secret`
    """
    data, recogniser = Path(told["SPEECHCORPUS_DATA"]), told.get(ENVIRONMENT)
    secret = told.get("SPEECHCORPUS_TURN_SECRET_FILE")
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
        clock=clock_of(store),
    )
    app, never = create_app(settings, store=store), threading.Event()
    for task in ((tell_uptime, store, settings.clock), (tell_counted, observer_of(app).counters)):
        threading.Thread(target=task[0], args=(*task[1:], never), daemon=True).start()
    return app
