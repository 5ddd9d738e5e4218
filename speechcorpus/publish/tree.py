"""A tree that somebody handed us: listed without following a link, opened only inside itself."""

import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from speechcorpus.corpus.card import formats_of
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.bundles import bundle_of
from speechcorpus.publish.sources import Sources, read_sources
from speechcorpus.publish.staging import digest_of

LARGEST_ROOT_FILE = 1 << 30


@dataclass(frozen=True)
class Tree:
    """A release tree on disk, hostile until proven otherwise.

    `wanted` names the bundles to look at; None means all that are there.
    """

    root: Path
    wanted: frozenset[str] | None = None

    @cached_property
    def entries(self) -> dict[str, os.stat_result]:
        """Every file, link or device below the root with its own (never a target's) status, by path."""
        return dict(sorted(_walk(self.root, "")))

    @cached_property
    def _digests(self) -> dict[str, str]:
        return {}

    @cached_property
    def sources(self) -> Sources:
        """The sources; ReleaseError `release.not-a-release` when there are none."""
        return read_sources(self.root)

    @cached_property
    def bundles(self) -> frozenset[str]:
        """The bundles that are here and wanted."""
        found = frozenset(bundle_of(path) for path in self.entries)
        return found if self.wanted is None else found & (self.wanted | {"core"})

    @cached_property
    def absent(self) -> list[str]:
        """The bundles the release has and this copy has not."""
        found = {bundle_of(path) for path in self.entries}
        return [name for name in formats_of(self.sources.release) if name not in found]

    @cached_property
    def listed(self) -> dict[str, str]:
        """Path → digest as `SHA256SUMS` lists them; lines out of form are passed over."""
        lines = self.read("SHA256SUMS").decode("utf-8", "replace").splitlines()
        return {path: digest for digest, _, path in (line.partition("  ") for line in lines)}

    def digest(self, path: str) -> str:
        """Return the SHA-256 of a file, read once however many checks ask."""
        if path not in self._digests:
            self._digests[path] = digest_of(self.root / path)
        return self._digests[path]

    def has(self, bundle: str) -> bool:
        """Say whether this bundle is to be looked at."""
        return bundle in self.bundles and bundle in ("core", *formats_of(self.sources.release))

    def made_with(self, tool: str, version: str) -> bool:
        """Say whether the release names this version of a tool that bytes depend on."""
        tools = self.sources.release.get("tools")
        return isinstance(tools, Mapping) and tools.get(tool) == version

    def read(self, path: str) -> bytes:
        """Return a file's bytes; only for files of moderate size."""
        if path not in self.entries:
            raise ReleaseError("release.missing-file", f"{path} is missing", path=path)
        if not stat.S_ISREG(self.entries[path].st_mode):
            raise ReleaseError("release.layout", f"{path} is not a regular file", path=path)
        if self.entries[path].st_size > LARGEST_ROOT_FILE:
            raise ReleaseError("release.too-large", f"{path} is larger than 1 GiB", path=path)
        return (self.root / path).read_bytes()


def shard_descriptions(tree: Tree) -> list[Mapping[str, object]]:
    """Return the rows of `shards.json` as they stand there; what is no table of rows is none."""
    rows = json.loads(tree.read("shards.json"))
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _walk(root: Path, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(root / prefix) as entries:
        for entry in entries:
            path = f"{prefix}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(root, path + "/")
            else:
                yield path, entry.stat(follow_symlinks=False)
