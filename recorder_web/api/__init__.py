"""The capture protocol: parse, one workflow, JSON."""

from recorder_web.api import chunks, segments, sittings, takes
from recorder_web.api.routes import blueprint

__all__ = ["blueprint", "chunks", "segments", "sittings", "takes"]
