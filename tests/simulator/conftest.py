"""Hypothesis keeps what it learns outside the repository."""

import tempfile
from pathlib import Path

from hypothesis import configuration

configuration.set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "hypothesis-of-shopify-connector")
