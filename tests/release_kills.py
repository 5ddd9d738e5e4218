"""A build that is killed again and again, somewhere else in the world, until one run comes to its end.

`python -m tests.release_kills FOLDER KILLS SEED` prints one JSON line: how the runs ended, the corpus id, how
often the listing was there although a file was not, and what a full disk came to.
"""

import json
import os
import random
import resource
import signal
import sys
from pathlib import Path

from speechcorpus.corpus.plan import Plan
from speechcorpus.publish.build import build_tree
from tests.release_corpus import blob_reader, made_clips, planned

ALIVE, MOST_OPENS = -1, 320  # of a build of 30 clips some 300 files are opened
LARGEST_FILE = 40_000  # bytes: the small files fit, the shards do not


def main() -> None:
    """Build in children that die; the last one may live."""
    folder, kills, chance = Path(sys.argv[1]), int(sys.argv[2]), random.Random(int(sys.argv[3]))
    os.umask(0o077)
    clips = made_clips()
    chance.shuffle(clips)
    plan, blobs = planned(clips, include_synthetic=True), blob_reader(clips)
    whole = build_tree(plan, folder / "whole", blobs.__getitem__, durable=False, workers=2)
    ended, early = [], 0
    for number in range(kills):
        folder_of_run = folder / f"killed-{number // 4}"  # four runs go on from one another
        ended.append(_in_child(plan, blobs, folder_of_run, chance.randrange(MOST_OPENS), number))
        early += _is_listed_too_early(folder_of_run)
    full = _in_child(plan, blobs, folder / "full", ALIVE, 0, largest=LARGEST_FILE)
    last = [f"killed-{number}" for number in range((kills + 3) // 4)] + ["full"]
    ids = {build_tree(plan, folder / name, blobs.__getitem__, durable=False).corpus_id for name in last}
    said = {"whole": whole.corpus_id, "ids": sorted(ids), "ended": ended, "early": early, "full": full}
    sys.stdout.write(json.dumps(said) + "\n")


def _in_child(
    plan: Plan, blobs: dict[str, bytes], folder: Path, lives: int, number: int, largest: int | None = None
) -> int:
    """Return how a child ended that was let open `lives` files below `folder`."""
    pid = os.fork()
    if pid == 0:
        if largest is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
        if lives != ALIVE:
            _die_after(lives, folder)
        try:
            build_tree(plan, folder, blobs.__getitem__, durable=False, workers=1 + number % 20 // 19)
        except OSError:
            os._exit(2)
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _die_after(lives: int, folder: Path) -> None:
    left = [lives]

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and str(arguments[0]).startswith(str(folder)):
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def _is_listed_too_early(folder: Path) -> bool:
    """Say whether there is a listing although a file that it lists is not there."""
    for root in folder.glob("test-corpus-*"):
        listed = root / "SHA256SUMS"
        if listed.is_file():
            paths = [line.split("  ")[1] for line in listed.read_text().splitlines()]
            return not all((root / path).is_file() for path in paths)
    return False


if __name__ == "__main__":
    main()
