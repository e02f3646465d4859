"""Which series is the lr and which the loss, by the names that people and trackers give them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lehr.errors import UsageError, did_you_mean
from lehr.logs.runs import listed

STEP = ("step", "global_step", "iteration", "iter", "_step")
LR = ("lr", "learning_rate", "train_lr")
DECAY = ("weight_decay", "wd", "train_weight_decay")
LOSS = (
    *("loss", "train_loss", "training_loss", "loss/train"),
    *("loss_step", "train_loss_step", "training_loss_step"),
    *("loss_epoch", "train_loss_epoch", "training_loss_epoch"),
)
"""Usual names, also after a slash or a dot (`train/lr`), in any case, with spaces or hyphens as
underscores (`Learning Rate`); the first there counts."""

MONITORED = "lr-"
"""How Lightning's LearningRateMonitor begins: `lr-AdamW`, `lr-AdamW/pg1`."""
MONITORED_DECAY = "-weight_decay"
"""How it ends where it is a weight decay, also under a name of one's own (`my_lr-weight_decay`)."""
BESIDE = ("-momentum", MONITORED_DECAY)
"""How it ends where it is no lr."""

RISING = {
    *("acc", "accuracy", "top", "precision", "recall", "f", "auc", "auroc", "auprc", "mcc"),
    *("ap", "map", "iou", "miou", "dice", "bleu", "sacrebleu", "rouge", "chrf", "psnr", "ssim"),
    *("reward", "return", "score"),
}
"""Last words, but for numbers, of what is the better the larger it is."""
FALLING = {
    *("loss", "losses", "error", "err", "nll", "neg", "negative", "inverse", "minus", "one"),
    *("brier", "wer", "cer", "ter", "fid", "crps"),
}
"""Words of what falls all the same (`loss_dice`, `neg_reward`, `brier_score`)."""

TRAINING = {"train", "trainer", "training"}
EVALUATIONS = {"dev", "eval", "evaluation", "test", "val", "valid", "validation"}
"""What a name holds before its last part where it says of what it is."""


def usual(names: Iterable[str], words: Sequence[str]) -> list[list[str]]:
    """Return the names that are usual, those of one word together, the likeliest first.

    What is of training comes before what is of anything else, and an evaluation last.

    >>> usual(["val/loss", "aux/loss", "Train/Loss", "train_loss"], LOSS)
    [['Train/Loss'], ['train_loss'], ['aux/loss'], ['val/loss']]
    >>> usual(["lr-SGD/pg1", "lr-SGD/pg2", "lr-SGD/pg1-momentum"], LR)
    [['lr-SGD/pg1', 'lr-SGD/pg2']]
    """
    names = list(names)
    trained: list[list[str]] = []
    others: list[list[str]] = []
    evaluated: list[list[str]] = []
    for word in words:
        last = word.split("/")
        before = {
            name: set(parts[: -len(last)])
            for name in names
            if (parts := _parts(name))[-len(last) :] == last
        }
        apart = [name for name, of in before.items() if of & EVALUATIONS]
        plain = [name for name, of in before.items() if not of]
        train = [name for name, of in before.items() if of & TRAINING and name not in apart]
        trained += [plain, train]
        others.append([name for name in before if name not in {*apart, *plain, *train}])
        evaluated.append(apart)
    if words is LR:
        trained.append([n for n in names if n.startswith(MONITORED) and not n.endswith(BESIDE)])
    return [group for group in (*trained, *others, *evaluated) if group]


def rises(name: str) -> bool:
    """Say whether a name is of a metric that rises as training goes on.

    >>> [rises(name) for name in ("eval/accuracy", "val_acc@5", "top1_error", "loss")]
    [True, True, False, False]
    >>> [rises(name) for name in ("loss_dice", "1 - accuracy", "neg_reward")]
    [False, False, False]
    """
    words = [word for word in re.split(r"[/._@\s-]+", name.lower()) if word]
    named = [word for word in words if not word.isdigit()]
    if not named or words[0] == "1" or FALLING & set(named):
        return False
    return re.sub(r"\d+$", "", named[-1]) in RISING


def decays(names: Iterable[str]) -> list[str]:
    """Return the names of weight decays.

    >>> decays(["lr", "train/weight_decay", "lr-AdamW/pg1-weight_decay", "mine-weight_decay"])
    ['train/weight_decay', 'lr-AdamW/pg1-weight_decay', 'mine-weight_decay']
    """
    names = list(names)
    monitored = [n for n in names if n.endswith(MONITORED_DECAY)]
    return [*(name for group in usual(names, DECAY) for name in group), *monitored]


def absent(
    log: str, names: Iterable[str], asked: str | None, words: Sequence[str], option: str
) -> UsageError:
    """Make the error for a column that is not there."""
    names = list(names)
    return UsageError(
        f"{log} has no column {asked or ' or '.join(words[:3])}",
        value=f"columns: {listed(names)}",
        fix=did_you_mean(asked, names) if asked else f"--{option}-column NAME",
    )


def ambiguous(log: str, names: Sequence[str], what: str, option: str) -> UsageError:
    """Make the error for several columns of which any may be meant."""
    return UsageError(
        f"{log} has several columns that may be its {what}",
        value=", ".join(names),
        rule="one of them",
        fix=f"--{option}-column {names[0]}",
    )


def _parts(name: str) -> list[str]:
    return re.split(r"[/.]", re.sub(r"[ -]", "_", name.lower()))
