"""The lock that lets one driver at a time work in a study's directory."""

from __future__ import annotations

import os
import socket
import sys
import weakref
from pathlib import Path
from types import TracebackType
from typing import Self, final

from lehr.errors import StudyError

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        # Locked bytes cannot be read by others there, so the byte lies far behind the text.
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)

    def _let_go(descriptor: int) -> None:
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _let_go(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


@final
class DriverLock:
    """Hold the lock file at `path` until `release()` or the end of the process.

    The lock is the operating system's: the kernel releases it when the process dies, however it
    dies, so a killed driver never blocks the next one. The file stays; it holds the name of the
    process that last held the lock, for the message only.

    Raises:
        StudyError: another process holds the lock, or the file system has no locks.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _take(self._descriptor)
        except OSError as error:
            holder = path.read_text(encoding="utf-8", errors="replace").strip()
            self._close()
            raise _refused(path, holder, error) from error
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()} on {socket.gethostname()}\n".encode())
        if hasattr(os, "register_at_fork"):
            # A forked child shares the lock and could outlive the driver: it closes its share.
            mine = weakref.WeakMethod(self._close)
            os.register_at_fork(after_in_child=lambda: (close := mine()) and close())

    def release(self) -> None:
        """Let go of the lock; a second call does nothing."""
        if self._descriptor >= 0:
            _let_go(self._descriptor)
            self._close()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()


def _refused(path: Path, holder: str, error: OSError) -> StudyError:
    if isinstance(error, (BlockingIOError, PermissionError)):
        pid = holder.partition(" ")[0] or "PID"
        return StudyError(
            f"another process works on the study in {path.parent}",
            value=f"the lock is held by process {holder or 'unknown'}",
            rule="one driver at a time in a study's directory",
            fix=f"wait until it is done, stop it (kill {pid}; it can be resumed), "
            "or use another directory",
        )
    return StudyError(
        f"the study in {path.parent} cannot be locked",
        value=str(error),
        rule="the directory lies on a file system with locks",
        fix="use a directory on a local disk",
    )
