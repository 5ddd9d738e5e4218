"""Limited child processes: whatever an untrusted file does to a decoder, it does to a process of its own.

A child lives for many items (starting one costs more than measuring a clip). Memory, files, CPU time and
wall time are bounded; a child that dies or hangs is replaced, and the caller gets a code. Since answers come
one by one, it is known which item a child died of: that one is tried again alone, the others go on.
"""

import atexit
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from multiprocessing.connection import Connection
from typing import Any

from speechcorpus.domain.errors import SignalError

ITEMS_A_CHILD = 1000
DEATHS_ALONE = 2
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
# glibc gives blocks above 128 KiB back to the kernel, and asks for them again: a fifth of a clip's time
# (larger than 4 MiB are only the tables of a long recording: those it shall give back)
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(4 << 20), "MALLOC_TRIM_THRESHOLD_": str(64 << 20)}
CHILD_ENVIRONMENT = ONE_THREAD | KEEP_MEMORY
CPU_S = 20.0
CPU_A_SECOND_OF_AUDIO = 0.02
WALL_TIMES_CPU = 3
MEMORY_BYTES = 1 << 30
MOST_MEMORY_BYTES = 2 << 30  # of work with a neural network; the others are held to less
DOUBTFUL = frozenset({"decoder-crashed", "decode-memory"})
"""Codes that may be another's fault: a kill from outside, memory that earlier items left behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The arguments of one item, and what its work may use."""

    arguments: Mapping[str, Any]
    cpu_s: float
    memory_bytes: int = MEMORY_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a task returned: plain values, and bytes beside them."""

    values: Any
    data: bytes


def cpu_limit_s(audio_s: float) -> float:
    """Return the CPU seconds that an item of this duration may take."""
    return CPU_S + CPU_A_SECOND_OF_AUDIO * audio_s


class LimitedChildren:
    """Hands calls to an idle child, or to a new one; safe to use from many threads.

    Parameters
    ----------
    most_memory_bytes : what no call to these children may go beyond
    """

    def __init__(self, *, most_memory_bytes: int = MOST_MEMORY_BYTES) -> None:
        self._most_memory_bytes = most_memory_bytes
        self._idle: list[_Child] = []
        self._lock = threading.Lock()

    def call(
        self, task: str, arguments: Mapping[str, Any], *, cpu_s: float, memory_bytes: int = MEMORY_BYTES
    ) -> Answer:
        """Return what the function `module:name` returns for these arguments, from inside a child.

        Arguments and answer travel as JSON, never as pickles: a child that a file has taken over must not
        be able to run code here.

        Raises
        ------
        SignalError : `decode-timeout`, `decode-memory`, `decoder-crashed`; or the error the task raised
        """
        call = Call(arguments=arguments, cpu_s=cpu_s, memory_bytes=memory_bytes)
        outcome = self.call_each(task, [call])[0]
        if isinstance(outcome, SignalError):
            raise outcome
        return outcome

    def call_each(self, task: str, calls: Sequence[Call]) -> list[Answer | SignalError]:
        """Return, for each call, what `call` would return or raise; one child takes them all while it lives.

        An item that a child dies of is tried again alone, and is `decoder-crashed` only when it has ended two
        children by itself: a child that somebody else killed costs nobody a row.
        """
        if len(calls) == 1:
            return [self._alone(task, calls[0])]
        outcomes: list[Answer | SignalError] = []
        while len(outcomes) < len(calls):
            outcomes += self._together(task, calls[len(outcomes) :])
            if _is_doubtful(outcomes[-1]):
                outcomes[-1] = self._alone(task, calls[len(outcomes) - 1])
        return outcomes

    def close(self) -> None:
        """End the idle children."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.close()

    def _alone(self, task: str, call: Call) -> Answer | SignalError:
        for _ in range(DEATHS_ALONE):
            outcome = self._together(task, [call])[0]
            if not _is_doubtful(outcome):
                break
        return outcome

    def _together(self, task: str, calls: Sequence[Call]) -> list[Answer | SignalError]:
        """Outcomes of the first calls, at least one: up to the one that ended its child, if one did."""
        with self._lock:
            child = self._idle.pop() if self._idle else None
        child = child or _Child(self._most_memory_bytes)
        outcomes: list[Answer | SignalError] = []
        try:
            outcomes.extend(child.outcomes(task, calls[: ITEMS_A_CHILD - child.items]))
        except BaseException:
            child.close()
            raise
        if child.is_worn_out:
            child.close()
        else:
            with self._lock:
                self._idle.append(child)
        return outcomes


@cache
def shared_children() -> LimitedChildren:
    """Return the one set of children of this process; they end with it."""
    children = LimitedChildren()
    atexit.register(children.close)
    return children


class _Child:
    def __init__(self, most_memory_bytes: int) -> None:
        ours, theirs = multiprocessing.Pipe()
        command = [sys.executable, "-m", "speechcorpus.audio.child_main", str(theirs.fileno())]
        command.append(str(most_memory_bytes))
        self._process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env={**os.environ, **CHILD_ENVIRONMENT},
            process_group=0,  # Ctrl-C is for the parent
        )
        theirs.close()
        self._pipe: Connection = ours
        self._is_broken = False
        self.items = 0

    @property
    def is_worn_out(self) -> bool:
        return self._is_broken or self.items >= ITEMS_A_CHILD

    def outcomes(self, task: str, calls: Sequence[Call]) -> Iterator[Answer | SignalError]:
        """Yield an outcome for each call; the one that breaks the child is the last."""
        self._is_broken = True  # until every answer has been read
        request = json.dumps({"task": task, "calls": [asdict(call) for call in calls]}).encode()
        for number, call in enumerate(calls):
            self.items += 1
            outcome = self._outcome(request if number == 0 else None, wall_s=WALL_TIMES_CPU * call.cpu_s)
            yield outcome
            if _is_doubtful(outcome) or self._process.returncode is not None:
                return
        self._is_broken = False

    def _outcome(self, request: bytes | None, *, wall_s: float) -> Answer | SignalError:
        try:
            if request is not None:
                self._pipe.send_bytes(request)
            if self._pipe.poll(wall_s):
                return _opened(self._pipe.recv_bytes())
        except (EOFError, ConnectionError):
            return self._died()
        self.close()
        return SignalError("decode-timeout", f"no answer within {wall_s:g} s")

    def close(self) -> None:
        self._pipe.close()
        self._process.kill()
        self._process.wait()

    def _died(self) -> SignalError:
        code = self._process.wait()
        if code == -signal.SIGXCPU:
            return SignalError("decode-timeout", "the CPU time of this file ran out")
        return SignalError("decoder-crashed", f"the decoder ended with code {code}", exit_code=code)


def _opened(message: bytes) -> Answer | SignalError:
    """Read an answer as something that a stranger wrote: it may be anything."""
    head, _, data = message.partition(b"\n")
    try:
        answer = json.loads(head)
        if "code" in answer:
            return SignalError(answer["code"], answer["sentence"], **answer["facts"])
        return Answer(values=answer["values"], data=data)
    except (ValueError, TypeError, KeyError, RecursionError):
        return SignalError("decoder-crashed", "the decoder answered something that is no answer")


def _is_doubtful(outcome: Answer | SignalError) -> bool:
    return isinstance(outcome, SignalError) and outcome.code in DOUBTFUL
