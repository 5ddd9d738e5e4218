"""What a web process tells the house besides its answers, each from a thread of its own."""

import threading
from collections.abc import Callable
from datetime import datetime

from flask import Flask

from recorder_web.observing import observer_of, tell_counted
from recorder_web.seen import seen_of, tell_seen
from recorder_web.uptime import tell_uptime
from speechcorpus.store.store import Store


def start_telling(app: Flask, store: Store, clock: Callable[[], datetime], stop: threading.Event) -> None:
    """Say until `stop` is set that people can reach us, what was counted, and which sign-ins were used."""
    uptime, counted = (tell_uptime, store, clock), (tell_counted, observer_of(app).counters)
    for task in (uptime, counted, (tell_seen, seen_of(app), store)):
        threading.Thread(target=task[0], args=(*task[1:], stop), daemon=True).start()
