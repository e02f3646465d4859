from __future__ import annotations

import math
from pathlib import Path

import pytest
import tiny_problem
import torch
from landscape import Landscape

from lehr import parse
from lehr.choose import Candidate, StudyRecord, choose, plan_cost
from lehr.choose.candidate import Request
from lehr.choose.checkpoints import Checkpoints
from lehr.choose.progress import Silent
from lehr.choose.refine import FURTHER, MOST, ORDER, look_at_optimizer, refined, set_aside
from lehr.choose.segment import Segment
from lehr.choose.settings import Settings
from lehr.choose.strategies import Brief, Ranking, Round
from lehr.choose.strategies.search import REPEATED
from lehr.choose.study import drive
from lehr.choose.trainer import Memory, Trainer
from lehr.choose.tree import SegmentTree
from lehr.choose.variants import Refinable, variants
from lehr.errors import UsageError
from lehr.schedule import Plan
from lehr.training import OwnValues, ProblemSource, TorchProblem, own_values
from lehr.training.command import CommandProblem

SOURCE = ProblemSource.of(tiny_problem.__file__)
HORIZON = 1000
SGD = OwnValues(weight_decay=(0.01,), momentum=(0.9,), decay_times_lr=False, momentum_times_lr=True)
ADAMW = OwnValues(
    weight_decay=(0.0, 0.01), momentum=(0.9,), decay_times_lr=True, momentum_times_lr=False
)
FRONT = Candidate(Plan.of(parse('warmup("5%") >> hold() >> linear("40%")')), 0.1)


class Tunable(Landscape):
    """A landscape on which some words of a plan's text make the loss better."""

    def __init__(self, *better: str) -> None:
        super().__init__()
        self.better = better

    def loss(self, segment: Segment, step: int) -> float:
        found = sum(word in segment.multipliers.plan for word in self.better)
        return super().loss(segment, step) * 0.9**found


class Lucky(Landscape):
    """A landscape on which a longer warmup makes the loss better on some seeds alone."""

    def __init__(self, *factors: float) -> None:
        super().__init__()
        self.factors = dict(zip((0, *range(REPEATED, REPEATED + FURTHER)), factors, strict=True))

    def loss(self, segment: Segment, step: int) -> float:
        longer = 'warmup("10%")' in segment.multipliers.plan
        return super().loss(segment, step) * (self.factors[segment.seed] if longer else 1)


def refine_on(
    executor: Landscape,
    *names: Refinable,
    front: Candidate = FRONT,
    own: OwnValues = SGD,
    lr_range: tuple[float, float] | None = None,
) -> tuple[Ranking, Trainer]:
    tree = SegmentTree([front.plan], horizon=HORIZON, marks=[HORIZON], evaluate_every=100)
    trainer = Trainer(
        tree,
        store=Memory(),
        checkpoints=Checkpoints(Path("none")),
        executor=executor,
        objective="val_loss",
        quota=None,
        progress=Silent(),
    )
    searched = Request(candidate=front, seed=0, until=HORIZON, stage="full")
    trainer.train(Round(name="full", requests=(searched,), alive=frozenset()))
    brief = Brief(
        horizon=HORIZON,
        budget=5.5,
        mode="min",
        baseline=front,
        lr_range=lr_range,
        seed=0,
        cost=trainer.ledger.cost,
    )
    rounds = refined(Ranking(candidates=(front,)), names=names, own=own, brief=brief)
    return drive(rounds, trainer.train), trainer


def test_each_accepted_change_is_the_start_of_the_next() -> None:
    """Where a longer warmup, a floor and more decay all help, the front-runner has all three."""
    executor = Tunable('warmup("10%")', "final=0.1", "weight_decay=constant(4)")
    ranking, trainer = refine_on(executor, *ORDER)
    assert ranking.candidates[0].plan.texts() == {
        "lr": 'warmup("10%") >> hold() >> linear("40%", final=0.1)',
        "weight_decay": "constant(4)",
    }
    assert ranking.candidates[1] == FRONT
    assert trainer.ledger.spent <= 1 + set_aside(ORDER, budget=100, besides=12)


@pytest.mark.parametrize(
    ("factors", "accepted", "runs"),
    [
        ((0.9, 1.2, 0.5), False, 1 + 2 + 2),
        ((0.8, 1.1, 1.2), False, 1 + 2 + 4),
        ((0.8, 1.1, 1.0), True, 1 + 2 + 4),
    ],
)
def test_what_was_better_by_luck_changes_nothing(
    factors: tuple[float, ...], accepted: bool, runs: int
) -> None:
    """A variant takes the place if it is better on the mean over every number of seeds so far."""
    ranking, trainer = refine_on(Lucky(*factors), "warmup")
    assert (ranking.candidates[0] != FRONT) == accepted
    assert trainer.ledger.spent == runs


def test_what_is_set_aside_is_what_accepting_everything_costs() -> None:
    """The bound is reached where every variant is accepted, but for what a floor shares."""
    executor = Tunable('warmup("10%")', "weight_decay=constant(4)", "momentum=absolute")
    _, trainer = refine_on(executor, "warmup", "weight_decay", "momentum")
    names: tuple[Refinable, ...] = ("warmup", "weight_decay", "momentum")
    assert trainer.ledger.spent == 1 + set_aside(names, budget=100, besides=12)


def test_what_is_not_better_changes_nothing() -> None:
    """On a landscape that does not care, the front-runner stays, and ties do not replace it."""
    ranking, _ = refine_on(Landscape(FRONT.peak_lr), *ORDER)
    assert ranking.candidates == (FRONT,)
    assert ranking.remarks == ()


def test_a_floor_shares_everything_before_the_decay() -> None:
    """A floor under a cooldown of 40 % costs 40 % of a run."""
    _, trainer = refine_on(Landscape(FRONT.peak_lr), "floor")
    assert trainer.ledger.spent == pytest.approx(1.4)


def test_what_cannot_be_varied_is_said() -> None:
    """A schedule without warmup, one that ends above 0, or a warmup that fills half the run."""
    late = Candidate(Plan.of(parse('hold("50%") >> cosine(final=0.2)')), 0.1)
    ranking, trainer = refine_on(Landscape(), "warmup", "floor", front=late)
    assert [remark.split(":")[0] for remark in ranking.remarks] == [
        "warmup was refined not at all",
        "floor was refined not at all",
    ]
    assert trainer.ledger.spent == 1
    long = Candidate(Plan.of(parse('warmup("50%") >> linear()')), 0.1)
    ranking, _ = refine_on(Landscape(), "warmup", front=long)
    assert ranking.remarks[0].startswith("warmup was refined in one direction only")


def test_the_peak_goes_with_what_the_optimizer_couples_to_it() -> None:
    """AdamW: half the way that keeps lr × decay. SGD: lr/(1 − momentum) stays. Adam's beta1: no."""

    def peaks(name: Refinable, own: OwnValues) -> list[float]:
        return [variant.peak_lr for variant in variants(name, FRONT, own)]

    assert peaks("weight_decay", ADAMW) == [0.2, 0.05]
    assert peaks("weight_decay", SGD) == [0.1, 0.1]
    assert peaks("momentum", SGD) == [0.05, 0.2]
    assert peaks("momentum", ADAMW) == [0.1, 0.1]
    texts = [variant.plan.texts()["momentum"] for variant in variants("momentum", FRONT, SGD)]
    assert texts == ["absolute(constant(0.95))", "absolute(constant(0.8))"]


def test_a_range_of_lrs_is_kept_by_variants_too() -> None:
    """A variant whose peak lr would leave the user's range is left out, and that is said."""
    executor = Landscape(0.1)
    ranking, _ = refine_on(executor, "weight_decay", own=ADAMW, lr_range=(0.08, 1.0))
    assert min(segment.peak_lr for segment in executor.trained) >= 0.08
    assert "in one direction only" in ranking.remarks[0]


def test_a_plan_keeps_what_it_schedules_itself() -> None:
    """A plan with a momentum or a weight decay of its own is not overruled."""
    plan = parse("Plan(lr=linear(), betas=linear(start=0.5, final=1), weight_decay=cosine())")
    mine = Candidate(Plan.of(plan), 0.1)
    assert variants("momentum", mine, ADAMW) == variants("weight_decay", mine, ADAMW) == ()


@pytest.mark.parametrize("text", ["wsd()", 'warmup("7%") >> cosine()', "warmup(3) >> rex()"])
@pytest.mark.parametrize("name", ORDER)
def test_variants_are_schedules_that_can_be_read_back(text: str, name: Refinable) -> None:
    """A refined plan's text in `decision.json` is the plan; no variant is made by half."""
    front = Candidate(Plan.of(parse(text)), 0.1)
    found = variants(name, front, SGD)
    assert len(found) == MOST[name]
    for variant in found:
        assert Plan.of(parse(repr(variant.plan))) == variant.plan
        assert math.isfinite(variant.plan.over(HORIZON).multipliers().values["lr"].max())


def test_own_values_are_the_optimizers() -> None:
    """What is varied starts from what the optimizer holds, coupled as its update couples it."""
    tiny = tiny_problem.problem()
    assert own_values(tiny) == OwnValues(
        weight_decay=(0.0,), momentum=(0.9,), decay_times_lr=False, momentum_times_lr=True
    )
    members = ("name", "model", "loss", "train", "evaluate", "steps", "objective", "baseline")
    other = TorchProblem(
        **{name: getattr(tiny, name) for name in members},
        optimizer=lambda params, lr: torch.optim.AdamW(params, lr=lr, weight_decay=0.05),
    )
    assert own_values(other) == OwnValues(
        weight_decay=(0.05,), momentum=(0.9,), decay_times_lr=True, momentum_times_lr=False
    )


def refined_study(directory: Path, **settings: object) -> StudyRecord:
    return choose(SOURCE, directory=directory, executor="serial", **settings)  # type: ignore[arg-type] # forwarded as they are


def test_a_study_refines_as_foreseen(tmp_path: Path) -> None:
    """A study goes on from one without: same search, a stage of its own, confirmed, in the plan.

    The same again, and by other workers, is the same record.
    """
    plain = refined_study(tmp_path / "one", budget=5.5).decision
    budget = 21
    names: tuple[Refinable, ...] = ("floor", "momentum")
    study = refined_study(tmp_path / "one", budget=budget, refine=names)
    decision = study.decision
    assert decision.cost_full_runs.search == plain.cost_full_runs.search
    assert decision.cost_full_runs.total <= budget
    stages = [run.stage for run in decision.runs]
    plan = plan_cost(SOURCE, budget=budget, refine=names)
    foreseen = {stage.stage: stage for stage in plan.stages}
    assert foreseen["refine"].runs == 3 + FURTHER * 3
    assert 3 <= stages.count("refine") <= foreseen["refine"].runs
    assert 0 < decision.cost_full_runs.refine <= foreseen["refine"].full_runs
    losses: dict[tuple[str, float], dict[int, float]] = {}
    for run in decision.runs:
        if run.steps == decision.horizon and run.objective is not None:
            losses.setdefault((str(run.plan), run.peak_lr), {})[run.seed] = run.objective
    met = {0, *range(REPEATED, REPEATED + FURTHER)}
    sums = {one: sum(own[seed] for seed in met) for one, own in losses.items() if met <= own.keys()}
    searched = {one: own[0] for one, own in losses.items() if 0 in own and "0.1" not in one[0]}
    front = next(run for run in decision.runs if run.stage == "confirm")
    best = min(sums or searched, key=lambda one: (sums or searched)[one])
    assert (str(front.plan), front.peak_lr) == best
    assert "--refine floor momentum" in study.command
    assert refined_study(tmp_path / "one", budget=budget, refine=names) == study
    other = choose(
        SOURCE,
        directory=tmp_path / "two",
        budget=budget,
        refine=names,
        executor="processes",
        workers=2,
    )
    assert other == study


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"refine": ("lr",)}, "not known"),
        ({"refine": ORDER}, "--budget 29"),
        ({"budget": 18, "refine": ("weight_decay",)}, "no weight_decay to vary"),
    ],
)
def test_a_refinement_that_cannot_be_is_refused(
    tmp_path: Path, settings: dict[str, object], told: str
) -> None:
    """An unknown name, too small a budget, a weight decay of 0: said before anything is trained."""
    with pytest.raises(UsageError, match=told):
        refined_study(tmp_path, **settings)


def test_an_optimizer_that_cannot_be_seen_is_said() -> None:
    """A user's own script keeps its optimizer to itself: warmup and floor are what is left."""
    script = CommandProblem.__new__(CommandProblem)
    assert look_at_optimizer(script, ("warmup", "floor")) is None
    with pytest.raises(UsageError, match="--refine warmup floor"):
        look_at_optimizer(script, ("momentum",))


def test_the_line_to_type_names_what_was_refined() -> None:
    """Each once, in the order in which they are varied."""
    settings = Settings(refine=("floor", "warmup", "floor"))
    assert settings.command(["digits"]) == "lehr choose digits --refine warmup floor"
