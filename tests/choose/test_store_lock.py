"""One driver at a time works on a study, and a dead one is none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lehr.choose.lock import DriverLock
from lehr.errors import StudyError

HOLDER = """
import sys, time
from pathlib import Path
from lehr.choose.lock import DriverLock
lock = DriverLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""

FORKING = """
import os, sys, time
from pathlib import Path
from lehr.choose.lock import DriverLock
lock = DriverLock(Path(sys.argv[1]))
if os.fork() == 0:
    print(os.getpid(), flush=True)
time.sleep(60)
"""


def test_a_second_driver_is_refused_by_the_name_of_the_first(tmp_path: Path) -> None:
    """Two drivers in one directory cannot be, whoever they are; the error names the pid."""
    with DriverLock(tmp_path / "study.lock"):
        with pytest.raises(StudyError, match="another process works") as caught:
            DriverLock(tmp_path / "study.lock")
        assert f"process {os.getpid()} on " in str(caught.value)
        assert f"kill {os.getpid()};" in str(caught.value)
    DriverLock(tmp_path / "study.lock").release()


def test_a_killed_driver_lets_go(tmp_path: Path) -> None:
    """The lock of a process that was killed is free at once, without waiting for a time-out."""
    path = tmp_path / "study.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    with holder.stdout:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StudyError, match=str(holder.pid)):
            DriverLock(path)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    DriverLock(path).release()
    assert path.read_text().startswith(f"{os.getpid()} on ")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_of_a_killed_driver_does_not_keep_the_lock(tmp_path: Path) -> None:
    """A child that outlives the driver (a data loader's, say) does not block the next driver."""
    path = tmp_path / "study.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", FORKING, path], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    with holder.stdout:
        child = int(holder.stdout.readline())
        try:
            with pytest.raises(StudyError, match=str(holder.pid)):
                DriverLock(path)
            holder.send_signal(signal.SIGKILL)
            holder.wait()
            os.kill(child, 0)
            DriverLock(path).release()
        finally:
            os.kill(child, signal.SIGKILL)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning")
# JAX, which other tests import into this process, warns at every fork; the child only exits
@pytest.mark.filterwarnings("ignore:.*JAX is multithreaded.*:RuntimeWarning")
def test_the_end_of_a_forked_child_does_not_free_the_lock(tmp_path: Path) -> None:
    """The driver holds the lock until it lets go itself."""
    with DriverLock(tmp_path / "study.lock"):
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        with pytest.raises(StudyError, match="another process"):
            DriverLock(tmp_path / "study.lock")
