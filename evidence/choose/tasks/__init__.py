"""The tasks of the study.

The strategy was first built on `SEEN` and frozen, then met `UNSEEN`, was changed once after that
and frozen for good, and only then met `FRESH` and `LONG`, and after these `LATER`.
"""

from __future__ import annotations

from tasks.digits import (
    cnn_adamw,
    digits_cnn,
    digits_deep,
    digits_mlp,
    digits_normed,
    mislabelled_adamw,
    mislabelled_long,
    mislabelled_sgd,
)
from tasks.fresh import (
    compress,
    enlarge,
    few_digits,
    letters_sgd,
    rows_below,
    sums,
    taught_classes,
    wine,
)
from tasks.images import coordinates, denoise
from tasks.later import (
    cells_convex,
    corners,
    friedman,
    indents,
    lorenz,
    markov,
    spots,
    token_kinds,
)
from tasks.tables import cells, diabetes, teacher_adam, teacher_sgd
from tasks.task import Task
from tasks.text import letters_recurrent, letters_transformer, letters_window, letters_window_long

SEEN = (
    Task(problem=digits_mlp, epoch=31, about="digits, MLP, SGD with momentum"),
    Task(problem=mislabelled_adamw, epoch=31, about="digits, a fifth mislabelled, MLP, AdamW"),
    Task(
        problem=digits_cnn, epoch=31, about="shifted noisy digits, CNN with BatchNorm, Nesterov SGD"
    ),
    Task(problem=letters_window, epoch=15_625, about="letters, windowed MLP, AdamW; one pass"),
    Task(
        problem=letters_transformer,
        epoch=62_500,
        about="letters, transformer, AdamW, clipped; one pass",
    ),
    Task(problem=denoise, epoch=90, about="noisy patches, autoencoder, Adam"),
    Task(problem=teacher_sgd, epoch=125, about="noisy teacher, MLP, SGD with momentum"),
    Task(problem=diabetes, epoch=15, about="442 rows, wide MLP, Adam; overfits"),
)
UNSEEN = (
    Task(problem=digits_deep, epoch=31, about="digits, deep tanh MLP, Adam"),
    Task(
        problem=mislabelled_sgd, epoch=31, about="digits, 30 % mislabelled, MLP, SGD with momentum"
    ),
    Task(
        problem=digits_normed,
        epoch=31,
        about="shifted noisy digits, MLP with BatchNorm, Nesterov SGD",
    ),
    Task(problem=cnn_adamw, epoch=31, about="digits, a tenth mislabelled, CNN, AdamW"),
    Task(
        problem=letters_recurrent,
        epoch=31_250,
        about="letters, gated recurrent network, Adam, clipped",
    ),
    Task(
        problem=coordinates, epoch=410, about="a photograph by heart, MLP of waves, Adam; underfits"
    ),
    Task(problem=teacher_adam, epoch=625, about="teacher, tanh MLP, AdamW"),
    Task(problem=cells, epoch=10, about="569 rows, MLP, AdamW; overfits"),
)
FRESH = (
    Task(problem=wine, epoch=5, about="178 disturbed rows, MLP, SGD with momentum"),
    Task(problem=few_digits, epoch=9, about="300 digits, wide MLP, AdamW; overfits"),
    Task(problem=compress, epoch=31, about="digits through a bottleneck, deep tanh MLP, Adam"),
    Task(problem=enlarge, epoch=70, about="patches enlarged, MLP, AdamW"),
    Task(problem=rows_below, epoch=210, about="rows of a photograph, MLP with BatchNorm, SGD"),
    Task(problem=letters_sgd, epoch=31_250, about="letters, windowed MLP, SGD with momentum"),
    Task(problem=sums, epoch=137, about="sums of two digits, MLP, Adam"),
    Task(
        problem=taught_classes, epoch=125, about="teacher's classes, a quarter wrong, Nesterov SGD"
    ),
)
LATER = (
    Task(problem=indents, epoch=281, about="source, indents to come, wide MLP, Nesterov SGD"),
    Task(problem=token_kinds, epoch=187, about="source, kinds of tokens, MLP, LayerNorm, AdamW"),
    Task(problem=lorenz, epoch=562, about="chaos foreseen, MLP, Adam; no noise; underfits"),
    Task(problem=spots, epoch=106, about="spots counted in noise, MLP, Adam"),
    Task(problem=corners, epoch=381, about="whence a patch is, CNN with BatchNorm, SGD"),
    Task(problem=friedman, epoch=20, about="400 rows, MLP, AdamW; overfits"),
    Task(problem=cells_convex, epoch=18, about="569 rows, logistic regression, plain SGD"),
    Task(problem=markov, epoch=531, about="letters by chance, windowed MLP, AdamW, clipped"),
)
LONG = (
    Task(problem=letters_window_long, epoch=15_625, about="letters_window for ten times as long"),
    Task(problem=mislabelled_long, epoch=31, about="mislabelled_adamw for ten times as long"),
)
"""Few seeds."""
TASKS = {task.name: task for task in (*SEEN, *UNSEEN, *FRESH, *LATER, *LONG)}
