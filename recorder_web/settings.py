"""What one web process is told at its start."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from speechcorpus.workflows.recogniser import RecogniserSettings

HERE = Path(__file__).parent
CHUNK_CAP_BYTES = 4 * 1024 * 1024  # recorder.md §7: 413 above


def utc_now() -> datetime:
    """Return the time by the machine's clock, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Where the data lies and how the outside reaches us.

    `https` says whether people reach the server over TLS: cookies are then `Secure`. `strict_messages`
    turns a missing message into an error, as tests want it, instead of showing its key. Drafts are offered
    only with a `recogniser`.
    """

    data_dir: Path
    database_url: str | None = None
    https: bool = False
    strict_messages: bool = False
    recogniser: RecogniserSettings | None = None
    static_dir: Path = HERE / "static"
    clock: Callable[[], datetime] = utc_now
