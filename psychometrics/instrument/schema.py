"""The JSON Schema of definition files, made from the code so that it cannot drift."""

from __future__ import annotations

from typing import Any

from psychometrics.instrument.definition import Definition


def definition_schema() -> dict[str, Any]:
    """Return the JSON Schema of format 1, for editors that check TOML or JSON while typing."""
    schema = Definition.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def keys_at(location: tuple[Any, ...]) -> set[str]:
    """Return the keys allowed in the table at a place such as ``("items", 3, "self_report")``."""
    schema = definition_schema()
    here: dict[str, Any] = schema
    for part in location:
        here = _step(_resolve(here, schema), part, schema)
    return set(_resolve(here, schema).get("properties", {}))


def _resolve(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    return node


def _step(node: dict[str, Any], part: Any, schema: dict[str, Any]) -> dict[str, Any]:
    for choice in [node, *(_resolve(one, schema) for one in node.get("anyOf", []))]:
        if isinstance(part, int) and "items" in choice:
            return dict(choice["items"])
        if part in choice.get("properties", {}):
            return dict(choice["properties"][part])
    for choice in (_resolve(one, schema) for one in node.get("oneOf", [])):
        kind = choice.get("properties", {}).get("kind", {})
        if part in (kind.get("const"), kind.get("default")):
            return dict(choice)
    return (
        dict(node.get("additionalProperties") or {})
        if isinstance(node.get("additionalProperties"), dict)
        else {}
    )
