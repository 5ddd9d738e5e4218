"""Ray Data (extra `ray`): chunks travel to workers, records travel back; for clusters, not for laptops."""

import json
import logging
import os
import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from threading import Event
from typing import Any, TypeVar

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
    limited process of its own, as `measure_chunk` does. What a killed worker was doing is done again.
    """
    rows = [{"number": number, "chunk": pickle.dumps(chunk)} for number, chunk in enumerate(chunks)]
    with ExitStack() as stack:
        data = start(jobs, stack)
        work = data.from_items(rows, override_num_blocks=max(len(rows), 1))
        for row in work.map_batches(_answers, fn_kwargs={"function": function}, batch_size=1).iter_rows():
            yield row["number"], json.loads(row["answers"])
            if stop.is_set():
                return


def _answers(batch: dict[str, Any], *, function: Callable[[Any], Any]) -> dict[str, Any]:
    """One chunk, on a worker; it was pickled by us."""
    answers = [json.dumps(function(pickle.loads(chunk))) for chunk in batch["chunk"]]  # noqa: S301
    return {"number": batch["number"], "answers": answers}


def start(jobs: int, stack: ExitStack) -> Any:
    """Return Ray Data; a Ray that was started for it ends with the stack."""
    is_here = "RAY_ADDRESS" not in os.environ
    os.environ |= QUIET | (ALONE if is_here else {})
    import ray  # only when it is asked for: it takes a second, and much memory
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars, context.target_max_block_size = False, BLOCK_BYTES
    if ray.is_initialized():
        return ray.data
    options: dict[str, Any] = {}
    if is_here:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True))
        options = {"address": "local", "num_cpus": jobs, "include_dashboard": False, "_temp_dir": folder}
        options["object_store_memory"] = STORE_BYTES
    ray.init(**options, log_to_driver=False, logging_level=logging.ERROR)
    stack.callback(ray.shutdown)
    return ray.data
