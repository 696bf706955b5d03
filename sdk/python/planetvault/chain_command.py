"""``planetvault chain``: a chain to anchor on, from an account's key to the contract and its writer.

Keys are files with 0x and 64 hexadecimal digits; no key is ever shown, or sent anywhere.
"""

import argparse
import json
import os
import secrets
import sys
from collections.abc import Sequence
from contextlib import closing
from importlib import import_module
from pathlib import Path

from anchor.chain.distribution import ADDRESS_BYTES
from anchor.chain.evm_rpc import Rpc
from anchor.chain.port import log_id_of
from anchor.errors import AnchorError
from planetvault.answers import read_hex
from planetvault.contract import EVM, FEES, KEY_BYTES, NoKey
from planetvault.errors import BrokenAnswer, PlanetVaultError
from planetvault.extras import require
from planetvault.genesis import clique_genesis

DONE, FAILED = 0, 1
KEY_MODE = 0o600
KEY_FILE_CHARACTERS_MAX = 100
DEPLOYMENT = "anchor.chain.evm_deployment"
"""Needs the extra [evm], so it is imported when it is used."""


class NoAccount(PlanetVaultError):
    """No address stands where one belongs."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it was done, 1 with a sentence if not."""
    options = _parser().parse_args(arguments)
    require(EVM, "evm", "It signs what a chain is told.")
    commands = {"key": _key, "genesis": _genesis, "deploy": _deploy, "appoint": _appoint}
    try:
        commands[options.command](options)
    except (PlanetVaultError, AnchorError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="planetvault chain", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("key", help="make an account's key where there is none; show its account")
    made.add_argument("file", type=Path)
    genesis = commands.add_parser("genesis", help="write the first block of a consortium's chain (Clique)")
    genesis.add_argument("--id", type=int, required=True, help="the chain's id, a number nobody else uses")
    genesis.add_argument("--validator", action="append", required=True, metavar="ACCOUNT")
    genesis.add_argument(
        "--fund", action="append", default=[], metavar="ACCOUNT", help="who can pay for gas: admin and writer"
    )
    genesis.add_argument("--seconds", type=int, default=5, help="between two blocks")
    deploy = commands.add_parser(
        "deploy", help="create the contract, with your key as admin, and appoint a writer"
    )
    appoint = commands.add_parser("appoint", help="give a log another writer")
    appoint.add_argument("contract", help="its address")
    for command in (deploy, appoint):
        command.add_argument("--rpc", metavar="URL", required=True, help="a node of the chain")
        command.add_argument(
            "--log", required=True, metavar="NAME", help="as the trust file begins: vault.example/log"
        )
        command.add_argument("--key", type=Path, required=True, metavar="FILE", help="the admin's key")
        command.add_argument(
            "--writer", metavar="ACCOUNT", help="whose key the worker has; else the admin's own"
        )
        command.add_argument("--fees", choices=FEES, default=FEES[0], help="how the chain takes fees")
    return parser


def _key(options: argparse.Namespace) -> None:
    """Make a key, or take the one there is; what the first call says every later one says, too."""
    try:
        descriptor = os.open(options.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, KEY_MODE)
    except FileExistsError:
        key = _read_key(options.file)
    else:
        key = secrets.token_bytes(KEY_BYTES)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"0x{key.hex()}\n")
    sys.stdout.write(f"account  0x{_account_of(key).hex()}\n")
    sys.stdout.write(f"node     {import_module('anchor.chain.evm_account').public_key_of(key).hex()}\n")


def _genesis(options: argparse.Namespace) -> None:
    validators, funded = (list(map(_account, given)) for given in (options.validator, options.fund))
    made = clique_genesis(options.id, validators, funded, seconds=options.seconds)
    sys.stdout.write(json.dumps(made, indent=2) + "\n")


def _deploy(options: argparse.Namespace) -> None:
    key = _read_key(options.key)
    with closing(Rpc(options.rpc)) as rpc:
        address = import_module(DEPLOYMENT).deploy(rpc, key=key, fee_rule=options.fees)
        # Told before the second step, so that whoever is broken off there goes on with `appoint`.
        sys.stdout.write(f"PLANETVAULT_CHAIN_CONTRACT=0x{address.hex()}\n")
        sys.stdout.flush()
        _give(rpc, address, key, options)


def _appoint(options: argparse.Namespace) -> None:
    with closing(Rpc(options.rpc)) as rpc:
        _give(rpc, _account(options.contract), _read_key(options.key), options)


def _give(rpc: Rpc, contract: bytes, key: bytes, options: argparse.Namespace) -> None:
    writer = _account(options.writer) if options.writer else _account_of(key)
    appoint = import_module(DEPLOYMENT).appoint
    appoint(rpc, contract, log_id_of(options.log), writer, key=key, fee_rule=options.fees)
    sys.stdout.write(f"writer   0x{writer.hex()} of {options.log}\n")


def _read_key(path: Path) -> bytes:
    """The key in a file, which `key` wrote.

    Raises:
        NoKey: there is none in it. OSError: it can't be read.
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        text = file.read(KEY_FILE_CHARACTERS_MAX)
    try:
        return read_hex(text.strip(), KEY_BYTES)
    except BrokenAnswer:
        raise NoKey(f"{path} holds no key: 0x and {2 * KEY_BYTES} hexadecimal digits") from None


def _account(text: str) -> bytes:
    try:
        return read_hex(text, ADDRESS_BYTES)
    except BrokenAnswer:
        raise NoAccount(f"{text} is no account: 0x and {2 * ADDRESS_BYTES} hexadecimal digits") from None


def _account_of(key: bytes) -> bytes:
    transaction = import_module("anchor.chain.evm_transaction")
    account: bytes = transaction.address_of(transaction.account_of(key))
    return account
