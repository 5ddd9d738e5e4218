"""What a view may ask for: the store, the time, the messages and the browser of this request."""

from datetime import datetime
from typing import cast

from flask import current_app, g, request

from recorder_web.i18n import Catalogue, Messages
from recorder_web.settings import WebSettings
from speechcorpus.domain.browser_kind import BrowserKind, browser_kind
from speechcorpus.store.store import Store


def current_store() -> Store:
    """Return the store this application was made for."""
    return cast(Store, current_app.extensions["speechcorpus"])


def current_settings() -> WebSettings:
    """Return what this application was told at its start."""
    return cast(WebSettings, current_app.extensions["speechcorpus.settings"])


def now() -> datetime:
    """Return the time of this request: one moment, however often a view asks."""
    if "now" not in g:
        g.now = current_settings().clock()
    return cast(datetime, g.now)


def current_messages() -> Messages:
    """Return the messages in the language of this request."""
    catalogue = cast(Catalogue, current_app.extensions["speechcorpus.messages"])
    return catalogue[g.locale]


def current_browser() -> BrowserKind:
    """Return the kind of browser that asks; what else it says of itself is kept nowhere."""
    return browser_kind(request.headers.get("User-Agent", ""))
