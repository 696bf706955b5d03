"""An EVM chain as the settings name it. Needs the extra ``[evm]``, and only if a chain is set."""

from contextlib import ExitStack, closing
from dataclasses import replace

from anchor.chain.compared import ComparedChain
from anchor.chain.evm import EvmChain
from anchor.chain.evm_contract import ADDRESS_BYTES
from anchor.chain.evm_deployment import appoint, deploy
from anchor.chain.evm_reader import EvmReader
from anchor.chain.evm_rpc import Rpc
from anchor.chain.finality import Finality
from anchor.errors import ChainError, FormatError
from vault.db import Connection, reading
from vault.errors import Malformed
from vault.log.destination import Destination, Due, contract_on
from vault.log.guard import log_id_of
from vault.settings import Settings

KEY_BYTES = 32


def reach(settings: Settings, log_origin: str, connection: Connection) -> Destination:
    """Ask the configured chain who it is. A development chain gets a contract if it has none.

    Raises:
        Malformed: a setting is missing, or not what it should be.
        ChainError: the chain is not usable. ChainUnreachable: nobody answered; ask again.
    """
    finality, configured = _finality(settings), _configured(settings)
    key = _hex("CHAIN_KEY", settings.chain_key.get_secret_value(), KEY_BYTES)
    due = Due(settings.anchor_seconds, settings.anchor_entries)
    with ExitStack() as until_reached:
        rpc = until_reached.enter_context(closing(Rpc(settings.chain_rpc)))
        contract = configured or _found(rpc, finality, connection) or _deployed(rpc, key, log_origin)
        label = settings.chain_name or "EVM"
        chain: EvmChain | ComparedChain = EvmChain(
            rpc, contract, finality, key=key, fee_rule=settings.chain_fees, label=label
        )
        if settings.chain_rpc_second:
            second = until_reached.enter_context(closing(Rpc(settings.chain_rpc_second)))
            chain = ComparedChain(chain, EvmReader(second, contract, finality, label=label))
        destination = Destination.of(chain, finality, due)
        return replace(destination, close=until_reached.pop_all().close)


def look(settings: Settings) -> str:
    """What the configured chain says of itself, in words. Nothing is sent and nothing deployed.

    Raises:
        Malformed: a setting is missing, or not what it should be.
        ChainError: the chain is not usable. ChainUnreachable: nobody answered.
    """
    finality, contract = _finality(settings), _configured(settings)
    key = _hex("CHAIN_KEY", settings.chain_key.get_secret_value(), KEY_BYTES)
    with closing(Rpc(settings.chain_rpc)) as rpc:
        if contract is None:
            reader = EvmReader(rpc, bytes(ADDRESS_BYTES), finality)
            if not reader.development:
                raise Malformed(
                    "name the contract: PLANETVAULT_CHAIN_CONTRACT, which an operator deploys once"
                )
            return f"development chain {reader.chain_id}"
        chain = EvmChain(rpc, contract, finality, key=key, label=settings.chain_name or "EVM")
        return f"{chain.name}, chain {chain.identity().chain_id}"


def _finality(settings: Settings) -> Finality:
    try:
        return Finality.parse(settings.chain_finality)
    except FormatError as error:
        raise Malformed(f"PLANETVAULT_CHAIN_FINALITY: {error}") from error


def _configured(settings: Settings) -> bytes | None:
    if not settings.chain_contract:
        return None
    return _hex("CHAIN_CONTRACT", settings.chain_contract, ADDRESS_BYTES)


def _found(rpc: Rpc, finality: Finality, connection: Connection) -> bytes | None:
    """The contract used before, if this is the chain it was used on."""
    reader = EvmReader(rpc, bytes(ADDRESS_BYTES), finality)
    if not reader.development:
        raise Malformed("name the contract: PLANETVAULT_CHAIN_CONTRACT, which an operator deploys once")
    genesis = reader.block_at(0)
    if genesis is None:
        raise ChainError("the chain has no first block")
    with reading(connection) as transaction:
        return contract_on(transaction, reader.chain_id, genesis.hash)


def _deployed(rpc: Rpc, key: bytes, log_origin: str) -> bytes:
    """A new contract whose admin and writer is the configured key: good enough where nothing is at stake."""
    contract = deploy(rpc, key=key)
    writer = EvmChain(rpc, contract, Finality("none"), key=key).account
    appoint(rpc, contract, log_id_of(log_origin), writer, key=key)
    return contract


def _hex(name: str, text: str, size: int) -> bytes:
    try:
        value = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        value = b""
    if len(value) != size:
        raise Malformed(f"PLANETVAULT_{name} is 0x and {2 * size} hexadecimal digits")
    return value
