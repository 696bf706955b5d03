"""A scenario: a record with one thing about it, and what a reader must say to it.

``assemble`` signs any header over any payload, so a record can be wrong in one
place and properly signed everywhere else.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anchor.encoding import from_base64url, to_base64url
from anchor.keys import SigningKey
from anchor.records.signed import RECORD_BYTES_MAX
from tests.records.examples import examples, key

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
OK, FORMAT, SIGNATURE, PROOF = "ok", "format", "signature", "proof"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One file: its name says what is special, ``what`` says it in a sentence."""

    name: str
    what: str
    expect: str
    noun: str
    content: Mapping[str, Any]

    def file(self) -> bytes:
        """The JSON that is written to tests/vectors/records."""
        head = {"name": self.name, "what": self.what, "expect": self.expect, "noun": self.noun}
        return json.dumps({**head, **self.content}, indent=2).encode() + b"\n"


def refused(name: str, what: str, expect: str, noun: str, jws: str, trusted: bytes | None = None) -> Scenario:
    """A record that must not be accepted."""
    public = signer_of(noun).public if trusted is None else trusted
    return Scenario(name, what, expect, noun, {"jws": jws, "key": to_base64url(public)})


def signer_of(noun: str) -> SigningKey:
    """The key that signed the example of this kind."""
    return key(examples()[noun].signer)


def parts_of(noun: str) -> list[str]:
    """Header, payload and signature of the example, as they stand in the JWS."""
    return examples()[noun].signed.text.split(".")


def payload_of(noun: str) -> dict[str, Any]:
    """The payload of the example, parsed."""
    return dict(json.loads(from_base64url(parts_of(noun)[1])))


def compact(payload: Any) -> bytes:
    """A payload as the reference implementation writes it."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def header_of(noun: str, kid: bytes) -> bytes:
    """The exact header of a kind, written out independently of the code under test."""
    return f'{{"alg":"Ed25519","typ":"planetvault-{noun}+jws","kid":"{to_base64url(kid)}"}}'.encode()


def segment_pair(header: bytes, payload: bytes) -> str:
    """What a signature is made over."""
    return f"{to_base64url(header)}.{to_base64url(payload)}"


def assemble(
    noun: str, payload: bytes, *, header: bytes | None = None, signer: SigningKey | None = None
) -> str:
    """A compact JWS over these very bytes, signed by the signer of the example unless told otherwise."""
    signer = signer or signer_of(noun)
    header = header_of(noun, signer.kid) if header is None else header
    signed = segment_pair(header, payload)
    return f"{signed}.{to_base64url(signer.sign(signed.encode()))}"


def changed(noun: str, **fields: Any) -> str:
    """The example with some fields changed, properly signed."""
    return assemble(noun, compact({**payload_of(noun), **fields}))


def replaced(noun: str, old: str, new: str) -> str:
    """The example with a piece of its JSON text replaced, properly signed."""
    text = from_base64url(parts_of(noun)[1]).decode()
    assert text.count(old) == 1, f"{old} stands {text.count(old)} times in the {noun}"
    return assemble(noun, text.replace(old, new).encode("utf-8", "surrogatepass"))


def longest_payload(noun: str) -> int:
    """How many payload bytes a record of 65,536 bytes has."""
    return (RECORD_BYTES_MAX - len(assemble(noun, b""))) * 3 // 4


def with_spaces(noun: str, payload_bytes: int) -> str:
    """The example with spaces after its JSON, properly signed."""
    return assemble(noun, compact(payload_of(noun)).ljust(payload_bytes))


def other_last_character(text: str) -> str:
    """The same bytes in a base64url text that is not the canonical one."""
    assert len(text) % 4 in {2, 3}, "no spare bits in the last character"
    return text[:-1] + ALPHABET[ALPHABET.index(text[-1]) + 1]
