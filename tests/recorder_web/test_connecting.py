"""A phone finds its way in: the address as a code, the certificate by a tap, in every language."""

import re
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509

from recorder_web.certificates import fingerprint
from recorder_web.i18n import LOCALES
from recorder_web.qr import svg_code
from recorder_web.tls import keep_certificates
from speechcorpus.store.store import Store
from tests.recorder_web.house import House, furnish

PORT = 8443


@pytest.fixture
def with_tls(sqlite_store: Store, now: datetime, tmp_path: Path) -> House:
    """A house that phones can reach."""
    addresses = [ip_address("192.168.1.5"), ip_address("10.0.0.7")]
    keep_certificates(sqlite_store.data_dir / "tls", names=["studio.local"], addresses=addresses, now=now)
    return furnish(sqlite_store, now, tmp_path / "static", https_port=PORT)


def kept(house: House) -> x509.Certificate:
    return x509.load_pem_x509_certificate((house.store.data_dir / "tls/ca.pem").read_bytes())


@pytest.mark.parametrize("locale", LOCALES)
def test_the_page_shows_address_code_and_fingerprints_to_everybody(with_tls: House, locale: str) -> None:
    page = with_tls.app.test_client().get(f"/connect?lang={locale}")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "https://192.168.1.5:8443" in text
    assert "https://studio.local:8443" in text
    assert svg_code("https://192.168.1.5:8443") in text
    assert fingerprint(kept(with_tls)) in text
    assert "127.0.0.1" not in text


def test_the_certificate_comes_as_phones_want_it_and_without_its_key(with_tls: House) -> None:
    answer = with_tls.app.test_client().get("/connect/speechcorpus-ca.crt")
    assert answer.content_type == "application/x-x509-ca-cert"
    assert x509.load_pem_x509_certificate(answer.data) == kept(with_tls)
    assert b"PRIVATE" not in answer.data


@pytest.mark.parametrize("path", ["/connect", "/connect/speechcorpus-ca.crt"])
def test_a_server_without_tls_of_its_own_has_no_such_page(house: House, path: str) -> None:
    assert house.app.test_client().get(path).status_code == 404


def test_the_manager_shows_the_code_and_after_an_invite_the_one_that_signs_in(with_tls: House) -> None:
    manager = with_tls.staff("manager")
    assert svg_code("https://192.168.1.5:8443") in manager.get("/staff/people").get_data(as_text=True)
    page = manager.post("/staff/people/contributors", locale="en").get_data(as_text=True)
    way = re.search(r'value="http://localhost(/join#[^"]+)"', page)
    assert way is not None
    assert svg_code(f"https://192.168.1.5:8443{way[1]}") in page


def links(house: House) -> list[bool]:
    """Whether the first pages of a contributor and of a manager lead there."""
    people = (house.sign_in(house.stage.contributor()), "/home"), (house.staff("manager"), "/staff/people")
    return ['href="/connect"' in person.get(page).get_data(as_text=True) for person, page in people]


def test_people_are_led_there(with_tls: House) -> None:
    assert links(with_tls) == [True, True]


def test_without_tls_nobody_is_sent_to_a_page_that_is_not_there(house: House) -> None:
    assert links(house) == [False, False]
