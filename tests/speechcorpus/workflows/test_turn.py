"""Passwords for a relay: those that coturn expects, for one call and one hour."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.errors import StoreError
from speechcorpus.workflows.turn import CallServers, call_servers, credentials, ice_servers, server_url

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = "north-wind-and-the-sun"


def hmac_sha1(key: bytes, text: bytes) -> bytes:
    """RFC 2104 written out, with nothing but the hash."""
    key = hashlib.sha1(key).digest() if len(key) > 64 else key
    padded = key.ljust(64, b"\0")
    inner = hashlib.sha1(bytes(each ^ 0x36 for each in padded) + text).digest()
    return hashlib.sha1(bytes(each ^ 0x5C for each in padded) + inner).digest()


def test_the_reference_implementation_here_gives_the_vectors_of_rfc_2202():
    assert hmac_sha1(b"\x0b" * 20, b"Hi There").hex() == "b617318655057264e28bc0b6fb378c8ef146be00"
    assert (
        hmac_sha1(b"Jefe", b"what do ya want for nothing?").hex()
        == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
    )
    long = b"Test Using Larger Than Block-Size Key - Hash Key First"
    assert hmac_sha1(b"\xaa" * 80, long).hex() == "aa4ae5e15272d00e95705637ce8a3b55ed402112"


@given(
    secret=st.text(min_size=1), call=st.uuids().map(str), later=st.timedeltas(timedelta(0), timedelta(9999))
)
def test_a_password_is_the_hmac_of_a_name_that_says_until_when_it_is_good(secret, call, later):
    secret, at = secret.encode("utf-8", "replace").decode(), NOW + later
    username, password = credentials(secret, call, now=at)
    until, named = username.split(":")
    assert named == call
    assert int(until) == int(at.timestamp() + 3600)
    assert base64.b64decode(password) == hmac_sha1(secret.encode(), username.encode())


def test_only_relays_are_given_a_password_and_nothing_without_servers():
    urls = ("stun:r.example.org", "turn:r.example.org:3478?transport=udp", "turns:r.example.org:5349")
    plain, relays = ice_servers(CallServers(urls=urls, secret=SECRET), "c1", now=NOW)
    assert plain == {"urls": [urls[0]]}
    assert (relays["urls"], relays["username"]) == (list(urls[1:]), "1767229200:c1")
    assert ice_servers(None, "c1", now=NOW) == []
    assert ice_servers(CallServers(urls=urls[:1]), "c1", now=NOW) == [plain]


def test_a_secret_is_in_no_text_of_the_settings():
    assert SECRET not in repr(CallServers(urls=("turn:r.example.org",), secret=SECRET))


@pytest.mark.parametrize(
    "url",
    [
        "turn:relay.example.org",
        "turn:192.0.2.7:3478",
        "turns:[2001:db8::7]:5349?transport=tcp",
        "stun:stun.example.org:3478",
        "stuns:localhost",
    ],
)
def test_addresses_of_servers_are_taken_as_browsers_take_them(url):
    assert server_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "turn:",
        "turn://relay.example.org",
        "https://relay.example.org",
        "turn:relay.example.org:0",
        "turn:relay.example.org:65536",
        "turn:relay.example.org?transport=quic",
        "stun:relay.example.org?transport=tcp",
        "turn:user@relay.example.org",
        "turn:relay..example.org",
        "turn:[2001:db8::zz]",
        "turn:relay.example.org\n",
        "TURN:relay.example.org",
        'turn:relay.example.org"',
    ],
)
def test_what_is_no_address_of_a_server_is_refused(url):
    with pytest.raises(StoreError) as refused:
        server_url(url)
    assert refused.value.code == "turn.url"


def test_a_relay_needs_its_secret_and_nothing_else_has_one(tmp_path):
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    assert call_servers((), None) is None
    assert call_servers(("turn:r.example.org",), file) == CallServers(
        urls=("turn:r.example.org",), secret=SECRET
    )
    assert call_servers(("stun:r.example.org",), None).relay is False
    (tmp_path / "short").write_text("north")
    (tmp_path / "bytes").write_bytes(b"\xff" * 32)
    for urls, path in (
        (("turn:r.example.org",), None),
        (("stun:r.example.org",), file),
        ((), file),
        (("turn:r.example.org",), tmp_path / "none"),
        (("turn:r.example.org",), tmp_path / "short"),
        (("turn:r.example.org",), tmp_path / "bytes"),
    ):
        with pytest.raises(StoreError) as refused:
            call_servers(urls, path)
        assert refused.value.code == "turn.secret"
        assert SECRET not in str(refused.value)
