"""Where a story of one person happens: a folder with the server's data and the browser's profile."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page

from speechcorpus.domain.actor import Actor
from speechcorpus.store.store import Store
from speechcorpus.workflows.sign_in import invite_contributor


@dataclass(frozen=True, kw_only=True)
class Place:
    """The server is started beside it, the browser opened as often as wanted."""

    folder: Path
    store: Store
    actor: Actor
    claim: str

    @property
    def data(self) -> Path:
        """The server's data folder."""
        return self.folder / "data"

    @property
    def profile(self) -> Path:
        """The browser's profile: opened again, it finds what it kept."""
        return self.folder / "profile"

    def sign_in(self, page: Page, address: str) -> None:
        """Come by an invite link."""
        token = invite_contributor(self.store, self.actor.id, now=datetime.now(UTC))
        page.goto(f"{address}/join#{token}")
        page.locator("#join").click()
        page.wait_for_url(f"{address}/home")
