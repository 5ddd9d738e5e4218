"""Readers of bytes from outside, each as a function of bytes; what they may raise is an error with a code."""

import io
from collections.abc import Callable
from typing import Final

from recorder_web.request_head import check_head
from speechcorpus.audio.wav import read_layout
from speechcorpus.domain.canonical import parse_json
from speechcorpus.domain.transcript import TranscriptProfile
from speechcorpus.transcribe import check
from speechcorpus.workflows.rule_tables import rule_tables

PROFILE: Final = TranscriptProfile(variety="nan-TW")


def request_head(data: bytes) -> None:
    """The head of a request."""
    check_head(data)


def wav_header(data: bytes) -> None:
    """The header of a WAV file."""
    read_layout(io.BytesIO(data), len(data))


def canonical_json(data: bytes) -> None:
    """JSON as receipts and bodies have it."""
    parse_json(data.decode("utf-8", "replace"))


def rules(data: bytes) -> None:
    """A text before the rule engine."""
    check(data.decode("utf-8", "replace"), PROFILE, rule_tables())


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    each.__name__: each for each in (request_head, wav_header, canonical_json, rules)
}
