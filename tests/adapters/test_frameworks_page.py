"""docs/frameworks.md can be pasted."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "frameworks.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"## ([^\n]+)\n(?:(?!\n## ).)*?```python\n(.*?)```", PAGE, re.DOTALL))


def test_every_framework_has_an_example() -> None:
    """One for each adapter."""
    frameworks = ["PyTorch", "Keras", "JAX and Optax", "Hugging Face Trainer", "Lightning"]
    assert list(SECTIONS) == frameworks


@pytest.mark.parametrize("framework", SECTIONS)
def test_the_example_runs(framework, tmp_path) -> None:
    """As it stands, in a folder of its own."""
    command = [sys.executable, "-c", SECTIONS[framework]]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]


@pytest.mark.parametrize(
    ("adapter", "framework", "extra"),
    [
        ("torch", "torch", "torch"),
        ("keras", "keras", "keras"),
        ("optax", "optax", "jax"),
        ("transformers", "transformers", "transformers"),
        ("lightning", "lightning", "lightning"),
    ],
)
def test_a_missing_framework_is_named(adapter, framework, extra, monkeypatch) -> None:
    """The error is an ImportError and says what to install."""
    for module in list(sys.modules):
        if module.split(".")[0] == framework or module.startswith(f"lehr.adapters.{adapter}"):
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, framework, None)
    with pytest.raises(ImportError, match=f"{framework} is not installed") as caught:
        __import__(f"lehr.adapters.{adapter}")
    assert f"pip install 'lehr[{extra}]'" in str(caught.value)
