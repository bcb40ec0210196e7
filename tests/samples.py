"""Published payload samples, an optional folder of reference data beside the project."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "shared/shopify/payloads"

needed = pytest.mark.skipif(not FOLDER.is_dir(), reason="no payload samples beside the project")


def folder_of(topic: str) -> Path:
    """Where the samples of a topic are; folders are named after topics."""
    return FOLDER / topic.replace("/", "_").replace(".", "_")


def samples_of(topic: str) -> list[bytes]:
    """Every sample body of one topic."""
    return [file.read_bytes() for file in sorted(folder_of(topic).glob("*.json"))]
