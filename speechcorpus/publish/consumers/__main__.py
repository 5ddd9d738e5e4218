"""The child: loads the tree in the working directory with one library, prints one JSON line a clip."""

import importlib
import json
import sys
from dataclasses import asdict

NAMES = ("lhotse", "kaldi", "datasets")


def main(name: str) -> None:
    """Print what the adapter `with_<name>` yields."""
    if name not in NAMES:
        raise SystemExit(f"no consumer {name}")
    adapter = importlib.import_module(f"speechcorpus.publish.consumers.with_{name}")
    out = sys.stdout
    sys.stdout = sys.stderr  # libraries may talk
    for entry in adapter.entries():
        out.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
