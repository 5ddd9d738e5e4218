"""One build of the front end after another, served from this process."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recorder_web.app import create_app
from recorder_web.server import Room, listening_socket, make_server
from recorder_web.settings import HERE, WebSettings
from speechcorpus.store.store import Store
from tests.rig.running import running

MARK = "document.documentElement.dataset.fresh"


@dataclass(frozen=True, kw_only=True)
class Builds:
    """A server whose front end can be replaced while it runs."""

    address: str
    settings: WebSettings
    store: Store
    server: Any

    def deploy(self) -> str:
        """Replace the recorder's script by one of another name, which leaves `MARK`; the old one is gone."""
        manifest = self.settings.static_dir / ".vite" / "manifest.json"
        old = self.settings.static_dir / json.loads(manifest.read_text())["src/recorder.ts"]["file"]
        new = old.with_name("recorder-fresh.js")
        new.write_text(f"{old.read_text()}\n{MARK} = '';\n")
        old.unlink()
        for other in (manifest, *old.parent.glob("*.js")):  # what is loaded later names it too
            other.write_text(other.read_text().replace(old.name, new.name))
        self.server.application = create_app(self.settings, store=self.store)
        return str(self.server.application.extensions["speechcorpus.assets"].build)


@contextmanager
def serving_builds(folder: Path, store: Store, *, https_port: int | None = None) -> Iterator[Builds]:
    """Serve a copy of the built front end on a store."""
    static = folder / "static"
    shutil.copytree(HERE / "static", static)
    settings = WebSettings(data_dir=store.data_dir, static_dir=static, https_port=https_port)
    listening = listening_socket("127.0.0.1", 0)
    server = make_server(
        create_app(settings, store=store), listening, Room(folder=store.data_dir, reserve_bytes=0)
    )
    address = f"http://localhost:{listening.getsockname()[1]}"
    with running(server):
        yield Builds(address=address, settings=settings, store=store, server=server)
