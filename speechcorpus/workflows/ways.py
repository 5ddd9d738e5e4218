"""The ways to services on other hosts: could somebody between read along, or answer in their place?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import urlsplit

from sqlalchemy import text

from speechcorpus.store.catalogue import Catalogue

Service = Literal["database", "bucket"]
CHECKED_MODE: Final = "verify-full"  # libpq: covered, and the certificate is that host's
ENDPOINTS: Final = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT")
COVERED: Final = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a service on another host is reached."""

    service: Service
    host: str
    is_covered: bool  # by TLS
    is_proven: bool  # and by a certificate of that host


def way_to_database(catalogue: Catalogue) -> Way | None:
    """Return how the database is reached, as its server sees it; None when it is on this machine."""
    host = catalogue.url.host
    if catalogue.is_sqlite or host is None or is_here(host):
        return None
    with catalogue.read() as session:
        covered = bool(session.scalar(COVERED))
    proven = covered and catalogue.url.query.get("sslmode") == CHECKED_MODE
    return Way(service="database", host=host, is_covered=covered, is_proven=proven)


def way_to_bucket(endpoint: str) -> Way | None:
    """Return how a bucket is reached; None when its store is on this machine.

    Parameters
    ----------
    endpoint : its address, such as `https://objects.example`; empty for the provider's own, which is TLS

    Examples
    --------
    >>> way_to_bucket("http://objects.example:9000").is_covered
    False
    >>> way_to_bucket("http://127.0.0.1:9000") is None
    True
    """
    asked = urlsplit(endpoint or "https://s3.amazonaws.com")
    host, covered = asked.hostname or "", asked.scheme == "https"
    return None if is_here(host) else Way(service="bucket", host=host, is_covered=covered, is_proven=covered)


def is_here(host: str) -> bool:
    """Say whether a name or an address is this machine's alone.

    Examples
    --------
    >>> [is_here(host) for host in ("localhost", "::1", "/run/postgresql", "10.0.0.2", "db")]
    [True, True, True, False, False]
    """
    if host == "localhost" or host.startswith("/"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def words_for(way: Way) -> tuple[bool, str, str]:
    """Return whether a way is as it should be, what it is like, and what to do if it is not."""
    state = "is proven" if way.is_proven else "is covered, not proven" if way.is_covered else "is in the open"
    how = {
        "database": f"sslmode={CHECKED_MODE} and sslrootcert= in its URL",
        "bucket": "an https:// address in AWS_ENDPOINT_URL",
    }
    return way.is_proven, f"the way to the {way.service} at {way.host} {state}", how[way.service]


def endpoint_told(environment: Mapping[str, str]) -> str:
    """Return the address of a bucket's store as its users tell it; empty for the provider's own."""
    return next((environment[each] for each in ENDPOINTS if environment.get(each)), "")


def ways_of(catalogue: Catalogue, endpoint: str | None) -> Iterator[Way]:
    """Yield the ways to other hosts; `endpoint` None: recordings lie in the data folder."""
    for way in (way_to_database(catalogue), None if endpoint is None else way_to_bucket(endpoint)):
        if way is not None:
            yield way
