"""The stream of training batches, and where in it a run stands.

`train(generator)` gives one epoch, or an endless stream. A finite iterator is an epoch: when it
ends, `train` is called again with the same generator. The position in the stream is the state of
the generators at the start of the epoch plus the batches consumed since. To restore it, the
generators are put back to the start of the epoch, that many batches are drawn again and thrown
away, and the generators are set to where they were when the position was taken.

An endless stream is one long epoch, so its replay grows with the step; a loader with `state_dict`
and `load_state_dict` (torchdata's `StatefulDataLoader`) is asked instead of replayed.
A `DataLoader` with workers prefetches; its order and its workers' seeds are drawn at the start of
the epoch, so replay gives the same batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from lehr.errors import ProblemError
from lehr.training.randomness import RandomState, forked
from lehr.training.user_code import user_code

if TYPE_CHECKING:
    import torch

_END = object()


@runtime_checkable
class StatefulLoader(Protocol):
    """A loader that knows its own position."""

    def state_dict(self) -> Mapping[str, object]:
        """Give the position."""
        ...

    def load_state_dict(self, state_dict: Mapping[str, object]) -> None:
        """Continue from a position; takes effect at the next `iter()`."""
        ...


class Batches:
    """The batches of one run, drawn one by one.

    Args:
        train: the problem's; called at the start of each epoch.
        generator: the run's own, seeded with the run's seed; never another one.
        device: where the run trains (`cpu`, `cuda:0`); its generator may be drawn from too.
    """

    def __init__(
        self,
        train: Callable[[torch.Generator], Iterable[object]],
        *,
        generator: torch.Generator,
        device: str = "cpu",
    ) -> None:
        self._train = train
        self._generator = generator
        self._origin = generator.get_state()
        self._device = device
        self._loader: Iterable[object] | None = None
        self._iterator: Iterator[object] = iter(())
        self._epoch_generator: torch.Tensor | None = None
        self._epoch_random: RandomState | None = None
        self._consumed = 0
        self._sought: Mapping[str, object] | None = None

    def next(self) -> object:
        """Draw the next batch.

        Raises:
            ProblemError: an epoch without a batch, or `train` failed.
        """
        if self._sought is not None:
            with forked(self._device):
                self.restore(self._sought)
        batch = _END if self._loader is None else self._draw()
        if batch is not _END:
            return batch
        self._begin_epoch()
        batch = self._draw()
        if batch is not _END:
            return batch
        raise ProblemError(
            "train gave an empty epoch",
            value="no batch at all",
            rule="each call of train(generator) gives at least one batch",
            fix="return a new iterator at each call; with drop_last=True take a smaller batch size",
        )

    def state(self) -> dict[str, object] | None:
        """Give the position; None before the first batch."""
        if self._sought is not None:
            return dict(self._sought)
        if self._epoch_random is None:
            return None
        loader = self._loader
        return {
            "epoch_generator": self._epoch_generator,
            "epoch_random": self._epoch_random.tree(),
            "consumed": self._consumed,
            "generator": self._generator.get_state(),
            "loader": loader.state_dict() if isinstance(loader, StatefulLoader) else None,
        }

    def restore(self, state: Mapping[str, object] | None) -> None:
        """Continue at a position; the caller restores the global generators afterwards.

        Raises:
            ProblemError: `train` does not lead back to this position.
        """
        self._sought = None
        if state is None:
            self._loader, self._epoch_random = None, None
            self._generator.set_state(self._origin)
            return
        self._generator.set_state(cast("torch.Tensor", state["epoch_generator"]))
        RandomState.from_tree(cast("Mapping[str, object]", state["epoch_random"])).restore(
            self._device
        )
        self._begin_epoch(cast("Mapping[str, object] | None", state["loader"]))
        position = cast("torch.Tensor", state["generator"])
        if state["loader"] is None:
            self._replay(cast("int", state["consumed"]), position)
        self._consumed = cast("int", state["consumed"])
        self._generator.set_state(position)

    def seek(self, state: Mapping[str, object] | None) -> None:
        """Continue at a position that is sought only once a batch is drawn from there.

        No batch is drawn again for a run that is trained with others, by their batches.
        """
        self._sought = state
        if state is None:
            self.restore(None)

    @property
    def at_hand(self) -> bool:
        """Whether the next batch can be drawn without seeking the position first."""
        return self._sought is None

    def _begin_epoch(self, loader_state: Mapping[str, object] | None = None) -> None:
        self._epoch_generator = self._generator.get_state()
        self._epoch_random = RandomState.capture(self._device)
        self._consumed = 0
        with user_code("train"):
            self._loader = self._train(self._generator)
            if not isinstance(self._loader, Iterable):
                raise _not_iterable(self._loader)
            if loader_state is not None:
                cast("StatefulLoader", self._loader).load_state_dict(loader_state)
            self._iterator = iter(self._loader)

    def _draw(self) -> object:
        with user_code("train"):
            batch = next(self._iterator, _END)
        self._consumed += batch is not _END
        return batch

    def _replay(self, count: int, position: torch.Tensor) -> None:
        drawn = [self._draw() is not _END for _ in range(count)]
        if all(drawn) and bool((self._generator.get_state() == position).all()):
            return
        raise ProblemError(
            "train does not lead back to where the run was saved",
            value=f"{sum(drawn)} of {count} batches of the epoch replayed, another generator state",
            rule="the torch.Generator that train receives determines the batches",
            fix="draw from that generator alone, without a thread that reads ahead; "
            "or return a loader with state_dict and load_state_dict",
        )


def _not_iterable(value: object) -> ProblemError:
    return ProblemError(
        "train gave something that is no iterator of batches",
        value=f"a {type(value).__name__}",
        rule="train(generator) returns one epoch or an endless stream of batches",
        fix="train=lambda generator: DataLoader(data, shuffle=True, generator=generator)",
    )
