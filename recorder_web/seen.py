"""Which sign-ins were used of late: gathered while requests go by, and written down by a thread of its own.

No request waits for that, and none fails because the catalogue is busy; what a killed process had gathered
and not written is some seconds of what is told by the hour.
"""

import threading
from contextlib import suppress
from datetime import datetime
from typing import Final, cast

from flask import Flask

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.store import Store
from speechcorpus.workflows.sign_in import SignedIn, hour_of
from speechcorpus.workflows.sign_in_rows import note_uses

TOLD_EVERY_S: Final = 5.0


class SeenSignIns:
    """The sign-ins that were used in an hour that the catalogue does not know of yet."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._hours: dict[str, datetime] = {}

    def note(self, signed: SignedIn, now: datetime) -> None:
        """Remember a use; all but the first of an hour cost nothing."""
        hour = hour_of(now)
        if hour > signed.used_hour:
            with self._guard:
                self._hours[signed.sign_in_id] = hour

    def tell(self, store: Store) -> None:
        """Write down what was gathered; what could not be written is kept for the next time.

        Raises
        ------
        StoreError : as `Catalogue.write`
        """
        with self._guard:
            hours, self._hours = self._hours, {}
        if not hours:
            return
        try:
            note_uses(store, hours)
        except StoreError:
            with self._guard:
                self._hours = {**hours, **self._hours}
            raise


def seen_of(app: Flask) -> SeenSignIns:
    """Return what a process of an application of `create_app` remembers of who came by."""
    return cast(SeenSignIns, app.extensions["speechcorpus.seen"])


def tell_seen(seen: SeenSignIns, store: Store, stop: threading.Event) -> None:
    """Write down every few seconds until `stop` is set; a busy catalogue is told the next time."""
    while not stop.wait(TOLD_EVERY_S):
        with suppress(StoreError):
            seen.tell(store)
