"""Limited child processes: whatever an untrusted file does to a decoder, it does to a process of its own.

A child lives for many items (starting one costs more than measuring a clip). Memory, files, CPU time and
wall time are bounded; a child that dies or hangs is replaced, and the caller gets a code.
"""

import atexit
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from typing import Any

from speechcorpus.domain.errors import SignalError

ITEMS_A_CHILD = 1000
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
CPU_S = 20.0
CPU_A_SECOND_OF_AUDIO = 0.02
WALL_TIMES_CPU = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a task returned: plain values, and bytes beside them."""

    values: Any
    data: bytes


def cpu_limit_s(audio_s: float) -> float:
    """Return the CPU seconds that an item of this duration may take."""
    return CPU_S + CPU_A_SECOND_OF_AUDIO * audio_s


class LimitedChildren:
    """Hands each call to an idle child, or to a new one; safe to call from many threads."""

    def __init__(self) -> None:
        self._idle: list[_Child] = []
        self._lock = threading.Lock()

    def call(self, task: str, arguments: Mapping[str, Any], *, cpu_s: float) -> Answer:
        """Return what the function `module:name` returns for these arguments, from inside a child.

        Arguments and answer travel as JSON, never as pickles: a child that a file has taken over must not
        be able to run code here.

        Raises
        ------
        SignalError : `decode-timeout`, `decode-memory`, `decoder-crashed`; or the error the task raised
        """
        with self._lock:
            child = self._idle.pop() if self._idle else None
        child = child or _Child()
        try:
            answer = child.call(task, arguments, cpu_s=cpu_s)
        except BaseException:
            child.close()
            raise
        if child.items >= ITEMS_A_CHILD:
            child.close()
        else:
            with self._lock:
                self._idle.append(child)
        return _opened(answer)

    def close(self) -> None:
        """End the idle children."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.close()


@cache
def shared_children() -> LimitedChildren:
    """Return the one set of children of this process; they end with it."""
    children = LimitedChildren()
    atexit.register(children.close)
    return children


class _Child:
    def __init__(self) -> None:
        ours, theirs = multiprocessing.Pipe()
        command = [sys.executable, "-m", "speechcorpus.audio.child_main", str(theirs.fileno())]
        self._process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env={**os.environ, **ONE_THREAD}
        )
        theirs.close()
        self._pipe: Connection = ours
        self.items = 0

    def call(self, task: str, arguments: Mapping[str, Any], *, cpu_s: float) -> bytes:
        self.items += 1
        request = {"task": task, "arguments": arguments, "cpu_s": cpu_s}
        try:
            self._pipe.send_bytes(json.dumps(request).encode())
            if not self._pipe.poll(WALL_TIMES_CPU * cpu_s):
                raise SignalError("decode-timeout", f"no answer within {WALL_TIMES_CPU * cpu_s:g} s")
            return self._pipe.recv_bytes()
        except (EOFError, ConnectionError) as error:
            raise self._died() from error

    def close(self) -> None:
        self._pipe.close()
        self._process.kill()
        self._process.wait()

    def _died(self) -> SignalError:
        code = self._process.wait()
        if code == -signal.SIGXCPU:
            return SignalError("decode-timeout", "the CPU time of this file ran out")
        return SignalError("decoder-crashed", f"the decoder ended with code {code}", exit_code=code)


def _opened(message: bytes) -> Answer:
    head, _, data = message.partition(b"\n")
    answer = json.loads(head)
    if "code" in answer:
        raise SignalError(answer["code"], answer["sentence"], **answer["facts"])
    return Answer(values=answer["values"], data=data)
