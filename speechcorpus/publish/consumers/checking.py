"""What each consumer makes of a tree, as one outcome a consumer: agreed, disagreed, skipped and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from subprocess import TimeoutExpired
from typing import Literal

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.consumers import CONSUMERS, UnusableError, consume, why_absent
from speechcorpus.publish.readers import Entry, disagreement, table_entries
from speechcorpus.publish.tree import Tree

UNHEARD = "ok, by the rules of its files; the toolkit itself was not loaded"
BROKEN = "an earlier check failed, and what a broken tree says may be run by its reader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumed:
    """What one consumer came to."""

    status: Literal["PASS", "FAIL", "SKIP"]
    name: str
    detail: str


def check_consumers(tree: Tree, require: frozenset[str], *, broken: bool) -> Iterator[Consumed]:
    """Yield what each consumer came to; a required one that cannot look is a failure.

    Parameters
    ----------
    require : names of consumers; `all`: each whose bundles are here
    broken : whether another check has failed; then nothing is loaded, for a manifest may name a command
    """
    expected = {} if broken else table_entries(tree)
    for name, consumer in CONSUMERS.items():
        if missing := [bundle for bundle in consumer.bundles if not tree.has(bundle)]:
            yield _skipped(name, f"needs {' and '.join(missing)}, not here", required=name in require)
            continue
        required = name in require or "all" in require
        if broken:
            yield _skipped(name, BROKEN, required=required)
        elif absent := why_absent(name):
            yield _skipped(name, f"{absent}; {consumer.install}", required=required)
        else:
            yield _looked(tree, name, expected, required=required)


def _looked(tree: Tree, name: str, expected: Mapping[str, Entry], *, required: bool) -> Consumed:
    try:
        fault = disagreement(expected, iter(consume(name, tree.root)))
    except UnusableError as reason:
        return _skipped(name, f"{reason}; {CONSUMERS[name].install}", required=required)
    except (ReleaseError, TimeoutExpired, ValueError, TypeError) as error:
        fault = str(error)
    if fault is not None:
        return Consumed(status="FAIL", name=name, detail=fault)
    return Consumed(status="PASS", name=name, detail="ok" if CONSUMERS[name].libraries else UNHEARD)


def _skipped(name: str, detail: str, *, required: bool) -> Consumed:
    return Consumed(status="FAIL" if required else "SKIP", name=name, detail=detail)
