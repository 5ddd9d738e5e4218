"""The relay that is shipped: it takes our passwords, and is no way into anybody's network."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.workflows.turn import credentials
from tests.rig.relay import SHIPPED, Asking, has_coturn, relaying

SECRET = "north-wind-and-the-sun"
FORBIDDEN, UNAUTHORISED, QUOTA = 403, 401, 486  # RFC 8656 §18
# networks behind which there is another address: Python calls some of them global
CARRIERS = ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::ffff:0:0/96", "192.88.99.0/24")
PUBLIC = ("8.8.8.8", "9.9.9.9", "1.1.1.1", "2600::1", "2a00:1450:4001::1", "2001:4860:4860::8888")
PRIVATE = (
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
)
PRIVATE6 = ("::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1")
PRIVATE6 += ("64:ff9b::a00:1", "2002:a00:1::1", "2001:db8::1")

UNSPECIFIED = (IPv4Address("0.0.0.0"), IPv6Address("::"))  # coturn itself relays to neither

Address = IPv4Address | IPv6Address


def options() -> list[tuple[str, str]]:
    lines = (line.strip() for line in SHIPPED.read_text("utf-8").splitlines())
    return [(name, value) for name, _, value in (line.partition("=") for line in lines) if name[:1].isalpha()]


def denied() -> list[tuple[Address, Address]]:
    ranges = [value.split("-") for name, value in options() if name == "denied-peer-ip"]
    return [(ip_address(first), ip_address(last)) for first, last in ranges]


DENIED = denied()


def is_denied(address: Address) -> bool:
    """As coturn 4.6 compares: of IPv6 each byte by itself."""
    return any(
        first.version == address.version
        and (
            first <= address <= last
            if address.version == 4
            else all(a <= b <= c for a, b, c in zip(first.packed, address.packed, last.packed, strict=True))
        )
        for first, last in DENIED
    )


def not_of_the_internet(address: Address) -> bool:
    carried = any(
        address in ip_network(each) for each in CARRIERS if ip_network(each).version == address.version
    )
    return carried or address.is_multicast or address.is_reserved or not address.is_global


def with_neighbours(first: Address, last: Address) -> list[Address]:
    """The ends of a range, and what lies beyond them."""
    of, top = type(first), 2**first.max_prefixlen - 1
    numbers = (int(first) - 1, int(first), int(last), int(last) + 1)
    return [of(number) for number in numbers if 0 <= number <= top]


def edges_of_what_python_knows() -> list[Address]:
    """The edges of every network that the library lists, and of every range that we list."""
    ranges = list(DENIED)
    for constants in (IPv4Address._constants, IPv6Address._constants):
        listed = [
            value for name, value in vars(constants).items() if name.endswith(("_network", "_networks"))
        ]
        networks = [each for value in listed for each in (value if isinstance(value, list) else [value])]
        ranges += [(network[0], network[-1]) for network in networks]
    assert len(ranges) > len(DENIED) + 40
    return [each for first, last in ranges for each in with_neighbours(first, last)]


def test_every_range_that_is_not_of_the_internet_is_denied_to_its_edges():
    private = [each for each in edges_of_what_python_knows() if not_of_the_internet(each)]
    assert [each for each in private if not is_denied(each) and each not in UNSPECIFIED] == []


def test_no_range_is_one_that_coturn_reads_otherwise():
    """It compares IPv6 by bytes, and takes a range that begins at `::` for all of IPv4 as well."""
    for first, last in DENIED:
        assert first.version == 4 or first not in UNSPECIFIED
        bounds = list(zip(first.packed, last.packed, strict=True))
        differing = [n for n, (a, b) in enumerate(bounds) if a != b]
        assert all(each == (0, 255) for each in bounds[differing[0] + 1 :]), (first, last)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_no_address_that_is_not_of_the_internet_is_relayed_to(address):
    assert is_denied(address) or address in UNSPECIFIED or not not_of_the_internet(address)


def test_what_is_of_the_internet_is_relayed_to():
    assert [each for each in PUBLIC if is_denied(ip_address(each))] == []
    assert [each for each in (*PRIVATE, *PRIVATE6) if not is_denied(ip_address(each))] == ["::"]


def test_the_options_that_keep_others_out_are_there_and_no_secret_is():
    said = dict(options())
    for switch in ("use-auth-secret", "fingerprint", "no-cli", "no-multicast-peers", "no-tcp-relay"):
        assert said[switch] == ""
    assert int(said["tls-listening-port"]) == 5349
    assert 0 < int(said["user-quota"]) < int(said["total-quota"])
    assert int(said["min-port"]) < int(said["max-port"])
    for option in (
        "static-auth-secret",
        "user",
        "lt-cred-mech",
        "no-auth",
        "allow-loopback-peers",
        "allowed-peer-ip",
    ):
        assert option not in said


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    if not has_coturn():
        pytest.skip("coturn is not installed here")
    with relaying(tmp_path_factory.mktemp("relay"), SECRET) as ports:
        yield ports


@pytest.fixture
def asking(relay: tuple[int, int]) -> Iterator[Callable[..., Asking]]:
    """Clients with a password of the server's own making."""
    with ExitStack() as open_ones:

        def ask(call: str = "a-call", *, secret: str = SECRET, ago: timedelta = timedelta(0)) -> Asking:
            username, password = credentials(secret, call, now=datetime.now(UTC) - ago)
            person = Asking(port=relay[0], username=username, password=password)
            open_ones.callback(person.wire.close)
            return person

        yield ask


def test_a_password_of_ours_opens_the_relay_for_an_hour_and_no_other_does(asking):
    assert asking().allocate() == 0
    assert asking(secret="the-sun-and-north-wind").allocate() == UNAUTHORISED
    assert asking(ago=timedelta(minutes=61)).allocate() == UNAUTHORISED
    assert asking(ago=timedelta(minutes=59)).allocate() == 0


def everything_at_the_edges(version: int) -> dict[str, int]:
    """What the relay should say of every edge of a range, of its neighbours, and of the well-known."""
    edges = [each for first, last in DENIED for each in with_neighbours(first, last)]
    edges += [ip_address(each) for each in (*PRIVATE, *PRIVATE6, *PUBLIC)]
    wanted = {each: is_denied(each) or each in UNSPECIFIED for each in edges if each.version == version}
    return {str(each): FORBIDDEN if private else 0 for each, private in wanted.items()}


@pytest.mark.parametrize("version", [4, 6])
def test_nothing_is_relayed_to_the_machine_itself_or_to_a_network_behind_it(asking, version):
    """A permission alone sends nothing, so that the rest of the internet may be asked for too."""
    person, wanted = asking(f"v{version}"), everything_at_the_edges(version)
    if person.allocate(version) != 0 and version == 6:
        pytest.skip("there is no IPv6 on this machine")
    assert set(wanted.values()) == {0, FORBIDDEN}
    assert {peer: person.permit(peer) for peer in wanted} == wanted


def test_one_call_takes_a_bounded_part_of_the_relay(asking):
    quota = int(dict(options())["user-quota"])
    taken = [asking("greedy").allocate() for _ in range(quota + 1)]
    assert taken == [0] * quota + [QUOTA]
    assert asking("another").allocate() == 0


def test_it_speaks_tls(relay):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", relay[1]), timeout=10) as plain,
        context.wrap_socket(plain) as wire,
    ):
        assert wire.version() in ("TLSv1.2", "TLSv1.3")


def test_the_readme_names_the_options_of_our_server():
    said = (Path(SHIPPED).parent / "README.md").read_text("utf-8")
    for named in ("--turn-url", "--turn-secret-file", "static-auth-secret"):
        assert named in said
