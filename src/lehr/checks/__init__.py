"""Checks: what is wrong with a schedule, a plan or a finished run, and what to type instead."""

from lehr.checks.check import Check, Example
from lehr.checks.finding import Finding, Hit, Severity, alarming
from lehr.checks.listing import CHECKS, check_of, checks
from lehr.checks.log_reader import read_log
from lehr.checks.run import check, check_log
from lehr.checks.run_log import RunLog, recorded
from lehr.checks.setting import Optimizer, Setting
from lehr.checks.subject import Subject

__all__ = [
    "CHECKS",
    "Check",
    "Example",
    "Finding",
    "Hit",
    "Optimizer",
    "RunLog",
    "Setting",
    "Severity",
    "Subject",
    "alarming",
    "check",
    "check_log",
    "check_of",
    "checks",
    "read_log",
    "recorded",
]
