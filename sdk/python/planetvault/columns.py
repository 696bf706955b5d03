"""A column of a table as the value of one sealed field: a JSON list in UTF-8, without spaces."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

Columns = Mapping[str, list[Any]]


def write_column(values: list[Any]) -> bytes:
    """The bytes to seal."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def read_column(value: bytes) -> list[Any]:
    """What ``write_column`` wrote, by whoever sealed it.

    Raises:
        ValueError: if it is no JSON list.
    """
    try:
        values = _decode(value.decode())
    except RecursionError as error:
        raise ValueError("the column is nested too deep") from error
    if type(values) is not list:
        raise ValueError("the column is no list")
    return values


def rows_of(columns: Columns) -> Iterator[dict[str, Any]]:
    """Aligned columns, row by row."""
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


_decode = json.JSONDecoder(parse_constant=_refuse).decode
