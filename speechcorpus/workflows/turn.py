"""By which servers two browsers find each other: STUN and TURN as configured, with passwords for an hour.

A password is what coturn's `use-auth-secret` expects (the scheme of draft-uberti-behave-turn-rest): the user
name says until when it is good, the password is its HMAC-SHA1 under a secret that only we and the relay
know. SHA-1 is what the relay takes; an HMAC does not rest on its resistance to collisions.
"""

import base64
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address
from pathlib import Path
from typing import Final

from speechcorpus.domain.errors import StoreError

LIFETIME: Final = timedelta(hours=1)
LEAST_SECRET: Final = 16  # characters
URL = re.compile(  # RFC 7064 §3.1, RFC 7065 §3.1
    r"(?P<scheme>stuns?|turns?):(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)"
    r"(?::(?P<port>[0-9]{1,5}))?(?:\?transport=(?P<transport>udp|tcp))?\Z"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallServers:
    """The servers an operator runs, and the secret shared with those that relay."""

    urls: tuple[str, ...]
    secret: str | None = field(default=None, repr=False)

    @property
    def relay(self) -> bool:
        """Whether two who cannot reach each other are connected all the same."""
        return any(_relays(url) for url in self.urls)


def call_servers(urls: Sequence[str], secret_file: Path | None) -> CallServers | None:
    """Return what an operator named, None for nothing.

    Raises
    ------
    StoreError : `turn.url` for what is no address of a server, `turn.secret` where a relay has no secret, or
        one of fewer than 16 characters
    """
    if not urls and secret_file is None:
        return None
    named = tuple(server_url(url) for url in urls)
    secret = None if secret_file is None else _read_secret(secret_file)
    servers = CallServers(urls=named, secret=secret)
    if servers.relay != (secret is not None):
        missing = (
            "a relay needs a secret file" if servers.relay else "a secret is for a relay (turn: or turns:)"
        )
        raise StoreError("turn.secret", missing)
    return servers


def server_url(text: str) -> str:
    """Return the address of a STUN or TURN server as browsers take it.

    Raises
    ------
    StoreError : `turn.url`

    Examples
    --------
    >>> server_url("turns:relay.example.org:5349?transport=tcp")
    'turns:relay.example.org:5349?transport=tcp'
    >>> server_url("https://relay.example.org")
    Traceback (most recent call last):
    speechcorpus.domain.errors.StoreError: no address of a STUN or TURN server
    """
    found = URL.match(text)
    port = int(found["port"]) if found and found["port"] else 1
    is_stun = found is not None and found["scheme"].startswith("stun")
    if (
        found is None
        or not 1 <= port <= 65535
        or (is_stun and found["transport"])
        or not _is_host(found["host"])
    ):
        raise StoreError("turn.url", "no address of a STUN or TURN server", url=text[:80])
    return text


def credentials(secret: str, call_id: str, *, now: datetime) -> tuple[str, str]:
    """Return user name and password for one call, good for an hour from `now`.

    Examples
    --------
    >>> from datetime import UTC
    >>> credentials("north", "c1", now=datetime(2026, 1, 1, tzinfo=UTC))
    ('1767229200:c1', 'hl6JGnzWZjfkrLNbiC9R+3nhbsc=')
    """
    username = f"{int((now + LIFETIME).timestamp())}:{call_id}"
    digest = hmac.digest(secret.encode(), username.encode(), "sha1")
    return username, base64.b64encode(digest).decode()


def ice_servers(servers: CallServers | None, call_id: str, *, now: datetime) -> list[dict[str, object]]:
    """Return the `iceServers` of a peer connection: relays with a password, the others without.

    Examples
    --------
    >>> ice_servers(None, "c1", now=datetime(2026, 1, 1))
    []
    """
    if servers is None:
        return []
    plain = [url for url in servers.urls if not _relays(url)]
    relays = [url for url in servers.urls if _relays(url)]
    listed: list[dict[str, object]] = [{"urls": plain}] if plain else []
    if relays and servers.secret is not None:
        username, credential = credentials(servers.secret, call_id, now=now)
        listed.append({"urls": relays, "username": username, "credential": credential})
    return listed


def _relays(url: str) -> bool:
    return url.startswith("turn")


def _is_host(host: str) -> bool:
    if not host.startswith("["):
        return ".." not in host
    try:
        IPv6Address(host[1:-1])
    except ValueError:
        return False
    return True


def _read_secret(path: Path) -> str:
    """Return the secret of a file, without the end of its line."""
    try:
        secret = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError("turn.secret", f"the secret cannot be read: {type(error).__name__}") from error
    if len(secret) < LEAST_SECRET:
        raise StoreError("turn.secret", f"the secret has fewer than {LEAST_SECRET} characters")
    return secret
