"""An owner's account on one device: made, opened, and logged in to.

In memory: ``device`` is the secret of this device's locker, ``account`` the account's id,
``account/new`` the request that creates it until it has arrived, ``account/chain`` the
newest account chain seen, and ``account/root`` the root kid that the device which let this
one in told it, until this one has vouched for it. Session tokens and root keys are never
written down.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from secrets import token_bytes
from typing import Any, TypeVar

from anchor.encoding import to_base64url
from anchor.keys import SigningKey
from anchor.records.account import AccountEntry, Login
from anchor.records.shape import write_json
from anchor.records.signed import sign
from anchor.records.trust import Trust
from planetvault import pinned
from planetvault.answers import Fields
from planetvault.errors import (
    AccountChanged,
    BrokenAnswer,
    Conflict,
    LockedOut,
    MemoryFault,
    NothingRemembered,
    Unauthorised,
)
from planetvault.http import Clock, Credential, exchange, get, listed, send
from planetvault.memory import Memory
from planetvault.owner.account_chain import AccountChain, verify_chain
from planetvault.sealing.contexts import ID_BYTES
from planetvault.sealing.errors import InputError, OpenError
from planetvault.sealing.lockers import (
    Locker,
    SealedRoot,
    device_locker,
    new_device_locker,
    open_root,
    seal_root,
)
from planetvault.sealing.tree import AccountRoot, Identity, identity_of, new_root, open_older_roots
from planetvault.steps import ANSWER_BYTES_MAX, Keep, Pause, Request, Steps, Turn

DEVICE, ACCOUNT, NEW, CHAIN, ROOT = "device", "account", "account/new", "account/chain", "account/root"
OLDER_ROOTS = "roots"
"""The name under which the vault keeps the sealed roots of earlier generations."""

TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,1024}", re.ASCII)
"""What a bearer token may be: RFC 6750 §2.1."""

CHALLENGES = 3
NEXT_CHALLENGE_SECONDS = 0.2  # somebody answered this very challenge: the next one differs

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Balances:
    """An owner's money in micros, by how near it is to her.

    ``estimated`` is what standing grants may still bring; nobody owes it. ``pending`` is earned and
    may still be disputed, ``payable`` hers to take, ``leaving`` on its way, ``paid`` taken.
    """

    estimated: int
    pending: int
    payable: int
    leaving: int
    paid: int


@dataclass(frozen=True, slots=True)
class Unlocked:
    """An account this device has opened. ``roots`` are the root keys, the newest first."""

    account: bytes
    chain: AccountChain
    roots: tuple[AccountRoot, ...]
    identity: Identity


class OwnerAccount:
    """The account, its keys and its session."""

    def __init__(self, url: str, memory: Memory, clock: Clock) -> None:
        self.url, self.memory, self.clock = url, memory, clock
        self._session: str | None = None
        self._unlocked: Unlocked | None = None
        self._guest: tuple[bytes, Locker] | None = None

    @property
    def trust(self) -> Trust:
        """The vault as it is pinned."""
        return pinned.remembered_trust(self.memory)

    @property
    def locker(self) -> Locker:
        """This device's locker; or, on a device that is not let in yet, the one it opens with.

        Raises:
            NothingRemembered, MemoryFault: if this memory holds none.
        """
        if self._guest:
            return self._guest[1]
        try:
            return device_locker(self._remembered(DEVICE))
        except InputError as error:
            raise MemoryFault("this memory holds something else than the secret of a device") from error

    @property
    def account(self) -> bytes:
        """The account's id, 16 bytes."""
        return self._guest[0] if self._guest else self._remembered(ACCOUNT)

    def signing_key_for(self, partner: str) -> SigningKey:
        """The key with which the owner signs for one partner."""
        return self.unlocked.identity.signing_key_for(partner)

    @property
    def unlocked(self) -> Unlocked:
        """The account's keys, once ``unlock`` has opened them."""
        if self._unlocked is None:
            raise NothingRemembered("the account is not open yet")
        return self._unlocked

    # -- making an account -------------------------------------------------------------

    def create(self) -> Steps[None]:
        """Make a device locker, an account root and an account, and log in."""
        yield Turn(ACCOUNT)
        if self.memory.get(DEVICE) is None:
            yield Keep(self._new_account(), {DEVICE: None})
        yield from self._publish()
        yield from self.unlock()

    def _new_account(self) -> Mapping[str, bytes | None]:
        account, locker = token_bytes(ID_BYTES), new_device_locker()
        root = new_root(account)
        entry = AccountEntry(
            account=account,
            seq=1,
            prev=None,
            action="create",
            kind=locker.kind.value,
            sign_key=locker.signing.public,
            sealing_key=locker.opening.public,
            generation=root.generation,
            root_commitment=root.commitment(),
            journal=None,
            time=self.clock(),
        )
        body = {
            "entry": sign(entry, locker.signing).text,
            "sealed_root": to_base64url(seal_root(root, locker.kid, locker.opening.public)),
            "root_mac": to_base64url(locker.root_mac(account, locker.kid)),
            "parameters": {},
            "secrets": {},
        }
        return {DEVICE: locker.secret(), ACCOUNT: account, NEW: write_json(body)}

    def _publish(self) -> Steps[None]:
        """The very bytes that were remembered: the vault knows them again by their hash."""
        body = self.memory.get(NEW)
        if body is not None:
            yield from exchange(Request("POST", "/v1/accounts", body, {"content-type": "application/json"}))
            yield Keep({NEW: None})

    # -- logging in and opening ----------------------------------------------------------

    def require(self) -> None:
        """Return if this memory holds a device of some account.

        Raises:
            NothingRemembered: if not.
        """
        self._remembered(DEVICE)

    def unlock(self) -> Steps[Unlocked]:
        """Log in, check the account chain, and open the root keys.

        Raises:
            AccountChanged: if the chain was rolled back, forked, or made up around this device's key.
        """
        yield from self._publish()
        yield from self._vouch()
        return (yield from self._take((yield from self.show_account())))

    def _vouch(self) -> Steps[None]:
        """Leave the root MAC of this device, if another one let it in."""
        root_kid = self.memory.get(ROOT)
        if root_kid is not None:
            root_mac = self.locker.root_mac(self.account, root_kid)
            yield from self.send("PUT", "/v1/account/root-mac", {"root_mac": to_base64url(root_mac)})
            yield Keep({ROOT: None})

    def _take(self, answer: Fields) -> Steps[Unlocked]:
        """The account as the vault shows it, if that continues what this device has seen."""
        seen = self.memory.get(CHAIN)
        chain = verify_chain(answer.records("chain"), self.account, seen=seen)
        if answer.identifier("account") != self.account or self.locker.kid not in chain.standing:
            raise AccountChanged("the vault shows another account, or one without this device")
        roots = self._open_roots(chain, answer)
        if bytes(chain) != seen and not self._guest:
            yield Keep({CHAIN: bytes(chain)})
        self._unlocked = Unlocked(self.account, chain, roots, identity_of(roots[-1]))
        return self._unlocked

    def _open_roots(self, chain: AccountChain, answer: Fields) -> tuple[AccountRoot, ...]:
        locker, newest = self.locker, len(chain.commitments) - 1
        ours = next((row for row in answer.objects("lockers") if row.hash("kid") == locker.kid), None)
        if ours is None:
            raise BrokenAnswer("the vault does not show this device's locker")
        sealed = SealedRoot(newest, ours.sealed("sealed_root"), ours.sealed("root_mac"))
        secrets = answer.sealed_by_name("secrets")
        try:
            root = open_root(
                locker, sealed, self.account, root_kid=chain.root_kid, commitment=chain.commitments[newest]
            )
            older = open_older_roots(root, chain.commitments[:-1], secrets[OLDER_ROOTS]) if newest else ()
        except (OpenError, KeyError) as error:
            raise AccountChanged(
                "the root key is not the one this device vouches for", bytes(chain)
            ) from error
        return (root, *reversed(older))

    def show_account(self) -> Steps[Fields]:
        """What the vault shows of the account. Lockers that came or went since are taken in.

        Raises:
            AccountChanged: if its chain does not continue the one this device has seen.
        """
        answer = yield from self.get("/v1/account")
        if self._unlocked and answer.records("chain") != self._unlocked.chain.raws:
            yield from self._take(answer)
        return answer

    def balances(self) -> Steps[Balances]:
        """What the vault says the owner earned; ``statement`` has it signed and checked."""
        answer = (yield from self.show_account()).object("balances")
        names = ("estimated", "pending", "payable", "leaving", "paid")
        return Balances(*(answer.integer(name) for name in names))

    def log_in(self) -> Steps[None]:
        """Prove to be this device by signing the vault's challenge (docs/spec/http.md).

        A challenge is taken once. One that is spent already, by a reply that got lost or by a
        log-in of the same second, is asked for anew.

        Raises:
            LockedOut: if the challenge is for another account, as one for an unknown device is.
        """
        for _ in range(CHALLENGES):
            try:
                self._session = yield from self._answer_challenge()
            except Conflict as spent:
                conflict = spent
                yield Pause(NEXT_CHALLENGE_SECONDS)
            else:
                return
        raise conflict

    def _answer_challenge(self) -> Steps[str]:
        login = yield from self.challenged()
        answer = yield from send("POST", "/v1/sessions", {"login": sign(login, self.locker.signing).text})
        session = answer.text("session")
        if TOKEN.fullmatch(session) is None:
            raise BrokenAnswer("the answer has no session that a header can carry")
        return session

    def challenged(self) -> Steps[Login]:
        """What the vault asks this locker to sign.

        Raises:
            LockedOut: if it asks for another account.
        """
        challenge = yield from send("POST", "/v1/logins", {"kid": to_base64url(self.locker.kid)})
        if challenge.identifier("account") != self.account:
            raise LockedOut("the vault does not know this device under this account")
        return Login(
            vault=self.trust.vault,
            account=self.account,
            nonce=challenge.hash("nonce"),
            expires=challenge.time("expires"),
        )

    def change_trust(self, trust: bytes) -> Steps[Trust]:
        """Pin another trust file of the same vault, which the caller has checked."""
        return (yield from pinned.change_trust(self.memory, trust))

    # -- asking as the owner -----------------------------------------------------------

    def get(self, target: str, *, most: int = ANSWER_BYTES_MAX) -> Steps[Fields]:
        """Fetch one JSON object as the owner."""
        return (yield from self.signed_in(lambda who: get(target, who=who, most=most)))

    def send(self, method: str, target: str, body: Mapping[str, Any]) -> Steps[Fields]:
        """Send one JSON object as the owner."""
        return (yield from self.signed_in(lambda who: send(method, target, body, who=who)))

    def listed(self, target: str) -> Steps[list[Fields]]:
        """Fetch a whole list as the owner."""
        return (yield from self.signed_in(lambda who: listed(target, who=who)))

    def signed_in(self, ask: Callable[[Credential], Steps[T]]) -> Steps[T]:
        """Ask with a session; one that has ended is begun anew, once."""
        if self._session is None:
            yield from self.log_in()
        try:
            return (yield from ask(self._bearer))
        except Unauthorised:
            yield from self.log_in()
            return (yield from ask(self._bearer))

    def _bearer(self, _method: str, _target: str, _body: bytes | None) -> Mapping[str, str]:
        return {"authorization": f"Bearer {self._session}"}

    def _remembered(self, name: str) -> bytes:
        value = self.memory.get(name)
        if value is None:
            raise NothingRemembered("this memory holds no owner's device: create an account first")
        return value
