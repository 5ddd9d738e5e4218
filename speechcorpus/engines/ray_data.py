"""Ray Data (extra `ray`): chunks travel to workers, records travel back; for clusters, not for laptops."""

import json
import logging
import os
import pickle
import re
import secrets
import socket
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from importlib.metadata import version
from threading import Event
from typing import Any, TypeVar

from speechcorpus.domain.errors import SpeechCorpusError

ANSWER_S = 10
PRINTER = "print_worker_logs"
STORE_BYTES = 200_000_000  # records are small, and sound does not travel
BLOCK_BYTES = 1 << 16  # Ray passes records on in blocks of this size: about those of one chunk
QUIET = {"RAY_USAGE_STATS_ENABLED": "0"}
ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # keeps it on 127.0.0.1, on every system; read on import

Item = TypeVar("Item")


def run_chunks(
    function: Callable[[Sequence[Item]], Any], chunks: Iterable[Sequence[Item]], *, jobs: int, stop: Event
) -> Iterator[tuple[int, Any]]:
    """Yield number and answers of each chunk as it is done, on the cluster of `RAY_ADDRESS` or on a Ray here.

    A worker of Ray cannot be limited itself (its shared memory is larger than any limit): the function uses a
    limited process of its own, as `measure_chunk` does. What a killed worker was doing is done again; what a
    lost node was doing, on another one. A cluster has as many jobs as it has CPUs, whatever `jobs` is.

    Raises
    ------
    SpeechCorpusError : `batch.no-cluster` if none of this version of Ray answers at `RAY_ADDRESS`,
        `batch.node` if a node has not the same speechcorpus, `batch.cluster-lost` if it is lost in the middle
    """
    rows = [{"number": number, "chunk": pickle.dumps(chunk)} for number, chunk in enumerate(chunks)]
    with ExitStack() as stack:
        data = start(jobs, stack)
        work = data.from_items(rows, override_num_blocks=max(len(rows), 1))
        given = {"function": function, "made_by": version("speechcorpus")}
        for row in _told(work.map_batches(_answers, fn_kwargs=given, batch_size=1)):
            yield row["number"], _opened(row["answers"])
            if stop.is_set():
                return


def _answers(batch: dict[str, Any], *, function: Callable[[Any], Any], made_by: str) -> dict[str, Any]:
    """One chunk, on a worker; it was pickled by us. An error of ours travels as a value."""
    answers = []
    for chunk in batch["chunk"]:
        try:
            _require_the_same(made_by)
            answers.append(json.dumps({"answers": function(pickle.loads(chunk))}))  # noqa: S301
        except SpeechCorpusError as error:
            answers.append(json.dumps({"fault": [error.code, str(error), dict(error.facts)]}))
    return {"number": batch["number"], "answers": answers}


def _require_the_same(made_by: str) -> None:
    """Refuse to work beside another version of ourselves: its rows would be told as ours."""
    here = version("speechcorpus")
    if here != made_by:
        node = socket.gethostname()
        raise SpeechCorpusError(
            "batch.node", f"the node {node} has speechcorpus {here}, this run has {made_by}", node=node
        )


def _opened(answers: str) -> Any:
    said = json.loads(answers)
    if "fault" in said:
        code, sentence, facts = said["fault"]
        raise SpeechCorpusError(code, sentence, **facts)
    return said["answers"]


def _told(work: Any) -> Iterator[dict[str, Any]]:
    """The rows; why they ended early, in our form. An error in the function flies as it is."""
    from ray.exceptions import RayError, RaySystemError, RayTaskError

    try:
        yield from work.iter_rows()
    except RayTaskError as error:
        if not isinstance(error.cause, RaySystemError):
            raise
        node = _node_of(error)
        sentence = f"the node {node} cannot run it: {_first_line(error.cause)}"
        raise SpeechCorpusError("batch.node", sentence, node=node) from error
    except RayError as error:
        sentence = f"the cluster was lost; what was done is in the journal, if any: {_first_line(error)}"
        raise SpeechCorpusError("batch.cluster-lost", sentence) from error


def _node_of(error: Exception) -> str:
    """The address of the node on which a task failed: Ray tells it in words only."""
    found = re.search(r"\bip=([^,) ]+)", str(error))
    return found[1] if found else "?"


def _first_line(error: Exception) -> str:
    """What an error of Ray says before its traceback."""
    return str(error).partition("\n")[0]


def start(jobs: int, stack: ExitStack) -> Any:
    """Return Ray Data; a Ray that was started for it ends with the stack."""
    is_here = not os.environ.get("RAY_ADDRESS")
    os.environ |= QUIET | (ALONE if is_here else {})
    if is_here and not os.environ.keys() & {"RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"}:
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}  # else kept at home
    import ray  # only when it is asked for: it takes a second, and much memory
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # it would print tracebacks of its own
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars, context.target_max_block_size = False, BLOCK_BYTES
    if ray.is_initialized():
        return ray.data
    options: dict[str, Any] = {}
    if is_here:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True))
        options = {"address": "local", "num_cpus": jobs, "include_dashboard": False, "_temp_dir": folder}
        options["object_store_memory"] = STORE_BYTES
    with nullcontext() if is_here else _cluster_at(os.environ["RAY_ADDRESS"]):
        ray.init(**options, log_to_driver=False, logging_level=logging.ERROR)
    stack.callback(ray.shutdown)
    stack.enter_context(_said_on_stderr())
    return ray.data


@contextmanager
def _said_on_stderr() -> Iterator[None]:
    """Have Ray tell of a node that died on standard error: on standard output it would be among our rows.

    Ray has no option for it. A version that has not got this function tells it elsewhere.
    """
    from ray._private import worker

    told = getattr(worker, PRINTER, None)

    def on_stderr(data: Any, _: Any, ignore_prefix: bool = False) -> None:
        if told is not None:
            told(data, sys.stderr, ignore_prefix)

    setattr(worker, PRINTER, on_stderr)
    try:
        yield
    finally:
        setattr(worker, PRINTER, told)


@contextmanager
def _cluster_at(address: str) -> Iterator[None]:
    """Tell in our form why it cannot be used. Where nobody listens, Ray itself would ask for minutes."""
    from ray.exceptions import RayError

    host, _, port = address.rpartition(":")
    try:
        if "://" not in address and port.isdecimal():  # its other forms are Ray's own
            socket.create_connection((host, int(port)), timeout=ANSWER_S).close()
        yield
    except (OSError, OverflowError, ValueError, RuntimeError, RayError) as error:
        sentence = (
            f"no Ray cluster to use at {address} ({' '.join(str(error).split())}); "
            "a run is started on one of its nodes, with the versions and the token of the others"
        )
        raise SpeechCorpusError("batch.no-cluster", sentence, address=address) from error
