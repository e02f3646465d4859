"""Converted schedules, executed by the frameworks they were written for."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lehr import Plan, Schedule, parse
from lehr.catalog import RECIPES, ports
from lehr.catalog.convert import FRAMEWORKS, Conversion, convert
from lehr.errors import ScheduleError

HORIZON, PEAK = 60, 3e-3
RUN = np.arange(HORIZON)

Kinds = dict[str, str]
NATIVE, FORMULA, TABLE = "native", "formula", "table"

KINDS: dict[str, tuple[str, str, str, str]] = {
    # schedule: torch (and Lightning), keras, optax, transformers
    "constant()": (NATIVE, NATIVE, NATIVE, NATIVE),
    "linear()": (NATIVE, NATIVE, NATIVE, NATIVE),
    "cosine(final=0.1)": (NATIVE, NATIVE, NATIVE, NATIVE),
    "polynomial(power=2)": (NATIVE, NATIVE, NATIVE, NATIVE),
    "exponential(0.9, every=3)": (NATIVE, NATIVE, NATIVE, FORMULA),
    "step(7)": (NATIVE, NATIVE, NATIVE, FORMULA),
    "multi_step([20, 40])": (NATIVE, NATIVE, NATIVE, FORMULA),
    "power_law(10, power=1)": (FORMULA, NATIVE, FORMULA, FORMULA),
    "inverse_sqrt(10, reach='next')": (FORMULA, FORMULA, FORMULA, NATIVE),
    "warmup(10, reach='next') >> hold()": (FORMULA, FORMULA, NATIVE, NATIVE),
    "warmup(10, reach='next') >> cosine()": (FORMULA, NATIVE, NATIVE, NATIVE),
    "warmup(10) >> cosine()": (NATIVE, FORMULA, NATIVE, FORMULA),
    "warmup(10, start=0.1, reach='next') >> linear()": (NATIVE, FORMULA, NATIVE, FORMULA),
    "warmup(10, reach='next') >> hold() >> decay(20)": (FORMULA, FORMULA, FORMULA, NATIVE),
    "wsd(shape='cosine')": (NATIVE, FORMULA, NATIVE, FORMULA),
    "one_cycle()": (FORMULA, FORMULA, NATIVE, FORMULA),
    "cosine(20).repeat()": (NATIVE, NATIVE, FORMULA, NATIVE),
    "cosine(8).repeat(stretch=2)": (NATIVE, NATIVE, TABLE, TABLE),
    "triangular(5, 10, low=0.1).repeat()": (NATIVE, FORMULA, FORMULA, FORMULA),
    "(cosine(20, final=0.2) >> cosine(20, final=1)).repeat()": (NATIVE, FORMULA, FORMULA, FORMULA),
    "rex() * exponential(0.99)": (FORMULA, FORMULA, FORMULA, FORMULA),
    "(0.5 * cosine()).clip(min=0.1)": (FORMULA, FORMULA, FORMULA, FORMULA),
    "minimum(linear(), constant(0.7))": (FORMULA, FORMULA, FORMULA, FORMULA),
    "linear(30).repeat(shrink=0.5)": (FORMULA, FORMULA, FORMULA, FORMULA),
    "cosine().repeat(3, stretch=1.5)": (TABLE, TABLE, TABLE, TABLE),
}


def optimizer() -> Any:
    import torch

    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=PEAK)


def stepped(scheduler: Any) -> list[float]:
    """What every update of a run uses."""
    lrs: list[float] = []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Detected call of `lr_scheduler.step")  # none trains
        for _ in RUN:
            lrs.append(scheduler.optimizer.param_groups[0]["lr"])
            scheduler.step()
    return lrs


def run_torch(code: str) -> list[float]:
    scope: dict[str, Any] = {"optimizer": optimizer()}
    exec(code, scope)
    return stepped(scope["scheduler"])


def run_lightning(code: str) -> list[float]:
    import torch

    scope: dict[str, Any] = {}
    exec(code, scope)
    made = scope["configure_optimizers"](torch.nn.Linear(1, 1))
    config = made["lr_scheduler"]
    assert (config["interval"], config["frequency"]) == ("step", 1)
    assert config["scheduler"].optimizer is made["optimizer"]
    return stepped(config["scheduler"])


def run_optax(code: str) -> list[float]:
    import jax

    with jax.enable_x64(True):
        scope: dict[str, Any] = {}
        exec(code, scope)
        schedule = scope["learning_rate"]
        value = jax.jit(jax.vmap(lambda t: 0.0 * t + schedule(t)))(jax.numpy.arange(HORIZON))
        return np.asarray(value).tolist()


def run_keras(code: str) -> list[float]:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    scope: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "__array__ implementation")  # numpy 2's, in Keras
        exec(code, scope)
        schedule = scope["learning_rate"]
        assert type(schedule).from_config(schedule.get_config())
        optimizer = keras.optimizers.SGD(schedule)
        lrs: list[float] = []
        for _ in RUN:
            lrs.append(float(keras.ops.convert_to_numpy(optimizer.learning_rate)))
            optimizer.iterations.assign_add(1)
    return lrs


RUNNERS: dict[str, tuple[Callable[[str], list[float]], float]] = {
    "torch": (run_torch, 1e-10),
    "lightning": (run_lightning, 1e-10),
    "transformers": (run_torch, 1e-12),
    "optax": (run_optax, 1e-12),
    "keras": (run_keras, 1e-5),  # single precision
}


def read(text: str) -> Schedule:
    schedule = parse(text)
    assert isinstance(schedule, Schedule)
    return schedule


def executed(made: Conversion, schedule: Schedule) -> None:
    """Run the code, and hold every lr to the schedule's."""
    run, tolerance = RUNNERS[made.framework]
    expected = made.peak_lr * schedule.over(HORIZON).values()
    difference = np.abs(np.array(run(made.code)) - expected).max()
    assert difference <= tolerance * PEAK, made.code


@pytest.mark.parametrize("text", KINDS)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_code_is_the_schedule(text: str, framework: str) -> None:
    """What is pasted gives the schedule's lr at every step, and is as short as it can be."""
    schedule = read(text)
    made = convert(schedule, framework, horizon=HORIZON, peak_lr=PEAK)
    column = {"keras": 1, "optax": 2, "transformers": 3}.get(framework, 0)
    assert made.kind == KINDS[text][column]
    executed(made, schedule)


@pytest.mark.parametrize("framework", ["torch", "optax", "keras", "transformers"])
def test_ports_find_their_way_back(framework: str) -> None:
    """A port of a framework's scheduler converts to something that runs the same there."""
    library = {"torch": ports.torch, "optax": ports.optax, "keras": ports.keras}.get(
        framework, ports.transformers
    )
    warm = {"base_lr": PEAK, "num_warmup_steps": 6, "num_training_steps": HORIZON}
    calls: dict[str, list[tuple[str, dict[str, Any]]]] = {
        "torch": [
            ("OneCycleLR", {"max_lr": PEAK, "total_steps": HORIZON}),
            ("CyclicLR", {"base_lr": 0.0, "max_lr": PEAK, "step_size_up": 9}),
            ("CosineAnnealingLR", {"base_lr": PEAK, "T_max": 9}),
        ],
        "optax": [("cosine_decay_schedule", {"init_value": PEAK, "decay_steps": 60})],
        "keras": [
            ("PiecewiseConstantDecay", {"boundaries": [9, 30], "values": [PEAK, 1e-3, 0.0]}),
            ("CosineDecayRestarts", {"initial_learning_rate": PEAK, "first_decay_steps": 9}),
        ],
        "transformers": [(name, warm) for name in ("linear", "cosine", "polynomial")],
    }
    for name, arguments in calls[framework]:
        port = library(name, **arguments)
        made = convert(port.schedule, framework, horizon=HORIZON, peak_lr=port.peak_lr)
        assert made.kind == "native"
        assert name in made.code
        executed(made, port.schedule)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_every_recipe_converts(recipe: Any) -> None:
    """Each example of the catalog becomes code that compiles, in every dialect."""
    for text in recipe.examples:
        schedule = parse(text)
        lr = schedule.schedules["lr"] if isinstance(schedule, Plan) else schedule
        if text.startswith("absolute") or str(lr).startswith("absolute"):
            continue
        for framework in ("torch", "optax", "keras"):  # the others are torch with other lines
            made = convert(lr, framework, horizon=1_000, peak_lr=0.1)
            compile(made.code, text, "exec")
            if made.kind == "formula":
                body = made.code.split("\n\n\n")[1]
                assert len([line for line in body.splitlines() if line.strip()]) <= 18
            assert "t / 1)" not in made.code


def test_lightning_trains_with_it() -> None:
    """A LightningModule that pastes the code uses the schedule's lr at every update."""
    import lightning
    import torch

    schedule = read("warmup(5) >> cosine()")
    code = convert(schedule, "lightning", horizon=20, peak_lr=PEAK).code
    scope: dict[str, Any] = {}
    exec(code, scope)
    used: list[float] = []

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(1, 1)

        def training_step(self, batch: Any) -> Any:
            used.append(self.trainer.optimizers[0].param_groups[0]["lr"])
            return self.layer(batch[0]).mean()

        configure_optimizers = scope["configure_optimizers"]

    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(5, 1)))
    trainer = lightning.Trainer(
        max_steps=20,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning's about workers and hardware
        trainer.fit(Module(), data)
    np.testing.assert_allclose(used, PEAK * schedule.over(20).values(), atol=1e-10 * PEAK)


def test_what_cannot_be_converted_is_said() -> None:
    """An absolute schedule, an unknown framework, and a table longer than anybody wants."""
    with pytest.raises(ScheduleError, match="absolute"):
        convert(read("absolute(linear())"), "torch", horizon=10)
    with pytest.raises(ScheduleError, match="did you mean torch") as found:
        convert(read("linear()"), "torhc", horizon=10)
    assert found.value.fix
    with pytest.raises(ScheduleError, match="too long"):
        convert(read("cosine().repeat(3, stretch=1.5)"), "torch", horizon=10**6)


def test_past_the_run_is_a_remark() -> None:
    """Where the framework's scheduler goes on after the run, the reader is told."""
    rising = convert(read("cosine()"), "torch", horizon=100)
    assert any("does not: stop there" in remark for remark in rising.remarks)
    held = convert(read("cosine()"), "optax", horizon=100)
    assert not any("stop there" in remark for remark in held.remarks)
    assert json.dumps(rising.remarks)
