"""Logins over HTTP: a challenge for a locker, and a session for its answer."""

import secrets
from hashlib import sha256
from typing import Any

from fastapi import APIRouter

from anchor.encoding import to_base64url
from anchor.records.shape import read_json, write_time
from vault import wire
from vault.accounts.store import Accounts
from vault.db import Transaction
from vault.http import Running
from vault.logins import answers, rules
from vault.logins.proof import answered
from vault.logins.store import Sessions

router = APIRouter(prefix="/v1", tags=["accounts"])


class LoginRequest(wire.Body):
    """Which locker wants to log in."""

    kid: wire.Hash


class NewSession(wire.Body):
    """The signed challenge."""

    login: wire.Signed


@router.post("/logins", response_model=answers.Challenge)
async def begin_login(body: LoginRequest, service: Running) -> dict[str, Any]:
    """A challenge for a locker. Who asks for an unknown one learns nothing."""
    found = await service.read(lambda t: Accounts(t).locker(body.kid))
    secret = service.secrets.challenge
    expires = service.clock() + rules.CHALLENGE_LIFE
    account, parameters = (
        (found[0], found[1].parameters) if found else (rules.decoy_account(secret, body.kid), b"{}")
    )
    return {
        "account": to_base64url(account),
        "nonce": to_base64url(
            rules.challenge(secret, body.kid, expires, secrets.token_bytes(rules.CHANCE_BYTES))
        ),
        "expires": write_time(expires),
        "parameters": read_json(parameters),
    }


@router.post("/sessions", status_code=201, response_model=answers.Session)
async def begin_session(body: NewSession, service: Running) -> dict[str, str]:
    """A session for the locker that signed the challenge."""
    now = service.clock()
    token = to_base64url(secrets.token_bytes(32))
    expires = now + rules.SESSION_LIFE

    def begin(transaction: Transaction) -> None:
        session = answered(transaction, body.login, service, now)
        name = sha256(token.encode()).digest()
        Sessions(transaction).begin(name, session, int(expires.timestamp()))

    await service.write(begin)
    return {"session": token, "expires": write_time(expires)}
