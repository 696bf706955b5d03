"""Ask witnesses to cosign the newest published checkpoint, and keep what they sign.

Nobody waits for this: a use is answered, a checkpoint shown and an anchor sent whether
witnesses answer or not. One that fails is left alone for a while. What a witness says is
believed as far as it signed it: its size tells where to begin, never that we are wrong.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx2
import structlog

from anchor.errors import AnchorError
from anchor.log import Log
from anchor.note import TIME_BYTES, VerifierKey
from anchor.witness import ANSWER_BYTES_MAX, SIZE_TYPE, Request, read_answer
from vault.db import Connection, reading, writing
from vault.errors import Unavailable
from vault.log.store import Checkpoints, Cosignatures, Stored, Tiles
from vault.settings import Settings

ANSWER_SECONDS = 5.0
"""From the first byte sent to the last one received."""
REST_SECONDS = 60.0
"""How long a witness that failed is left alone."""
SIZE_DIGITS_MAX = 19
SKEW_SECONDS = 300
"""How far a witness's clock may be from ours."""

log = structlog.get_logger()


class NotCosigned(Unavailable):
    """A witness did not cosign, or its answer can't be used."""

    code = "not-cosigned"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP."""

    status: int
    kind: str
    body: bytes


Post = Callable[[bytes], Answer]
"""Hand a request to one witness.

Raises:
    NotCosigned: if it does not answer.
"""


@dataclass
class Asked:
    """A witness we ask, and until when (monotonic seconds) it is left alone."""

    key: VerifierKey
    post: Post
    resting: float = field(default=0.0)


def asked(settings: Settings) -> tuple[Asked, ...]:
    """The witnesses of the settings.

    Raises:
        FormatError: if one of their keys can't be read.
    """
    pairs = zip(settings.witness_keys.split(), settings.witness_urls.split(), strict=False)
    return tuple(Asked(VerifierKey.parse(vkey), over_http(url)) for vkey, url in pairs)


def over_http(url: str, seconds: float = ANSWER_SECONDS) -> Post:
    """Ask the witness under this URL, without following it elsewhere; its answer is whole in that time."""

    def post(body: bytes) -> Answer:
        try:
            return asyncio.run(_post(f"{url.rstrip('/')}/add-checkpoint", body, seconds))
        except (httpx2.HTTPError, TimeoutError) as error:
            raise NotCosigned(f"the witness does not answer: {type(error).__name__}") from error

    return post


async def _post(url: str, body: bytes, seconds: float) -> Answer:
    # The client's own timeout begins anew with every byte: one that drips would keep all others waiting.
    async with (
        asyncio.timeout(seconds),
        httpx2.AsyncClient() as http,
        http.stream("POST", url, content=body) as response,
    ):
        answer = b""
        async for part in response.aiter_bytes():
            answer += part
            if len(answer) > ANSWER_BYTES_MAX:
                raise NotCosigned("the witness's answer is too long")
        return Answer(response.status_code, response.headers.get("content-type", ""), answer)


def cosign(connection: Connection, own: VerifierKey, witnesses: Sequence[Asked], now: int) -> dict[str, int]:
    """Ask each witness that has not cosigned the newest published checkpoint; the sizes they did cosign."""
    done = {}
    for witness in witnesses:
        with reading(connection) as transaction:
            newest = Checkpoints(transaction, own.name).published()
            since = Cosignatures(transaction).newest_of(witness.key.vkey)
        if newest is None or since == newest.size or time.monotonic() < witness.resting:
            continue
        try:
            _ask(connection, own, witness, newest, since, now)
        except (NotCosigned, AnchorError) as error:
            witness.resting = time.monotonic() + REST_SECONDS
            log.warning("not cosigned", witness=witness.key.name, size=newest.size, reason=str(error))
        else:
            done[witness.key.name] = newest.size
    return done


def _ask(
    connection: Connection, own: VerifierKey, witness: Asked, newest: Stored, since: int, now: int
) -> None:
    answer = witness.post(_request(connection, own.name, newest, since))
    told = _told(answer)
    if told is not None and told != since:
        if told > newest.size:
            raise NotCosigned(f"the witness knows a checkpoint of size {told}, beyond ours: look why")
        answer = witness.post(_request(connection, own.name, newest, told))
    if answer.status != httpx2.codes.OK:
        raise NotCosigned(f"the witness answered {answer.status}")
    line = read_answer(answer.body, newest.note, own, witness.key)
    if abs(int.from_bytes(line.signature[:TIME_BYTES], "big") - now) > SKEW_SECONDS:
        raise NotCosigned("the witness's clock is not ours: look which is wrong")
    with writing(connection) as transaction:
        Cosignatures(transaction).add(newest.size, witness.key.vkey, str(line).encode())


def _request(connection: Connection, origin: str, newest: Stored, since: int) -> bytes:
    with reading(connection) as transaction:
        tree = Log(origin, Tiles(transaction, origin)).at(newest.size)
        path = tree.consistency(since) if since else ()
    return bytes(Request(since, path, newest.note))


def _told(answer: Answer) -> int | None:
    digits = answer.body.removesuffix(b"\n")
    told = answer.status == httpx2.codes.CONFLICT and answer.kind.partition(";")[0] == SIZE_TYPE
    if not told or not digits.isdigit() or len(digits) > SIZE_DIGITS_MAX:
        return None
    return int(digits)
