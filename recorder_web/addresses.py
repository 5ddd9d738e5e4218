"""The names and addresses under which other devices reach this machine."""

import ipaddress
import re
import socket
import struct
import sys
from collections.abc import Collection
from ipaddress import IPv4Address

try:
    import fcntl
except ImportError:  # no POSIX: only names and the loopback are known
    fcntl = None  # type: ignore[assignment]

SIOCGIFADDR = {"linux": 0x8915, "darwin": 0xC0206921}  # "get interface address", of each system's headers
HOST_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
# where home and office networks are, before the bridges of containers (172.17 and on) and the rest
LIKELY = [ipaddress.ip_network(text) for text in ("192.168.0.0/16", "10.0.0.0/8", "172.16.0.0/12")]


def machine_names() -> list[str]:
    """Return this machine's own name and the one that multicast DNS gives it, as certificates want them."""
    return names_of(socket.gethostname())


def names_of(host: str) -> list[str]:
    """Return the names under which a machine called `host` is reached; none if it is no host name.

    Examples
    --------
    >>> names_of("Studio-PC"), names_of("studio.lan"), names_of("my_pc"), names_of("localhost")
    (['studio-pc', 'studio-pc.local'], ['studio.lan', 'studio.local'], [], [])
    """
    name = host.lower().rstrip(".")
    first = name.partition(".")[0]
    if not HOST_NAME.fullmatch(name) or first == "localhost":
        return []
    return list(dict.fromkeys([name, f"{first}.local"]))


def machine_addresses() -> list[IPv4Address]:
    """Return the IPv4 addresses of the interfaces, the most likely one first; loopback left out."""
    return likely_first(_interface_addresses())


def likely_first(addresses: Collection[IPv4Address]) -> list[IPv4Address]:
    """Return addresses without loopback and link-local ones, in the order a phone should try them.

    Examples
    --------
    >>> shown = "127.0.0.1 172.17.0.1 192.168.1.5 169.254.3.4 10.0.0.2".split()
    >>> found = [IPv4Address(text) for text in shown]
    >>> [str(address) for address in likely_first(found)]
    ['192.168.1.5', '10.0.0.2', '172.17.0.1']
    """
    here = {each for each in addresses if each.is_loopback or each.is_link_local or each.is_unspecified}
    return sorted(set(addresses) - here, key=lambda each: (_rank(each), each))


def _rank(address: IPv4Address) -> int:
    return next((rank for rank, network in enumerate(LIKELY) if address in network), len(LIKELY))


def _interface_addresses() -> list[IPv4Address]:
    """Ask the system for each interface; nothing is sent anywhere."""
    request = SIOCGIFADDR.get(sys.platform)
    if fcntl is None or request is None:
        return []
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(asking, request, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue  # an interface without an address
            found.append(IPv4Address(answer[20:24]))  # ifreq: 16 bytes of name, family, port, address
    return found
