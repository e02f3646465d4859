"""`lehr doctor`: what does this machine have, and what does it lack?"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from cyclopts import App
from rich.table import Table
from rich.text import Text

from lehr.cli.output import print_json, stdout

EXAMPLES = """\
Examples:
  lehr doctor
  lehr doctor --json

Exit code: 0 all is well, 1 something is missing.
"""

PACKAGES = ("numpy", "scipy", "pydantic", "plotly", "plotext", "rich", "cyclopts")
EXTRAS = {"torch": ("torch", "safetensors"), "tasks": ("sklearn", "PIL")}
"""Extra -> the modules it brings."""

GIB = 2**30
ROOM = 1.0
"""GiB that checkpoints of a small study may take."""

app = App(name="doctor", help_epilogue=EXAMPLES)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: what.
        value: what was found.
        good: whether that is enough.
        fix: what to type if not.
    """

    name: str
    value: str
    good: bool = True
    fix: str = ""


@app.default
def doctor(*, json: bool = False) -> int:
    """Examine the machine.

    Args:
        json: write the findings as JSON.
    """
    findings = examine(Path.cwd())
    healthy = all(finding.good for finding in findings)
    if json:
        print_json({"healthy": healthy, "findings": [asdict(finding) for finding in findings]})
        return 0 if healthy else 1
    console = stdout()
    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in findings:
        sign = Text("✓", style="green") if finding.good else Text("✗", style="bold red")
        table.add_row(sign, Text(finding.name, style="dim"), Text(finding.value))
        if finding.fix:
            table.add_row("", "", Text(f"try: {finding.fix}", style="green"))
    console.print(table)
    return 0 if healthy else 1


def examine(directory: Path) -> list[Finding]:
    """Look at Python, packages, devices and the directory where studies would be written."""
    return [
        Finding(name="lehr", value=importlib.metadata.version("lehr")),
        Finding(name="python", value=f"{platform.python_version()} on {platform.platform()}"),
        Finding(name="packages", value=", ".join(_versions(PACKAGES))),
        *(_extra(name, modules) for name, modules in EXTRAS.items()),
        *_devices(),
        _writable(directory),
        _disk(directory),
    ]


def _versions(packages: tuple[str, ...]) -> list[str]:
    return [f"{package} {importlib.metadata.version(package)}" for package in packages]


def _extra(name: str, modules: tuple[str, ...]) -> Finding:
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        return Finding(
            name=f"extra {name}",
            value=f"{', '.join(missing)} not installed",
            good=False,
            fix=f"pip install 'lehr[{name}]'",
        )
    return Finding(name=f"extra {name}", value=f"{', '.join(modules)} installed")


def _devices() -> list[Finding]:
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = [Finding(name="cpus", value=str(cpus))]
    if importlib.util.find_spec("torch") is None:
        return found
    # By name: nothing of lehr.cli needs torch, and this line only looks at it.
    torch = importlib.import_module("torch")
    cuda = [torch.cuda.get_device_name(place) for place in range(torch.cuda.device_count())]
    accelerators = cuda + (["Apple MPS"] if torch.backends.mps.is_available() else [])
    return [
        *found,
        Finding(
            name="torch", value=f"{torch.__version__}, {torch.get_num_threads()} threads by default"
        ),
        Finding(name="accelerators", value=", ".join(accelerators) or "none: training on the CPU"),
    ]


def _writable(directory: Path) -> Finding:
    try:
        with tempfile.TemporaryDirectory(prefix=".lehr-doctor-", dir=directory):
            return Finding(name="directory", value=f"{directory} can be written")
    except OSError as error:
        return Finding(
            name="directory",
            value=f"{directory} cannot be written ({error.strerror})",
            good=False,
            fix="cd to a folder of yours, or lehr choose --directory DIR",
        )


def _disk(directory: Path) -> Finding:
    free = shutil.disk_usage(directory).free / GIB
    if free < ROOM:
        return Finding(
            name="disk",
            value=f"{free:.2f} GiB free",
            good=False,
            fix="free some room, or lehr choose --disk 0.5",
        )
    return Finding(name="disk", value=f"{free:,.0f} GiB free")
