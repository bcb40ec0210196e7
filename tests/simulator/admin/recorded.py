"""The real schema and Shopify's recorded answers, where this machine has them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema

SHARED = Path(__file__).resolve().parents[4] / "shared" / "shopify"
needs_recordings = pytest.mark.skipif(not SHARED.exists(), reason="no recordings on this machine")


@cache
def real_schema() -> GraphQLSchema:
    text = (SHARED / "graphql" / "admin.graphql").read_text(encoding="utf-8")
    return build_schema(text, assume_valid=True)  # Shopify's own is not valid to the letter


def recorded(name: str) -> Any:
    return json.loads((SHARED / "graphql" / "responses" / name).read_text(encoding="utf-8"))


def shape(value: Any) -> Any:
    """What is where, without what it says."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value[:1]]
    return type(value).__name__.replace("float", "int")
