"""Looks for bytes that break a reader, for as long as it is let.

`python -m tests.security.fuzz TARGET [-max_total_time=60]`; the targets are in `fuzz_targets.py`. Needs the
package `atheris`. A fault ends the run and leaves a file with the bytes that made it.
"""

import sys
from collections.abc import Callable

from speechcorpus.domain.errors import SpeechCorpusError


def tried(target: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """Return the target, its own refusals passed over."""

    def run(data: bytes) -> None:
        try:
            target(data)
        except (SpeechCorpusError, RecursionError):
            return

    return run


def main() -> None:
    """Fuzz the target that is named first."""
    import atheris

    with atheris.instrument_imports(include=["speechcorpus", "recorder_web"]):
        from tests.security.fuzz_targets import TARGETS

    name, *options = sys.argv[1:]
    atheris.Setup([sys.argv[0], *options], tried(TARGETS[name]))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
