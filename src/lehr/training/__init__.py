"""What a problem is, how it is trained, kept, forked and checked before budget is spent."""

from lehr.training.fingerprint import Fingerprint
from lehr.training.own_values import OwnValues, own_values
from lehr.training.preflight import preflight
from lehr.training.problem import Problem, Run, declared_target
from lehr.training.source import ProblemSource
from lehr.training.stretch import Stretch, train_stretch
from lehr.training.threads import set_threads
from lehr.training.torch_problem import TorchProblem
from lehr.training.trial import Trial, trial

__all__ = [
    "Fingerprint",
    "OwnValues",
    "Problem",
    "ProblemSource",
    "Run",
    "Stretch",
    "TorchProblem",
    "Trial",
    "declared_target",
    "own_values",
    "preflight",
    "set_threads",
    "train_stretch",
    "trial",
]
