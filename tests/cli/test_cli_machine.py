"""`lehr doctor`, `lehr list --json`, and what starting up costs."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lehr.catalog import recipes
from lehr.cli import doctor
from lehr.cli.output import print_json
from lehr.problems import BUILT_IN

Lehr = Callable[..., Any]


def test_a_healthy_machine(lehr: Lehr) -> None:
    """Everything that is looked at is named, and nothing needs fixing."""
    document = json.loads(lehr("doctor", "--json").out)
    assert document["schema_version"] == 1
    names = [finding["name"] for finding in document["findings"]]
    assert names[:3] == ["lehr", "python", "packages"]
    assert {"extra torch", "extra tasks", "cpus", "torch", "accelerators", "directory"} <= {*names}
    assert document["healthy"] is all(finding["good"] for finding in document["findings"])


def test_what_is_missing_has_a_command_that_brings_it(
    lehr: Lehr, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing extra is a finding: exit code 1, and what to type."""
    monkeypatch.setattr(doctor, "EXTRAS", {"tasks": ("no_such_module",)})
    result = lehr("doctor")
    assert result.code == 1
    assert "no_such_module not installed" in result.out
    assert "try: pip install 'lehr[tasks]'" in result.out


def test_a_directory_that_cannot_be_written_is_found(tmp_path: Path) -> None:
    """The folder is tried, not guessed about."""
    missing = tmp_path / "missing"
    (tmp_path / "free").mkdir()
    assert doctor._writable(tmp_path / "free").good
    assert not doctor._writable(missing).good
    assert list((tmp_path / "free").iterdir()) == []


def test_the_list_is_the_catalog_and_the_problems(lehr: Lehr) -> None:
    """Every recipe and every built-in problem, in JSON with the schema's version."""
    document = json.loads(lehr("list", "--json").out)
    assert document["schema_version"] == 1
    assert [entry["name"] for entry in document["schedules"]] == [r.name for r in recipes()]
    assert [entry["name"] for entry in document["problems"]] == [p.name for p in BUILT_IN]
    assert all(entry["summary"] and entry["examples"] for entry in document["schedules"])


@pytest.mark.parametrize("line", [["--help"], ["show", "linear()"], ["list"], ["choose", "--help"]])
def test_starting_up_imports_no_framework_and_no_plotly(line: list[str]) -> None:
    """Help, curves and listings are there at once."""
    script = (
        "import sys; from lehr.cli import main; code = main(sys.argv[1:]); "
        "print(sorted({'torch', 'plotly', 'jax', 'keras'} & set(sys.modules)), file=sys.stderr); "
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *line], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "[]\n")


def test_a_reader_who_leaves_early_is_no_error() -> None:
    """`lehr show … --csv | head -1` ends quietly."""
    script = "from lehr.cli import main; import sys; sys.exit(main(sys.argv[1:]))"
    line = [sys.executable, "-c", script, "show", "linear()", "--horizon", "200000", "--csv"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"step,lr\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_json_has_no_word_for_what_is_not_finite(capsys: pytest.CaptureFixture[str]) -> None:
    """It is null, wherever it stands; everything else is as it was."""
    print_json(
        {"sd": [0.5, math.inf], "of": {"low": -math.inf, "high": math.nan}, "law": "momentum"}
    )

    document = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)

    assert document == {
        "schema_version": 1,
        "sd": [0.5, None],
        "of": {"low": None, "high": None},
        "law": "momentum",
    }
