"""Batches for several runs: drawn once for all that stand at the same place in the data."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import cast

import torch

from lehr.errors import StackingError
from lehr.training.content import digest
from lehr.training.device import moved
from lehr.training.randomness import RandomState
from lehr.training.torch_run import Interior

_AT_ONCE = 32  # steps whose batches are drawn in one go where streams take turns


class Streams:
    """The data of K runs, in as few streams as there are places at which the runs stand.

    Runs of one seed that have made the same number of steps receive the same batches, and if the
    forward pass draws random numbers, the same of those. One of them, the leader, draws for all;
    the others are told where they stand when `settle` is called.

    Args:
        interiors: of the runs.
    """

    def __init__(self, interiors: Sequence[Interior]) -> None:
        self._interiors = interiors
        self._device = interiors[0].device
        members: dict[object, list[int]] = {}
        for index, interior in enumerate(interiors):
            members.setdefault(_place(interior), []).append(index)
        self._members = list(members.values())
        self._leaders = [
            interiors[next((i for i in own if interiors[i].batches.at_hand), own[0])]
            for own in self._members
        ]
        self._starts = [(leader.batches.state(), leader.random.state) for leader in self._leaders]
        rows = {run: row for row, own in enumerate(self._members) for run in own}
        self._rows = torch.tensor([rows[i] for i in range(len(interiors))], device=self._device)

    @property
    def one(self) -> bool:
        """Whether all runs receive the same batches."""
        return len(self._members) == 1

    @contextmanager
    def drawing(self, count: int) -> Iterator[Iterator[object]]:
        """Draw `count` batches inside; after an error the streams are where they were before.

        A batch of one stream is what `train` gave. Of several, each tensor in it has a first
        dimension more, the runs.
        """
        try:
            if self.one:
                leader = self._leaders[0]
                with leader.random.active():
                    yield (moved(leader.batches.next(), self._device) for _ in range(count))
            else:
                yield self._abreast(count)
        except BaseException:
            self.rewind()
            raise

    def settle(self, stay: Collection[int] = ()) -> None:
        """Bring every run to where its leader is; those that `stay` are left at the start."""
        for own, leader, start in zip(self._members, self._leaders, self._starts, strict=True):
            here = leader.batches.state(), leader.random.state
            for index in own:
                follower = self._interiors[index]
                position, random = start if index in stay else here
                if follower is not leader or index in stay:
                    follower.batches.seek(position)
                    follower.random.state = random
        self._starts = [(leader.batches.state(), leader.random.state) for leader in self._leaders]

    def rewind(self) -> None:
        """Put the leaders back to where they were when the runs were last settled."""
        for leader, (position, random) in zip(self._leaders, self._starts, strict=True):
            leader.batches.seek(position)
            leader.random.state = random

    def _abreast(self, count: int) -> Iterator[object]:
        for some in _parts(count):
            drawn: list[list[object]] = []
            for leader in self._leaders:
                with leader.random.active():
                    drawn.append(
                        [_kept(moved(leader.batches.next(), self._device)) for _ in range(some)]
                    )
            for batches in zip(*drawn, strict=True):
                yield self._side_by_side(batches)

    def _side_by_side(self, batches: Sequence[object]) -> object:
        """Put the batches of the streams into one, run by run."""
        first = batches[0]
        if any(type(batch) is not type(first) for batch in batches):
            raise _unlike("batches of different types", first)
        if isinstance(first, torch.Tensor):
            tensors = cast("Sequence[torch.Tensor]", batches)
            if any(t.shape != first.shape or t.dtype != first.dtype for t in tensors):
                raise _unlike("batches of different shapes", [tuple(t.shape) for t in tensors])
            return torch.stack(list(tensors)).index_select(0, self._rows)
        if type(first) is dict:
            dicts = cast("Sequence[Mapping[object, object]]", batches)
            return {key: self._side_by_side([d[key] for d in dicts]) for key in dicts[0]}
        if type(first) in (list, tuple):
            parts = zip(*cast("Sequence[Sequence[object]]", batches), strict=True)
            return _like(first, [self._side_by_side(values) for values in parts])
        raise _unlike("a batch that is no tensor, list, tuple or dict of them", type(first))


def _kept(batch: object) -> object:
    """Copy a batch, whose memory a loader may use again for the next one."""
    if isinstance(batch, torch.Tensor):
        return batch.clone()
    if type(batch) is dict:
        own = cast("Mapping[object, object]", batch)
        return {key: _kept(value) for key, value in own.items()}
    if type(batch) in (list, tuple):
        return _like(batch, [_kept(value) for value in cast("Sequence[object]", batch)])
    return batch


def _like(batch: object, values: list[object]) -> list[object] | tuple[object, ...]:
    return tuple(values) if isinstance(batch, tuple) else values


def _parts(count: int) -> list[int]:
    return [min(_AT_ONCE, count - begin) for begin in range(0, count, _AT_ONCE)]


def _place(interior: Interior) -> object:
    """Where a run stands: equal for two runs that will receive the same."""
    state: RandomState = interior.random.state
    return digest([state.tree(), interior.batches.state()])


def _unlike(what: str, value: object) -> StackingError:
    return StackingError(
        f"seeds that cannot be trained as one program: {what}",
        value=str(value),
        rule="the batches of all seeds are stacked: tensors of equal shapes in equal containers",
        fix="--executor processes, or one seed at a time",
    )
