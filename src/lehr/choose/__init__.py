"""Choosing: which schedule and which peak lr a problem should train with."""

from lehr.choose.archive import measured_pace, read_study
from lehr.choose.candidate import Candidate, Request
from lehr.choose.compare import Comparison, compare
from lehr.choose.decision import Decision, StudyRecord
from lehr.choose.foresee import CostPlan, StageCost, plan_cost
from lehr.choose.known import KnownRun, read_run
from lehr.choose.progress import Progress, Silent
from lehr.choose.study import choose

__all__ = [
    "Candidate",
    "Comparison",
    "CostPlan",
    "Decision",
    "KnownRun",
    "Progress",
    "Request",
    "Silent",
    "StageCost",
    "StudyRecord",
    "choose",
    "compare",
    "measured_pace",
    "plan_cost",
    "read_run",
    "read_study",
]
