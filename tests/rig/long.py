"""Hours of sound in minutes: the real take worker of a page, fed as fast as it reads, its clock keeping step.

Nothing in the worker can tell the difference; disk, meter, hashes and journal are the real ones.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, Worker

POLL_MS = 500
EARLY = 0.25  # of the way: everything that is made once has been made

SOURCE = Path(__file__).with_name("long.js")
RECORD = "plan => void record(plan).catch((error) => (self.result = { error: String(error) }))"
START = "url => { window.long = new (Object.getPrototypeOf(window.Worker))(url, { type: 'module' }); }"


@dataclass(frozen=True, slots=True, kw_only=True)
class LongTake:
    """What became of it."""

    frames: int
    bytes: int
    wrong: int  # samples that differ from what was fed
    chunks: int
    growth_bytes: int  # of the worker's heap, from an early quarter to the end
    heard: list[str]


def long_take(page: Page, worker: Worker, *, seconds: int, rate_hz: int) -> LongTake:
    """Record so many seconds in a take worker of its own beside that of an open recorder page."""
    memory = _Memory(page, worker.url)
    before = set(page.workers)
    page.evaluate(START, worker.url)
    while not (fresh := set(page.workers) - before):
        page.wait_for_timeout(50)
    (own,) = fresh
    own.evaluate(f"() => {{ {SOURCE.read_text(encoding='utf-8')} }}")
    plan = {"rate_hz": rate_hz, "seconds": seconds, "sitting": "s", "take": "t", "contributor": "long"}
    own.evaluate(RECORD, plan)
    early: int | None = None
    while (found := own.evaluate("() => self.result ?? null")) is None:
        page.wait_for_timeout(POLL_MS)
        if early is None and own.evaluate("() => self.done ?? 0") > EARLY:
            early = memory.used_bytes()
    assert "error" not in found, found
    assert early is not None
    return LongTake(
        frames=found["kept"],
        bytes=found["bytes"],
        wrong=found["wrong"],
        chunks=found["chunks"],
        growth_bytes=memory.used_bytes() - early,
        heard=found["heard"],
    )


class _Memory:
    """The heap of the worker that was started last, after everything unused in it has been thrown away."""

    def __init__(self, page: Page, url: str) -> None:
        self._answers: dict[int, dict[str, Any]] = {}
        self._sessions: list[str] = []
        self._page = page
        self._asked = 0
        self._browser: CDPSession = page.context.new_cdp_session(page)
        self._browser.on("Target.attachedToTarget", self._attached)
        self._browser.on("Target.receivedMessageFromTarget", self._heard)
        self._url = url
        options = {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": False}
        self._browser.send("Target.setAutoAttach", options)

    def used_bytes(self) -> int:
        """Objects of the language and those behind them."""
        self._ask("HeapProfiler.collectGarbage")
        usage = self._ask("Runtime.getHeapUsage")
        beside = usage.get("embedderHeapUsedSize", 0) + usage.get("backingStorageSize", 0)
        return int(usage["usedSize"] + beside)

    def _attached(self, event: dict[str, Any]) -> None:
        if event["targetInfo"]["url"] == self._url:
            self._sessions.append(event["sessionId"])

    def _heard(self, event: dict[str, Any]) -> None:
        answer = json.loads(event["message"])
        if "id" in answer:
            self._answers[answer["id"]] = answer

    def _ask(self, method: str) -> dict[str, Any]:
        self._asked += 1
        message = json.dumps({"id": self._asked, "method": method, "params": {}})
        self._browser.send(
            "Target.sendMessageToTarget", {"sessionId": self._sessions[-1], "message": message}
        )
        while self._asked not in self._answers:
            self._page.wait_for_timeout(20)
        answer = self._answers[self._asked]
        assert "result" in answer, answer
        result: dict[str, Any] = answer["result"]
        return result
