"""The receipt of a take can be read in full, copied, saved, and checked without us."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import expect

from speechcorpus.cli.receipt import command
from speechcorpus.store.models import Take
from speechcorpus.work.keys import public_pem
from tests.rig.axe import barriers
from tests.rig.server import web_server
from tests.rig.studio import open_studio

pytestmark = [pytest.mark.journey, pytest.mark.extended]


def test_a_receipt_opens_by_keyboard_says_the_whole_hash_and_holds_what_verify_asks_for(
    tmp_path: Path,
) -> None:
    studio = open_studio(tmp_path)
    with web_server(studio.data) as server, studio.recorder(server.url) as recorder:
        page = recorder.page
        recorder.switch_on()
        recorder.record(2)
        take = recorder.current_take()
        recorder.nothing_waits()
        button = page.locator(f'li[data-take="{take}"] .takes__receipt button')
        button.press("Enter")
        sheet = page.locator("#receipt")
        expect(sheet).to_be_visible()
        assert barriers(page) == []
        page.keyboard.press("Backspace")  # inside the sheet it is no command to the recorder
        recorder.state("armed")

        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.locator("#copy-hash").press("Enter")
        expect(sheet.get_by_role("status")).not_to_be_empty()
        shown = page.locator("#receipt-hash").inner_text()
        assert page.evaluate("navigator.clipboard.readText()") == shown
        with page.expect_download() as saved:
            page.locator("#save-receipt").press("Enter")
        saved.value.save_as(tmp_path / "receipt.json")

        page.keyboard.press("Escape")
        expect(sheet).to_have_count(0)
        expect(button).to_be_focused()

    with studio.store.catalogue.read() as session:
        row = session.get(Take, take)
        assert row is not None
        assert row.master_sha256 == shown
    key = tmp_path / "key.pem"
    key.write_text(public_pem(studio.store.receipt_key().public_key()))
    checked = CliRunner().invoke(command, ["verify", str(tmp_path / "receipt.json"), "--key", str(key)])
    assert (checked.exit_code, checked.output) == (0, "valid\n")
