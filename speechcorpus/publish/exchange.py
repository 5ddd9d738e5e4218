"""Lets two folders change places in one step, so that nobody ever finds neither of them."""

import ctypes
import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

RENAME_EXCHANGE = 2  # linux/fs.h; RENAME_SWAP of macOS is 2 as well
AT_FDCWD = -100
UNSUPPORTED = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP})


def exchange(one: Path, other: Path) -> None:
    """Let two folders of one file system change places; after a crash either both have moved or none.

    Raises
    ------
    OSError : as `rename`; neither has moved
    """
    call = _call()
    if call is not None:
        if call(os.fsencode(one), os.fsencode(other)) == 0:
            return
        number = ctypes.get_errno()
        if number not in UNSUPPORTED:
            raise OSError(number, os.strerror(number), str(one), None, str(other))
    _one_after_the_other(one, other)


def aside(path: Path) -> Path:
    """Return where a folder stands for a moment where file systems cannot exchange two."""
    return path.with_name(f".{path.name}.aside")


def _one_after_the_other(one: Path, other: Path) -> None:
    waiting = aside(one)
    one.rename(waiting)
    try:
        other.rename(one)
    except OSError:
        waiting.rename(one)
        raise
    waiting.rename(other)


def _call() -> Callable[[bytes, bytes], int] | None:
    """Return the system's own exchange of two paths, None where it has none."""
    if os.name != "posix":
        return None
    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform.startswith("linux") and hasattr(library, "renameat2"):
        linux = library.renameat2
        return lambda one, other: int(linux(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE))
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        macos = library.renamex_np
        return lambda one, other: int(macos(one, other, RENAME_EXCHANGE))
    return None
