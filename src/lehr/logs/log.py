"""Log: everything that one run logged, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lehr.errors import UsageError
from lehr.logs import names
from lehr.logs.runs import listed
from lehr.logs.series import Series

MOST_UPDATES = 50_000_000
"""Longest run that is looked at, an lr for each update; who counts more of them counts tokens."""
SHOWN = 6
"""Steps that a message shows of rows in no order."""


def updates(steps: int, what: str, *, fix: str | None = None) -> int:
    """Return a number of optimizer updates.

    Args:
        steps: how many.
        what: whose, for the message.
        fix: what to type instead.

    Raises:
        UsageError: more than `MOST_UPDATES`.

    >>> updates(100, "the horizon")
    100
    """
    if steps > MOST_UPDATES:
        raise UsageError(
            f"{what} has too many steps",
            value=f"{steps:,}",
            rule=f"at most {MOST_UPDATES:,}: steps are optimizer updates, not tokens or samples",
            fix=fix,
        )
    return steps


@dataclass(frozen=True, kw_only=True, eq=False)
class Log:
    """What one run logged.

    Args:
        name: what messages call it.
        series: by the name under which each was logged.
        horizon: steps that were planned, None where the log does not say.
        steps_per_epoch: optimizer updates in an epoch, None where the log does not say.
        end: updates that were made, None where the log does not say.
    """

    name: str
    series: Mapping[str, Series]
    horizon: int | None = None
    steps_per_epoch: int | None = None
    end: int | None = None

    def lr(self, column: str | None = None) -> Series:
        """Return the learning rates.

        Args:
            column: its name; None (default) looks for a usual one, as `lr` or `train/lr`.

        Raises:
            UsageError: there is none, it is empty, or there are several that differ.
        """
        found = self._find(column, names.LR, "lr", "learning rate")
        if found is None:
            raise names.absent(self.name, self.series, column, names.LR, "lr")
        return found

    def loss(self, column: str | None = None) -> Series | None:
        """Return the losses, those of training where nothing else is asked for.

        Args:
            column: its name; None (default) looks for a usual one, as `loss` or `train/loss`.

        Returns:
            None where none was asked for and none has a usual name.

        Raises:
            UsageError: what was asked for is not there or is empty, or there are several.
        """
        return self._find(column, names.LOSS, "loss", "loss")

    def course(
        self, lr_column: str | None = None, loss_column: str | None = None
    ) -> tuple[Series, Series]:
        """Return the learning rates and the losses of the run as it went on to its end.

        What a resumed run logged again counts in its last form, and what it had logged beyond where
        it was resumed does not count, neither losses nor lrs. The two may stand at different steps.

        Args:
            lr_column: name of the learning rates; None (default) looks for a usual one.
            loss_column: name of the losses; likewise.

        Raises:
            UsageError: there is no lr or no loss, or several that may be meant, or none is left; or
                what is named as the loss rises as training goes on, as an accuracy; or
                rows that are not in the order of training, or whose steps count something else; or
                the log begins more than once.
        """
        if loss_column is not None and loss_column in self.series and names.rises(loss_column):
            raise self._risen(loss_column)
        lr, loss = self.lr(lr_column), self.loss(loss_column)
        if loss is None:
            empty = names.usual(self.series, names.LOSS)
            if empty:
                raise self._empty(empty[0][0], "loss")
            raise UsageError(
                f"{self.name} has no loss beside its lr",
                value=f"columns: {', '.join(self.series)}",
                rule="a step, an lr and a loss; the last two may stand in rows of their own",
                fix="--loss-column NAME",
            )
        updates(int(max(lr.steps.max(), loss.steps.max())), self.name, fix="--step-column NAME")
        self._begun_once(lr, loss)
        for series, what in ((lr, "lrs"), (loss, "losses")):
            self._ordered(series, what)
        course = lr.latest().resumed(loss.repeated()), loss.latest().resumed(lr)
        for series, what in zip(course, ("lr", "loss"), strict=True):
            if not len(series):
                raise UsageError(
                    f"{self.name} has no {what} since it was resumed",
                    rule="what was logged beyond the step to which a run went back does not count",
                )
        return course

    def weight_decay(self) -> float | None:
        """Return the optimizer's weight decay.

        Of several parameter groups it is the largest: norms and biases often have none, and what
        shrinks are the matrices. Of a resumed run it is the one that it went on with.

        Returns:
            None where none was logged.

        Raises:
            UsageError: it changes in the run.
        """
        found = [self.series[name].latest().values for name in names.decays(self.series)]
        found = [values for values in found if len(values)]
        for values in found:
            if not bool((values == values[0]).all()):
                raise UsageError(
                    f"the weight decay of {self.name} changes",
                    value=f"{values.min():g} to {values.max():g}",
                    rule="laws know runs of one weight decay",
                    fix=f"--weight-decay {values[0]:g}, if that says enough",
                )
        return max((float(values[0]) for values in found), default=None)

    def _risen(self, column: str) -> UsageError:
        """Make the error for a metric that is no loss."""
        losses = [name for group in names.usual(self.series, names.LOSS) for name in group]
        losses += [name for name in self.series if name.endswith("loss") and name not in losses]
        return UsageError(
            f"{column} of {self.name} is no loss: it rises as training goes on",
            value=f"--loss-column {column}",
            rule="laws are of losses, which fall",
            fix=f"--loss-column {losses[0]}"
            if losses
            else f"log the loss beside it, or the error (1 - {column})",
        )

    def _begun_once(self, lr: Series, loss: Series) -> None:
        """Refuse a log of several runs, or of one that was begun anew: which counts?

        Both series come back to their first step. Where one alone does, it may be logged more
        seldom than the run was saved, or by a writer of its own.
        """
        starts = max(lr.starts, loss.starts, key=len)
        if len(starts) > 1 and lr.again and loss.again:
            raise UsageError(
                f"{self.name} begins {len(starts)} times",
                value=f"steps {listed(f'{s.steps[0]} to {s.steps.max()}' for s in starts)}",
                rule="a log is of one run; one that was resumed goes on from a later step",
                fix="put each start into a log of its own, and leave out what does not count; of a "
                "run resumed from before its first logged step, leave out what was trained again",
            )

    def _ordered(self, series: Series, what: str) -> None:
        if series.shuffled:
            raise UsageError(
                f"the {what} of {self.name} are not in the order of training",
                value=f"steps {listed(series.steps[:SHOWN].tolist())}, …",
                rule="rows as they were logged; a run that was resumed goes back and on again",
                fix="sort the rows by their step, as numbers",
            )

    def _find(
        self, column: str | None, words: Sequence[str], option: str, what: str
    ) -> Series | None:
        if column is not None and column not in self.series:
            raise names.absent(self.name, self.series, column, words, option)
        groups = names.usual(self.series, words) if column is None else [[column]]
        for group in groups:
            found = {name: series for name in group if len(series := self.series[name])}
            if not found:
                continue
            first, *others = found.values()
            if not all(first.same(other) for other in others):
                raise names.ambiguous(self.name, list(found), what, option)
            return self._counted(next(iter(found)), first)
        if groups and (column is not None or words is names.LR):
            raise self._empty(groups[0][0], option)
        return None

    def _empty(self, column: str, option: str) -> UsageError:
        return UsageError(
            f"no row of {self.name} has a {column}",
            fix=f"--{option}-column NAME, of {', '.join(self.series)}",
        )

    def _counted(self, name: str, series: Series) -> Series:
        if series.steps.min() < 0:
            raise UsageError(
                f"the steps of {name} in {self.name} are no step numbers",
                value=f"smallest {series.steps.min()}",
                rule="whole numbers of at least 0",
            )
        return series
