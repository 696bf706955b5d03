"""Accounts over HTTP: create one, move its chain, keep what is sealed, end it."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field

from anchor.encoding import to_base64url
from anchor.errors import FormatError
from anchor.records.account import AccountEntry
from anchor.records.shape import binary, read_json
from anchor.records.signed import unverified
from vault import shown, wire
from vault.accounts import answers, chain, flow, rules
from vault.accounts.store import Accounts, Locker
from vault.accounts.wording import SECRETS_MAX, SecretName, parameters_of
from vault.db import Transaction
from vault.errors import Conflict, Malformed, NotFound
from vault.http import Owner, Running
from vault.logins.proof import answered
from vault.openings.rules import Guarded, verify_guarded
from vault.openings.store import Openings
from vault.payments import ledger
from vault.payments.estimate import estimated
from vault.payments.store import Ledger

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


class NewErasure(wire.Body):
    """The end of an account, by a fresh answer to a challenge."""

    login: wire.Signed
    forfeit: int = Field(ge=0, le=2**53 - 1)


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
        try:
            accounts.create(entry, locker, now)
        except Conflict:
            if accounts.entry(record.account, 1) != entry.raw:
                raise
            return  # it was sent before, or to another process at this moment
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

    def keep(transaction: Transaction) -> None:
        accounts = Accounts(transaction)
        accounts.hold(session.account)
        accounts.vouch(session.kid, body.root_mac)

    await service.write(keep)


@router.put("/account/pause", status_code=204)
async def pause_uses(body: Pause, session: Owner, service: Running) -> None:
    """Refuse every use of the owner's data, or no longer. Grants stand, and their time runs on."""
    since = int(service.clock().timestamp()) if body.paused else None

    def pause(transaction: Transaction) -> None:
        accounts = Accounts(transaction)
        accounts.hold(session.account)
        accounts.pause(session.account, since)

    await service.write(pause)


@router.post("/finders", response_model=answers.Found)
async def find_locker(body: Finder, service: Running) -> dict[str, Any]:
    """The account and the parameters of a locker, for who holds the 128 bits it is found by."""
    found = await service.read(lambda t: Accounts(t).found(body.finder))
    if found is None:
        raise NotFound("nothing is found by this")
    account, locker = found
    return {"account": to_base64url(account), "kind": locker.kind, "parameters": read_json(locker.parameters)}


@router.post("/erasures", status_code=201, response_model=answers.Erasure)
async def erase_account(body: NewErasure, service: Running) -> dict[str, str]:
    """End an account: everything sealed is deleted."""
    now, issuer = service.clock(), service.issuer

    def end(transaction: Transaction) -> bytes:
        session = answered(transaction, body.login, service, now)
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
        accounts.hold(session.account)
        if name not in (kept := accounts.secrets(session.account)) and len(kept) >= SECRETS_MAX:
            raise Conflict(f"an account keeps at most {SECRETS_MAX} secrets")
        accounts.keep_secret(session.account, name, body.sealed)

    await service.write(keep)
