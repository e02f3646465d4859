"""Noise that is a function of the step: a seeded permutation of step numbers, never a stream."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, SupportsIndex, cast, get_args

import numpy as np

from lehr.schedule.algebra import relative
from lehr.schedule.base import Room, Schedule
from lehr.schedule.checked import choice, multiplier, number_text, positive, whole
from lehr.schedule.pieces import Piece
from lehr.schedule.shapes import Namespace, Steps, Values
from lehr.schedule.track import on
from lehr.schedule.wrapper import Wrapper

How = Literal["times", "plus"]

ROUNDS = 12
_HALF = 65_536


def round_keys(seed: int, stream: int) -> tuple[int, ...]:
    """Spread a seed over the keys of the rounds, 16 bits each (splitmix64)."""
    keys: list[int] = []
    state = (seed * 2 + stream) & 0xFFFFFFFFFFFFFFFF
    for _ in range(ROUNDS):
        state = (state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        word = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        keys.append((word ^ (word >> 31)) % _HALF)
    return tuple(keys)


def uniform(t: Steps, keys: tuple[int, ...], xp: Namespace) -> Values:
    """Return a number in (0, 1) for every step: a Feistel network over 32 bits of the step.

    Written in +, ·, // and % alone, with every number below 2³¹, so that 32-bit integers (jax's
    default) and float64 steps (of frameworks that never mix dtypes) give the same numbers.
    """
    right = t % _HALF
    left = (t // _HALF) % _HALF
    for key in keys:
        mixed = (right + key) % _HALF * 31_153
        mixed = (mixed // 512 + mixed % 512) % _HALF * 28_019
        left, right = right, (left + mixed // 2_048) % _HALF
    half = on(xp, np.full(1, 65_536.0))  # a float64 array: torch multiplies by a float in float32
    return (left * half + right + 0.5) / half / half


@dataclass(frozen=True, eq=False)
class Shaken:
    """max(0, value·(1 + ε)) or max(0, value + ε) with normal ε; see `noisy`."""

    part: Piece
    deviation: float
    fade: float
    keys: tuple[tuple[int, ...], tuple[int, ...]]
    how: How
    gain: float = 1.0

    def at(self, t: Steps, xp: Namespace) -> Values:
        """Return the values at the steps `t`, shape (n,)."""
        radius = xp.sqrt(-2.0 * xp.log(uniform(t, self.keys[0], xp)))
        normal = radius * xp.cos(2.0 * math.pi * uniform(t, self.keys[1], xp))
        noise = self.deviation * normal
        if self.fade:
            noise = noise * (t + on(xp, np.ones(1))) ** (-0.5 * self.fade)
        values = self.part.at(t, xp)
        values = values * (1.0 + noise) if self.how == "times" else values + noise
        return self.gain * xp.where(values < 0.0, 0.0, values)

    def scaled(self, gain: float) -> Shaken:
        """Return the noisy piece with every value multiplied by `gain`."""
        return replace(self, gain=self.gain * gain)

    def cut(self, length: int) -> Shaken:
        """Return the piece without what begins at or after step `length`."""
        return replace(self, part=self.part.cut(length))


@dataclass(frozen=True, repr=False)
class Noisy(Wrapper):
    """A schedule with seeded noise; made by `noisy`."""

    part: Schedule
    deviation: float
    fade: float
    seed: int
    how: How

    def draw(self, room: Room) -> Shaken:
        """Shake the part; steps are counted from its first."""
        keys = (round_keys(self.seed, 0), round_keys(self.seed, 1))
        return Shaken(self.part.place(room), self.deviation, self.fade, keys, self.how)

    def __repr__(self) -> str:
        words = [str(self.part), number_text(self.deviation)]
        words += [f"fade={number_text(self.fade)}"] if self.fade else []
        words += [f"seed={self.seed}"] if self.seed else []
        words += [f'how="{self.how}"'] if self.how != "times" else []
        return f"noisy({', '.join(words)})"


def noisy(
    schedule: Schedule,
    deviation: float,
    *,
    fade: float = 0,
    seed: SupportsIndex = 0,
    how: How = "times",
) -> Schedule:
    """Shake a schedule: value·(1 + ε) with normal ε, the same at every evaluation of a step.

    ε(t) has the deviation `deviation`·(t + 1)^(−fade/2) and depends on the seed and on t alone,
    counted from the schedule's first step (32 bits of it); a value that it would carry below 0
    is 0. Steps may be asked for in any order.

    Args:
        schedule: what to shake.
        deviation: standard deviation at the first step, above 0; a tenth is visible.
        fade: power of time with which the variance falls, 0 or more. Default 0: it stays.
        seed: whole number of 0 or more. Default 0.
        how: "times" (default) multiplies by 1 + ε; "plus" adds ε.

    Raises:
        ScheduleError: an impossible number or word, or an absolute schedule.

    Source:
        Neelakantan et al., Adding Gradient Noise, 2015, has the fading; TensorFlow's
        `noisy_linear_cosine_decay` and timm's `noise_range_t` apply it to the lr.

    >>> from lehr import constant
    >>> s = noisy(constant(), 0.1, seed=7)
    >>> s
    noisy(constant(), 0.1, seed=7)
    >>> p = s.over(1_000)
    >>> p(3) == float(p.values()[3]), float(p.values().mean().round(1))
    (True, 1.0)
    >>> p(1_000) == p(5_000)
    True
    """
    known = cast("How", choice(how, "how", get_args(How)))
    return Noisy(
        relative((schedule,), "noisy")[0],
        positive(deviation, "deviation"),
        multiplier(fade, "fade"),
        whole(seed, "seed", least=0),
        known,
    )
