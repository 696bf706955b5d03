"""What schemathesis is told about our callers: who signs what, and the ids of things that exist.

It runs in an environment of its own and imports nothing of ours: RFC 9421 is written here a
second time, from the RFC. ``FUZZ_SCENE`` is the file with who there is.
"""

import atexit
import base64
import hashlib
import json
import os
import random
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import schemathesis
from nacl.signing import SigningKey

SCENE = json.loads(Path(os.environ["FUZZ_SCENE"]).read_text())
KNOWN = 0.8
"""How often an id is one that exists."""
HONEST = 0.8
"""How often a caller is the one the route asks for, and its credential good."""
GOOD, ALMOST = 0.3, 0.2
"""How often a body is a good one, and how often a good one with one character changed."""
chance = random.Random(1)  # noqa: S311 - it guards nothing
seen: Counter[str] = Counter()
done: Counter[str] = Counter()
statuses: Counter[str] = Counter()


def base64url(octets: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


class Caller:
    """Adds a credential to a request that is ready to go: only then its bytes and its URL are known."""

    def __init__(self, schemes: Sequence[str]) -> None:
        self.schemes = schemes

    def __call__(self, request: Any) -> Any:
        """Sign it, or show a token."""
        scheme = chance.choice(self.schemes) if self.schemes else None
        if chance.random() > HONEST:
            scheme = chance.choice(["session", "operator", "signature", None])
        if scheme in {"session", "operator"}:
            request.headers["authorization"] = f"Bearer {SCENE[scheme]}"
        elif scheme == "signature":
            sign(request)
        return request


def spoiled(body: dict[str, Any]) -> dict[str, Any]:
    """A body with one character of one of its texts changed."""
    texts = [name for name, value in body.items() if isinstance(value, str) and value]
    if not texts:
        return {}
    name = chance.choice(texts)
    place = chance.randrange(len(body[name]))
    return body | {name: body[name][:place] + chance.choice("A-_.0é\x00") + body[name][place + 1 :]}


def sign(request: Any) -> None:
    """RFC 9421, §2 and §3, with the parts that docs/spec/http.md asks for."""
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    lines = [f'"@method": {request.method}', f'"@target-uri": {request.url}']
    covered = '"@method" "@target-uri"'
    if body:
        digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
        request.headers["content-digest"] = digest
        lines.append(f'"content-digest": {digest}')
        covered += ' "content-digest"'
    key, now = SigningKey(bytes.fromhex(SCENE["partner"])), int(time.time())
    kid = base64url(hashlib.sha256(bytes(key.verify_key)).digest())
    terms = (
        f'({covered});created={now};keyid="{kid}";alg="ed25519";expires={now + 240}'
        f';nonce="{secrets.token_urlsafe(12)}";tag="planetvault"'
    )
    base = "\n".join([*lines, f'"@signature-params": {terms}'])
    signature = base64.b64encode(key.sign(base.encode()).signature).decode()
    request.headers["signature-input"] = f"sig={terms}"
    request.headers["signature"] = f"sig=:{signature}:"


schemathesis.serializer.alias("application/jose", "text/plain")


def map_path_parameters(context: Any, path_parameters: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - called by name
    """Ask for what exists, mostly."""
    for name in path_parameters or {}:
        if name in SCENE["ids"] and chance.random() < KNOWN:
            path_parameters[name] = chance.choice(SCENE["ids"][name])
    return path_parameters


def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:  # noqa: ARG001 - called by name
    """Let somebody ask who may, mostly; and sometimes say what makes sense."""
    bodies, die = SCENE["bodies"].get(case.operation.label), chance.random()
    if bodies and die < GOOD + ALMOST:
        case.body = chance.choice(bodies) if die < GOOD else spoiled(chance.choice(bodies))
        case.media_type = "application/json"
    security = case.operation.definition.raw.get("security", [])
    kwargs["auth"] = Caller([scheme for one in security for scheme in one])


def after_call(context: Any, case: Any, response: Any) -> None:  # noqa: ARG001 - called by name
    """Count what was answered."""
    seen[case.operation.label] += 1
    done[case.operation.label] += response.status_code < 300
    statuses[str(response.status_code)] += 1


@atexit.register
def tell() -> None:
    """Leave the counts to whoever started us."""
    told = {"operations": seen, "done": done, "statuses": statuses}
    Path(os.environ["FUZZ_TOLD"]).write_text(json.dumps(told))


for hook in (map_path_parameters, before_call, after_call):
    schemathesis.hook(hook)
