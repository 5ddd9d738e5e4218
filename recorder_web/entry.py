"""The way in for phones and other computers: TLS with certificates of our own, in front of the same pages."""

import logging
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from recorder_web.addresses import machine_addresses, machine_names
from recorder_web.certificates import fingerprint
from recorder_web.qr import terminal_code
from recorder_web.tls import Certified, keep_certificates, read_certificates
from speechcorpus.domain.errors import SpeechCorpusError

LOOK_EVERY_S = 60.0  # a notebook that changes networks gets its new certificate within a minute

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a person at another device is told."""

    addresses: list[str]  # the likeliest first
    authority_sha256: str
    leaf_sha256: str

    @property
    def address(self) -> str:
        """The address to type or to scan."""
        return self.addresses[0]


def entry_of(certified: Certified, port: int) -> Entry:
    """Return the way in that these certificates stand for."""
    hosts = [str(address) for address in certified.addresses if not address.is_loopback]
    hosts += [name for name in certified.names if name != "localhost"]
    return Entry(
        addresses=[f"https://{host}:{port}" for host in hosts or ["localhost"]],
        authority_sha256=fingerprint(certified.authority),
        leaf_sha256=fingerprint(certified.leaf),
    )


def read_entry(folder: Path, port: int) -> Entry:
    """Return the way in of a TLS folder that is being served."""
    return entry_of(read_certificates(folder), port)


def announcement(entry: Entry) -> str:
    """Return what the terminal shows: address, code to scan, fingerprints to compare."""
    return "\n".join(
        [
            "",
            f"phones and other computers: {entry.address}",
            *(f"                        or: {address}" for address in entry.addresses[1:]),
            terminal_code(entry.address),
            f"how to connect: {entry.address}/connect",
            f"authority   SHA-256 {entry.authority_sha256}",
            f"certificate SHA-256 {entry.leaf_sha256}",
        ]
    )


class KeptCertificates:
    """Certificates that follow the calendar and the machine's addresses while the server runs."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._clock = clock
        self._certified, self._context = self._keep()

    @property
    def certified(self) -> Certified:
        """What is served now."""
        return self._certified

    def context(self) -> ssl.SSLContext:
        """Return what the next connection is secured with."""
        return self._context

    def look(self) -> bool:
        """Renew if it is time, or if names or addresses have changed; tell whether anything is new."""
        before = self._certified.leaf
        self._certified, self._context = self._keep()
        return self._certified.leaf != before

    def watch(
        self, stop: threading.Event, changed: Callable[[], None], every_s: float = LOOK_EVERY_S
    ) -> None:
        """Look again every minute until told to stop; what goes wrong is logged, the old one goes on."""
        while not stop.wait(every_s):
            try:
                if self.look():
                    changed()
            except (OSError, SpeechCorpusError) as error:
                log.warning("the certificate was not renewed: %s", error)

    def _keep(self) -> tuple[Certified, ssl.SSLContext]:
        certified = keep_certificates(
            self._folder, names=machine_names(), addresses=machine_addresses(), now=self._clock()
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION
        context.set_alpn_protocols(["http/1.1"])
        context.load_cert_chain(certified.leaf_path)
        return certified, context
