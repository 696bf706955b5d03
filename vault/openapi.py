"""The API's own description (OpenAPI 3.1): one word for each operation, and an example of everything.

Examples are put together from those of the fields, so that none can contradict its schema.
``python -m vault openapi`` writes the page; docs/openapi.json is kept equal to it by a test.
"""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

Schema = Mapping[str, Any]


def operation_name(route: APIRoute) -> str:
    """The name of an operation: that of its function, a verb and what it is done to."""
    return route.name


class DescribedAPI(FastAPI):
    """An app whose description has examples."""

    def openapi(self) -> dict[str, Any]:
        """The description; worked out once."""
        if self.openapi_schema is None:
            _add_examples(super().openapi())
        document: dict[str, Any] = super().openapi()
        return document


def written(app: FastAPI) -> str:
    """The description as it is committed."""
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _add_examples(document: dict[str, Any]) -> None:
    components = document.setdefault("components", {}).setdefault("schemas", {})
    for path in document["paths"].values():
        for operation in path.values():
            contents = [operation.get("requestBody", {}).get("content", {})]
            contents += [answer.get("content", {}) for answer in operation["responses"].values()]
            for content in contents:
                for shown in content.values():
                    if "example" not in shown and "schema" in shown:
                        shown["example"] = example_of(shown["schema"], components)


def example_of(schema: Schema, components: Mapping[str, Schema]) -> Any:
    """A value of a schema, made of the examples that its parts give."""
    if "$ref" in schema:
        return example_of(components[schema["$ref"].rpartition("/")[2]], components)
    for given in ("examples", "enum"):
        if given in schema:
            return schema[given][0]
    if "const" in schema:
        return schema["const"]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], components)
    return _by_type(schema, components)


def _by_type(schema: Schema, components: Mapping[str, Schema]) -> Any:
    match schema.get("type"):
        case "object":
            named = schema.get("properties", {})
            return {name: example_of(part, components) for name, part in named.items()}
        case "array":
            return [example_of(schema["items"], components)]
        case "integer":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case _:
            return "text"
