"""Several runs of one problem trained as one program."""

from lehr.training.stacked.proof import proof
from lehr.training.stacked.stretches import train_stretches
from lehr.training.stacked.together import Together, advance_together

__all__ = ["Together", "advance_together", "proof", "train_stretches"]
