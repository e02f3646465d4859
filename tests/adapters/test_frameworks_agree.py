"""One definition gives the same numbers in every framework, at every step."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import keras
import lightning.pytorch as lightning
import numpy as np
import optax
import pytest
import torch
from transformers import Trainer, TrainingArguments

from lehr.adapters import lightning as on_lightning
from lehr.adapters import optax as on_optax
from lehr.adapters import transformers as on_transformers
from lehr.adapters.keras import Scheduled
from lehr.adapters.torch import Scheduler
from lehr.schedule import Plan, absolute, cosine, hold, linear, multi_step, warmup

# Lightning's advice about workers and its own file formats is not about what is tested here.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*does not have many workers", "ignore:.*LeafSpec", "ignore:__array__ implementation"
)

HORIZON = 12
OWN = {"lr": 0.3, "momentum": 0.9, "weight_decay": 0.05}
PLANS = [
    Plan(
        lr=warmup("25%") >> hold() >> cosine("30%", final=0.1),
        momentum=absolute(linear("50%", start=0.95, final=0.85) >> hold()),
        weight_decay=linear(final=0.2),
    ),
    Plan(
        lr=warmup(2, reach="next") >> cosine(5).repeat(2, shrink=0.5),
        momentum=cosine(final=0.9),
        weight_decay=multi_step([4, 8], factor=0.5),
    ),
]
Used = list[dict[str, float]]


class Recorder(torch.optim.AdamW):
    """Keeps what every update was made with."""

    def __init__(self, parameters, used: Used) -> None:
        super().__init__(parameters, lr=OWN["lr"], betas=(0.9, 0.99), weight_decay=0.05)
        self.used = used

    def step(self, closure=None):
        group = self.param_groups[0]
        decay = group["weight_decay"]
        self.used.append({"lr": group["lr"], "momentum": group["betas"][0], "weight_decay": decay})
        return super().step(closure)


class Learner(lightning.LightningModule):
    """One weight and a loss, for Lightning and the Trainer."""

    def __init__(self, plan: Plan | None = None, used: Used | None = None) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
        self.plan, self.used = plan, used

    def forward(self, x):
        return {"loss": self.layer(x).square().mean()}

    def training_step(self, batch, _):
        return self(**batch)["loss"]

    def configure_optimizers(self):
        optimizer = Recorder(self.parameters(), self.used)
        return on_lightning.configuration(optimizer, self.plan, horizon=HORIZON)


DATA = [{"x": torch.ones(1)}] * HORIZON


def with_torch(plan: Plan) -> Used:
    used: Used = []
    learner = Learner()
    optimizer = Recorder(learner.parameters(), used)
    scheduler = Scheduler(optimizer, plan, horizon=HORIZON)
    for batch in DATA:
        learner(**batch)["loss"].backward()
        optimizer.step()
        scheduler.step()
    return used


def with_trainer(plan: Plan, folder) -> Used:
    used: Used = []
    learner = Learner()
    pair = on_transformers.optimizers(Recorder(learner.parameters(), used), plan, horizon=HORIZON)
    quiet = {"report_to": "none", "use_cpu": True, "disable_tqdm": True, "save_strategy": "no"}
    args = TrainingArguments(
        folder,
        num_train_epochs=1,
        per_device_train_batch_size=1,
        dataloader_pin_memory=False,
        **quiet,
    )
    Trainer(learner, args, train_dataset=DATA, optimizers=pair).train()
    return used


def with_lightning(plan: Plan, folder) -> Used:
    used: Used = []
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False}
    trainer = lightning.Trainer(
        max_epochs=1,
        accelerator="cpu",
        enable_checkpointing=False,
        default_root_dir=folder,
        **quiet,
    )
    trainer.fit(Learner(plan, used), torch.utils.data.DataLoader(DATA))
    return used


def with_optax(plan: Plan) -> Used:
    own = {"learning_rate": OWN["lr"], "b1": OWN["momentum"], "weight_decay": OWN["weight_decay"]}
    optimizer = on_optax.inject(optax.adamw, plan, horizon=HORIZON, **own)
    params = jnp.ones(1)
    state = optimizer.init(params)
    update = jax.jit(optimizer.update)
    used: Used = []
    for _ in range(HORIZON):
        _, state = update(params, state, params)
        now = state.hyperparams
        used.append({name: float(now[key]) for name, key in zip(OWN, own, strict=True)})
    return used


def with_keras(plan: Plan) -> Used:
    """Run one compiled update after the other; the weights are what the update was made with."""

    class Told(keras.optimizers.Optimizer):
        def __init__(self) -> None:
            super().__init__(OWN["lr"], weight_decay=OWN["weight_decay"])
            self.beta_1 = OWN["momentum"]

        def update_step(self, gradient, variable, learning_rate):  # noqa: ARG002 - Keras's signature
            numbers = (learning_rate, self.beta_1, self.weight_decay)
            variable.assign(keras.ops.stack([keras.ops.cast(n, "float32") for n in numbers]))

        def _apply_weight_decay(self, variables) -> None:
            """Leave the weights alone: they hold the numbers."""

    class Three(keras.layers.Layer):
        def build(self, _):
            self.numbers = self.add_weight(shape=(3,))

        def call(self, x):
            return x * keras.ops.sum(self.numbers)

    model = keras.Sequential([keras.Input((1,)), Three()])
    model.compile(Scheduled(Told(), plan, horizon=HORIZON), "mse")
    used: Used = []
    note = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: used.append(
            dict(zip(OWN, map(float, model.get_weights()[0]), strict=True))
        )
    )
    ones = np.ones((1, 1), "float32")
    model.fit(ones, ones, epochs=HORIZON, verbose=0, callbacks=[note])
    return used


def with_keras_on_jax() -> list[Used]:
    """Run `with_keras` in a process of its own, for all plans."""
    code = (
        "import importlib.util, json\n"
        f"spec = importlib.util.spec_from_file_location('agree', {__file__!r})\n"
        "agree = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(agree)\n"
        "assert agree.keras.backend.backend() == 'jax'\n"
        "print(json.dumps([agree.with_keras(plan) for plan in agree.PLANS]))\n"
    )
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4_000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_all_frameworks_use_the_same_numbers(tmp_path) -> None:
    """Learning rate, momentum and weight decay of every update, to the rounding of float32."""
    for plan, on_jax in zip(PLANS, with_keras_on_jax(), strict=True):
        bound = plan.over(HORIZON)
        own = {name: 1.0 if name in bound.absolute else OWN[name] for name in OWN}
        expected = [[own[name] * bound.schedules[name](t) for name in OWN] for t in range(HORIZON)]
        found = {
            "torch": with_torch(plan),
            "Trainer": with_trainer(plan, tmp_path),
            "Lightning": with_lightning(plan, tmp_path),
            "optax": with_optax(plan),
            "keras on torch": with_keras(plan),
            "keras on jax": on_jax,
        }
        for framework, used in found.items():
            numbers = [[row[name] for name in OWN] for row in used]
            np.testing.assert_allclose(
                numbers, expected, rtol=1e-6, atol=1e-8, err_msg=f"{framework}: {plan}"
            )
