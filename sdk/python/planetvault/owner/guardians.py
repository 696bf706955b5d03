"""Guardians: people who bring this account back together, and a time in which a device can say no.

::

    letters = owner.add_guardians([mum.invitation, tom.invitation, ada.invitation], threshold=2)
    for notice in owner.openings():          whenever a device opens the account
        owner.veto(notice)                   that was not me

The secret exists on this device for as long as it takes to split it. Specification: docs/spec/guardians.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from anchor.encoding import to_base64url
from anchor.errors import AnchorError
from anchor.records.opening import Opening, Veto
from anchor.records.signed import hash_of, sign, unverified
from planetvault.answers import Fields
from planetvault.errors import BrokenAnswer, BrokenText
from planetvault.owner.lockers import OwnerLockers
from planetvault.owner.openers import Guardians
from planetvault.sealing.errors import InputError
from planetvault.sealing.letter import Letter, read_invitation
from planetvault.sealing.lockers import GUARDIANS_SECRET_BYTES, asking_key, guardians_locker
from planetvault.sealing.seal import KEY_BYTES
from planetvault.sealing.sealer import FRESH
from planetvault.sealing.shares import split
from planetvault.steps import Steps

WAITING = timedelta(days=7)
"""Long enough that somebody with a device looks at it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Somebody asks to open this account with the secret of its guardians."""

    locker: bytes
    opening: bytes
    asked: datetime
    opens: datetime
    state: str

    @property
    def waits(self) -> bool:
        """Whether a veto still stops it."""
        return self.state == "waiting"


class OwnerGuardians(OwnerLockers):
    """Guardians of this account."""

    def add_guardians(
        self, invitations: Sequence[str], *, threshold: int, waiting: timedelta = WAITING
    ) -> Steps[list[str]]:
        """Let ``threshold`` of these people together open this account, after a waiting period.

        A letter for each comes back, in the order of the invitations; a letter may travel on any
        path. Compare the numbers of the invitations first (``planetvault.sealing.letter.number_of``).

        Raises:
            BrokenText: if an invitation is none, or one is there twice.
            InputError: unless 2 <= threshold <= people <= 16.
        """
        keys = _keys(invitations)
        secret, half = FRESH.random(GUARDIANS_SECRET_BYTES), FRESH.random(KEY_BYTES)
        words = split(secret, threshold=threshold, shares=len(keys))
        letters = [
            Letter(self.trust.vault, self.account, share).sealed_to(key)
            for key, share in zip(keys, words, strict=True)
        ]
        yield from self._add_guarded(secret, half, {"threshold": threshold, "shares": len(keys)}, waiting)
        return letters

    def _add_guarded(
        self, secret: bytes, half: bytes, parameters: dict[str, str | int], waiting: timedelta
    ) -> Steps[None]:
        seconds = int(waiting.total_seconds())
        locker = guardians_locker(secret, half, self.account)
        shown = {**parameters, "waiting": seconds}
        guarded = {
            "half": to_base64url(half),
            "asking_key": to_base64url(asking_key(secret).public),
            "waiting": seconds,
        }
        yield from self.show_account()
        new = self._described(locker, shown, Guardians(secret).finder(), guarded=guarded)
        yield from self._add(new)

    def openings(self) -> Steps[list[Notice]]:
        """Who asks, or asked last, to open this account with the secret of guardians."""
        answer = yield from self.get("/v1/openings")
        return [self._notice(row) for row in answer.objects("data")]

    def _notice(self, row: Fields) -> Notice:
        raw = row.record("opening")
        try:
            said, named = unverified(raw, Opening), hash_of(Opening, raw)
        except AnchorError as error:
            raise BrokenAnswer("the vault shows an opening that is none") from error
        if said.account != self.account or named != row.hash("hash"):
            raise BrokenAnswer("the vault shows an opening of another account")
        return Notice(row.hash("locker"), named, said.time, row.time("opens"), row.text("state"))

    def veto(self, notice: Notice | bytes) -> Steps[None]:
        """Say no to an opening that waits. If it was not hers, remove the locker next.

        Raises:
            Conflict: if the waiting period is over.
        """
        opening = notice if isinstance(notice, bytes) else notice.opening
        veto = sign(Veto(account=self.account, opening=opening, time=self.clock()), self.locker.signing)
        body: dict[str, Any] = {"veto": veto.text}
        yield from self.send("POST", "/v1/vetoes", body)


def _keys(invitations: Sequence[str]) -> list[bytes]:
    try:
        keys = [read_invitation(text) for text in invitations]
    except InputError as error:
        raise BrokenText(str(error)) from error
    if len(set(keys)) != len(keys):
        raise BrokenText("one guardian's invitation is there twice: each keeps one share")
    return keys
