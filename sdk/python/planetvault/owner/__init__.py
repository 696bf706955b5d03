"""An owner on one device: seal, grant, take back, and see who used what.

::

    with Owner.create("https://vault.example", FileMemory("maya.memory")) as owner:
        owner.import_export("my_spotify_data.zip")
        kid = owner.connect("music.example")            # hand this to the partner
        for ask in owner.asks():
            print(owner.preview(ask, max_uses=3).text)
            owner.grant(ask, max_uses=3)
        for one in owner.receipts():
            print(one.receipt.record.partner, one.receipt.record.purpose, one.earned)

``AsyncOwner`` has the same methods to be awaited. What each does is written once, in the
files of this folder, from ``account.py`` over ``items.py`` to ``receipts.py``.
"""

from os import PathLike
from typing import Self

import httpx2

from planetvault.drivers import Awaiting, AwaitingDriver, Blocking, BlockingDriver, awaiting, blocking
from planetvault.http import Clock, system_clock
from planetvault.memory import Memory
from planetvault.owner.joining import Newcomer
from planetvault.owner.openers import Device, Guardians, Opener, Passkey, Password, RecoveryPhrase
from planetvault.owner.withdrawing import OwnerWithdrawing as OwnerSteps
from planetvault.pinned import pin_trust

__all__ = ["AsyncOwner", "Device", "Guardians", "Newcomer", "Owner", "Passkey", "Password", "RecoveryPhrase"]


class Owner(Blocking[OwnerSteps]):
    """An owner whose calls return when they are done. Threads may share one."""

    @classmethod
    def create(
        cls,
        url: str,
        memory: Memory,
        *,
        trust: bytes | None = None,
        transport: httpx2.BaseTransport | None = None,
        clock: Clock = system_clock,
    ) -> Self:
        """Make an account with this device as its first locker, and open it.

        Called again with the same memory, it creates the same account again.
        ``trust`` is the vault's trust file if it came another way; else the first seen is pinned.
        """
        owner = cls(OwnerSteps(url, memory, clock), BlockingDriver(url, memory, transport))
        owner._driver.run(pin_trust(memory, trust))
        owner._driver.run(owner._steps.create())
        return owner

    @classmethod
    def open(
        cls,
        url: str,
        memory: Memory,
        *,
        transport: httpx2.BaseTransport | None = None,
        clock: Clock = system_clock,
    ) -> Self:
        """Log in with the device that ``memory`` remembers, and open its account.

        Raises:
            NothingRemembered: if it remembers none.
            AccountChanged: if the vault shows another account than this device's.
        """
        steps = OwnerSteps(url, memory, clock)
        steps.require()
        owner = cls(steps, BlockingDriver(url, memory, transport))
        owner._driver.run(steps.unlock())
        return owner

    @classmethod
    def open_with(
        cls,
        url: str,
        memory: Memory,
        opener: Opener,
        *,
        trust: bytes | None = None,
        transport: httpx2.BaseTransport | None = None,
        clock: Clock = system_clock,
    ) -> Self:
        """Open an account on a new device, with a recovery phrase, a password or a passkey alone.

        With ``Guardians`` it takes two calls or more: the first begins the waiting period, and
        later ones, with the same memory, find out whether it is over.

        Raises:
            OpensNothing: if it opens no account of this vault.
            StillWaiting, Vetoed: for guardians, until the vault adds its half.
            AccountChanged: if the vault shows an account that this opener does not vouch for.
        """
        owner = cls(OwnerSteps(url, memory, clock), BlockingDriver(url, memory, transport))
        owner._driver.run(pin_trust(memory, trust))
        owner._driver.run(owner._steps.open_with(opener))
        return owner

    @classmethod
    def join(
        cls,
        url: str,
        memory: Memory,
        newcomer: Newcomer,
        *,
        transport: httpx2.BaseTransport | None = None,
        clock: Clock = system_clock,
    ) -> Self:
        """Enter an account on a new device that another one has let in (``owner.joining``)."""
        owner = cls(OwnerSteps(url, memory, clock), BlockingDriver(url, memory, transport))
        owner._driver.run(pin_trust(memory, None))
        owner._driver.run(owner._steps.join(newcomer))
        return owner

    @classmethod
    def arrive(
        cls,
        url: str,
        memory: Memory,
        bundle: str | PathLike[str],
        opener: Opener,
        *,
        trust: bytes | None = None,
        transport: httpx2.BaseTransport | None = None,
        clock: Clock = system_clock,
    ) -> Self:
        """Move into another vault with a bundle of the old one; see ``planetvault.owner.arriving``.

        ``opener`` is any locker of the account: ``Device(memory)`` with the memory of a device that is
        in, or words, a password or a passkey. Broken off, call it again.

        Raises:
            BundleBroken, OpensNothing, AccountChanged: as ``open_bundle``; nothing was sent then.
            MemoryFault: if the memory holds another account; nothing was sent either.
            Conflict, JournalForked: if the account is at this vault already, with another history.
        """
        owner = cls(OwnerSteps(url, memory, clock), BlockingDriver(url, memory, transport))
        owner._driver.run(pin_trust(memory, trust))
        owner._driver.run(owner._steps.arrive(bundle, opener))
        return owner

    @property
    def account(self) -> bytes:
        """The account's id, 16 bytes."""
        return self._steps.account

    import_export = blocking(OwnerSteps.import_export)
    items = blocking(OwnerSteps.items)
    open_item = blocking(OwnerSteps.open_item)
    delete_item = blocking(OwnerSteps.delete_item)
    put_blob = blocking(OwnerSteps.put_blob)
    files = blocking(OwnerSteps.files)
    get_blob = blocking(OwnerSteps.get_blob)
    read_blob = blocking(OwnerSteps.read_blob)
    delete_blob = blocking(OwnerSteps.delete_blob)
    share_file = blocking(OwnerSteps.share_file)
    unshare_file = blocking(OwnerSteps.unshare_file)
    connect = blocking(OwnerSteps.connect)
    asks = blocking(OwnerSteps.asks)
    preview = blocking(OwnerSteps.preview)
    grant = blocking(OwnerSteps.grant)
    cover = blocking(OwnerSteps.cover)
    deny = blocking(OwnerSteps.deny)
    demand_erasures = blocking(OwnerSteps.demand_erasures)
    demands = blocking(OwnerSteps.demands)
    reports = blocking(OwnerSteps.reports)
    offers = blocking(OwnerSteps.offers)
    pools = blocking(OwnerSteps.pools)
    counter = blocking(OwnerSteps.counter)
    counters = blocking(OwnerSteps.counters)
    rules = blocking(OwnerSteps.rules)
    set_rules = blocking(OwnerSteps.set_rules)
    pause = blocking(OwnerSteps.pause)
    grants = blocking(OwnerSteps.grants)
    revoke = blocking(OwnerSteps.revoke)
    renew = blocking(OwnerSteps.renew)
    receipts = blocking(OwnerSteps.receipts)
    statement = blocking(OwnerSteps.statement)
    proof = blocking(OwnerSteps.proof)
    refusals = blocking(OwnerSteps.refusals)
    balances = blocking(OwnerSteps.balances)
    dispute = blocking(OwnerSteps.dispute)
    disputes = blocking(OwnerSteps.disputes)
    claim = blocking(OwnerSteps.claim)
    claims = blocking(OwnerSteps.claims)
    share = blocking(OwnerSteps.share)
    rewards = blocking(OwnerSteps.rewards)
    redeem = blocking(OwnerSteps.redeem)
    redemptions = blocking(OwnerSteps.redemptions)
    brakes = blocking(OwnerSteps.brakes)
    appeal = blocking(OwnerSteps.appeal)
    appeals = blocking(OwnerSteps.appeals)
    change_trust = blocking(OwnerSteps.change_trust)
    export = blocking(OwnerSteps.export)
    erase_collection = blocking(OwnerSteps.erase_collection)
    deletions = blocking(OwnerSteps.deletions)
    erase_account = blocking(OwnerSteps.erase_account)
    past = blocking(OwnerSteps.past)
    consents = blocking(OwnerSteps.consents)
    heads = blocking(OwnerSteps.heads)
    compare = blocking(OwnerSteps.compare)
    lockers = blocking(OwnerSteps.lockers)
    add_locker = blocking(OwnerSteps.add_locker)
    admit = blocking(OwnerSteps.admit)
    add_device = blocking(OwnerSteps.add_device)
    remove_locker = blocking(OwnerSteps.remove_locker)
    rotate = blocking(OwnerSteps.rotate)
    change_password = blocking(OwnerSteps.change_password)
    add_guardians = blocking(OwnerSteps.add_guardians)
    openings = blocking(OwnerSteps.openings)
    veto = blocking(OwnerSteps.veto)


class AsyncOwner(Awaiting[OwnerSteps]):
    """An owner whose calls are awaited, each a task of its own."""

    @classmethod
    async def create(
        cls,
        url: str,
        memory: Memory,
        *,
        trust: bytes | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
        clock: Clock = system_clock,
    ) -> Self:
        """As ``Owner.create``."""
        owner = cls(OwnerSteps(url, memory, clock), AwaitingDriver(url, memory, transport))
        await owner._driver.run(pin_trust(memory, trust))
        await owner._driver.run(owner._steps.create())
        return owner

    @classmethod
    async def open(
        cls,
        url: str,
        memory: Memory,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
        clock: Clock = system_clock,
    ) -> Self:
        """As ``Owner.open``."""
        steps = OwnerSteps(url, memory, clock)
        steps.require()
        owner = cls(steps, AwaitingDriver(url, memory, transport))
        await owner._driver.run(steps.unlock())
        return owner

    @classmethod
    async def open_with(
        cls,
        url: str,
        memory: Memory,
        opener: Opener,
        *,
        trust: bytes | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
        clock: Clock = system_clock,
    ) -> Self:
        """As ``Owner.open_with``."""
        owner = cls(OwnerSteps(url, memory, clock), AwaitingDriver(url, memory, transport))
        await owner._driver.run(pin_trust(memory, trust))
        await owner._driver.run(owner._steps.open_with(opener))
        return owner

    @classmethod
    async def join(
        cls,
        url: str,
        memory: Memory,
        newcomer: Newcomer,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
        clock: Clock = system_clock,
    ) -> Self:
        """As ``Owner.join``."""
        owner = cls(OwnerSteps(url, memory, clock), AwaitingDriver(url, memory, transport))
        await owner._driver.run(pin_trust(memory, None))
        await owner._driver.run(owner._steps.join(newcomer))
        return owner

    @classmethod
    async def arrive(
        cls,
        url: str,
        memory: Memory,
        bundle: str | PathLike[str],
        opener: Opener,
        *,
        trust: bytes | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
        clock: Clock = system_clock,
    ) -> Self:
        """As ``Owner.arrive``."""
        owner = cls(OwnerSteps(url, memory, clock), AwaitingDriver(url, memory, transport))
        await owner._driver.run(pin_trust(memory, trust))
        await owner._driver.run(owner._steps.arrive(bundle, opener))
        return owner

    @property
    def account(self) -> bytes:
        """The account's id, 16 bytes."""
        return self._steps.account

    import_export = awaiting(OwnerSteps.import_export)
    items = awaiting(OwnerSteps.items)
    open_item = awaiting(OwnerSteps.open_item)
    delete_item = awaiting(OwnerSteps.delete_item)
    put_blob = awaiting(OwnerSteps.put_blob)
    files = awaiting(OwnerSteps.files)
    get_blob = awaiting(OwnerSteps.get_blob)
    read_blob = awaiting(OwnerSteps.read_blob)
    delete_blob = awaiting(OwnerSteps.delete_blob)
    share_file = awaiting(OwnerSteps.share_file)
    unshare_file = awaiting(OwnerSteps.unshare_file)
    connect = awaiting(OwnerSteps.connect)
    asks = awaiting(OwnerSteps.asks)
    preview = awaiting(OwnerSteps.preview)
    grant = awaiting(OwnerSteps.grant)
    cover = awaiting(OwnerSteps.cover)
    deny = awaiting(OwnerSteps.deny)
    demand_erasures = awaiting(OwnerSteps.demand_erasures)
    demands = awaiting(OwnerSteps.demands)
    reports = awaiting(OwnerSteps.reports)
    offers = awaiting(OwnerSteps.offers)
    pools = awaiting(OwnerSteps.pools)
    counter = awaiting(OwnerSteps.counter)
    counters = awaiting(OwnerSteps.counters)
    rules = awaiting(OwnerSteps.rules)
    set_rules = awaiting(OwnerSteps.set_rules)
    pause = awaiting(OwnerSteps.pause)
    grants = awaiting(OwnerSteps.grants)
    revoke = awaiting(OwnerSteps.revoke)
    renew = awaiting(OwnerSteps.renew)
    receipts = awaiting(OwnerSteps.receipts)
    statement = awaiting(OwnerSteps.statement)
    proof = awaiting(OwnerSteps.proof)
    refusals = awaiting(OwnerSteps.refusals)
    balances = awaiting(OwnerSteps.balances)
    dispute = awaiting(OwnerSteps.dispute)
    disputes = awaiting(OwnerSteps.disputes)
    claim = awaiting(OwnerSteps.claim)
    claims = awaiting(OwnerSteps.claims)
    share = awaiting(OwnerSteps.share)
    rewards = awaiting(OwnerSteps.rewards)
    redeem = awaiting(OwnerSteps.redeem)
    redemptions = awaiting(OwnerSteps.redemptions)
    brakes = awaiting(OwnerSteps.brakes)
    appeal = awaiting(OwnerSteps.appeal)
    appeals = awaiting(OwnerSteps.appeals)
    change_trust = awaiting(OwnerSteps.change_trust)
    export = awaiting(OwnerSteps.export)
    erase_collection = awaiting(OwnerSteps.erase_collection)
    deletions = awaiting(OwnerSteps.deletions)
    erase_account = awaiting(OwnerSteps.erase_account)
    past = awaiting(OwnerSteps.past)
    consents = awaiting(OwnerSteps.consents)
    heads = awaiting(OwnerSteps.heads)
    compare = awaiting(OwnerSteps.compare)
    lockers = awaiting(OwnerSteps.lockers)
    add_locker = awaiting(OwnerSteps.add_locker)
    admit = awaiting(OwnerSteps.admit)
    add_device = awaiting(OwnerSteps.add_device)
    remove_locker = awaiting(OwnerSteps.remove_locker)
    rotate = awaiting(OwnerSteps.rotate)
    change_password = awaiting(OwnerSteps.change_password)
    add_guardians = awaiting(OwnerSteps.add_guardians)
    openings = awaiting(OwnerSteps.openings)
    veto = awaiting(OwnerSteps.veto)
