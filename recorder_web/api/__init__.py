"""The capture protocol: parse, one workflow, JSON."""

from recorder_web.api import (
    calibrations,
    candidates,
    chunks,
    claims,
    cuts,
    device_checks,
    drafts,
    events,
    me,
    partners,
    second,
    segments,
    sittings,
    skips,
    takes,
)
from recorder_web.api.routes import blueprint

__all__ = [
    "blueprint",
    "calibrations",
    "candidates",
    "chunks",
    "claims",
    "cuts",
    "device_checks",
    "drafts",
    "events",
    "me",
    "partners",
    "second",
    "segments",
    "sittings",
    "skips",
    "takes",
]
