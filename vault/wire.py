"""The values of request bodies: base64url, signed records, times, in the terms of docs/spec/http.md."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainValidator, WithJsonSchema

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import FormatError
from anchor.records.proof import JWS
from anchor.records.shape import DOMAIN, binary, one_of, text, write_time

SEALED_BYTES_MAX = 8 << 20
"""A sealed field or key: larger things are blobs."""
SEALED_KEYS_BYTES_MAX = 64 << 10
"""The sealed keys of one item: 256 fields with their names."""
SMALL_BYTES_MAX = 8192


class Body(BaseModel):
    """A request body: every field named, none unknown."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _jws(value: Any) -> bytes:
    text: str = JWS.read(value)
    return text.encode("ascii")


def _at_most(most: int) -> PlainValidator:
    def read(value: Any) -> bytes:
        if type(value) is not str or len(value) > -(-most * 4 // 3):
            raise FormatError(f"expected at most {most} bytes as base64url")
        return from_base64url(value)

    return PlainValidator(read)


def _schema(what: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "description": what, "examples": [example]})


_BASE64URL = "base64url without padding"
Signed = Annotated[
    bytes, PlainValidator(_jws), _schema("a signed record, compact JWS", "eyJhbGciOi….eyJ2Ijox….c2lnbmVk")
]
Sealed = Annotated[bytes, _at_most(SEALED_BYTES_MAX), _schema(f"sealed bytes, {_BASE64URL}", "AQAB")]
SealedKeys = Annotated[
    bytes, _at_most(SEALED_KEYS_BYTES_MAX), _schema(f"sealed field keys, {_BASE64URL}", "AQAB")
]
Small = Annotated[bytes, _at_most(SMALL_BYTES_MAX), _schema(f"sealed bytes, {_BASE64URL}", "AQAB")]
Id = Annotated[
    bytes, PlainValidator(binary(16).read), _schema(f"16 bytes, {_BASE64URL}", "AAAAAAAAAAAAAAAAAAAAAA")
]
Domain = Annotated[
    str,
    PlainValidator(DOMAIN.read),
    WithJsonSchema({"type": "string", "maxLength": 253, "examples": ["music.example"]}),
]
Words = Annotated[
    str,
    PlainValidator(text(500).read),
    WithJsonSchema({"type": "string", "description": "1 to 500 printable characters", "examples": ["why"]}),
]
Label = Annotated[
    str,
    PlainValidator(text(80).read),
    WithJsonSchema({"type": "string", "description": "1 to 80 printable characters", "examples": ["line 1"]}),
]
Outcome = Annotated[
    str,
    PlainValidator(one_of("settled", "failed", "returned").read),
    WithJsonSchema({"type": "string", "enum": ["settled", "failed", "returned"]}),
]
Hash = Annotated[bytes, PlainValidator(binary(32).read), _schema(f"32 bytes, {_BASE64URL}", "A" * 43)]


def field_key(text: str) -> bytes:
    """A 16-byte id that is the name of a JSON field.

    Raises:
        FormatError: if it is not one.
    """
    value: bytes = binary(16).read(text)
    return value


def texts(raws: list[bytes]) -> list[str]:
    """Signed records as text."""
    return [raw.decode("ascii") for raw in raws]


def maybe(value: bytes | None) -> str | None:
    """Base64url, or null."""
    return None if value is None else to_base64url(value)


def moment(seconds: int) -> str:
    """A stored time on the wire."""
    return write_time(datetime.fromtimestamp(seconds, UTC))
