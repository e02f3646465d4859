from __future__ import annotations

from pathlib import Path

import accuracy_problem

from lehr.choose import choose
from lehr.report.build import build
from lehr.report.page import page
from lehr.training import ProblemSource


def test_an_accuracy_is_selected_on_and_a_test_metric_never_is(tmp_path: Path) -> None:
    """The largest accuracy wins though the test metric is then the smallest, which is recorded."""
    source = ProblemSource.of(accuracy_problem.__file__)
    study = choose(source, directory=tmp_path, executor="serial", budget=6)
    decision = study.decision
    assert (decision.objective, decision.mode) == ("accuracy", "max")
    ends = {
        (curve.schedule, curve.peak_lr): curve
        for curve in study.curves
        if curve.seed == 0 and curve.metric_steps[-1:] == [decision.horizon]
    }
    reached = {run: curve.metrics["accuracy"][-1] for run, curve in ends.items()}
    assert len(set(reached.values())) > 1
    assert reached[decision.schedule, decision.peak_lr] == max(reached.values())
    for curve in ends.values():
        pairs = zip(curve.metrics["accuracy"], curve.metrics["test_accuracy"], strict=True)
        assert all(test == 1 - accuracy for accuracy, test in pairs)
    shown = page(build(study))
    assert "never selected on: test_accuracy" in shown
    assert "accuracy to expect" in shown
