"""Lockers come, go, and open an account on a new device.

Every change is an entry of the account chain, signed by the locker that is here. When one
goes, a new root key is made and sealed to all others, and the older ones under it, in the
same request; collection keys are renewed when something is next written. No data is touched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from anchor.encoding import to_base64url
from anchor.keys import kid_of
from anchor.records.account import AccountEntry
from anchor.records.signed import sign
from planetvault.answers import Fields
from planetvault.errors import (
    AccountChanged,
    BrokenAnswer,
    Conflict,
    DigitsDiffer,
    LockedOut,
    NotFound,
    OpensNothing,
    OwnLocker,
    PlanetVaultError,
    VaultChanged,
)
from planetvault.http import send
from planetvault.owner.account import ACCOUNT, CHAIN, DEVICE, OLDER_ROOTS, ROOT, Unlocked
from planetvault.owner.joining import Admission, Newcomer, Told, admit
from planetvault.owner.openers import Guardians, Opener, Parameters, Password
from planetvault.owner.opening import ask_half
from planetvault.owner.payouts import OwnerPayouts
from planetvault.pinned import fetch_partner
from planetvault.sealing.errors import InputError
from planetvault.sealing.lockers import Locker, LockerKind, new_device_locker, seal_root
from planetvault.sealing.tree import AccountRoot, next_root, seal_older_roots
from planetvault.steps import Keep, Steps, Turn

LOCKERS = "lockers"
TRIES = 8
"""How often to begin anew because another device wrote or changed the lockers first."""


@dataclass(frozen=True, slots=True)
class StandingLocker:
    """A way to open this account, since when it stands, and whether it is this device itself."""

    kid: bytes
    kind: str
    since: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class _NewLocker:
    """A locker to be added: its two public keys, and what the vault keeps with it."""

    kind: str
    sign_key: bytes
    sealing_key: bytes
    extra: Mapping[str, Any]

    @property
    def kid(self) -> bytes:
        return kid_of(self.sign_key)


class OwnerLockers(OwnerPayouts):
    """The lockers of this account."""

    def lockers(self) -> Steps[list[StandingLocker]]:
        """Every locker that stands, oldest first."""
        yield from self.show_account()
        ours, standing = self.locker.kid, self.unlocked.chain.standing
        return [StandingLocker(kid, one.kind, one.time, kid == ours) for kid, one in standing.items()]

    def add_locker(self, opener: Opener) -> Steps[bytes]:
        """Let a recovery phrase, a password or a passkey open this account; its kid comes back.

        Raises:
            OpensNothing: if it is not one.
        """
        parameters = opener.new_parameters()
        locker = opener.locker(self.account, Fields(parameters))
        yield from self._add(self._described(locker, parameters, opener.finder()))
        return locker.kid

    def admit(self, offer: str) -> Steps[Admission]:
        """Answer the offer of a new device; see ``planetvault.owner.joining``. Nothing is added yet."""
        yield from self.show_account()
        told = Told(self.account, self.unlocked.chain.root_kid, sha256(bytes(self.trust)).digest())
        return admit(offer, told)

    def add_device(self, admission: Admission, reveal: str, digits: str) -> Steps[bytes]:
        """Let a new device in, if both devices show the same six digits; its kid comes back.

        ``digits`` are those the new device shows, typed or confirmed by a person who sees it.

        Raises:
            DigitsDiffer: if they are not the same: somebody stands between the two.
        """
        if not compare_digest(admission.digits(reveal), "".join(digits.split())):
            raise DigitsDiffer("the two devices show different digits: somebody stands between them")
        new = _NewLocker(LockerKind.DEVICE.value, admission.sign_key, admission.sealing_key, {})
        yield from self._add(new)
        return new.kid

    def join(self, newcomer: Newcomer) -> Steps[Unlocked]:
        """Enter an account that another device let this one into.

        Raises:
            VaultChanged: if the vault shows another trust file than the other device has pinned.
            LockedOut: before the other device has added this one.
            AccountChanged: if the vault shows another account than the other device named.
        """
        told = newcomer.told
        if sha256(bytes(self.trust)).digest() != told.trust:
            raise VaultChanged("your other device has pinned another trust file", bytes(self.trust))
        kept = {DEVICE: newcomer.locker.secret(), ACCOUNT: told.account, ROOT: told.root_kid}
        yield Keep(kept, {DEVICE: None})
        unlocked = yield from self.unlock()
        yield from self._pin_partners()
        return unlocked

    def _described(
        self, locker: Locker, parameters: Parameters, finder: bytes | None, **more: Any
    ) -> _NewLocker:
        root_mac = locker.root_mac(self.account, self.unlocked.chain.root_kid)
        extra: dict[str, Any] = {"root_mac": to_base64url(root_mac), "parameters": parameters, **more}
        if finder is not None:
            extra["finder"] = to_base64url(finder)
        return _NewLocker(locker.kind.value, locker.signing.public, locker.opening.public, extra)

    def remove_locker(self, kid: bytes) -> Steps[None]:
        """Let a locker open nothing that is written from now on; its sessions end at once.

        What it could read before, it may have kept. Removing one that is gone changes nothing.

        Raises:
            OwnLocker: for this device's own.
        """
        if kid == self.locker.kid:
            raise OwnLocker("remove this device from another one of yours")
        yield Turn(LOCKERS)
        for _ in range(TRIES):
            journal = (yield from self.sync()).hash
            named = self.unlocked.chain.standing.get(kid)
            if named is None:
                return
            if (yield from self._turn("remove", named, journal)):
                return
        raise _keeps_moving()

    def rotate(self) -> Steps[None]:
        """Turn the root key, and remove nobody: what is written from now on stands under a new one."""
        yield Turn(LOCKERS)
        for _ in range(TRIES):
            journal = (yield from self.sync()).hash
            ours = self.unlocked.chain.standing[self.locker.kid]
            if (yield from self._turn("rotate", ours, journal)):
                return
        raise _keeps_moving()

    def change_password(self, old: bytes, opener: Opener) -> Steps[bytes]:
        """Put a new password, or another opener, in the place of the locker ``old``; its kid comes back.

        No data is sealed anew; the new root key opens it as the old one did.
        """
        kid = yield from self.add_locker(opener)
        yield from self.remove_locker(old)
        return kid

    # -- entries -------------------------------------------------------------------------

    def _add(self, new: _NewLocker) -> Steps[None]:
        yield Turn(LOCKERS)
        for _ in range(TRIES):
            journal = (yield from self.sync()).hash
            if new.kid in self.unlocked.chain.standing:
                return
            root = self.unlocked.roots[0]
            entry = self._entry("add", new.kind, (new.sign_key, new.sealing_key), root, journal)
            roots = {to_base64url(new.kid): to_base64url(seal_root(root, new.kid, new.sealing_key))}
            if (yield from self._send_entry({"entry": entry, "roots": roots, **new.extra})):
                return
        raise _keeps_moving()

    def _turn(self, action: str, named: AccountEntry, journal: bytes | None) -> Steps[bool]:
        """A new root key, sealed to every locker that stays."""
        unlocked = self.unlocked
        root = next_root(unlocked.roots[0])
        gone = kid_of(named.sign_key) if action == "remove" else None
        stay = {kid: one for kid, one in unlocked.chain.standing.items() if kid != gone}
        body = {
            "entry": self._entry(action, named.kind, (named.sign_key, named.sealing_key), root, journal),
            "roots": {to_base64url(kid): _sealed_to(root, kid, one) for kid, one in stay.items()},
            "secrets": {OLDER_ROOTS: to_base64url(seal_older_roots(root, unlocked.roots[::-1]))},
        }
        return (yield from self._send_entry(body))

    def _entry(
        self, action: str, kind: str, keys: Sequence[bytes], root: AccountRoot, journal: bytes | None
    ) -> str:
        last = self.unlocked.chain.entries[-1]
        entry = AccountEntry(
            account=self.account,
            seq=last.record.seq + 1,
            prev=last.hash,
            action=action,
            kind=kind,
            sign_key=keys[0],
            sealing_key=keys[1],
            generation=root.generation,
            root_commitment=root.commitment(),
            journal=journal,
            time=self.clock(),
        )
        return sign(entry, self.locker.signing).text

    def _send_entry(self, body: Mapping[str, Any]) -> Steps[bool]:
        """Whether the entry took its place; False if another device was first."""
        try:
            yield from self.send("POST", "/v1/account/entries", body)
        except Conflict:
            return False
        yield from self.show_account()
        if self.unlocked.chain.entries[-1].text != body["entry"]:
            raise AccountChanged(
                "the vault did not put the entry at the end of the chain", bytes(self.unlocked.chain)
            )
        return True

    # -- a new device ----------------------------------------------------------------------

    def open_with(self, opener: Opener) -> Steps[Unlocked]:
        """Open the account that this opens, on a device that has none, and let the device in.

        A password whose locker costs less to guess against than one of today gets a new locker.

        The locker's own root MAC is checked first: a vault that made up an account around the
        locker's public keys is found out before anything is signed or written.

        Raises:
            OpensNothing: if the vault knows of no such locker.
            AccountChanged: if the account is not the one this locker vouches for.
        """
        yield Turn(ACCOUNT)
        dated = (yield from self._enter(opener)) if self.memory.get(DEVICE) is None else None
        yield from self.unlock()
        yield from self._pin_partners()
        if dated is not None:
            yield from self.change_password(dated, opener)
        return self.unlocked

    def _enter(self, opener: Opener) -> Steps[bytes | None]:
        """Let this device in. The kid of the locker it opened with, if that is to be made anew."""
        account, locker, parameters = yield from self._find(opener)
        self._guest = account, locker
        try:
            yield from self.unlock()
            yield from self.let_in()
        except LockedOut as error:
            raise OpensNothing("the vault knows no such locker") from error
        finally:
            self._guest, self._session, self._unlocked = None, None, None
        dated = isinstance(opener, Password) and opener.is_dated(parameters)
        return locker.kid if dated else None

    def let_in(self) -> Steps[None]:
        """Add a locker of this device, with the one that it is open with."""
        device = new_device_locker()
        yield from self._add(self._described(device, {}, None))
        kept: dict[str, bytes | None] = {DEVICE: device.secret(), ACCOUNT: self.account}
        yield Keep({**kept, CHAIN: bytes(self.unlocked.chain)}, {DEVICE: None})

    def _find(self, opener: Opener) -> Steps[tuple[bytes, Locker, Fields]]:
        try:
            found = yield from send("POST", "/v1/finders", {"finder": to_base64url(opener.finder())})
        except NotFound as error:
            raise OpensNothing("this opens no account of this vault") from error
        except InputError as error:
            raise OpensNothing(str(error)) from error
        account = found.identifier("account")
        parameters: Mapping[str, Any] = found.parameters("parameters")
        if isinstance(opener, Guardians):
            half = yield from ask_half(self.memory, self.trust.vault, account, opener, self.clock())
            parameters = {**parameters, "half": to_base64url(half)}
        return account, opener.locker(account, Fields(parameters)), Fields(parameters)

    def _pin_partners(self) -> Steps[None]:
        """Pin each partner she granted something by the key that she signed for then."""
        for given in (yield from self.grants()):
            if self.memory.get(f"partner/{given.terms.partner}") is None:
                yield from fetch_partner(self.memory, given.terms.partner, kid=given.terms.partner_key)


def _sealed_to(root: AccountRoot, kid: bytes, locker: AccountEntry) -> str:
    return to_base64url(seal_root(root, kid, locker.sealing_key))


def _keeps_moving() -> PlanetVaultError:
    return BrokenAnswer("the lockers keep moving: is another device changing them all the time?")
