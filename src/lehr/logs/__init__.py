"""Logs: what people's runs have logged, read from the files of their trackers."""

from lehr.logs.listing import READERS, is_log, logs_in, read
from lehr.logs.log import Log
from lehr.logs.reader import Reader
from lehr.logs.series import Series, superseded

__all__ = ["READERS", "Log", "Reader", "Series", "is_log", "logs_in", "read", "superseded"]
