"""The command line: one file per verb, each of which parses, calls the library and renders."""

from lehr.cli.app import main

__all__ = ["main"]
