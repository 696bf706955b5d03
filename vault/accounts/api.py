"""Accounts over HTTP: create one, log in by signing a challenge, keep what is sealed."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field

from anchor.encoding import to_base64url
from anchor.errors import FormatError, SignatureError
from anchor.keys import verify_public_key
from anchor.records.account import AccountEntry, Login
from anchor.records.parties import Pairing
from anchor.records.shape import binary, read_json, write_time
from anchor.records.signed import named_kid, unverified, verify
from vault import shown, wire
from vault.accounts import answers, chain, flow, rules
from vault.accounts.store import Accounts, Locker, Session
from vault.accounts.wording import SECRETS_MAX, SecretName, parameters_of
from vault.db import Transaction
from vault.errors import Conflict, Forbidden, Malformed, NotFound
from vault.http import Owner, Running
from vault.openings.rules import Guarded, verify_guarded
from vault.openings.store import Openings
from vault.payments import ledger
from vault.payments.estimate import estimated
from vault.payments.store import Ledger
from vault.service import Service

router = APIRouter(prefix="/v1", tags=["accounts"])

OLDER_ROOTS_MAX = 1 << 16
"""Bytes: 32 for each generation, and there are at most 1,024."""


class NewAccount(wire.Body):
    """An account with its first locker."""

    entry: wire.Signed
    sealed_root: wire.Small
    root_mac: wire.Small
    parameters: dict[str, str | int] = Field(default_factory=dict, max_length=8)
    secrets: dict[SecretName, wire.Small] = Field(default_factory=dict, max_length=SECRETS_MAX)


class Half(wire.Body):
    """What the vault keeps closed for a guardians' locker; ``waiting`` in seconds."""

    half: wire.Hash
    asking_key: wire.Hash
    waiting: int = Field(ge=0, le=2**31)


class NewEntry(wire.Body):
    """A locker comes, goes, or turns the root key, with the sealed roots that go with it."""

    entry: wire.Signed
    roots: dict[str, wire.Small] = Field(max_length=rules.LOCKERS_MAX)
    root_mac: wire.Small = b""
    parameters: dict[str, str | int] = Field(default_factory=dict, max_length=8)
    finder: wire.Hash | None = None
    secrets: dict[SecretName, wire.Sealed] = Field(default_factory=dict, max_length=1)
    guarded: Half | None = None


class RootMac(wire.Body):
    """With this a locker vouches for the account's first key."""

    root_mac: wire.Hash


class Pause(wire.Body):
    """Whether all uses are paused."""

    paused: bool


class Finder(wire.Body):
    """What a recovery phrase or a secret key is found by."""

    finder: wire.Hash


class LoginRequest(wire.Body):
    """Which locker wants to log in."""

    kid: wire.Hash


class NewSession(wire.Body):
    """The signed challenge."""

    login: wire.Signed


class NewErasure(wire.Body):
    """The end of an account, by a fresh answer to a challenge."""

    login: wire.Signed
    forfeit: int = Field(ge=0, le=2**53 - 1)


class NewPairing(wire.Body):
    """The owner's key for one partner."""

    pairing: wire.Signed


class Secret(wire.Body):
    """Something only the account's root key opens."""

    sealed: wire.Small


@router.post("/accounts", status_code=201, response_model=shown.AccountName)
async def create_account(body: NewAccount, service: Running) -> dict[str, str]:
    """Open an account. The locker it begins with signs the entry."""
    entry = rules.verify_first_entry(body.entry)
    parameters = parameters_of(body.parameters)
    record = entry.record
    locker = Locker(
        entry.kid,
        record.kind,
        record.sign_key,
        record.sealing_key,
        body.sealed_root,
        body.root_mac,
        parameters,
    )
    now = int(service.clock().timestamp())

    def create(transaction: Transaction) -> None:
        accounts = Accounts(transaction)
        if accounts.entry(record.account, 1) == entry.raw:
            return
        accounts.create(entry, locker, now)
        for name, sealed in body.secrets.items():
            accounts.keep_secret(record.account, name, sealed)

    await service.write(create)
    return {"account": to_base64url(record.account)}


@router.post("/account/entries", status_code=201, response_model=answers.EntryNumber)
async def append_account_entry(body: NewEntry, session: Owner, service: Running) -> dict[str, int]:
    """Add or remove a locker, or turn the root key. All of it is kept, or none."""
    if body.secrets.keys() - {rules.OLDER_ROOTS}:
        raise Malformed("the older roots are the one secret that moves with an entry")
    older = body.secrets.get(rules.OLDER_ROOTS)
    if older is not None and len(older) > OLDER_ROOTS_MAX:
        raise FormatError(f"the older roots have at most {OLDER_ROOTS_MAX} bytes")
    roots = {binary(32).read(kid): sealed for kid, sealed in body.roots.items()}
    parameters = parameters_of(body.parameters)
    new = chain.NewEntry(body.entry, roots, body.root_mac, parameters, body.finder, older)
    guarded = _guarded(body)
    now = int(service.clock().timestamp())

    def append(transaction: Transaction) -> int:
        seq = chain.append(transaction, session, new, now)
        if guarded is not None:
            Openings(transaction).guard(guarded)
        return seq

    return {"seq": await service.write(append)}


def _guarded(body: NewEntry) -> Guarded | None:
    """What comes with the locker of guardians. Whose entry it is, is found out when it is kept."""
    entry, half = unverified(body.entry, AccountEntry), body.guarded
    waiting = timedelta(seconds=half.waiting) if half else timedelta()
    named = rules.named(entry)
    guarded = Guarded(named, entry.account, half.asking_key, half.half, waiting) if half else None
    return verify_guarded(entry.kind, entry.action, guarded)


@router.put("/account/root-mac", status_code=204)
async def keep_root_mac(body: RootMac, session: Owner, service: Running) -> None:
    """Keep the root MAC of the locker that is logged in, which another one added."""
    await service.write(lambda t: Accounts(t).vouch(session.kid, body.root_mac))


@router.put("/account/pause", status_code=204)
async def pause_uses(body: Pause, session: Owner, service: Running) -> None:
    """Refuse every use of the owner's data, or no longer. Grants stand, and their time runs on."""
    since = int(service.clock().timestamp()) if body.paused else None
    await service.write(lambda t: Accounts(t).pause(session.account, since))


@router.post("/finders", response_model=answers.Found)
async def find_locker(body: Finder, service: Running) -> dict[str, Any]:
    """The account and the parameters of a locker, for who holds the 128 bits it is found by."""
    found = await service.read(lambda t: Accounts(t).found(body.finder))
    if found is None:
        raise NotFound("nothing is found by this")
    account, locker = found
    return {"account": to_base64url(account), "kind": locker.kind, "parameters": read_json(locker.parameters)}


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
        session = _answered(transaction, body.login, service, now)
        name = sha256(token.encode()).digest()
        Accounts(transaction).begin_session(name, session, int(expires.timestamp()))

    await service.write(begin)
    return {"session": token, "expires": write_time(expires)}


def _answered(transaction: Transaction, raw: bytes, service: Service, now: datetime) -> Session:
    """Who answered a challenge, which is spent by it."""
    accounts = Accounts(transaction)
    found = accounts.locker(named_kid(raw, Login))
    if found is None:
        raise SignatureError("this is no answer to a challenge of this vault, or it came too late")
    account, locker = found
    login = rules.verify_login(
        raw,
        locker.sign_key,
        account=account,
        origin=service.settings.origin,
        secret=service.secrets.challenge,
        now=now,
    )
    accounts.spend_challenge(login.record.nonce, int(login.record.expires.timestamp()))
    return Session(account, locker.kid)


@router.post("/erasures", status_code=201, response_model=answers.Erasure)
async def erase_account(body: NewErasure, service: Running) -> dict[str, str]:
    """End an account: everything sealed is deleted."""
    now, issuer = service.clock(), service.issuer

    def end(transaction: Transaction) -> bytes:
        session = _answered(transaction, body.login, service, now)
        return flow.erase(transaction, session.account, body.forfeit, issuer, now)

    return {"erasure": (await service.write(end)).decode("ascii")}


@router.get("/erasures/{account}", response_model=answers.Erasure)
async def show_erasure(account: Annotated[str, Path(max_length=22)], service: Running) -> dict[str, str]:
    """The record of an account's end."""
    name = binary(16).read(account)
    raw = await service.read(lambda t: Accounts(t).erasure(name))
    if raw is None:
        raise NotFound("no such account has ended")
    return {"erasure": raw.decode("ascii")}


@router.get("/account", response_model=answers.Account)
async def show_account(session: Owner, service: Running) -> dict[str, Any]:
    """Everything a device of the owner needs to open her vault."""

    def show(transaction: Transaction) -> dict[str, Any]:
        accounts, money = Accounts(transaction), Ledger(transaction)
        seq, head = accounts.journal(session.account)
        finders = accounts.finders(session.account)
        names = {
            "pending": ledger.pending,
            "payable": ledger.payable,
            "leaving": ledger.leaving,
            "paid": ledger.paid,
        }
        return {
            "account": to_base64url(session.account),
            "chain": wire.texts(accounts.chain(session.account)),
            "lockers": [
                _locker(locker, finders.get(locker.kid)) for locker in accounts.lockers(session.account)
            ],
            "secrets": {n: to_base64url(sealed) for n, sealed in accounts.secrets(session.account).items()},
            "journal": {"seq": seq, "head": wire.maybe(head)},
            "balances": {
                "estimated": estimated(transaction, session.account),
                **{name: money.balance(account(session.account)) for name, account in names.items()},
            },
            "currency": service.settings.currency,
            "paused": accounts.paused(session.account) is not None,
        }

    return await service.read(show)


def _locker(locker: Locker, finder: bytes | None) -> dict[str, Any]:
    return {
        "kid": to_base64url(locker.kid),
        "kind": locker.kind,
        "sealed_root": to_base64url(locker.sealed_root),
        "root_mac": to_base64url(locker.root_mac),
        "parameters": read_json(locker.parameters),
        "finder": wire.maybe(finder),
    }


@router.put("/account/secrets/{name}", status_code=204)
async def keep_secret(
    name: Annotated[str, Path(pattern="^[a-z-]{1,32}$")], body: Secret, session: Owner, service: Running
) -> None:
    """Keep a sealed secret under a name."""
    if name == rules.OLDER_ROOTS:
        raise Conflict("the older roots move with the account chain alone")

    def keep(transaction: Transaction) -> None:
        accounts = Accounts(transaction)
        if name not in (kept := accounts.secrets(session.account)) and len(kept) >= SECRETS_MAX:
            raise Conflict(f"an account keeps at most {SECRETS_MAX} secrets")
        accounts.keep_secret(session.account, name, body.sealed)

    await service.write(keep)


@router.post("/pairings", status_code=201, response_model=shown.PairingName)
async def add_pairing(body: NewPairing, session: Owner, service: Running) -> dict[str, str]:
    """Register the key by which one partner knows this owner."""
    pairing = verify(body.pairing, Pairing, lambda _kid, record: verify_public_key(record.owner_key))
    if pairing.record.account != session.account:
        raise Forbidden("this pairing is of another account")
    await service.write(lambda t: Accounts(t).pair(pairing.kid, pairing))
    return {"kid": to_base64url(pairing.kid)}


@router.get("/pairings", response_model=shown.Whole[answers.Pairing])
async def list_pairings(session: Owner, service: Running) -> dict[str, Any]:
    """The owner's pairings, which her devices could also derive."""
    rows = await service.read(lambda t: Accounts(t).pairings(session.account))
    return {
        "data": [
            {"partner": partner, "kid": to_base64url(kid), "pairing": raw.decode("ascii")}
            for partner, kid, raw in rows
        ]
    }
