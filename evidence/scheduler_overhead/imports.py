"""What it costs a fresh process to import lehr, beside numpy."""

from __future__ import annotations

import os
import subprocess
import sys

from stretches import Row

PROGRAMS = {
    "nothing": "pass",
    "import numpy": "import numpy",
    "import lehr": "import lehr",
    "a first schedule": "import lehr; (lehr.warmup('5%') >> lehr.cosine()).over(1_000)(500)",
}


def measure(rounds: int) -> list[Row]:
    """CPU time of each program in a process of its own, in turns; the first round is dropped."""
    rows: list[Row] = []
    for number in range(rounds + 1):
        for name, program in PROGRAMS.items():
            process = subprocess.Popen([sys.executable, "-c", program])
            _, status, spent = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise SystemExit(f"{program!r} failed")
            if number:
                nanoseconds = round((spent.ru_utime + spent.ru_stime) * 1e9)
                row = {"what": "import", "contender": name, "round": number - 1, "ns": nanoseconds}
                rows.append(row)
    return rows
