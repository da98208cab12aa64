"""The front door of the harness and the contracts every room shares."""

from importlib.metadata import version

__version__ = version("authbench")
