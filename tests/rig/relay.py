"""A real coturn with the options we ship, on the loopback, and a client that asks it for one thing."""

import hashlib
import hmac
import os
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from recorder_web.tls import keep_certificates
from tests.rig.server import free_port

SHIPPED = Path(__file__).parents[2] / "deploy" / "coturn" / "turnserver.conf"
MAGIC = struct.pack(">I", 0x2112A442)  # RFC 8489 §5
BINDING, ALLOCATE, CREATE_PERMISSION = 0x001, 0x003, 0x008
USERNAME, INTEGRITY, ERROR, PEER, REALM, NONCE = 0x006, 0x008, 0x009, 0x012, 0x014, 0x015
FAMILY, TRANSPORT = 0x017, 0x019
UDP, PORT = 17, 40_000
PATIENCE_S = 10.0

Attributes = list[tuple[int, bytes]]


@dataclass(kw_only=True)
class Asking:
    """One TURN client (RFC 8656). Each request gives 0 for success, else the number of the error."""

    port: int
    username: str
    password: str
    realm: bytes = b""
    nonce: bytes = b""
    wire: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))

    def allocate(self, version: int = 4) -> int:
        """Ask for a relayed address; without a password first, as clients learn realm and nonce."""
        wanted = [(TRANSPORT, bytes([UDP, 0, 0, 0])), (FAMILY, bytes([1 if version == 4 else 2, 0, 0, 0]))]
        refused = self._ask(ALLOCATE, wanted)
        self.realm, self.nonce = refused[REALM], refused[NONCE]
        return _error(self._ask(ALLOCATE, [*wanted, *self._signature()]))

    def permit(self, peer: str) -> int:
        """Ask that packets may go to an address and come from it; nothing is sent there."""
        return _error(self._ask(CREATE_PERMISSION, [(PEER, ip_address(peer).packed), *self._signature()]))

    def _signature(self) -> Attributes:
        return [
            (USERNAME, self.username.encode()),
            (REALM, self.realm),
            (NONCE, self.nonce),
            (INTEGRITY, b""),
        ]

    def _ask(self, method: int, attributes: Attributes) -> dict[int, bytes]:
        transaction, body = os.urandom(12), b""
        for kind, value in attributes:
            if kind == PEER:
                body += _attribute(kind, _xored(value, transaction))
            elif kind == INTEGRITY:
                signed = _head(method, len(body) + 24, transaction) + body
                body += _attribute(kind, hmac.digest(self._key(), signed, "sha1"))
            else:
                body += _attribute(kind, value)
        self.wire.settimeout(PATIENCE_S)
        self.wire.sendto(_head(method, len(body), transaction) + body, ("127.0.0.1", self.port))
        return _attributes(self.wire.recv(2048)[20:])

    def _key(self) -> bytes:
        return hashlib.md5(b":".join((self.username.encode(), self.realm, self.password.encode()))).digest()


def _head(method: int, length: int, transaction: bytes) -> bytes:
    return struct.pack(">HH", method, length) + MAGIC + transaction


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack(">HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)


def _xored(address: bytes, transaction: bytes) -> bytes:
    """An address in the form of XOR-PEER-ADDRESS."""
    mask = struct.pack(">H", PORT ^ 0x2112)
    hidden = bytes(a ^ b for a, b in zip(address, MAGIC + transaction, strict=False))
    return bytes([0, 1 if len(address) == 4 else 2]) + mask + hidden


def _attributes(body: bytes) -> dict[int, bytes]:
    found, at = {}, 0
    while at < len(body):
        kind, length = struct.unpack(">HH", body[at : at + 4])
        found[kind] = body[at + 4 : at + 4 + length]
        at += 4 + length + -length % 4
    return found


def _error(answer: dict[int, bytes]) -> int:
    return answer[ERROR][2] * 100 + answer[ERROR][3] if ERROR in answer else 0


def has_coturn() -> bool:
    """Whether the relay is installed here."""
    return shutil.which("turnserver") is not None


@contextmanager
def relaying(folder: Path, secret: str) -> Iterator[tuple[int, int]]:
    """Run the shipped options, all but what belongs to a machine; gives the ports without and with TLS."""
    leaf = keep_certificates(folder, names=[], addresses=[], now=datetime.now(UTC)).leaf_path
    port, secure = free_port(), free_port()
    ours = {"listening-port": port, "tls-listening-port": secure, "cert": leaf, "pkey": leaf}
    shipped = SHIPPED.read_text("utf-8").splitlines()
    kept = [line for line in shipped if line.partition("=")[0] not in {*ours, "proc-user", "proc-group"}]
    here = [f"{name}={value}" for name, value in ours.items()]
    here += ["listening-ip=127.0.0.1", "relay-ip=127.0.0.1", "relay-ip=::1", f"static-auth-secret={secret}"]
    here += [f"pidfile={folder / 'pid'}", f"userdb={folder / 'turndb'}"]
    file = folder / "turnserver.conf"
    file.write_text("\n".join([*kept, *here]) + "\n", "utf-8")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(["turnserver", "-c", str(file)], stdout=log, stderr=log)
        try:
            _wait(process, port)
            yield port, secure
        finally:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until it answers a binding request."""
    end_s = time.monotonic() + PATIENCE_S
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.settimeout(0.1)
        while time.monotonic() < end_s and process.poll() is None:
            with suppress(OSError):
                wire.sendto(_head(BINDING, 0, os.urandom(12)), ("127.0.0.1", port))
                wire.recv(2048)
                return
    raise AssertionError("the relay did not start")
