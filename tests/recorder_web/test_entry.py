"""The way in for phones: said once, and again when it changes while the server runs."""

import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from recorder_web.certificates import fingerprint
from recorder_web.entry import KeptCertificates, announcement, entry_of
from recorder_web.qr import terminal_code
from recorder_web.tls import Certified, keep_certificates

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)


def certified(folder: Path, *addresses: str) -> Certified:
    found = [ip_address(text) for text in addresses]
    return keep_certificates(folder, names=["studio", "studio.local"], addresses=found, now=NOW)


def test_the_address_that_is_likeliest_reached_comes_first_and_loopback_never(tmp_path: Path) -> None:
    entry = entry_of(certified(tmp_path, "192.168.1.5", "10.0.0.7"), 8443)
    assert entry.addresses == [
        "https://192.168.1.5:8443",
        "https://10.0.0.7:8443",
        "https://studio:8443",
        "https://studio.local:8443",
    ]


def test_a_machine_without_a_private_address_is_reached_by_its_name(tmp_path: Path) -> None:
    assert entry_of(certified(tmp_path, "93.184.216.34"), 8443).address == "https://studio:8443"


def test_the_terminal_shows_address_code_and_both_fingerprints(tmp_path: Path) -> None:
    made = certified(tmp_path, "192.168.1.5")
    told = announcement(entry_of(made, 8443))
    assert "phones and other computers: https://192.168.1.5:8443\n" in told
    assert terminal_code("https://192.168.1.5:8443") in told
    assert f"authority   SHA-256 {fingerprint(made.authority)}" in told
    assert f"certificate SHA-256 {fingerprint(made.leaf)}" in told


def test_a_running_server_renews_its_certificate_in_time_and_goes_on_with_it(tmp_path: Path) -> None:
    clock = [NOW]
    kept = KeptCertificates(tmp_path, lambda: clock[0])
    first, leaf = kept.context(), kept.certified.leaf
    assert not kept.look()
    clock[0] += timedelta(days=380)
    assert kept.look()
    assert (kept.context() is first, kept.certified.leaf == leaf) == (False, False)


def test_what_cannot_be_renewed_goes_on_as_it_is(tmp_path: Path) -> None:
    kept = KeptCertificates(tmp_path, lambda: NOW)
    leaf, stop = kept.certified.leaf, threading.Event()
    (tmp_path / "ca.key").write_text("nonsense")
    told: list[None] = []
    watching = threading.Thread(target=kept.watch, args=(stop, lambda: told.append(None), 0.01))
    watching.start()
    watching.join(0.3)
    assert watching.is_alive()
    stop.set()
    watching.join(5)
    assert (kept.certified.leaf == leaf, told) == (True, [])
