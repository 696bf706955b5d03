"""A partner: register, ask, and use what owners granted, paid and with a receipt each time.

::

    with Partner.create("shop.example", "The Shop", url, FileMemory("shop.memory")) as partner:
        ask = partner.ask(owner, clusters=["music.play/what"], purposes=["dpv:ServicePersonalisation"], …)
        for grant in partner.grants():
            opened = partner.use(grant, partner.items(grant), "dpv:ServicePersonalisation")
            print(opened.columns["name"], opened.receipt.record.price)

``AsyncPartner`` has the same methods to be awaited. What each does is written once, in
``PartnerSteps`` and the files it names.
"""

from typing import Self

import httpx2

from planetvault.drivers import Awaiting, AwaitingDriver, Blocking, BlockingDriver, awaiting, blocking
from planetvault.http import Clock, system_clock
from planetvault.memory import Memory
from planetvault.partner.moving import PartnerMoving as PartnerSteps
from planetvault.pinned import pin_trust

__all__ = ["AsyncPartner", "Partner"]


class Partner(Blocking[PartnerSteps]):
    """A partner whose calls return when they are done. Threads may share one."""

    @classmethod
    def create(
        cls,
        domain: str,
        name: str,
        url: str,
        memory: Memory,
        *,
        trust: bytes | None = None,
        transport: httpx2.BaseTransport | None = None,
        clock: Clock = system_clock,
    ) -> Self:
        """Make this partner's keys, keep them in ``memory``, and register its first directory entry.

        Called again with the same memory, it registers the same keys again.
        ``trust`` is the vault's trust file if it came another way; else the first seen is pinned.
        """
        partner = cls(PartnerSteps(url, memory, clock), BlockingDriver(url, memory, transport))
        partner._driver.run(pin_trust(memory, trust))
        partner._driver.run(partner._steps.register(domain, name))
        return partner

    @classmethod
    def open(
        cls,
        url: str,
        memory: Memory,
        *,
        transport: httpx2.BaseTransport | None = None,
        clock: Clock = system_clock,
    ) -> Self:
        """The partner that ``memory`` remembers.

        Raises:
            NothingRemembered: if it remembers none.
        """
        steps = PartnerSteps(url, memory, clock)
        steps.require()
        return cls(steps, BlockingDriver(url, memory, transport))

    @classmethod
    def adopt(
        cls,
        file: bytes,
        url: str,
        memory: Memory,
        *,
        trust: bytes | None = None,
        transport: httpx2.BaseTransport | None = None,
        clock: Clock = system_clock,
    ) -> Self:
        """Move a partner into a new memory, by the ``key_file`` of another program or of the console.

        Raises:
            FormatError: if it is no such file.
            MemoryFault: if this memory holds a partner already.
            PartnerKeyChanged: if the directory shows other keys as the newest: there is a newer file.
        """
        partner = cls(PartnerSteps(url, memory, clock), BlockingDriver(url, memory, transport))
        partner._driver.run(pin_trust(memory, trust))
        partner._driver.run(partner._steps.adopt(file))
        return partner

    @property
    def key_file(self) -> str:
        """Everything secret, as a file: for the console, and for a copy that outlives this machine."""
        return self._steps.key_file

    @property
    def trust_file(self) -> bytes:
        """The vault's trust file as it is pinned: what a stranger needs to check a proof."""
        return bytes(self._steps.trust)

    @property
    def domain_file(self) -> str:
        """What the domain must answer at ``/.well-known/planetvault.txt``."""
        return self._steps.domain_file

    rotate_keys = blocking(PartnerSteps.rotate_keys)
    change_trust = blocking(PartnerSteps.change_trust)
    ask = blocking(PartnerSteps.ask)
    asked = blocking(PartnerSteps.asked)
    demands = blocking(PartnerSteps.demands)
    attest = blocking(PartnerSteps.attest)
    report = blocking(PartnerSteps.report)
    offer = blocking(PartnerSteps.offer)
    withdraw = blocking(PartnerSteps.withdraw)
    counters = blocking(PartnerSteps.counters)
    accept_counter = blocking(PartnerSteps.accept_counter)
    refuse_counter = blocking(PartnerSteps.refuse_counter)
    grants = blocking(PartnerSteps.grants)
    items = blocking(PartnerSteps.items)
    use = blocking(PartnerSteps.use)
    use_batch = blocking(PartnerSteps.use_batch)
    resume = blocking(PartnerSteps.resume)
    open_again = blocking(PartnerSteps.open_again)
    get_blob = blocking(PartnerSteps.get_blob)
    read_blob = blocking(PartnerSteps.read_blob)
    receipts = blocking(PartnerSteps.receipts)
    proof = blocking(PartnerSteps.proof)
    balance = blocking(PartnerSteps.balance)
    prove_domain = blocking(PartnerSteps.prove_domain)
    offer_reward = blocking(PartnerSteps.offer_reward)
    redemptions = blocking(PartnerSteps.redemptions)
    fulfil = blocking(PartnerSteps.fulfil)
    dispute = blocking(PartnerSteps.dispute)
    disputes = blocking(PartnerSteps.disputes)
    listen = blocking(PartnerSteps.listen)
    endpoints = blocking(PartnerSteps.endpoints)
    stop_listening = blocking(PartnerSteps.stop_listening)
    ping = blocking(PartnerSteps.ping)
    send_again = blocking(PartnerSteps.send_again)
    deliveries = blocking(PartnerSteps.deliveries)
    test_owners = blocking(PartnerSteps.test_owners)
    test_top_up = blocking(PartnerSteps.test_top_up)
    push_test_clock = blocking(PartnerSteps.push_test_clock)
    open_log = blocking(PartnerSteps.open_log)
    admit = blocking(PartnerSteps.admit)
    remove = blocking(PartnerSteps.remove)
    put_on_record = blocking(PartnerSteps.put_on_record)
    prove = blocking(PartnerSteps.prove)


class AsyncPartner(Awaiting[PartnerSteps]):
    """A partner whose calls are awaited, each a task of its own."""

    @classmethod
    async def create(
        cls,
        domain: str,
        name: str,
        url: str,
        memory: Memory,
        *,
        trust: bytes | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
        clock: Clock = system_clock,
    ) -> Self:
        """As ``Partner.create``."""
        partner = cls(PartnerSteps(url, memory, clock), AwaitingDriver(url, memory, transport))
        await partner._driver.run(pin_trust(memory, trust))
        await partner._driver.run(partner._steps.register(domain, name))
        return partner

    @classmethod
    async def open(
        cls,
        url: str,
        memory: Memory,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
        clock: Clock = system_clock,
    ) -> Self:
        """As ``Partner.open``."""
        steps = PartnerSteps(url, memory, clock)
        steps.require()
        return cls(steps, AwaitingDriver(url, memory, transport))

    @classmethod
    async def adopt(
        cls,
        file: bytes,
        url: str,
        memory: Memory,
        *,
        trust: bytes | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
        clock: Clock = system_clock,
    ) -> Self:
        """As ``Partner.adopt``."""
        partner = cls(PartnerSteps(url, memory, clock), AwaitingDriver(url, memory, transport))
        await partner._driver.run(pin_trust(memory, trust))
        await partner._driver.run(partner._steps.adopt(file))
        return partner

    @property
    def key_file(self) -> str:
        """As ``Partner.key_file``."""
        return self._steps.key_file

    @property
    def trust_file(self) -> bytes:
        """As ``Partner.trust_file``."""
        return bytes(self._steps.trust)

    @property
    def domain_file(self) -> str:
        """As ``Partner.domain_file``."""
        return self._steps.domain_file

    rotate_keys = awaiting(PartnerSteps.rotate_keys)
    change_trust = awaiting(PartnerSteps.change_trust)
    ask = awaiting(PartnerSteps.ask)
    asked = awaiting(PartnerSteps.asked)
    demands = awaiting(PartnerSteps.demands)
    attest = awaiting(PartnerSteps.attest)
    report = awaiting(PartnerSteps.report)
    offer = awaiting(PartnerSteps.offer)
    withdraw = awaiting(PartnerSteps.withdraw)
    counters = awaiting(PartnerSteps.counters)
    accept_counter = awaiting(PartnerSteps.accept_counter)
    refuse_counter = awaiting(PartnerSteps.refuse_counter)
    grants = awaiting(PartnerSteps.grants)
    items = awaiting(PartnerSteps.items)
    use = awaiting(PartnerSteps.use)
    use_batch = awaiting(PartnerSteps.use_batch)
    resume = awaiting(PartnerSteps.resume)
    open_again = awaiting(PartnerSteps.open_again)
    get_blob = awaiting(PartnerSteps.get_blob)
    read_blob = awaiting(PartnerSteps.read_blob)
    receipts = awaiting(PartnerSteps.receipts)
    proof = awaiting(PartnerSteps.proof)
    balance = awaiting(PartnerSteps.balance)
    prove_domain = awaiting(PartnerSteps.prove_domain)
    offer_reward = awaiting(PartnerSteps.offer_reward)
    redemptions = awaiting(PartnerSteps.redemptions)
    fulfil = awaiting(PartnerSteps.fulfil)
    dispute = awaiting(PartnerSteps.dispute)
    disputes = awaiting(PartnerSteps.disputes)
    listen = awaiting(PartnerSteps.listen)
    endpoints = awaiting(PartnerSteps.endpoints)
    stop_listening = awaiting(PartnerSteps.stop_listening)
    ping = awaiting(PartnerSteps.ping)
    send_again = awaiting(PartnerSteps.send_again)
    deliveries = awaiting(PartnerSteps.deliveries)
    test_owners = awaiting(PartnerSteps.test_owners)
    test_top_up = awaiting(PartnerSteps.test_top_up)
    push_test_clock = awaiting(PartnerSteps.push_test_clock)
    open_log = awaiting(PartnerSteps.open_log)
    admit = awaiting(PartnerSteps.admit)
    remove = awaiting(PartnerSteps.remove)
    put_on_record = awaiting(PartnerSteps.put_on_record)
    prove = awaiting(PartnerSteps.prove)
