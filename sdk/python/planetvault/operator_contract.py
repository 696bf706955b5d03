"""``planetvault operator``: claims that the payout contract pays (docs/spec/payout-contract.md).

The key of the contract's operator is read from PLANETVAULT_PAYOUT_KEY. Without --rpc nothing is sent:
what is shown can be signed elsewhere, by a multisig say, and told to the vault with ``published``.
"""

import argparse
import sys
from contextlib import closing
from importlib import import_module
from typing import Any

from anchor.chain.distribution import ADDRESS_BYTES
from anchor.chain.evm_distributor import distribute_data
from anchor.chain.evm_rpc import Rpc
from planetvault.answers import read_hex
from planetvault.contract import FEES, NotTold, key_of, payer, reach, told
from planetvault.operator import OperatedDistribution, Operator, in_units

KEY = "PLANETVAULT_PAYOUT_KEY"
HASH_BYTES = 32
NODE = "ask this node of the chain"


def add_commands(commands: Any) -> None:
    """Add them to those of ``planetvault operator``; Any: argparse has no public type for ``commands``."""
    deploy = commands.add_parser(
        "deploy-payouts", help="create a payout contract, with your key as its operator"
    )
    deploy.add_argument("token", help="the ERC-20 it pays in: its address")
    _reaches(deploy, required=True)
    make = commands.add_parser(
        "distribute", help="put every claim by the contract under one root, and tell it"
    )
    make.add_argument(
        "--fund", action="store_true", help="first move what the contract lacks from your account"
    )
    _reaches(make, required=False)
    listed = commands.add_parser(
        "distributions", help="what was distributed; with --rpc, what the contract says"
    )
    listed.add_argument("--rpc", metavar="URL", help=NODE)
    done = commands.add_parser(
        "published", help="say that the contract was told a root, and settle its claims"
    )
    done.add_argument("root", help="as `distribute` shows it")
    done.add_argument("reference", help="the transaction")


def _reaches(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument("--rpc", metavar="URL", required=required, help=NODE)
    parser.add_argument("--fees", choices=FEES, default=FEES[0], help="how the chain takes fees")


def run(operator: Operator, options: argparse.Namespace) -> None:
    """Run one of them.

    Raises:
        NotTold, NoKey, VaultRefused: with a sentence for the operator. ChainError: what the chain refused.
    """
    match options.command:
        case "deploy-payouts":
            _deploy(options)
        case "distribute":
            _distribute(operator, options)
        case "distributions":
            _show(operator, options.rpc)
        case "published":
            settled = operator.publish(read_hex(options.root, HASH_BYTES), options.reference)
            sys.stdout.write(f"{settled} claims settled\n")


def _deploy(options: argparse.Namespace) -> None:
    token, key = read_hex(options.token, ADDRESS_BYTES), key_of(KEY)
    with closing(Rpc(options.rpc)) as rpc:
        deployed = import_module("anchor.chain.evm_payer").deploy_payouts(
            rpc, token, key=key, fee_rule=options.fees
        )
    sys.stdout.write(f"PLANETVAULT_PAYOUT_CONTRACT=0x{deployed.hex()}\n")


def _distribute(operator: Operator, options: argparse.Namespace) -> None:
    made = operator.distribute()
    sys.stdout.write(f"root      0x{made.root.hex()}\ntotal     {in_units(made.total)}\n")
    if options.rpc is None:
        data = distribute_data(made.root, made.total).hex()
        sys.stdout.write(f"to        0x{made.contract.hex()} on chain {made.chain_id}\ndata      0x{data}\n")
        return
    transaction = _tell(made, options)
    sys.stdout.write(f"told in   {transaction}\n")
    sys.stdout.write(f"{operator.publish(made.root, transaction)} claims settled\n")


def _tell(made: OperatedDistribution, options: argparse.Namespace) -> str:
    """The transaction that told the contract this root."""
    with reach(options.rpc, made.contract, made.chain_id) as at:
        standing, paying = at.standing(), payer(at, KEY, options.fees)
        if standing.root == made.root:
            raise NotTold("the contract has this root already: say so with `published ROOT TRANSACTION`")
        if lacking := standing.missing(made.total):
            if not options.fund:
                raise NotTold(f"the contract lacks {in_units(lacking)}: move them to it, or say --fund")
            sys.stdout.write(f"funded in 0x{paying.fund(lacking).hex()}\n")
        return "0x" + paying.distribute(made.root, made.total).hex()


def _show(operator: Operator, rpc: str | None) -> None:
    made = operator.distributions()
    for one in made:
        state = f"{one.waiting} claims wait to be published" if one.waiting else "published"
        sys.stdout.write(
            f"{one.time:%Y-%m-%d %H:%M}  0x{one.root.hex()}  {in_units(one.total):>14}  {state}\n"
        )
    if made and rpc is not None:
        with reach(rpc, made[-1].contract, made[-1].chain_id) as at:
            sys.stdout.write(told(at.standing()))
