"""Published versions as this process knows them: they never change, so each is read and laid out once."""

import threading
from collections import OrderedDict
from typing import cast

from flask import current_app

from recorder_web.context import current_store
from speechcorpus.publish.tar import VirtualTar
from speechcorpus.store.store import Store
from speechcorpus.workflows.views.release_samples import Samples, read_samples
from speechcorpus.workflows.views.release_signature import Signed, signature_of
from speechcorpus.workflows.views.releases import (
    ReleaseView,
    open_bundle,
    published_id,
    published_release,
)

EXTENSION = "speechcorpus.shelf"
FILES_KEPT = 300_000  # files of all versions on the shelf together; half a kilobyte each


class Shelf:
    """A few published versions with what is made from them; the one that was not asked for longest goes."""

    def __init__(self, store: Store, *, files_kept: int = FILES_KEPT) -> None:
        self._store, self._files_kept = store, files_kept
        self._kept: OrderedDict[str, _Place] = OrderedDict()
        self._lock = threading.Lock()

    def release(self, corpus: str, version: str) -> ReleaseView:
        """Return a published version; AccessError `not-found`."""
        return self._place(corpus, version).view

    def bundle(self, corpus: str, version: str, name: str) -> VirtualTar:
        """Return a reader of a bundle; AccessError `not-found`."""
        place = self._place(corpus, version)
        with place.lock:
            if name not in place.bundles:
                place.bundles[name] = open_bundle(self._store, corpus, version, name)
            return place.bundles[name].again()

    def samples(self, corpus: str, version: str) -> Samples:
        """Return the clips of a version in the order of its table, ready to be filtered."""
        place = self._place(corpus, version)
        with place.lock:
            if place.samples is None or not self._store.blobs.exists(place.samples.table):  # erased since
                place.samples = read_samples(self._store, place.view)
            return place.samples

    def signature(self, corpus: str, version: str) -> Signed | None:
        """Return who signed a version, checked against the bytes as they lie here."""
        return signature_of(self._store, self._place(corpus, version).view)

    def _place(self, corpus: str, version: str) -> "_Place":
        release_id = published_id(self._store, corpus, version)
        with self._lock:
            if release_id not in self._kept:
                self._kept[release_id] = _Place(published_release(self._store, corpus, version))
            self._kept.move_to_end(release_id)
            self._forget()
            return self._kept[release_id]

    def _forget(self) -> None:
        while len(self._kept) > 1 and sum(map(_Place.__len__, self._kept.values())) > self._files_kept:
            self._kept.popitem(last=False)


class _Place:
    """One version on the shelf."""

    def __init__(self, view: ReleaseView) -> None:
        self.view = view
        self.bundles: dict[str, VirtualTar] = {}
        self.samples: Samples | None = None
        self.lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.view.manifest)


def current_shelf() -> Shelf:
    """Return the shelf of this application."""
    return cast(Shelf, current_app.extensions.setdefault(EXTENSION, Shelf(current_store())))
