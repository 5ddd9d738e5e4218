"""What one web process is told at its start."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from speechcorpus.workflows.recogniser import RecogniserSettings
from speechcorpus.workflows.turn import CallServers

HERE = Path(__file__).parent
CHUNK_CAP_BYTES = 4 * 1024 * 1024  # recorder.md §7: 413 above
LOCAL_TLS = "speechcorpus.local_tls"  # in the WSGI environment of what came through our own relay


def utc_now() -> datetime:
    """Return the time by the machine's clock, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Where the data lies and how the outside reaches us.

    `strict_messages` turns a missing message into an error, as tests want it, instead of showing its key.
    Drafts are offered only with a `recogniser`. Without `call_servers` the two people of a dialogue hear each
    other inside one network only. `https_port` is where our own TLS is reached from other
    devices, with the certificates of `tls_dir`; None where there is none. Whether a request came over TLS
    is a matter of its listener, not of these settings. `accel_prefix` is the internal address, such as
    `/_blobs/`, under which a proxy before us reads the blob folder itself: stored files are then answered
    with `X-Accel-Redirect`. `reserve_bytes` is the free space below which nobody should be sent here, and
    `metrics_token_file` holds what lets somebody read the figures, instead of the one in the data folder.
    """

    data_dir: Path
    database_url: str | None = None
    blobs_url: str | None = None
    https_port: int | None = None
    strict_messages: bool = False
    recogniser: RecogniserSettings | None = None
    accel_prefix: str | None = None
    call_servers: CallServers | None = None
    reserve_bytes: int = 0
    metrics_token_file: Path | None = None
    static_dir: Path = HERE / "static"
    clock: Callable[[], datetime] = utc_now

    @property
    def tls_dir(self) -> Path:
        """Where our own authority and its certificate lie."""
        return self.data_dir / "tls"

    @property
    def metrics_token_path(self) -> Path:
        """Where the token for the figures lies."""
        return self.metrics_token_file or self.data_dir / "keys" / "metrics.token"
