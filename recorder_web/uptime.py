"""Says three times a minute that people can reach us, so that time in which they could not is given back."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.store import Store
from speechcorpus.workflows.house_clock import PULSE_S, watch_uptime


def tell_uptime(store: Store, clock: Callable[[], datetime], stop: threading.Event) -> None:
    """Run until `stop` is set; a busy catalogue is told the next time."""
    while True:
        with suppress(StoreError):
            watch_uptime(store, clock())
        if stop.wait(PULSE_S):
            return
