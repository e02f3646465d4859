"""What a run's checkpoint holds is all there is: continuing from it is not stopping."""

from __future__ import annotations

import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_problem import (
    HORIZON,
    PLAN,
    X,
    Y,
    augmented,
    classification_loss,
    network,
    small_problem,
)

from lehr.errors import CheckpointError, ProblemError, UsageError
from lehr.schedule import Plan, constant
from lehr.training import ProblemSource

BOUND = Plan(lr=PLAN.schedules["lr"]).over(HORIZON)
CUT = 5


class Everything(torch.nn.Module):
    """Keeps state in every way a module may."""

    def __init__(self):
        super().__init__()
        self.layers = network()
        self.tied = self.layers[4]
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))
        self.register_buffer("hidden", torch.ones(2), persistent=False)
        self.notes = {"seen": 0, "scale": float("inf")}

    def get_extra_state(self):
        return self.notes

    def set_extra_state(self, state):
        self.notes = state

    def forward(self, x):
        if self.training:
            self.steps += 1
            self.hidden *= 0.9
            self.notes = {**self.notes, "seen": self.notes["seen"] + 1}
        if self.notes["seen"] == 3:
            self.layers[1].eval()  # from here on the statistics rest
        return self.tied(self.layers[:4](x)) * self.hidden * (1 + 0.01 * self.notes["seen"])


def half_precision():
    return network().to(torch.bfloat16)


class FloatMoments(torch.optim.SGD):
    """Keeps float32 moments of bfloat16 weights, which torch's own loading would round."""

    def step(self, _closure=None):
        for group in self.param_groups:
            for parameter in group["params"]:
                moment = self.state[parameter].setdefault(
                    "moment", torch.zeros_like(parameter, dtype=torch.float32)
                )
                moment.mul_(0.9).add_(parameter.grad)
                with torch.no_grad():
                    parameter.sub_(group["lr"] * moment)


class StatefulStream:
    """A loader that knows its position, and would be slow to replay."""

    def __init__(self, generator):
        self.generator, self.position, self.drawn = generator, 0, 0

    def __iter__(self):
        while self.position < 9:
            part = (torch.arange(8) + 5 * self.position) % len(X)
            self.position += 1
            self.drawn += 1
            yield X[part] + 0.1 * torch.rand(1, generator=self.generator), Y[part]

    def state_dict(self):
        return {"position": self.position, "bytes": b"\x00\xff", "where": ("epoch", 1)}

    def load_state_dict(self, state_dict):
        assert state_dict == {**self.state_dict(), "position": state_dict["position"]}
        self.position = state_dict["position"]


def mean_loss(model, batch):
    return classification_loss(model, (batch[0].to(torch.bfloat16), batch[1])).float()


def adam_variant(kind, **options):
    return lambda params, lr: kind(params, lr=0.05 * lr, **options)


VARIANTS = {
    "everything": {"model": Everything},
    "half precision": {
        "model": half_precision,
        "optimizer": FloatMoments,
        "loss": mean_loss,
        "evaluate": lambda _: {"val_loss": 0.0},
    },
    "stateful loader": {"train": StatefulStream},
    "adam amsgrad": {"optimizer": adam_variant(torch.optim.Adam, amsgrad=True)},
    "adamw fused": {"optimizer": adam_variant(torch.optim.AdamW, fused=True)},
    "nadam": {"optimizer": adam_variant(torch.optim.NAdam)},
    "rmsprop": {"optimizer": adam_variant(torch.optim.RMSprop, centered=True, momentum=0.9)},
    "adagrad": {"optimizer": adam_variant(torch.optim.Adagrad)},
    "rprop": {"optimizer": adam_variant(torch.optim.Rprop)},
    "asgd": {"optimizer": adam_variant(torch.optim.ASGD)},
    "tensor lr": {"optimizer": lambda params, lr: torch.optim.AdamW(params, lr=torch.tensor(lr))},
    "two groups": {
        "optimizer": lambda model, lr: torch.optim.SGD(
            [
                {"params": model[0].parameters(), "lr": lr / 3},
                {"params": model[4].parameters(), "nesterov": True, "momentum": 0.8},
            ],
            lr=lr,
        )
    },
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_fork_continues_as_the_run_it_came_from(tmp_path, variant):
    """Losses and weights of run and fork agree to the bit, for every kind of state."""
    problem = small_problem(**VARIANTS[variant])
    straight, fork = problem.start(7), problem.start(7)
    straight.advance(BOUND.multipliers(0, CUT), 0.05)
    straight.save(tmp_path / "at-cut")
    fork.load(tmp_path / "at-cut")
    assert fork.step == CUT
    expected = straight.advance(BOUND.multipliers(CUT), 0.05)
    assert fork.advance(BOUND.multipliers(CUT), 0.05).tobytes() == expected.tobytes()
    assert fork.digest_weights() == straight.digest_weights()


def test_a_loader_with_state_is_not_replayed(tmp_path):
    """A loader with `state_dict` is asked for its position; no batch is drawn twice."""
    streams = []

    def train(generator):
        streams.append(StatefulStream(generator))
        return streams[-1]

    problem = small_problem(train=train)
    run = problem.start(0)
    run.advance(BOUND.multipliers(0, CUT), 0.05)
    run.save(tmp_path / "at-cut")
    problem.start(0).load(tmp_path / "at-cut")
    assert [stream.drawn for stream in streams] == [CUT, 0]


def test_a_fork_may_take_another_schedule(tmp_path):
    """Two forks of one checkpoint go their own ways, and neither disturbs the other."""
    problem = small_problem(train=augmented)
    run = problem.start(1)
    run.advance(BOUND.multipliers(0, CUT), 0.05)
    run.save(tmp_path / "at-cut")
    flat = Plan(lr=constant()).over(HORIZON)

    def fork(bound):
        forked = problem.start(1)
        forked.load(tmp_path / "at-cut")
        return forked.advance(bound.multipliers(CUT), 0.05)

    decaying, steady, again = fork(BOUND), fork(flat), fork(BOUND)
    assert decaying.tobytes() == again.tobytes()
    assert decaying.tobytes() != steady.tobytes()


def test_saving_disturbs_nothing(tmp_path):
    """A run that is saved after every step equals one that never is."""
    problem = small_problem(train=augmented)
    saved, straight = problem.start(2), problem.start(2)
    for step in range(HORIZON):
        saved.save(tmp_path / str(step))
        saved.advance(BOUND.multipliers(step, step + 1), 0.05)
    straight.advance(BOUND.multipliers(), 0.05)
    assert saved.digest_weights() == straight.digest_weights()


def test_the_weights_are_a_file_of_their_own(tmp_path):
    """`model.safetensors` is the model's state_dict, for whoever wants the trained model."""
    problem = small_problem()
    run = problem.start(0)
    run.advance(BOUND.multipliers(0, 3), 0.05)
    run.save(tmp_path / "kept")
    net = problem.model()
    net.load_state_dict(safetensors.torch.load_file(tmp_path / "kept" / "model.safetensors"))
    assert all(
        torch.equal(a, b) for a, b in zip(net.parameters(), run.model.parameters(), strict=True)
    )


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_flipped_bit_is_refused_and_leaves_the_run_alone(tmp_path_factory, data):
    """One wrong bit in any file of a run's checkpoint: refused, and the run is what it was."""
    folder = tmp_path_factory.mktemp("flips")
    run = small_problem().start(0)
    run.advance(BOUND.multipliers(0, 2), 0.05)
    run.save(folder / "kept")
    path = data.draw(st.sampled_from(sorted((folder / "kept").iterdir())), label="file")
    content = bytearray(path.read_bytes())
    bit = data.draw(st.integers(0, 8 * len(content) - 1), label="bit")
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)
    other = small_problem().start(0)
    before = other.digest_weights()
    with pytest.raises(CheckpointError):
        other.load(folder / "kept")
    assert (other.digest_weights(), other.step) == (before, 0)


@pytest.mark.parametrize(("changes", "seed"), [({"name": "other"}, 0), ({}, 1)])
def test_the_checkpoint_of_another_run_is_refused(tmp_path, changes, seed):
    """Another problem or another seed is no place to continue from."""
    small_problem().start(0).save(tmp_path / "kept")
    with pytest.raises(CheckpointError, match="of another run"):
        small_problem(**changes).start(seed).load(tmp_path / "kept")


def test_a_changed_model_is_said(tmp_path):
    """Weights of other shapes are a ProblemError that shows them."""
    small_problem().start(0).save(tmp_path / "kept")
    changed = small_problem(model=lambda: torch.nn.Linear(6, 2))
    with pytest.raises(ProblemError, match="not the one that was saved"):
        changed.start(0).load(tmp_path / "kept")


def test_data_that_do_not_come_back_are_said(tmp_path):
    """A stream that depends on more than its generator is found when it is replayed."""
    lengths = iter([8, 3])

    def shrinking(generator):
        order = torch.randperm(len(X), generator=generator)[: 4 * next(lengths)]
        return ((X[part], Y[part]) for part in order.split(4))

    problem = small_problem(train=shrinking)
    run = problem.start(0)
    run.advance(BOUND.multipliers(0, 4), 0.05)
    run.save(tmp_path / "kept")
    with pytest.raises(ProblemError, match="does not lead back"):
        problem.start(0).load(tmp_path / "kept")


def test_state_that_cannot_be_kept_is_said(tmp_path):
    """An object in the optimizer's state is named with its place; nothing is written."""

    class Odd(torch.optim.SGD):
        def step(self, _closure=None):
            self.state[self.param_groups[0]["params"][0]]["when"] = Path("odd")

    run = small_problem(optimizer=Odd).start(0)
    run.advance(BOUND.multipliers(0, 1), 0.05)
    with pytest.raises(ProblemError, match="cannot keep") as caught:
        run.save(tmp_path / "kept")
    assert "when is a PosixPath" in str(caught.value) or "when is a WindowsPath" in str(
        caught.value
    )
    assert not (tmp_path / "kept").exists()


def test_a_run_has_one_peak_and_one_place():
    """Another peak lr, or multipliers of other steps, is an error."""
    run = small_problem().start(0)
    run.advance(BOUND.multipliers(0, 2), 0.05)
    with pytest.raises(UsageError, match="one peak lr"):
        run.advance(BOUND.multipliers(2, 4), 0.06)
    with pytest.raises(UsageError, match="other steps"):
        run.advance(BOUND.multipliers(3, 4), 0.05)


def test_a_blown_up_step_is_the_last_and_changes_nothing():
    """Losses end with the one that is not finite; its update is not made."""
    losses = iter([1.0, 1.0, float("inf"), 1.0])
    problem = small_problem(
        loss=lambda model, batch: next(losses) * classification_loss(model, batch)
    )
    run = problem.start(0)
    run.advance(BOUND.multipliers(0, 2), 0.05)
    before = run.digest_weights(buffers=False)
    blown = run.advance(BOUND.multipliers(2, 6), 0.05)
    assert blown.shape == (1,)
    assert not np.isfinite(blown[0])
    assert (run.step, run.digest_weights(buffers=False)) == (2, before)


def test_a_fresh_process_continues_to_the_bit(tmp_path):
    """A checkpoint of this process is continued by another, which knows only the source."""
    source = ProblemSource.of(str(Path(__file__).with_name("small_problem.py")) + ":small_problem")
    run = source.load().start(4)
    run.advance(BOUND.multipliers(0, CUT), 0.05)
    run.save(tmp_path / "kept")
    expected = run.advance(BOUND.multipliers(CUT), 0.05)
    program = f"""
        import pathlib, pickle, sys, torch
        torch.set_num_threads(1)
        source, multipliers = pickle.loads(sys.stdin.buffer.read())
        run = source.load().start(4)
        run.load(pathlib.Path({str(tmp_path / "kept")!r}))
        print(run.advance(multipliers, 0.05).tobytes().hex())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        input=pickle.dumps((source, BOUND.multipliers(CUT))),
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().strip() == expected.tobytes().hex()
