"""axe-core in a real page: what keeps some people out of it."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

SOURCE = Path(__file__).parents[2] / "recorder_web/frontend/node_modules/axe-core/axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = "tags => axe.run(document, { runOnly: tags, resultTypes: ['violations'] })"


def barriers(page: Page) -> list[str]:
    """Return each departure from WCAG 2.2 AA that axe finds: its rule, and where it is.

    Skips the test where the front end's packages are not installed.
    """
    if not SOURCE.is_file():
        pytest.skip("no axe-core: run `python hatch_build.py build` in a checkout")
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(SOURCE.read_text(encoding="utf-8"))
    result: dict[str, Any] = page.evaluate(RUN, WCAG)
    return [
        f"{found['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for found in result["violations"]
        for node in found["nodes"]
    ]
