"""The sound-check page as a contributor's hands and eyes meet it."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

CONTRIBUTOR = "JSON.parse(document.getElementById('data').textContent).contributor_ref"


@dataclass(kw_only=True)
class CheckPage:
    """Hands on the page of a claim."""

    page: Page

    def open(self, address: str, claim: str, *, language: str = "zh-Hant") -> None:
        """Go there and wait until all steps can be seen."""
        self.page.goto(f"{address}/check/{claim}?lang={language}")
        self.step("calibrate").wait_for()

    def step(self, name: str) -> Locator:
        """The card of a step."""
        return self.page.locator(f'[data-step="{name}"]')

    def state(self, name: str, state: str, *, timeout_s: float = 30) -> None:
        """Wait until a step is in a state."""
        expect(self.step(name)).to_have_attribute("data-state", state, timeout=timeout_s * 1000)

    def press(self, where: str) -> None:
        """Press a button without a mouse."""
        button = self.page.locator(where)
        expect(button).to_be_enabled(timeout=30_000)
        button.focus()
        self.page.keyboard.press("Enter")

    def open_microphone(self) -> None:
        """Let the page hear."""
        self.press("#open")
        self.state("microphone", "good")

    def measure_room(self) -> None:
        """Five seconds of the room."""
        self.press("#room")
        expect(self.step("room")).to_have_attribute("data-state", "running")
        expect(self.step("room")).not_to_have_attribute("data-state", "running", timeout=60_000)

    def speak(self, *, seconds: float = 1.5) -> None:
        """Silence, a line, and whatever the loudspeaker plays."""
        self.press("#speak")
        self.page.locator("#said").wait_for(timeout=15_000)
        self.page.wait_for_timeout(seconds * 1000)
        self.press("#said")
        self.page.locator("#speak").wait_for(timeout=15_000)

    def measure(self, at: int, reading: str) -> None:
        """One take beside the reference, and what it showed."""
        self.press("#measure")
        typed = self.page.locator(f"#reading-{at}")
        typed.wait_for(timeout=30_000)
        typed.focus()
        self.page.keyboard.type(reading)

    def results(self) -> dict[str, str]:
        """What the self-test says: check -> result."""
        rows = self.page.locator("#checks > li").all()
        return {str(row.get_attribute("data-check")): str(row.get_attribute("data-result")) for row in rows}

    def width(self, pixels: int) -> int:
        """Make the window so wide, and return how wide the page is then."""
        self.page.set_viewport_size({"width": pixels, "height": 780})
        wide: int = self.page.evaluate("document.documentElement.scrollWidth")
        return wide

    def answer(self, path: str) -> Any:
        """Ask the server for something of mine."""
        return self.page.evaluate("async (path) => (await fetch('/api/v1' + path)).json()", path)
