"""Built styles and islands by their plain names: the manifest of the bundler, read once."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Assets:
    """Hashed addresses of what the front-end build made.

    Without a build (a fresh checkout before `npm run build`) there are no addresses: pages are plain
    HTML, islands stay at their written fallback, and `/healthz` says `"assets": false`.
    """

    def __init__(self, static_dir: Path) -> None:
        path = static_dir / ".vite" / "manifest.json"
        self.built = path.exists()
        text = path.read_text("utf-8") if self.built else "{}"
        self.build = hashlib.sha256(text.encode()).hexdigest()[
            :16
        ]  # names hold hashes: it changes with any byte
        self._chunks: Mapping[str, Mapping[str, Any]] = json.loads(text)
        self._by_name = {str(c["name"]): c for c in self._chunks.values() if c.get("isEntry") and "name" in c}

    def script(self, name: str) -> str | None:
        """Return the address of an entry's script; None before the first build."""
        entry = self._entry(name)
        return f"/static/{entry['file']}" if entry else None

    def styles(self, name: str) -> list[str]:
        """Return the addresses of an entry's style sheets; empty before the first build."""
        entry = self._entry(name) or {}
        files = [
            *entry.get("css", ()),
            *([entry["file"]] if str(entry.get("file", "")).endswith(".css") else ()),
        ]
        return [f"/static/{file}" for file in files]

    def modules(self, name: str) -> list[str]:
        """Return the addresses of an entry's script and of all that it imports at once; its own first."""
        entry = self._entry(name)
        waiting, found = [entry] if entry else [], dict[str, None]()
        while waiting:
            chunk = waiting.pop(0)
            found[str(chunk["file"])] = None
            waiting += [
                self._chunks[key]
                for key in chunk.get("imports", ())
                if self._chunks[key]["file"] not in found
            ]
        return [f"/static/{file}" for file in found]

    def everything(self, *names: str) -> list[str]:
        """Return the addresses of all that these entries load, now or later: scripts, workers, styles."""
        found: dict[str, None] = {}
        waiting = [
            key for key, chunk in self._chunks.items() if chunk.get("isEntry") and chunk["name"] in names
        ]
        seen: set[str] = set()
        while waiting:
            key = waiting.pop(0)
            if key in seen:
                continue
            seen.add(key)
            chunk = self._chunks[key]
            found.update(dict.fromkeys([chunk["file"], *chunk.get("css", ()), *chunk.get("assets", ())]))
            waiting += [*chunk.get("imports", ()), *chunk.get("dynamicImports", ())]
        return [f"/static/{file}" for file in found]

    def _entry(self, name: str) -> Mapping[str, Any] | None:
        return self._by_name.get(name)
