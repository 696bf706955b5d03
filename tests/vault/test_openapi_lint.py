"""The API's description held against the specification, and against what linters of it ask for."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_bytes())
Rule = Callable[[dict[str, Any]], Iterator[str]]


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def the_specification(document: dict[str, Any]) -> Iterator[str]:
    """OpenAPI 3.1 itself: its schema, references that lead somewhere, parameters of paths, names once."""
    for error in OpenAPIV31SpecValidator(document).iter_errors():
        yield f"{'/'.join(map(str, error.path))}: {error.message}"


def tags_are_explained(document: dict[str, Any]) -> Iterator[str]:
    known = {tag["name"] for tag in document["tags"] if tag["description"]}
    used = {tag for _, _, operation in operations(document) for tag in operation["tags"]}
    yield from (f"tag {tag}" for tag in known ^ used)


def everybody_knows_who_may_come(document: dict[str, Any]) -> Iterator[str]:
    schemes = set(document["components"]["securitySchemes"])
    for method, path, operation in operations(document):
        asked = {name for one in operation.get("security", [{"": 0}]) for name in one}
        if asked - schemes:
            yield f"{method} {path}"


def paths_are_plain(document: dict[str, Any]) -> Iterator[str]:
    """Lower case with dashes, no slash at the end, no two that differ by the name of a parameter alone."""
    seen: set[str] = set()
    for path in document["paths"]:
        bare = re.sub(r"\{\w+\}", "{}", path)
        if not re.fullmatch(r"(/([a-z0-9.-]+|\{\}))+", bare) or bare in seen:
            yield path
        seen.add(bare)


def reading_changes_nothing_and_has_no_body(document: dict[str, Any]) -> Iterator[str]:
    for method, path, operation in operations(document):
        if method in {"get", "delete"} and "requestBody" in operation:
            yield f"{method} {path}"


def what_comes_in_a_url_has_a_limit(document: dict[str, Any]) -> Iterator[str]:
    """Headers have one together (docs/spec/http.md, limits)."""
    for method, path, operation in operations(document):
        for one in (each for each in operation.get("parameters", ()) if each["in"] != "header"):
            bounded = {"maximum", "maxLength", "enum", "const", "pattern", "anyOf"} & set(one["schema"])
            if not bounded and one["schema"].get("type") != "boolean":
                yield f"{method} {path} {one['name']}"


def nothing_is_described_that_nobody_uses(document: dict[str, Any]) -> Iterator[str]:
    told = json.dumps(document)
    for name in document["components"]["schemas"]:
        if f'"#/components/schemas/{name}"' not in told:
            yield name


def it_says_where_and_under_what_terms(document: dict[str, Any]) -> Iterator[str]:
    if not document["servers"] or not document["info"].get("license", {}).get("identifier"):
        yield "info or servers"


RULES: tuple[Rule, ...] = (
    the_specification,
    tags_are_explained,
    everybody_knows_who_may_come,
    paths_are_plain,
    reading_changes_nothing_and_has_no_body,
    what_comes_in_a_url_has_a_limit,
    nothing_is_described_that_nobody_uses,
    it_says_where_and_under_what_terms,
)


@pytest.mark.parametrize("rule", RULES, ids=[rule.__name__ for rule in RULES])
def test_the_description_keeps_to(rule: Rule) -> None:
    assert list(rule(DOCUMENT)) == []


def broken(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(DOCUMENT))
    change(document)
    return document


BREAKS: tuple[tuple[Rule, Callable[[dict[str, Any]], Any]], ...] = (
    (the_specification, lambda d: d["paths"].update({"/v1/x/{y}": d["paths"]["/v1/vault"]})),
    (tags_are_explained, lambda d: d["tags"].pop()),
    (everybody_knows_who_may_come, lambda d: d["paths"]["/v1/vault"]["get"].pop("security")),
    (paths_are_plain, lambda d: d["paths"].update({"/v1/Vault/": {}})),
    (paths_are_plain, lambda d: d["paths"].update({"/v1/items/{other}": {}})),
    (
        reading_changes_nothing_and_has_no_body,
        lambda d: d["paths"]["/v1/vault"]["get"].update(requestBody={}),
    ),
    (
        what_comes_in_a_url_has_a_limit,
        lambda d: d["paths"]["/v1/vault"]["get"].update(
            parameters=[{"name": "q", "in": "query", "schema": {"type": "string"}}]
        ),
    ),
    (nothing_is_described_that_nobody_uses, lambda d: d["components"]["schemas"].update(Lost={})),
    (it_says_where_and_under_what_terms, lambda d: d["servers"].clear()),
)


@pytest.mark.parametrize(
    ("rule", "change"), BREAKS, ids=[f"{n} {b[0].__name__}" for n, b in enumerate(BREAKS)]
)
def test_each_rule_finds_what_breaks_it(rule: Rule, change: Callable[[dict[str, Any]], Any]) -> None:
    assert list(rule(broken(change)))
