"""A problem is found by its file, its module or its command, the same in every process."""

from __future__ import annotations

import hashlib
import json
import pickle
import sys

import pytest

from lehr.errors import ProblemError, UsageError
from lehr.training import ProblemSource

PROBLEM = """
import random
from dataclasses import dataclass
from types import SimpleNamespace
{imports}

class Net:
    size = {size}

def problem(steps=20, name="mine"):
    return SimpleNamespace(
        name=name, steps=steps, objective="loss", mode="min", evaluate_every=1,
        baseline=("cosine()", 0.1), lr_range=None, threads=1, forkable=True, start=None,
        net=Net, drawn=random.random(),
    )

def other():
    return problem(name="other")

def nothing():
    return None

def broken():
    raise KeyError("no such column")
"""


@pytest.fixture(autouse=True)
def clean_imports(monkeypatch):
    """Forget after each test what it imported and where from."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(folder, name="my_task.py", *, size=1, imports=""):
    path = folder / name
    path.write_text(PROBLEM.format(size=size, imports=imports), encoding="utf-8")
    return path


def test_a_file_gives_its_problem(tmp_path):
    """`file.py` calls `problem`, `file.py:other` the function named."""
    path = write(tmp_path)
    assert ProblemSource.of(str(path)).load().name == "mine"
    assert ProblemSource.of(f"{path}:other").load().name == "other"


def test_arguments_reach_the_function(tmp_path):
    """Arguments are passed on, and are part of the text and the digest."""
    path = write(tmp_path)
    source = ProblemSource.of(str(path), {"steps": 50, "name": "long"})
    assert (source.load().steps, source.load().name) == (50, "long")
    assert source.text.endswith("my_task.py:problem(name='long', steps=50)")
    assert source.digest != ProblemSource.of(str(path)).digest


def test_a_module_gives_its_problem(tmp_path):
    """`module:function` imports as Python does."""
    write(tmp_path, "installed_task.py")
    sys.path.insert(0, str(tmp_path))
    source = ProblemSource.of("installed_task:other")
    assert source.load().name == "other"
    assert len(source.digest) == 64


def test_siblings_can_be_imported(tmp_path):
    """The file's folder is importable, as for `python file.py`."""
    (tmp_path / "sibling_of_task.py").write_text("DEPTH = 3\n", encoding="utf-8")
    path = write(tmp_path, imports="from sibling_of_task import DEPTH")
    assert ProblemSource.of(str(path)).load().name == "mine"


def test_classes_of_the_file_can_be_pickled(tmp_path):
    """What the file defines is known to pickle under the module's name."""
    path = write(tmp_path)
    net = ProblemSource.of(str(path)).load().net
    assert pickle.loads(pickle.dumps(net)) is net
    assert ProblemSource.of(str(path)).load().net is net


def test_a_file_named_like_a_module_shadows_nothing(tmp_path):
    """A problem in `statistics.py` loads, and the standard library stays what it is."""
    import statistics

    path = write(tmp_path, "statistics.py")
    problem = ProblemSource.of(str(path)).load()
    assert problem.name == "mine"
    assert sys.modules["statistics"] is statistics
    assert pickle.loads(pickle.dumps(problem.net)) is problem.net


def test_a_changed_file_is_read_again(tmp_path):
    """An edit within the same second, of the same length, is seen; the digest changes."""
    path = write(tmp_path, size=1)
    source = ProblemSource.of(str(path))
    first, digest = source.load().net.size, source.digest
    write(tmp_path, size=2)
    assert (first, source.load().net.size) == (1, 2)
    assert source.digest != digest


def test_a_problem_in_one_file_keeps_its_identity(tmp_path):
    """Studies that were begun before siblings counted go on: nothing is added to their hash."""
    path = write(tmp_path, imports="import statistics\nimport numpy\nimport lehr.errors")
    (tmp_path / "unrelated.py").write_text("LOSS = 1\n", encoding="utf-8")
    sha = hashlib.sha256(json.dumps(["file", "problem", (), (), 1]).encode())
    sha.update(path.read_bytes())
    assert ProblemSource.of(str(path)).digest == sha.hexdigest()


@pytest.mark.parametrize(
    ("imports", "helper"),
    [
        ("from own_losses import LOSS", "own_losses.py"),
        ("def loss():\n    import own_losses", "own_losses.py"),
        ("import importlib\nimportlib.import_module('own_losses')", "own_losses.py"),
        ("import own_package.losses", "own_package/losses.py"),
        ("import own_package.losses", "own_package/__init__.py"),
        ("from own_package import losses", "own_package/losses.py"),
        ("from own_package import relative", "own_package/losses.py"),
        ("import own_space.losses", "own_space/losses.py"),
        ("import own_middle", "own_losses.py"),
    ],
)
def test_a_change_of_what_the_file_imports_is_a_change_of_the_problem(tmp_path, imports, helper):
    """A sibling, a package beside it, and what those import; loaded or not, the digest is one."""
    (tmp_path / "own_package").mkdir()
    (tmp_path / "own_space").mkdir()
    places = "own_losses.py", "own_package/__init__.py", "own_package/losses.py"
    for place in (*places, "own_space/losses.py", "unrelated.py"):
        (tmp_path / place).write_text("LOSS = 1\n", encoding="utf-8")
    relative = tmp_path / "own_package" / "relative.py"
    relative.write_text("from .losses import LOSS\n", encoding="utf-8")
    (tmp_path / "own_middle.py").write_text("import own_losses\n", encoding="utf-8")
    source = ProblemSource.of(str(write(tmp_path, imports=imports)))
    digest = source.digest
    source.load()
    assert source.digest == digest
    (tmp_path / "unrelated.py").write_text("LOSS = 2\n", encoding="utf-8")
    assert source.digest == digest
    (tmp_path / helper).write_text("LOSS = 2\n", encoding="utf-8")
    assert source.digest != digest


def test_a_command_is_its_script_and_what_that_imports(tmp_path):
    """The script of a command has helpers too."""
    script = tmp_path / "train.py"
    script.write_text("import own_losses\n", encoding="utf-8")
    helper = tmp_path / "own_losses.py"
    helper.write_text("LOSS = 1\n", encoding="utf-8")
    source = ProblemSource.command(["python", str(script)])
    digest = source.digest
    helper.write_text("LOSS = 2\n", encoding="utf-8")
    assert source.digest != digest


def test_what_is_installed_below_the_folder_is_left_out(tmp_path, monkeypatch):
    """A virtual environment beside the problem is no part of it."""
    installed = tmp_path / ".venv" / "lib" / "site-packages"
    installed.mkdir(parents=True)
    package = installed / "some_library.py"
    package.write_text("LOSS = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(installed))
    source = ProblemSource.of(str(write(tmp_path, imports="import some_library")))
    digest = source.digest
    package.write_text("LOSS = 2\n", encoding="utf-8")
    assert source.digest == digest


def test_what_the_function_draws_is_the_same_in_every_process(tmp_path):
    """The global generators have a fixed seed while the function runs, and are put back.

    It is the same too where the file was imported before, and draws when it is.
    """
    import random

    source = ProblemSource.of(str(write(tmp_path, imports="DRAWN_AT_IMPORT = random.random()")))
    random.seed(5)
    first = source.load().drawn
    after = random.random()
    assert source.load().drawn == first
    assert after == random.Random(5).random()


def test_a_source_travels_to_another_process(tmp_path):
    """Sources are values: equal, hashable, picklable."""
    source = ProblemSource.of(str(write(tmp_path)), {"steps": 3})
    assert pickle.loads(pickle.dumps(source)) == source
    assert len({source, pickle.loads(pickle.dumps(source))}) == 1
    command = ProblemSource.command(["python", "train.py", "--big model"])
    assert command.text == "-- python train.py '--big model'"
    assert command.load().forkable is False


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("missing.py", "no such problem file"),
        ("missing.py:problem", "no such problem file"),
        ("no-module:problem", "neither a problem file nor a module"),
        ("", "neither a problem file nor a module"),
    ],
)
def test_a_place_that_is_none_is_refused_at_once(text, says):
    """A wrong path or name is a usage error, before anything is imported."""
    with pytest.raises(UsageError, match=says):
        ProblemSource.of(text)


def test_no_command_is_refused():
    """`lehr choose --` without a command says what to type."""
    with pytest.raises(UsageError, match="empty command"):
        ProblemSource.command([])


@pytest.mark.parametrize(
    ("function", "says"),
    [
        ("problm", "did you mean problem"),
        ("nothing", "no problem"),
        ("broken", "no such column"),
    ],
)
def test_what_is_wrong_with_the_function_is_said(tmp_path, function, says):
    """A function that is missing, gives nothing or fails is a ProblemError that says so."""
    path = write(tmp_path)
    with pytest.raises(ProblemError) as caught:
        ProblemSource.of(f"{path}:{function}").load()
    assert says in str(caught.value)


def test_arguments_it_does_not_take_are_refused(tmp_path):
    """An unknown argument names the parameters there are."""
    source = ProblemSource.of(str(write(tmp_path)), {"step": 3})
    with pytest.raises(UsageError) as caught:
        source.load()
    assert "steps=20" in str(caught.value)


def test_a_file_that_does_not_import_says_where_it_stopped(tmp_path):
    """A syntax error or a missing package is a ProblemError with the file's line."""
    path = write(tmp_path, imports="import no_such_package_at_all")
    with pytest.raises(ProblemError) as caught:
        ProblemSource.of(str(path)).load()
    assert "no_such_package_at_all" in str(caught.value)
    assert "my_task" not in sys.modules
