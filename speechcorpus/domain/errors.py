"""The project's errors: each carries a stable code and the facts, never only an adjective."""

from collections.abc import Mapping

Fact = str | int | float | bool | None


class SpeechCorpusError(Exception):
    """The work could not be done; `code` says why, `facts` say where.

    The sentence a person reads is kept with the code in `recorder_web/messages/`; `str(error)` is the
    plain English one for a terminal or a test.

    Examples
    --------
    >>> error = SittingError("chunk.hash", "chunk 3 does not match its digest", index=3)
    >>> error.code, error.facts, str(error)
    ('chunk.hash', {'index': 3}, 'chunk 3 does not match its digest')
    """

    def __init__(self, code: str, sentence: str, **facts: Fact) -> None:
        super().__init__(sentence)
        self.code = code
        self.facts: Mapping[str, Fact] = facts


class SignalError(SpeechCorpusError):
    """Samples or a measurement that cannot be worked with."""


class TranscriptError(SpeechCorpusError):
    """Text or a transcript profile that cannot be worked with."""


class SittingError(SpeechCorpusError):
    """A step of a claim, sitting, take or review that is not possible now."""


class TermsError(SpeechCorpusError):
    """A terms file that promises nothing clear."""


class LedgerError(SpeechCorpusError):
    """Money that cannot be moved like this."""


class StoreError(SpeechCorpusError):
    """The catalogue or the blobs could not do it."""


class AccessError(SpeechCorpusError):
    """Not signed in, or not this person's object (shown as not found)."""


class ReleaseError(SpeechCorpusError):
    """A release that cannot be planned, written or trusted."""
