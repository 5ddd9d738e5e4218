"""What is no request, or two at once, is refused with a code; the next request is answered as always."""

import re
import socket
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from recorder_web.request_head import check_head
from speechcorpus.domain.errors import SpeechCorpusError
from tests.rig.server import Server
from tests.security.wire import BOMBS, CASES, CRLF, HOST, PATHS

CODE = re.compile(rb'"code": ?"([^"]+)"|<code class="mono">([^<]+)</code>')
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


def said(server: Server, sent: bytes) -> bytes:
    """Everything that comes back to these bytes."""
    with socket.create_connection(server.address, timeout=10) as connection:
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before the last byte: the answer is there to be read
        found = b""
        while block := connection.recv(1 << 16):
            found += block
        return found


def test_bytes_that_can_be_read_in_two_ways_are_refused_and_the_next_request_is_served(server) -> None:
    wrong = []
    for name, (sent, status, code) in CASES.items():
        answer = said(server, sent)
        statuses, found = STATUS.findall(answer), CODE.search(answer)
        given_code = (found[1] or found[2]).decode() if found else None
        if (statuses, given_code) != ([str(status).encode()], code):
            wrong.append((name, statuses, given_code))
        assert server.ask("GET", "/healthz", {})[0] == 200, name
    assert wrong == []


def test_no_path_leads_out_of_what_is_served(server) -> None:
    for path in PATHS:
        answer = said(server, f"GET {path} HTTP/1.1\r\n".encode() + HOST + CRLF)
        assert STATUS.findall(answer) == [b"404"], path
        assert b"Set-Cookie: a=b" not in answer
        assert b"WebSettings" not in answer


def test_a_bomb_of_json_is_a_body_that_is_no_sign_in(server) -> None:
    for name, body in BOMBS.items():
        status, answer = server.ask("POST", "/join/exchange", {"Content-Type": "application/json"}, body)
        assert (status, answer["code"]) == (400, "request.json"), name
    assert server.ask("GET", "/healthz", {})[0] == 200


@given(head=st.binary(max_size=300), start=st.sampled_from([b"", b"GET / HTTP/1.1\r\nHost: a\r\n"]))
def test_any_bytes_at_all_are_a_head_or_have_a_code(head: bytes, start: bytes) -> None:
    with suppress(SpeechCorpusError):  # and nothing else
        check_head(start + head)


def test_the_log_of_a_server_has_one_line_a_message_whatever_is_asked(server) -> None:
    forged = "/rounds/%0a2026-01-01T00:00:00Z%20info%20signed%20in%1b[31m"
    said(server, f"GET {forged} HTTP/1.1\r\nUser-Agent: a\x1b[2Jb\r\n".encode() + HOST + CRLF)
    said(server, b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-A: \x1b[31m\n2026 info forged\r\n\r\n")
    assert server.ask("GET", "/healthz", {})[0] == 200
    lines = (server.data / "log").read_bytes().splitlines()
    assert len(lines) > 1
    assert [line for line in lines if line.startswith(b"2026-01-01") or b"\x1b" in line] == []
