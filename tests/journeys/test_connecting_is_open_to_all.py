"""The pages around the shell: no barriers, nothing wider than a small phone, in every language."""

from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest

from recorder_web.i18n import LOCALES
from recorder_web.tls import keep_certificates
from tests.rig.axe import barriers
from tests.rig.browser import browser
from tests.rig.build import serving_builds
from tests.rig.studio import open_studio

pytestmark = [pytest.mark.journey, pytest.mark.extended]

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_pages_about_the_connection_have_no_barriers_and_fit_a_small_phone(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    addresses = [ip_address("192.168.100.105"), ip_address("10.0.0.7")]
    keep_certificates(studio.data / "tls", names=["studio.local"], addresses=addresses, now=datetime.now(UTC))
    with (
        serving_builds(tmp_path, studio.store, https_port=8443) as served,
        browser(studio.profile, None, width=360, height=740) as context,
    ):
        page = context.pages[0]
        for locale in LOCALES:
            for path in ("/connect", "/offline"):
                page.goto(f"{served.address}{path}?lang={locale}")
                assert (path, locale, barriers(page)) == (path, locale, [])
                assert (path, locale, max(0, page.evaluate(WIDER))) == (path, locale, 0)
