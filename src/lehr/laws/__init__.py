"""Loss-curve laws: what loss a schedule will reach, from a few runs.

A law is a formula for the loss curve given the learning-rate curve. `fit` determines one from runs
of the same model and data, `Law.predict` applies it to any other schedule, peak lr or horizon.
"""

from lehr.laws.branching import Branch, Shorter, Trunk, trunk
from lehr.laws.curve import Curve
from lehr.laws.designed import Design, design
from lehr.laws.forms import FORMS, Known, Prior
from lehr.laws.ladder import fit
from lehr.laws.law import Law, Prediction
from lehr.laws.learning import learn_prior
from lehr.laws.probe import Probe, most_telling
from lehr.laws.target import Reach, steps_to

__all__ = [
    "FORMS",
    "Branch",
    "Curve",
    "Design",
    "Known",
    "Law",
    "Prediction",
    "Prior",
    "Probe",
    "Reach",
    "Shorter",
    "Trunk",
    "design",
    "fit",
    "learn_prior",
    "most_telling",
    "steps_to",
    "trunk",
]
