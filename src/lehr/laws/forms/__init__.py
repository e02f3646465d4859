"""The formulas, from few to many parameters; a new one is a file named in `FORMS`."""

from lehr.laws.forms.chinchilla import Chinchilla
from lehr.laws.forms.convex_bound import ConvexBound
from lehr.laws.forms.form import Form, Parameter
from lehr.laws.forms.momentum import Momentum
from lehr.laws.forms.multi_power import MultiPower
from lehr.laws.forms.prior import Known, Prior, shipped
from lehr.laws.forms.weight_norm import WeightNorm

FORMS: tuple[Form, ...] = (Chinchilla(), ConvexBound(), Momentum(), MultiPower(), WeightNorm())

__all__ = [
    "FORMS",
    "Chinchilla",
    "ConvexBound",
    "Form",
    "Known",
    "Momentum",
    "MultiPower",
    "Parameter",
    "Prior",
    "WeightNorm",
    "shipped",
]
