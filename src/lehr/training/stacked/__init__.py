"""Several runs of one problem trained as one program."""

from lehr.training.stacked.together import advance_together

__all__ = ["advance_together"]
