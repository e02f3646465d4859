"""Show, before a problem's runs are trained as one, that this gives what each gives alone.

Two runs with different lrs are trained a few steps by the plain loop. Before each of these steps
they are stacked as they stand, and three things are compared: the losses, the gradients and the
buffers after the pass; the global random generators after it; and what the optimizer's rule makes
of the plain loop's own gradients. Both programs start from the same bits at every step, so what is
compared is rounding and nothing that training has amplified.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from lehr.errors import LehrError
from lehr.schedule import Multipliers
from lehr.training.content import digest
from lehr.training.randomness import RandomState, forked
from lehr.training.stacked.refusals import refuse, refused
from lehr.training.stacked.stack import Stack
from lehr.training.stacked.streams import Streams
from lehr.training.torch_problem import TorchProblem
from lehr.training.torch_run import Interior, TorchRun
from lehr.training.user_code import last_lines, user_code

_STEPS = 3
_CLOSE = {torch.float32: 2e-4, torch.float64: 1e-9}  # relative to the largest number compared


_PROOFS: WeakKeyDictionary[TorchProblem, dict[bool, frozenset[str]]] = WeakKeyDictionary()


def proof(
    problem: TorchProblem, seeds: Sequence[int], peak_lr: float, *, shared: bool
) -> frozenset[str]:
    """Compare both programs, once for a problem and way of drawing its batches.

    Gives the names of the parameters that receive gradients and are the optimizer's.

    Args:
        problem: whose runs shall be trained as one.
        seeds: of two of them; equal where all receive the same batches.
        peak_lr: one of theirs.
        shared: whether all runs receive the same batches.

    Raises:
        StackingError: it cannot be done, or does not give the same; says what differs.
    """
    known = _PROOFS.setdefault(problem, {})
    if shared not in known:
        known[shared] = _prove(problem, seeds, peak_lr, shared)
    return known[shared]


@contextmanager
def traced() -> Iterator[None]:
    """Turn what torch says of a program that cannot be vectorised into a `StackingError`.

    Attention is computed by its plain formula, since its fused kernels cannot be vectorised. An
    operation without a vectorised form is done run by run: slow, but right, so torch's warning
    says nothing that its reader could act on.
    """
    try:
        with sdpa_kernel(SDPBackend.MATH), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="There is a performance drop")
            yield
    except LehrError:
        raise
    except Exception as error:
        raise refused(
            f"the loss raised {type(error).__name__} when it was vectorised over the runs",
            value="\n        ".join(last_lines(str(error))),
            rule="model and loss are torch operations without in-place changes of what they "
            "receive, .item(), or a path that depends on data (torch.func.vmap)",
        ) from error


def _prove(
    problem: TorchProblem, seeds: Sequence[int], peak_lr: float, shared: bool
) -> frozenset[str]:
    lrs = [peak_lr, peak_lr / 2]
    runs = [TorchRun(problem, seed=seed) for seed in seeds]
    interiors = [run.interior(lr) for run, lr in zip(runs, lrs, strict=True)]
    refuse(problem, interiors)
    streams = Streams(interiors)
    trained: frozenset[str] | None = None
    with forked(str(interiors[0].device)), streams.drawing(_STEPS * problem.accumulate) as batches:
        for _ in range(_STEPS):
            drawn = [next(batches) for _ in range(problem.accumulate)]
            found = _compare(problem, interiors, drawn, shared=shared)
            if trained is not None and found != trained:
                raise refused(
                    "other parameters receive gradients from step to step",
                    value=", ".join(sorted(found ^ trained)),
                    rule="the same parameters receive gradients at every step",
                )
            trained = found
    return trained or frozenset()


def _compare(
    problem: TorchProblem,
    interiors: Sequence[Interior],
    batches: Sequence[object],
    *,
    shared: bool,
) -> frozenset[str]:
    """Make one step both ways; give the names of the parameters with gradients."""
    device = str(interiors[0].device)
    buffers = [_copies(interior.model.named_buffers()) for interior in interiors]
    before = RandomState.capture(device)
    losses, after = [], before
    for index, interior in enumerate(interiors):
        before.restore(device)
        losses.append(_plain(problem, interior, [b if shared else _row(b, index) for b in batches]))
        after = RandomState.capture(device)
    if not shared and digest(after.tree()) != digest(before.tree()):
        raise refused(
            "the loss draws random numbers, and the runs have different seeds",
            value="a global generator had moved on after the loss was computed",
            rule="only runs of one seed share what a model draws (dropout, noise)",
        )
    found = _with_gradients(interiors)
    moved = [_copies(interior.model.named_buffers()) for interior in interiors]
    for interior, own in zip(interiors, buffers, strict=True):
        _put_buffers(interior.model, own)
    stack = Stack(problem, interiors, trained=found, shared=shared)
    before.restore(device)
    with traced():
        stacked_losses, grads = stack.gradients(iter(batches))
    for interior, own in zip(interiors, moved, strict=True):
        _put_buffers(interior.model, own)
    if digest(RandomState.capture(device).tree()) != digest(after.tree()):
        raise refused(
            "the loss draws random numbers in another order",
            value="a global generator stood elsewhere after the vectorised loss",
            rule="the vectorised loss draws what the plain one draws",
        )
    _same("the losses", stacked_losses.mean(0), torch.stack(losses))
    plain = stack.flat([_gradients(interior.model) for interior in interiors])
    scale = max(float(grad.abs().max()) for grad in plain)
    for grad, other in zip(grads, plain, strict=True):
        _same("the gradients", grad, other, scale)
    for name, stacked in stack.buffers.items():
        _same(f"the buffer {name}", stacked, torch.stack([own[name] for own in moved]))
    _compare_rules(stack, interiors, plain)
    return found


def _plain(problem: TorchProblem, interior: Interior, batches: Sequence[object]) -> Tensor:
    """Give the loss of the plain loop, and leave its gradients in the model."""
    interior.optimizer.zero_grad(set_to_none=True)
    losses: list[Tensor] = []
    for batch in batches:
        with user_code("loss"):
            loss = problem.loss(interior.model, batch)
            (loss / problem.accumulate).backward()
        losses.append(loss.detach().reshape(()))
    if problem.clip_norm is not None:
        torch.nn.utils.clip_grad_norm_(interior.model.parameters(), problem.clip_norm)
    return torch.stack(losses).mean()


def _with_gradients(interiors: Sequence[Interior]) -> frozenset[str]:
    held = {id(p) for group in interiors[0].optimizer.param_groups for p in group["params"]}
    own = dict(interiors[0].model.named_parameters())
    return frozenset(n for n, p in own.items() if p.grad is not None and id(p) in held)


def _compare_rules(stack: Stack, interiors: Sequence[Interior], grads: Sequence[Tensor]) -> None:
    """Let both make an update of the same gradients."""
    once = Multipliers(
        values={"lr": np.ones(1)}, absolute=frozenset(), start=0, horizon=1, plan="constant()"
    )
    coefficients = next(stack.prepare([once] * len(interiors)))
    stack.update([grad.clone() for grad in grads], coefficients)
    before = stack.flat([_copies(interior.model.named_parameters()) for interior in interiors])
    for interior in interiors:
        interior.optimizer.step()
    after = stack.flat([_copies(interior.model.named_parameters()) for interior in interiors])
    for ours, theirs, old in zip(stack.parameters(), after, before, strict=True):
        _same("the parameters after an update", ours - old, theirs - old, float(theirs.abs().max()))


def _gradients(model: torch.nn.Module) -> dict[str, Tensor]:
    return {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


def _copies(tensors: Iterator[tuple[str, Tensor]]) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in tensors}


def _put_buffers(model: torch.nn.Module, values: Mapping[str, Tensor]) -> None:
    with torch.no_grad():
        for name, buffer in model.named_buffers():
            buffer.copy_(values[name])


def _row(batch: object, index: int) -> object:
    """Take one run's batch out of stacked ones."""
    if isinstance(batch, Tensor):
        return batch[index]
    if isinstance(batch, dict):
        return {key: _row(value, index) for key, value in batch.items()}
    if isinstance(batch, list | tuple):
        return type(batch)(_row(value, index) for value in batch)
    return batch


def _same(what: str, ours: Tensor, theirs: Tensor, scale: float | None = None) -> None:
    """Demand equality to rounding.

    Raises:
        StackingError: they differ by more.
    """
    if not theirs.is_floating_point():
        close, value = bool((ours == theirs).all()), "they differ"
    else:
        size = float(theirs.abs().max()) if scale is None else scale
        worst = float((ours - theirs).abs().max())
        close = worst <= _CLOSE.get(theirs.dtype, 0.0) * size
        value = f"they differ by up to {worst:.3g}, where {size:.3g} is the largest"
    if not close:
        raise refused(
            f"{what} of a step are not those of the plain loop",
            value=value,
            rule="the same to rounding",
        )
