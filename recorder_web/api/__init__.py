"""The capture protocol: parse, one workflow, JSON."""

from recorder_web.api import candidates, chunks, cuts, drafts, events, me, second, segments, sittings, takes
from recorder_web.api.routes import blueprint

__all__ = [
    "blueprint",
    "candidates",
    "chunks",
    "cuts",
    "drafts",
    "events",
    "me",
    "second",
    "segments",
    "sittings",
    "takes",
]
