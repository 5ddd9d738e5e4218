"""What planning a large release costs in memory and CPU: `python -m benchmarks.planning --clips 200000`.

The clips are told by formula, as the catalogue tells them, one after the other; there is no audio. Each size
is planned in a process of its own. The bar is that of every process of a build: 300 MiB and 300 bytes a clip.
"""

import argparse
import hashlib
import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

from speechcorpus.corpus.flac import StreamInfo
from speechcorpus.corpus.packed import Packed
from speechcorpus.corpus.plan import plan_release
from speechcorpus.corpus.request import Request
from speechcorpus.corpus.selection import Candidate
from speechcorpus.corpus.settings import ReleaseSettings
from tests.release_corpus import TERMS, TOOLS, WORDS, made_clip

MIB = 1 << 20
BASE_MIB, BYTES_A_CLIP = 300, 300
CLIPS_A_SPEAKER = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What one plan took; `before_mib` is what the process held when it began."""

    clips: int
    before_mib: float
    peak_mib: float
    cpu_s: float

    @property
    def bar_mib(self) -> float:
        """The most it may hold."""
        return BASE_MIB + BYTES_A_CLIP * self.clips / MIB


def told(clips: int) -> Iterator[Candidate]:
    """Yield so many candidates of one speaker for each hundred, no two texts or sounds alike."""
    speakers = max(50, clips // CLIPS_A_SPEAKER)
    like = [made_clip(number, speaker=number).candidate for number in range(3)]
    for number in range(clips):
        speaker = number % speakers
        one, person = like[speaker % 3], f"person-{speaker}"
        digest = hashlib.sha256(b"%d" % number).hexdigest()
        consented = replace(next(iter(filter(None, one.speakers.values()))), consent_id=f"consent-{speaker}")
        yield replace(
            one,
            segment_id=f"{digest[:8]}-{digest[8:12]}-4000-8000-{digest[12:24]}",
            speaker=person,
            session=f"{person}-{number // speakers // 40}",
            speakers={person: consented},
            blob_sha256=digest,
            info=StreamInfo(
                rate_hz=16_000, channels=1, bits=16, frames=80_000 + number % 1000, pcm_md5=digest[32:]
            ),
            recorded_at=f"2026-11-20T08:00:00.{number:06d}+00:00",
            facts={**one.facts, "text": _text(number), "prompt_id": f"prompt-{number}"},
        )


def _text(number: int) -> str:
    digits = [WORDS[number // 30**place % 30] for place in range(4)]
    return f"{digits[0]}上有{digits[1]}，{digits[2]}下無{digits[3]}，這條歌伊攏會曉唱。"


def planned(clips: int) -> Planned:
    """Plan a first release of so many clips in this process."""
    before = _rss_mib()
    began = time.process_time()
    request = Request(
        corpus="benchmark",
        version="1.0.0",
        released_on="2026-11-22",
        settings=ReleaseSettings(),
        licence="CC-BY-4.0",
        terms=TERMS,
        collection={},
        tools=TOOLS,
        names={},
    )
    plan = plan_release(Packed(told(clips)), request)
    if len(plan.rows) + len(plan.extra_rows) != clips:
        raise SystemExit(f"{len(plan.rows)} and {len(plan.extra_rows)} clips of {clips}")
    return Planned(clips=clips, before_mib=before, peak_mib=_rss_mib(), cpu_s=time.process_time() - began)


def main() -> None:
    """Print what each size took; with --check, exit 1 where one is above the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, nargs="+", default=[20_000, 200_000])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit 1 if the bar is missed")
    asked = parser.parse_args()
    found = []
    for clips in asked.clips:
        with multiprocessing.get_context("spawn").Pool(1) as alone:
            found.append(alone.apply(planned, (clips,)))
    for each in found:
        if asked.json:
            print(json.dumps(asdict(each)))
        else:
            print(f"{each.clips:7} clips: at most {each.peak_mib:.0f} MiB, {each.before_mib:.0f} before; "
                  f"bar {each.bar_mib:.0f}; {each.cpu_s:.1f} s CPU")  # fmt: skip
    sys.exit(1 if asked.check and any(each.peak_mib > each.bar_mib for each in found) else 0)


def _rss_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
