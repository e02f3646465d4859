"""The table of threads is complete: every one has an answer, and every trap has a row."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from threads import OTHERS, THREADS, TORCH, Thread

TESTS = Path(__file__).parents[1]

# Of the survey: rows of PyTorch that are reproduced or wished for, rows of other libraries.
RECORDED = {"torch": 32, "others": 39}


def names_in(path: Path) -> set[str]:
    """Names of the tests in a file, without importing it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return {name for name in functions if name.startswith("test_")}


def test_every_recorded_thread_has_a_row() -> None:
    """No row of the survey is lost, and none stands twice."""
    assert {"torch": len(TORCH), "others": len(OTHERS)} == RECORDED
    assert len({thread.name for thread in THREADS}) == len(THREADS)


@pytest.mark.parametrize("thread", THREADS, ids=lambda thread: thread.name)
def test_every_thread_has_an_answer(thread: Thread) -> None:
    """Tests that exist, or the reason why there is none; never both, never neither."""
    assert bool(thread.tests) != bool(thread.elsewhere)
    for test in thread.tests:
        file, _, name = test.partition("::")
        assert name in names_in(TESTS / file), test


def test_every_trap_has_a_row() -> None:
    """A test of this folder that no row names has lost its thread."""
    named = {test for thread in THREADS for test in thread.tests}
    here = {
        f"traps/{path.name}::{name}"
        for path in Path(__file__).parent.glob("test_*.py")
        if path.name != Path(__file__).name
        for name in names_in(path)
    }
    assert here <= named
