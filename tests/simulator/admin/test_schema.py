"""Our schema is a part of Shopify's, and every document of ours fits both."""

import re
from importlib.resources import files
from typing import Any

import pytest
from graphql import (
    GraphQLNamedType,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    parse,
    validate,
    validate_schema,
)

from connector.shopify.documents import Document, bulk_query, document
from connector.simulator.admin.schema import SCHEMA
from connector.simulator.admin.topics import NAMES, TOPICS, enum_of
from tests.simulator.admin.recorded import SHARED, needs_recordings, real_schema

PLACES = ("connector.commands", "connector.families", "connector.shopify")


def documents() -> list[Document]:
    found = []
    for package in PLACES:
        for file in sorted(files(package).iterdir(), key=lambda file: file.name):
            if file.name.endswith(".graphql"):
                names = re.findall(r"^(?:query|mutation) (\w+)", file.read_text(encoding="utf-8"), re.M)
                found += [document(package, file.name.removesuffix(".graphql"), name) for name in names]
    return found


def bulk_queries() -> list[str]:
    found = []
    for file in files("connector.families").iterdir():
        if file.name.endswith(".graphql"):
            names = re.findall(r"^query (\w+Bulk)\b", file.read_text(encoding="utf-8"), re.M)
            found += [bulk_query(file.name.removesuffix(".graphql"), name) for name in names]
    return found


def test_it_is_valid() -> None:
    assert validate_schema(SCHEMA) == []
    assert len(documents()) > 40 and len(bulk_queries()) > 10


@needs_recordings
@pytest.mark.parametrize("name", [name for name in SCHEMA.type_map if not name.startswith("__")])
def test_it_is_a_part_of_the_real_one(name: str) -> None:
    ours, real = SCHEMA.type_map[name], real_schema().type_map.get(name)
    assert type(real) is type(ours), "there is no such type"
    if is_enum_type(ours):
        assert ours.values.keys() <= real.values.keys()  # type: ignore[union-attr]
    for field, told in _fields(ours).items():
        there = _fields(real).get(field)
        assert there is not None, f"there is no {field}"
        assert str(there.type) == str(told.type), field
        if is_input_object_type(ours):
            continue
        for argument, given in told.args.items():
            assert argument in there.args, f"{field} takes no {argument}"
            assert str(there.args[argument].type) == str(given.type), f"{field}({argument}:)"
        needed = {a for a, given in there.args.items() if str(given.type).endswith("!")}
        assert needed <= told.args.keys() | {"groupObjects"}, field
    real_interfaces = {interface.name for interface in getattr(real, "interfaces", ())}
    assert {interface.name for interface in getattr(ours, "interfaces", ())} <= real_interfaces


@pytest.mark.parametrize("document", documents(), ids=lambda document: document.name)
def test_documents_fit_ours(document: Document) -> None:
    assert validate(SCHEMA, parse(document.text)) == []


@needs_recordings
@pytest.mark.parametrize("document", documents(), ids=lambda document: document.name)
def test_documents_fit_the_real_one(document: Document) -> None:
    assert validate(real_schema(), parse(document.text)) == []


@pytest.mark.parametrize("query", bulk_queries())
def test_bulk_queries_fit_ours(query: str) -> None:
    assert validate(SCHEMA, parse(query)) == []


@needs_recordings
@pytest.mark.parametrize("query", bulk_queries())
def test_bulk_queries_fit_the_real_one(query: str) -> None:
    assert validate(real_schema(), parse(query)) == []


@needs_recordings
def test_topics_are_the_real_ones_and_need_the_scopes_they_say() -> None:
    real = {}
    for line in (SHARED / "graphql" / "topics.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            enum, name, scopes, *_ = line.split("\t")
            real[name] = (enum, set() if scopes == "-" else set(scopes.split(",")))
    for topic, scopes in TOPICS.items():
        enum, needed = real[topic]
        assert enum == enum_of(topic) and NAMES[enum] == topic
        assert set(scopes) <= needed and bool(scopes) == bool(needed), topic


def test_every_topic_that_the_connector_reads_can_be_subscribed_to() -> None:
    from connector.topics import TOPICS as READ

    assert READ.keys() <= TOPICS.keys()


def _fields(kind: GraphQLNamedType | None) -> dict[str, Any]:
    fields: dict[str, Any] = getattr(kind, "fields", {})
    return fields


def test_connections_have_no_other_fields_than_these() -> None:
    for name, kind in SCHEMA.type_map.items():
        if name.endswith("Connection"):
            assert _fields(kind).keys() == {"edges", "nodes", "pageInfo"}
            assert get_named_type(_fields(kind)["nodes"].type).name == name.removesuffix("Connection")
