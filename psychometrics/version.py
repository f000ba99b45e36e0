"""The version of the package, in one place for every result."""

from importlib import metadata

VERSION = metadata.version("psychometrics-engine")
