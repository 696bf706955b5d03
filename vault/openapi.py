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
            _add_context(super().openapi())
        document: dict[str, Any] = super().openapi()
        return document


def written(app: FastAPI) -> str:
    """The description as it is committed."""
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


TAGS: Mapping[str, str] = {
    "vault": "What all grants have in common, and whether the service is well.",
    "uses": "Opening items under grants: paid, with a receipt.",
    "accounts": "Accounts, their lockers, sessions and sealed secrets.",
    "arrivals": "Moving in from another vault.",
    "items": "What owners seal: collections, items and the journal of their manifests.",
    "openings": "Guardians who bring an account back.",
    "blobs": "Sealed files in parts.",
    "asks": "What partners propose to one owner, and her no.",
    "offers": "What partners propose to everybody.",
    "counters": "What owners would agree to instead.",
    "grants": "What owners allow, and take back.",
    "receipts": "What happened, in the order of each owner's chain.",
    "pools": "Pots that were shared by receipts.",
    "afterwards": "Demands to erase, attestations, and reports of what became of a use.",
    "partners": "The directory of partners, their keys and domains.",
    "webhooks": "Events, and where partners are told of them.",
    "evidence": "Logs of other businesses.",
    "payments": "Top-ups and movements of money.",
    "disputes": "What was not right, and how it was decided.",
    "payouts": "Claims, payouts, and the brakes that hold money.",
    "rewards": "What partners give for earnings.",
    "log": "The transparency log, as C2SP tiles.",
    "test mode": "A clock and owners of a vault in test mode.",
}
"""What stands under each tag, in the order of the page."""


def _add_context(document: dict[str, Any]) -> None:
    """What tools ask of a description as a whole; who needs no credential is said, not left out."""
    document["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    document["servers"] = [{"url": "/", "description": "The vault that serves this page."}]
    document["tags"] = [{"name": name, "description": words} for name, words in TAGS.items()]
    for path in document["paths"].values():
        for operation in path.values():
            operation.setdefault("security", [])


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
