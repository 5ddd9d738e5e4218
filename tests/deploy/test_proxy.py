"""The proxy of deploy/, loaded by nginx itself: what it refuses, what it holds back, what it passes on."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask, Response, request

from recorder_web.tls import keep_certificates
from tests.racing import serving
from tests.rig.server import free_port

CONF = Path(__file__).parents[2] / "deploy/nginx/speechcorpus.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
AROUND = """
{user}
error_log {folder}/error.log;
pid {folder}/nginx.pid;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {conf}
}}
"""
pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx here")


@dataclass(kw_only=True)
class House:
    """What stands behind the proxy, and what came through to it."""

    app: Flask
    seen: list[dict[str, object]] = field(default_factory=list)


@dataclass(kw_only=True)
class Proxy:
    """Where the proxy listens, and the house behind it."""

    port: int
    house: House
    blobs: Path
    trusts: ssl.SSLContext

    @contextmanager
    def line(self) -> Iterator[ssl.SSLSocket]:
        """A connection with TLS."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        with self.trusts.wrap_socket(plain, server_hostname="localhost") as secure:
            yield secure

    def ask(self, head: str, body: bytes = b"") -> tuple[int, str, bytes]:
        """Send exactly these bytes; return status, the head of the answer and its body."""
        with self.line() as line:
            line.sendall(head.replace("\n", "\r\n").encode() + body)
            with line.makefile("rb") as file:
                said = b"".join(iter(lambda: file.readline(), b"\r\n")).decode()
                length = re.search(r"(?im)^content-length: (\d+)", said)
                return int(said.split()[1]), said, file.read(int(length[1]) if length else 0)


def small_house() -> House:
    house = House(app=Flask("house"))

    @house.app.before_request
    def note() -> None:
        house.seen.append({"path": request.path, "bytes": len(request.get_data()), **dict(request.headers)})

    @house.app.route("/files/<name>")
    def hand_on(name: str) -> Response:
        return Response(status=200, headers={"X-Accel-Redirect": f"/_blobs/{name}"})

    @house.app.route("/", defaults={"path": ""}, methods=["GET", "PUT", "POST"])
    @house.app.route("/<path:path>", methods=["GET", "PUT", "POST"])
    def page(path: str) -> dict[str, int]:
        return {"bytes": len(request.get_data())}

    return house


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder, house = tmp_path_factory.mktemp("proxy"), small_house()
    folder.chmod(0o755)
    (folder / "blobs").mkdir()
    loopback = ip_address("127.0.0.1")
    made = keep_certificates(folder / "tls", names=["localhost"], addresses=[loopback], now=datetime.now(UTC))
    with serving(house.app, folder) as address:
        port = free_port()
        user = "user root;" if os.geteuid() == 0 else ""  # else its workers may not enter our folders
        conf = rendered(folder, address[1], port, made.leaf_path)
        (folder / "nginx.conf").write_text(AROUND.format(folder=folder, conf=conf, user=user))
        command = [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf")]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        assert "[warn]" not in checked.stderr
        running = subprocess.Popen([*command, "-g", "daemon off;"], stderr=subprocess.DEVNULL)
        try:
            until_it_listens(port)
            trusts = ssl.create_default_context(cadata=made.authority.public_bytes(Encoding.PEM).decode())
            yield Proxy(port=port, house=house, blobs=folder / "blobs", trusts=trusts)
        finally:
            running.terminate()
            running.wait(10)


def rendered(folder: Path, house: int, port: int, leaf: Path) -> str:
    """The file as it is, with our ports, certificate and folders."""
    text = CONF.read_text()
    for old, new in (
        (r"server 127\.0\.0\.1:8000;", f"server 127.0.0.1:{house};"),
        (r"\n    listen \[::\][^\n]*", ""),
        (r"listen 80;", f"listen 127.0.0.1:{free_port()};"),
        (r"listen 443 ssl http2;", f"listen 127.0.0.1:{port} ssl http2;"),
        (r"/etc/letsencrypt/live/corpus\.example\.org/(fullchain|privkey)\.pem", str(leaf)),
        (r"/var/log/nginx/speechcorpus\.log", f"{folder}/access.log"),
        (r"/srv/speechcorpus/blobs/", f"{folder}/blobs/"),
    ):
        text, changed = re.subn(old, new, text)
        assert changed, old
    return text


def until_it_listens(port: int) -> None:
    end_s = time.monotonic() + 20
    while time.monotonic() < end_s:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
    pytest.fail("nginx does not listen")


def get(path: str, more: str = "") -> str:
    return f"GET {path} HTTP/1.1\nHost: corpus.example.org\n{more}\n"


def test_a_page_comes_over_tls_and_the_house_believes_no_lie_about_where_from(proxy: Proxy) -> None:
    lies = "X-Forwarded-For: 6.6.6.6\nX-Forwarded-Proto: http\nForwarded: for=6.6.6.6\nX_Real_IP: 6.6.6.6\n"
    status, head, body = proxy.ask(get("/work", lies))
    assert (status, json.loads(body)) == (200, {"bytes": 0})
    assert "strict-transport-security: max-age=31536000" in head.lower()
    seen = proxy.house.seen[-1]  # waitress believes no such header at all; gunicorn those of the proxy
    assert "6.6.6.6" not in str(seen)
    assert "http" not in {str(value) for value in seen.values()}


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("PUT /x HTTP/1.1\nHost: a\nContent-Length: 5\nTransfer-Encoding: chunked\n\n", b"0\r\n\r\nGET /y"),
        ("PUT /x HTTP/1.1\nHost: a\nContent-Length: 5\nContent-Length: 6\n\n", b"hello!"),
        ("PUT /x HTTP/1.1\nHost: a\nTransfer-Encoding: chunked, identity\n\n", b"0\r\n\r\n"),
        ("PUT /x HTTP/1.1\nHost: a\nTransfer-Encoding : chunked\nContent-Length: 5\n\n", b"hello"),
        ("GET /x HTTP/1.1\nHost: a\nHost: b\n\n", b""),
        ("GET /x HTTP/1.1\n\n", b""),
        ("GET /../../etc/passwd HTTP/1.1\nHost: a\n\n", b""),
        (f"GET /x HTTP/1.1\nHost: a\nA: {'x' * 40_000}\n\n", b""),
        ("GET /x HTTP/1.1\nHost: a\n" + "".join(f"B{n}: {'y' * 4000}\n" for n in range(12)) + "\n", b""),
    ],
    ids=[
        "both lengths",
        "two lengths",
        "two codings",
        "a space",
        "two hosts",
        "no host",
        "path",
        "long",
        "many",
    ],
)
def test_what_two_servers_could_read_differently_never_reaches_the_house(
    proxy: Proxy, head: str, body: bytes
) -> None:
    before = len(proxy.house.seen)
    status = proxy.ask(head, body)[0]
    came = proxy.house.seen[before:]
    if status == 400 or 411 <= status < 500 or status == 501:
        assert came == []
    else:  # a header that cannot be read is left out, and the length that stays is the one that counts
        assert status == 200
        assert [(each["path"], each["bytes"]) for each in came] == [("/x", 5)]
        assert "Transfer-Encoding" not in came[0]
    assert proxy.ask(get("/next"))[0] == 200


def test_a_body_above_the_cap_is_refused_here(proxy: Proxy) -> None:
    before = len(proxy.house.seen)
    head = f"PUT /body HTTP/1.1\nHost: a\nContent-Length: {4 * 1024 * 1024 + 1}\n\n"
    assert proxy.ask(head)[0] == 413
    assert proxy.house.seen[before:] == []


def test_a_slow_body_costs_the_house_nothing_until_it_is_whole(proxy: Proxy) -> None:
    before = len(proxy.house.seen)
    with proxy.line() as line:
        line.sendall(b"PUT /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 480000\r\n\r\n" + bytes(400_000))
        time.sleep(0.3)
        assert proxy.house.seen[before:] == []
        line.sendall(bytes(80_000))
        assert b" 200 " in line.makefile("rb").readline()
    assert [each["bytes"] for each in proxy.house.seen[before:]] == [480_000]


def test_blobs_are_handed_out_only_where_the_house_says_so(proxy: Proxy) -> None:
    (proxy.blobs / "abc").write_bytes(b"0123456789")
    assert proxy.ask(get("/_blobs/abc"))[0] == 404
    assert proxy.ask(get("/files/abc"))[::2] == (200, b"0123456789")
    assert proxy.ask(get("/files/abc", "Range: bytes=3-5\n"))[::2] == (206, b"345")


def test_whoever_tries_sign_ins_in_a_row_is_slowed_down_and_nobody_else(proxy: Proxy) -> None:
    post = "POST /join/exchange HTTP/1.1\nHost: a\nContent-Length: 0\n\n"
    answers = at_once(proxy, post, times=90)
    assert answers.count(200) >= 30  # a class signs in together
    more = at_once(proxy, post, times=90)
    assert set(answers + more) == {200, 429}
    assert proxy.ask(get("/work"))[0] == 200


def test_a_password_is_tried_once_a_second_wherever_it_is_tried(proxy: Proxy) -> None:
    began_s, answers = time.monotonic(), []
    for path in ("keys/password", "keys/password/remove", "join/password"):
        post = f"POST /staff/{path} HTTP/1.1\nHost: a\nContent-Length: 0\n\n"
        answers += at_once(proxy, post, times=20)
    took_s = time.monotonic() - began_s
    assert set(answers) == {200, 429}
    assert answers.count(200) <= 6 + took_s  # one and a burst of five, then one a second, of all three
    assert proxy.ask(get("/staff/keys"))[0] == 200


def test_a_class_behind_one_address_gets_every_script(proxy: Proxy) -> None:
    script = get("/static/assets/recorder.js")  # the house of this test has none
    assert set(at_once(proxy, script, times=400)) == {404}


def at_once(proxy: Proxy, request: str, *, times: int, hands: int = 90) -> list[int]:
    """Ask so many times, with so many hands, and return the statuses."""
    with ThreadPoolExecutor(hands) as pool:
        return list(pool.map(lambda _: proxy.ask(request)[0], range(times)))
