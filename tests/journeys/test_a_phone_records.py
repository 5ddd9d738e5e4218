"""A phone opens the address over TLS, installs the recorder and records; nothing scrolls sideways."""

import base64
import hashlib
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import BrowserContext, Page, expect

from recorder_web.tls import read_certificates
from tests.rig.browser import browser
from tests.rig.recorder import RecorderPage
from tests.rig.server import ROOT
from tests.rig.shell import CONTROLLED, until
from tests.rig.studio import CONTRIBUTOR, Studio, open_studio

pytestmark = [pytest.mark.journey, pytest.mark.extended]

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@contextmanager
def serving_tls(data: Path) -> Iterator[str]:
    """Serve with certificates of our own; yields the address over TLS."""
    command = [sys.executable, "-m", "speechcorpus.cli", "serve", "--data", str(data), "--port", "0"]
    secure = ["--workers", "0", "--https-port", "0", "--https-host", "127.0.0.1"]
    with subprocess.Popen([*command, *secure], cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            lines = []
            for line in server.stdout:
                lines.append(line)
                if line.startswith("speechcorpus is at"):
                    break
            found = re.search(r"other computers: https://\S+:(\d+)", "".join(lines))
            assert found is not None, lines
            yield f"https://localhost:{found[1]}"
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(40)


@contextmanager
def phone(studio: Studio) -> Iterator[tuple[BrowserContext, Page]]:
    """A browser as wide as a small phone, on which the certificate is trusted."""
    key = read_certificates(studio.data / "tls").leaf.public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    trusted = base64.b64encode(hashlib.sha256(der).digest()).decode()
    flag = f"--ignore-certificate-errors-spki-list={trusted}"
    with browser(studio.profile, studio.microphone, flag, width=360, height=740) as context:
        yield context, context.pages[0]


def test_a_phone_records_over_tls_and_the_recorder_can_be_installed(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    with serving_tls(studio.data) as address, phone(studio) as (context, page):
        page.goto(f"{address}/connect")
        expect(page.locator("svg").nth(1)).to_be_visible()
        assert page.evaluate(WIDER) <= 0
        studio.sign_in(page, address)
        assert page.evaluate(WIDER) <= 0
        cookie = next(each for each in context.cookies() if each["name"] == "__Host-sc_contributor")
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")

        page.goto(f"{address}/record/{studio.claim}")
        recorder = RecorderPage(page=page, contributor=page.evaluate(CONTRIBUTOR))
        until(page, CONTROLLED)
        assert installing(context, page) == []
        recorder.state("checking")
        assert page.evaluate(WIDER) <= 0
        recorder.switch_on()
        box = page.locator("#record").bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 64
        page.locator("#record").click()
        page.locator('.recbar__state[data-live="true"]').wait_for()
        assert page.evaluate(WIDER) <= 0
        page.wait_for_timeout(1_500)
        page.locator("#record").click()
        recorder.all_safe(2)
        assert page.evaluate(WIDER) <= 0


def installing(context: BrowserContext, page: Page) -> list[str]:
    """What the browser misses for putting the recorder beside its applications."""
    devtools = context.new_cdp_session(page)
    read = devtools.send("Page.getAppManifest")
    assert read["errors"] == []
    found = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    return [str(each["errorId"]) for each in found]
