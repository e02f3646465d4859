import sys
from pathlib import Path

from lehr import constant, parse
from lehr.schedule import Plan
from lehr.training import ProblemSource, preflight

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_my_problem_is_sound():
    """The file of the five-minute path passes preflight, and learns."""
    declared = ProblemSource.of(str(EXAMPLES / "my_problem.py")).load()
    assert set(preflight(declared, 0).metrics) == {"val_loss", "test_loss"}
    run = declared.start(0)
    before = run.evaluate()["val_loss"]
    run.advance(Plan.of(constant()).over(declared.steps).multipliers(0, 50), declared.baseline[1])
    assert run.evaluate()["val_loss"] < 0.5 * before


def test_script_takes_part():
    """The training script declares what it would train with, and trains what it is told to."""
    declared = ProblemSource.command([sys.executable, str(EXAMPLES / "train.py")]).load()
    assert declared.steps == 600
    assert declared.objective == "val_loss"
    assert declared.baseline == (repr(parse("warmup('5%') >> cosine()")), 1e-3)
    run = declared.start(0)
    losses = run.advance(Plan.of(constant()).over(600).multipliers(0, 60), 1e-2)
    assert len(losses) == 60
    assert run.evaluate()["accuracy"] > 0.5
