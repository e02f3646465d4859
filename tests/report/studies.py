"""Studies made by hand that look like real ones: a dozen candidates, noise, a diverged run."""

from __future__ import annotations

import math

import numpy as np

from lehr.choose.decision import (
    CandidateRecord,
    Cost,
    Curve,
    Decision,
    Expected,
    Gain,
    RunRecord,
    Sharing,
    StudyRecord,
)

HORIZON = 2000
LINEAR = 'warmup("5%") >> linear()'
WSD = 'warmup("5%") >> hold() >> linear("20%")'
REX = 'warmup("5%") >> rex()'
COSINE = 'warmup("5%") >> cosine()'
BEST_AT = {LINEAR: 0.13, WSD: 0.07, REX: 0.11, COSINE: 0.12}
BEST = {LINEAR: 0.142, WSD: 0.151, REX: 0.144, COSINE: 0.148}


def candidate(schedule: str, peak_lr: float) -> CandidateRecord:
    return CandidateRecord(plan={"lr": schedule}, schedule=schedule, peak_lr=peak_lr)


def curve(schedule: str, peak_lr: float, seed: int, until: int, stage: str) -> Curve:
    """A run whose loss falls the faster, the nearer its peak lr is to the schedule's best."""
    random = np.random.default_rng([seed, round(1e6 * peak_lr), len(schedule)])
    distance = math.log2(peak_lr / BEST_AT[schedule])
    final = BEST[schedule] * (1 + 0.035 * distance**2) * (1 + 0.012 * random.standard_normal())
    diverged = peak_lr > 2
    steps = np.arange(0, until, 5)
    speed = 0.75 + 0.1 * distance - 0.05 * distance**2
    losses = final * 0.8 + (2.3 - final) / (1 + steps / 12.0) ** max(speed, 0.2)
    losses *= np.exp(0.13 * random.standard_normal(len(steps)))
    evaluated = np.unique([*range(100, until + 1, 100), until])
    metrics = final + (2.2 - final) / (1 + evaluated / 12.0) ** max(speed, 0.2)
    metrics -= (2.2 - final) / (1 + HORIZON / 12.0) ** max(speed, 0.2)
    metrics *= np.exp(0.004 * random.standard_normal(len(evaluated)))
    values = [float(value) for value in losses]
    if diverged:
        stop = int(40 * 6.4 / peak_lr)
        steps, evaluated, metrics = steps[:stop], evaluated[:1], metrics[:1]
        values = [float(2.3 * math.exp(0.06 * place)) for place in range(stop - 1)]
    return Curve(
        plan={"lr": schedule},
        schedule=schedule,
        peak_lr=peak_lr,
        seed=seed,
        stage=stage,
        diverged=diverged,
        loss_steps=[int(step) for step in steps],
        losses=[*values, None] if diverged else values,
        metric_steps=[int(step) for step in evaluated],
        metrics={
            "val_loss": [float(value) for value in metrics],
            "accuracy": [1 - 0.3 * float(value) for value in metrics],
        },
    )


def curves() -> list[Curve]:
    race = [(LINEAR, 0.1 * 4**rung, 200, "bracket") for rung in (-3, -2, 0.5, 1, 2, 3)]
    race += [(LINEAR, 0.05, 700, "race shape"), (REX, 0.05, 700, "race shape")]
    race += [(LINEAR, 0.1, 2000, "full"), (REX, 0.1, 2000, "full"), (WSD, 0.05, 2000, "full")]
    race += [(WSD, 0.1, 700, "race shape"), (LINEAR, 0.2, 700, "race shape")]
    searched = [curve(schedule, lr, 0, until, stage) for schedule, lr, until, stage in race]
    field = [(LINEAR, 0.1), (COSINE, 0.1), (REX, 0.1)]
    fresh = [
        curve(schedule, lr, seed, HORIZON, "confirm")
        for seed in (1001, 1002, 1003)
        for schedule, lr in field
    ]
    return [*searched, *fresh]


def run(line: Curve) -> RunRecord:
    return RunRecord(
        plan=line.plan,
        schedule=line.schedule,
        peak_lr=line.peak_lr,
        seed=line.seed,
        stage=line.stage,
        steps=line.metric_steps[-1],
        objective=None if line.diverged else line.metrics["val_loss"][-1],
        diverged=line.diverged,
    )


def lost(
    schedule: str, *seeds: int, diverged: bool = True, target: bool = False
) -> list[RunRecord]:
    """The runs of the study, of which some of a schedule on fresh seeds gave nothing to compare."""
    runs = [run(line) for line in curves()]
    if target:
        runs = [one.model_copy(update={"metric": one.objective}) for one in runs]
    nothing = {"objective": None, "metric": None, "diverged": diverged}
    return [
        one.model_copy(update=nothing)
        if (one.stage, one.schedule) == ("confirm", schedule) and one.seed in seeds
        else one
        for one in runs
    ]


def study(verdict: str = "chosen", **changes: object) -> StudyRecord:
    """A finished study of each verdict; `changes` replace fields of its decision."""
    lines = curves()
    linear, cosine, rex = candidate(LINEAR, 0.1), candidate(COSINE, 0.1), candidate(REX, 0.1)
    decision = Decision(
        problem="digits",
        **linear.model_dump(),
        horizon=HORIZON,
        objective="val_loss",
        mode="min",
        expected=Expected(mean=0.1427, low=0.1391, high=0.1464, seeds=3),
        baseline=cosine,
        runner_up=rex,
        gain_over_baseline=Gain(mean=0.0412, low=0.0137, high=0.0679, unit="relative", pairs=3),
        gain_over_runner_up=Gain(mean=0.0131, low=-0.0094, high=0.035, unit="relative", pairs=3),
        verdict="chosen",
        advice="the gain over the baseline holds on fresh seeds; "
        "the runner-up cannot be told from the choice at this budget",
        expected_regret=0.012,
        cost_full_runs=Cost(search=2.8, confirm=8.4, total=11.2),
        runs=[run(line) for line in lines],
        weights="checkpoints/3f9a",
        seed=0,
        threads=1,
        versions={"lehr": "0.1.0", "python": "3.11.2", "torch": "2.13.0", "numpy": "2.4.6"},
    )
    by_verdict = {
        "chosen": {},
        "indistinguishable": {
            "gain_over_baseline": Gain(
                mean=0.0062, low=-0.0111, high=0.0231, unit="relative", pairs=3
            ),
            "advice": "not distinguishable from the baseline at this budget; "
            "about 26 paired seeds would separate them",
        },
        "no_winner": {
            **cosine.model_dump(),
            "runner_up": linear,
            "gain_over_baseline": None,
            "gain_over_runner_up": Gain(
                mean=0.0212, low=0.0047, high=0.0379, unit="relative", pairs=3
            ),
            "advice": "the baseline is better on fresh seeds: keep it",
        },
    }
    fields = {"verdict": verdict, **by_verdict[verdict], **changes}
    return StudyRecord(
        decision=decision.model_copy(update=fields),
        curves=lines,
        sharing=Sharing(runs=len(lines), segments=104, steps_trained=22_400, steps_of_runs=31_700),
        warnings=["two of the peak lrs of the bracket diverged"],
        command="lehr choose digits --budget 12",
    )
