"""The child: loads the tree in the working directory with one library, prints one JSON line a clip."""

import importlib
import json
import sys
from dataclasses import asdict

from speechcorpus.publish.consumers import CONSUMERS, UNUSABLE


def main(name: str) -> None:
    """Print what the adapter `with_<name>` yields."""
    if name not in CONSUMERS:
        raise SystemExit(f"no consumer {name}")
    out = sys.stdout
    sys.stdout = sys.stderr  # libraries may talk
    for library in CONSUMERS[name].libraries:
        _import(library)
    adapter = importlib.import_module(f"speechcorpus.publish.consumers.with_{name.replace('-', '_')}")
    for entry in adapter.entries():
        out.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")


def _import(library: str) -> None:
    try:
        importlib.import_module(library)
    except Exception as error:  # whatever it is, the library cannot be used
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        print(f"{library} cannot be imported: {reason}", file=sys.stderr)  # noqa: T201
        sys.exit(UNUSABLE)


if __name__ == "__main__":
    main(sys.argv[1])
