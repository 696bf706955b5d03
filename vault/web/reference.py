"""The reference of the API as one page of HTML, made of its own description. Pure.

No script runs on it and nothing comes from another origin: it opens and folds by ``<details>``, and the
browser's own search finds things.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from json import dumps
from typing import Any

Schema = Mapping[str, Any]
METHODS = ("get", "put", "post", "delete", "patch")
NESTED_MAX = 4
"""How deep the fields of a body are told; deeper ones stand in the example."""


def page_of(document: Schema) -> str:
    """The page of an OpenAPI description."""
    info, groups = document["info"], _by_tag(document)
    contents = "".join(f'<li><a href="#{escape(tag)}">{escape(tag)}</a></li>' for tag in groups)
    sections = "".join(_section(tag, groups[tag], document) for tag in groups)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(info["title"])}: reference</title><link rel="stylesheet" href="/docs/reference.css">'
        f"</head><body><header><h1>{escape(info['title'])}</h1><p>{_words(info.get('description', ''))}</p>"
        '<p>The same for programs: <a href="/openapi.json">openapi.json</a>.</p></header>'
        f"<nav><ul>{contents}</ul></nav><main>{sections}</main></body></html>"
    )


def _by_tag(document: Schema) -> Mapping[str, Sequence[tuple[str, str, Schema]]]:
    """Method, path and operation, by the tag each stands under."""
    groups: dict[str, list[tuple[str, str, Schema]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                groups[item[method]["tags"][0]].append((method, path, item[method]))
    return groups


def _section(tag: str, operations: Sequence[tuple[str, str, Schema]], document: Schema) -> str:
    told = "".join(_operation(*one, document) for one in operations)
    words = next(one["description"] for one in document["tags"] if one["name"] == tag)
    return f'<section id="{escape(tag)}"><h2>{escape(tag)}</h2><p>{_words(words)}</p>{told}</section>'


def _operation(method: str, path: str, operation: Schema, document: Schema) -> str:
    summary = escape(operation.get("summary", ""))
    parameters = [_resolved(one, document) for one in operation.get("parameters", [])]
    body = operation.get("requestBody", {}).get("content", {})
    answers = "".join(_answer(status, one, document) for status, one in operation["responses"].items())
    return (
        f'<details id="{escape(operation["operationId"])}"><summary><b class="{method}">{method.upper()}</b>'
        f"<code>{escape(path)}</code><span>{summary}</span></summary>"
        f"<p>{_words(operation.get('description', ''))}</p>"
        f"{_table('Parameters', [_parameter(one) for one in parameters])}"
        f"{''.join(_content('Body', kind, one, document) for kind, one in body.items())}"
        f"<h3>Answers</h3>{answers}</details>"
    )


def _parameter(one: Schema) -> tuple[str, str, str]:
    needed = "" if one.get("required") else ", optional"
    return one["name"], f"{one['in']}{needed}", one.get("description", "")


def _answer(status: str, answer: Schema, document: Schema) -> str:
    answer = _resolved(answer, document)
    contents = "".join(_content("", kind, one, document) for kind, one in answer.get("content", {}).items())
    summary = f"<b>{escape(status)}</b><span>{escape(answer.get('description', ''))}</span>"
    return f'<details class="answer"><summary>{summary}</summary>{contents}</details>'


def _content(title: str, kind: str, content: Schema, document: Schema) -> str:
    heading = f"<h3>{title} <small>{escape(kind)}</small></h3>" if title else ""
    fields = list(_fields(content.get("schema", {}), document))
    example = content.get("example")
    shown = example if isinstance(example, str) else dumps(example, indent=2, ensure_ascii=False)
    told = "" if example is None else f"<pre>{escape(shown)}</pre>"
    return f"{heading}{_table('Fields', fields)}{told}"


def _fields(
    schema: Schema, document: Schema, prefix: str = "", depth: int = 0
) -> Iterator[tuple[str, str, str]]:
    """Name, type and words of each field, those of objects inside by their path."""
    schema = _resolved(schema, document)
    if schema.get("type") == "array":
        yield from _fields(schema.get("items", {}), document, f"{prefix}[]", depth)
    for name, told in schema.get("properties", {}).items():
        field, path = _resolved(told, document), f"{prefix}.{name}".lstrip(".")
        needed = "" if name in schema.get("required", ()) else ", optional"
        yield path, f"{_type(field, document)}{needed}", field.get("description", "")
        if depth < NESTED_MAX:
            yield from _fields(field, document, path, depth + 1)


def _type(schema: Schema, document: Schema) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(_resolved(one, document), document) for one in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"“{one}”" for one in schema["enum"])
    return str(schema.get("type", "any"))


def _resolved(schema: Schema, document: Schema) -> Schema:
    """What a reference inside the document stands for."""
    while "$ref" in schema:
        found: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema


def _table(title: str, rows: Sequence[tuple[str, str, str]]) -> str:
    if not rows:
        return ""
    told = "".join(
        f"<tr><th><code>{escape(name)}</code></th><td>{escape(kind)}</td><td>{_words(words)}</td></tr>"
        for name, kind, words in rows
    )
    return f"<table><caption>{title}</caption>{told}</table>"


def _words(text: str) -> str:
    """Plain text, with what stands between backquotes as code."""
    parts = escape(text).replace("``", "`").split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
