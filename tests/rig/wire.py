"""A signed-in contributor on the wire, without a browser: every byte and every cut is ours to choose."""

import json
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from speechcorpus.store.store import Store
from speechcorpus.workflows.sign_in import SignedIn, exchange_invite, invite_contributor
from tests.rig.server import Server
from tests.stage import RATE_HZ, Recorder, SentTake, digest_header, set_stage


@dataclass(kw_only=True)
class Client:
    """Sends what the browser would send."""

    server: Server
    signed: SignedIn

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {
            "Cookie": f"sc_contributor={self.signed.session_token}",
            "X-CSRF-Token": self.signed.csrf_token,
        }

    def json(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Send JSON to a path of the protocol; returns status and JSON."""
        data = None if body is None else json.dumps(body).encode()
        headers = {**self.headers, "Content-Type": "application/json"}
        return self.server.ask(method, f"/api/v1{path}", headers, data)

    def chunk_headers(self, take: SentTake, index: int) -> dict[str, str]:
        """The headers of one chunk."""
        data = take.chunk(index)
        return {
            **self.headers,
            "Content-Type": "application/octet-stream",
            "Content-Length": str(len(data)),
            "Content-Digest": digest_header(data),
            "Speechcorpus-First-Sample": str(index * 5 * RATE_HZ),
            "Speechcorpus-Frames": str(len(data) // 2),
        }

    def send(self, take: SentTake, index: int) -> tuple[int, Any]:
        """Send one chunk."""
        path = f"/api/v1/takes/{take.id}/chunks/{index}"
        return self.server.ask("PUT", path, self.chunk_headers(take, index), take.chunk(index))

    def raw(self, take: SentTake, index: int, *, until: int) -> socket.socket:
        """A connection on which the first `until` bytes of a chunk's body were sent."""
        lines = [f"PUT /api/v1/takes/{take.id}/chunks/{index} HTTP/1.1", "Host: test"]
        lines += [f"{name}: {value}" for name, value in self.chunk_headers(take, index).items()]
        connection = socket.create_connection(self.server.address, timeout=20)
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + take.chunk(index)[:until])
        return connection


def signed_in(store: Store, server: Server, recorder: Recorder) -> Client:
    """Sign a contributor in as an invite link does."""
    token = invite_contributor(store, recorder.actor.id, now=recorder.stage.now)
    return Client(server=server, signed=exchange_invite(store, token, now=recorder.stage.now))


def registered(store: Store, server: Server, pcm: bytes, *, ago_s: float = 0) -> tuple[Client, SentTake]:
    """A client with one registered take of a sitting that began `ago_s` ago, no byte of it sent."""
    recorder = set_stage(store, datetime.now(UTC) - timedelta(seconds=ago_s)).recorder()
    client = signed_in(store, server, recorder)
    take = SentTake(recorder=recorder, pcm=pcm, prompt="p0", track="main", sequence=0)
    assert client.json("PUT", f"/takes/{take.id}", take.body())[0] == 201
    return client, take
