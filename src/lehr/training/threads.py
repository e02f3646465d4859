"""CPU threads, the one setting of a run that is global to its process."""

from __future__ import annotations

from lehr.training.problem import Problem
from lehr.training.torch_problem import TorchProblem


def set_threads(problem: Problem) -> None:
    """Let this process compute with the problem's number of threads.

    Executors call it once in each process, before they start a run. It changes the last bits of
    sums, so it is part of what a study records. A command's process gets its threads from
    `OMP_NUM_THREADS`; a problem of another framework sets its own in `start`.
    """
    if isinstance(problem, TorchProblem):
        import torch

        torch.set_num_threads(problem.threads)
