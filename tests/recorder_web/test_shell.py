"""The recorder can be installed and opens again offline: worker, manifest and icons as browsers want them."""

import json
import struct
from datetime import datetime
from pathlib import Path

import pytest

from recorder_web.app import create_app
from recorder_web.i18n import LOCALES
from recorder_web.settings import WebSettings
from recorder_web.shell import ICONS_DIR
from speechcorpus.store.store import Store
from tests.recorder_web.house import Browser, House, furnish

CODE = "addEventListener('fetch', () => undefined);\n"


def built(store: Store, now: datetime, folder: Path, recorder: str) -> House:
    """A house whose front end has a service worker and a recorder with a worker of its own."""
    house = furnish(store, now, folder)
    manifest = folder / ".vite" / "manifest.json"
    chunks = json.loads(manifest.read_text())
    chunks["src/sw.ts"] = {"file": "assets/sw-abc.js", "name": "sw", "isEntry": True}
    chunks["_shared.js"] = {"file": "assets/shared-abc.js", "name": "shared"}
    chunks["src/ui/lazy.ts"] = {"file": "assets/lazy-abc.js", "name": "lazy", "imports": ["_shared.js"]}
    chunks["src/recorder.ts"] |= {
        "file": f"assets/recorder-{recorder}.js",
        "assets": ["assets/take.worker-abc.js"],
        "imports": ["_shared.js"],
        "dynamicImports": ["src/ui/lazy.ts"],
    }
    manifest.write_text(json.dumps(chunks))
    (folder / "assets").mkdir()
    (folder / "assets" / "sw-abc.js").write_text(CODE)
    return furnish_again(house, folder)


def furnish_again(house: House, folder: Path) -> House:
    """The same house with an application that read the manifest as it is now."""
    settings = WebSettings(
        data_dir=house.store.data_dir, strict_messages=True, static_dir=folder, clock=lambda: house.now
    )
    app = create_app(settings, store=house.store)
    app.testing = False
    return House(app=app, stage=house.stage, clock=house.clock)


def kept(house: House) -> dict[str, object]:
    """What the worker is told to keep."""
    first, _, code = house.app.test_client().get("/sw.js").get_data(as_text=True).partition("\n")
    assert code == CODE
    found: dict[str, object] = json.loads(first.removeprefix("self.build = ").removesuffix(";"))
    return found


def test_the_worker_is_served_at_the_root_and_asked_for_anew_each_time(
    sqlite_store: Store, now: datetime, tmp_path: Path
) -> None:
    house = built(sqlite_store, now, tmp_path / "static", "abc")
    answer = house.app.test_client().get("/sw.js")
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_it_keeps_what_the_recorder_loads_and_nothing_of_other_pages(
    sqlite_store: Store, now: datetime, tmp_path: Path
) -> None:
    assets = kept(built(sqlite_store, now, tmp_path / "static", "abc"))["assets"]
    assert assets == [
        f"/static/assets/{name}"
        for name in (
            "main-abc.js",
            "main-abc.css",
            "recorder-abc.js",
            "take.worker-abc.js",
            "check-abc.js",
            "shared-abc.js",
            "lazy-abc.js",
        )
    ]


def test_another_build_has_another_name(sqlite_store: Store, now: datetime, tmp_path: Path) -> None:
    house = built(sqlite_store, now, tmp_path / "static", "abc")
    before = kept(house)["id"]
    manifest = tmp_path / "static" / ".vite" / "manifest.json"
    manifest.write_text(manifest.read_text().replace("recorder-abc", "recorder-def"))
    assert kept(furnish_again(house, tmp_path / "static"))["id"] != before


def test_without_a_build_there_is_no_worker(house: House) -> None:
    assert house.app.test_client().get("/sw.js").status_code == 404


@pytest.mark.parametrize("locale", LOCALES)
def test_the_manifest_has_what_installing_needs(house: House, locale: str) -> None:
    client = house.app.test_client()
    client.set_cookie("sc_lang", locale)
    answer = client.get("/manifest.webmanifest")
    told = answer.json
    assert answer.content_type == "application/manifest+json"
    assert (told["lang"], told["start_url"], told["scope"], told["display"]) == (
        locale,
        "/record",
        "/",
        "standalone",
    )
    assert {(icon["sizes"], icon["purpose"]) for icon in told["icons"]} == {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    for icon in told["icons"]:
        with client.get(icon["src"]) as picture:
            width, height = struct.unpack(">II", picture.data[16:24])  # IHDR
            assert (picture.content_type, f"{width}x{height}") == ("image/png", icon["sizes"])


@pytest.mark.parametrize("name", ["icon.svg", "nothing.png", "../shell.py"])
def test_nothing_but_the_icons_is_handed_out(house: House, name: str) -> None:
    assert house.app.test_client().get(f"/icons/{name}").status_code == 404
    assert (ICONS_DIR / "icon.svg").is_file()


def recorder(person: Browser, house: House):
    claimed = person.post(f"/tasks/{house.stage.tasks()[0]}/claim")
    return person.get(claimed.headers["Location"])


def test_a_page_that_may_be_kept_says_whose_it_is(house: House) -> None:
    ann = house.sign_in(house.stage.contributor())
    page = recorder(ann, house)
    whose = page.headers["Speechcorpus-Contributor"]
    assert whose == ann.get("/api/v1/me").json["contributor_ref"]
    assert ann.get("/offline").headers["Speechcorpus-Contributor"] == whose
    assert 'rel="manifest"' in page.get_data(as_text=True)


def test_no_other_page_may_be_kept(house: House) -> None:
    ann = house.sign_in(house.stage.contributor())
    for path in ("/", "/home", "/work", "/consent", "/record", "/healthz", "/api/v1/me"):
        assert "Speechcorpus-Contributor" not in ann.get(path).headers, path
    assert "Speechcorpus-Contributor" not in house.app.test_client().get("/offline").headers
