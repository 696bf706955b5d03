"""The steps of a client, without I/O: what it wants done, and what it gets back.

Every method of a client is written once, as a generator. It yields what it wants
and is sent the outcome::

    answer = yield Request("GET", "/v1/vault")     send this, give me the answer
    yield Keep({"head": head})                     remember this before I go on
    yield Turn("grant/…")                          from here on, nobody but me for this name
    yield Pause(0.5)                               wait
    table = yield Work(read_my_file)               do this where it keeps nobody waiting

A driver (``planetvault.drivers``) carries the steps out, blocking or not. It throws
``Lost`` into them when a request got no answer.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

ANSWER_BYTES_MAX = 32 << 20
"""A page of sealed items, or the answer to a batch of uses."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. ``target`` is path and query, ``most`` the longest answer to read, in bytes."""

    method: str
    target: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    most: int = ANSWER_BYTES_MAX


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request; the names of ``headers`` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Keep:
    """Remember, or with None forget, durably; see ``Memory.put``."""

    changes: Mapping[str, bytes | None]
    expected: Mapping[str, bytes | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turn:
    """Wait until nobody else works on ``name``, and hold it until these steps end.

    Steps that need several take them in ascending order, so that none waits for ever.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Work:
    """Call this, which takes long or reads files, and give me what it returns."""

    call: Callable[[], Any]


Wanted: TypeAlias = Request | Keep | Turn | Pause | Work
Steps: TypeAlias = Generator[Wanted, Any, T]


class Lost(Exception):
    """No whole answer came. Whether the request arrived is unknown."""


class TooLong(Exception):
    """The answer is longer than the request allowed."""
