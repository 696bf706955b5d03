"""Random mutations of everything a hostile vault holds or says: never accepted, never an untyped crash.

An owner's device and a partner read everything once from the real vault, and every answer is kept.
Then the answers are played to them again and again, each time with one of them changed: a sealed
blob or a signed record in it cut, extended or flipped in one bit, as it could lie in a vault's
database; a JSON value replaced; or the bytes of the whole answer damaged. What they read must be
exactly what was sealed, or they must raise one of their own errors.

A change that they never look at is harmless and counts as **unread**: an answer may have
more in it than a client needs (docs/spec/http.md), and what nobody signed, such as a balance
or a state, is the vault's word and is shown as that.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
from planetvault.errors import PlanetVaultError
from planetvault.memory import RamMemory
from planetvault.owner import Owner, RecoveryPhrase
from planetvault.partner import Partner
from planetvault.partner.consents import GrantedItem, HeldGrant
from planetvault.partner.receiving import PENDING

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import AnchorError, FormatError
from anchor.records.signed import hash_of
from anchor.records.usage import Use
from tests.attacks.town import Between, Town, town

TYPED = (PlanetVaultError, AnchorError)
Picture = tuple[Any, ...]
Asked = tuple[str, str]


@dataclass
class Outcome:
    """How many mutations were refused by a typed error, had no effect, were accepted, or crashed."""

    refused: int = 0
    unread: int = 0
    accepted: list[str] = field(default_factory=list)
    untyped: list[str] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def tried(self) -> int:
        return self.refused + self.unread + len(self.accepted) + len(self.untyped)


def picture(owner: Owner) -> Picture:
    """All that an owner relies on: her rows, lockers, grants' terms, and receipts."""
    items = tuple((i.kind, i.period, i.version, repr(owner.open_item(i).columns)) for i in owner.items())
    grants = tuple(one.signed.raw for one in owner.grants())
    receipts = tuple((one.receipt.raw, one.use and one.use.raw, one.link) for one in owner.receipts())
    return items, tuple(one.kid for one in owner.lockers()), grants, receipts


class Tape(httpx2.BaseTransport):
    """Answers as they were given once, by method and target, one of them changed."""

    def __init__(self, answers: Mapping[Asked, bytes]) -> None:
        self.answers = dict(answers)
        self.changed: tuple[Asked, bytes] | None = None

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        asked = (request.method, request.url.raw_path.decode())
        body = self.answers.get(asked)
        if self.changed is not None and asked == self.changed[0]:
            body = self.changed[1]
        return httpx2.Response(404 if body is None else 200, content=body or b"{}", request=request)


def picture_of_partner(partner: Partner) -> Picture:
    """All that a partner relies on: its grants' terms, what a paid use opened, and receipts."""
    grants = partner.grants()
    opened = []
    for outcome in partner.resume():
        if isinstance(outcome, Exception):
            raise outcome
        opened.append((outcome.receipt.raw, repr(outcome.columns)))
    if not grants:
        raise PlanetVaultError("no grant is shown: whoever was given one asks why")
    receipts = [(one.receipt.raw, one.use and one.use.raw) for one in partner.receipts(grants[0])]
    return tuple(one.signed.raw for one in grants), tuple(opened), tuple(receipts)


@dataclass
class Side:
    """Somebody who reads: what she remembers, how she reads, and the answers she was given once."""

    kept: dict[str, bytes]
    look: Callable[[RamMemory, httpx2.BaseTransport], Picture]
    tape: Tape = field(init=False)
    expected: Picture = field(init=False)

    def memory(self) -> RamMemory:
        """What she remembers, so that no reading spoils the next."""
        memory = RamMemory()
        memory.put(dict(self.kept))
        return memory

    def record(self, between: Between) -> None:
        """Read everything from the vault, and see that the answers can be played again."""
        between.requests.clear()
        between.answers.clear()
        self.expected = self.look(self.memory(), between)
        targets = [(one.method, one.url.raw_path.decode()) for one in between.requests]
        self.tape = Tape(dict(zip(targets, (body for _, body in between.answers), strict=True)))
        assert self.read() == self.expected

    def read(self) -> Picture:
        """Start anew, and read everything from the tape."""
        return self.look(self.memory(), self.tape)


class Scene:
    """An owner's device and a partner that read the same tapes again and again."""

    def __init__(self, one: Town, random: Random) -> None:
        self.town, self.random, self.outcome = one, random, Outcome()
        one.owner.add_locker(RecoveryPhrase.new())
        one.owner.rotate()
        grant = one.granted("2027-01")
        items = one.partner.items(grant)
        one.partner.use(grant, items)
        self.sides = [self._partner(grant, items)]
        one.owner.revoke(grant.signed)
        self.sides.append(self._owner())

    def _owner(self) -> Side:
        def look(memory: RamMemory, transport: httpx2.BaseTransport) -> Picture:
            return picture(Owner.open(self.town.url, memory, transport=transport, clock=self.town.clock))

        picture(self.town.owner)
        side = Side(dict(self.town.memory.under("")), look)
        side.record(self.town.between)
        return side

    def _partner(self, grant: HeldGrant, items: Sequence[GrantedItem]) -> Side:
        """A partner whose last use was paid, and whose answer got lost: to resume asks for it again."""

        def look(memory: RamMemory, transport: httpx2.BaseTransport) -> Picture:
            opened = Partner.open(self.town.url, memory, transport=transport, clock=self.town.clock)
            return picture_of_partner(opened)

        kept = dict(self.town.partners_memory.under(""))
        self.town.partner.use(grant, items)
        sent = next(one for one in reversed(self.town.between.requests) if one.url.path == "/v1/uses")
        name = PENDING + to_base64url(hash_of(Use, sent.content))
        side = Side({**kept, name: sent.content}, look)
        side.record(self.town.between)
        return side

    def mutate(self) -> None:
        """Change one answer, read, and note what came of it."""
        side = self.random.choice(self.sides)
        asked = self.random.choice(list(side.tape.answers))
        body, how = self._answer(side.tape.answers[asked])
        if body == side.tape.answers[asked]:
            return
        side.tape.changed = asked, body
        self.look(side, f"{asked[0]} {asked[1]} {how}")

    def look(self, side: Side, what: str) -> None:
        """Read through a mutation, and note what came of it."""
        try:
            seen = side.read()
        except TYPED as error:
            self.outcome.refused += 1
            self.outcome.errors[type(error).__name__] += 1
        except Exception as error:  # noqa: BLE001 - this is what must never happen, and is counted
            self.outcome.untyped.append(f"{what}: {type(error).__name__}: {error}")
        else:
            if seen == side.expected:
                self.outcome.unread += 1
            else:
                self.outcome.accepted.append(what)

    def _bytes(self, octets: bytes) -> tuple[bytes, str]:
        at = self.random.randrange(len(octets)) if octets else 0
        match self.random.randrange(6):
            case 0:
                return octets[:at], f"cut at {at}"
            case 1:
                return octets + self.random.randbytes(1 + at % 17), "extended"
            case 2:
                return octets[:at] + octets[at + 1 :], f"without byte {at}"
            case _ if octets:
                bit = 1 << self.random.randrange(8)
                return octets[:at] + bytes([octets[at] ^ bit]) + octets[at + 1 :], f"byte {at} ^ {bit}"
        return b"\0", "replaced"

    def _answer(self, body: bytes) -> tuple[bytes, str]:
        if self.random.random() < 0.1:
            changed, how = self._bytes(body)
            return changed, f"as bytes, {how}"
        try:
            value = json.loads(body)
        except ValueError:
            changed, how = self._bytes(body)
            return changed, f"as bytes, {how}"
        where = self._change(value)
        return json.dumps(value).encode(), f"at {where}"

    def _change(self, value: Any, where: str = "") -> str:
        """Change one value somewhere inside; the path to it comes back."""
        while isinstance(value, dict | list) and value:
            key = self.random.choice(list(value) if isinstance(value, dict) else range(len(value)))
            inner = value[key]
            if isinstance(inner, dict | list) and inner and self.random.random() < 0.85:
                value, where = inner, f"{where}/{key}"
                continue
            value[key] = self._other(inner)
            return f"{where}/{key}"
        return where or "nowhere"

    def _other(self, value: Any) -> Any:
        some: list[Any] = [None, 0, -1, 2**53, 2**70, 1.5, True, "", "A" * 43, "\0", [], {}, [[]], {"": {}}]
        if isinstance(value, str) and value and self.random.random() < 0.7:
            return self._stored(value)
        if isinstance(value, str) and value:
            at = self.random.randrange(len(value))
            letter = self.random.choice("AQZ_-09.{\u202e")
            flipped = value[:at] + letter + value[at + 1 :]
            some = [*some, *[flipped] * 10, value[:at], value + letter, value[::-1]]
        if isinstance(value, list) and value:
            some += [value[:-1], value[1:], value + value[-1:], value[::-1]] * 3
        if type(value) is int:
            some += [value + 1, value - 1] * 4
        return self.random.choice(some)

    def _stored(self, value: str) -> str:
        """A blob, or a part of a record, changed as bytes."""
        parts = value.split(".")
        place = self.random.randrange(len(parts))
        try:
            parts[place] = to_base64url(self._bytes(from_base64url(parts[place]))[0])
        except FormatError:
            parts[place] = self._bytes(parts[place].encode())[0].decode("latin-1")
        return ".".join(parts)


def run(count: int, seed: int = 1) -> Outcome:
    """Try ``count`` mutations."""
    with TemporaryDirectory() as folder, town(Path(folder)) as one:
        scene = Scene(one, Random(seed))  # noqa: S311 - repeatable on purpose
        while scene.outcome.tried < count:
            scene.mutate()
        return scene.outcome
