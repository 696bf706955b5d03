"""``planetvault operator``: what waits for the operator, and the answers.

The token is read from PLANETVAULT_OPERATOR_TOKEN; --url says which vault.
"""

import argparse
import os
import sys
from pathlib import Path

import httpx2

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import AnchorError
from planetvault import operator_contract
from planetvault.arguments import parsed
from planetvault.errors import PlanetVaultError
from planetvault.operator import Operator, in_units, payment_file

DONE, FAILED = 0, 1


def main(arguments: list[str] | None = None, *, transport: httpx2.BaseTransport | None = None) -> int:
    """Run one command; 0 if it was done, 1 with a sentence if not."""
    options = parsed(_parser(), arguments)
    token = os.environ.get("PLANETVAULT_OPERATOR_TOKEN", "")
    try:
        with Operator(options.url, token, transport=transport) as operator:
            _run(operator, options)
    except (PlanetVaultError, AnchorError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="planetvault operator", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    commands = parser.add_subparsers(dest="command", required=True)
    due = commands.add_parser("due", help="what waits to be paid")
    due.add_argument("--file", type=Path, help="write the payments as CSV to this file")
    report = commands.add_parser("report", help="say what became of a claim")
    report.add_argument("claim")
    report.add_argument("outcome", choices=["settled", "failed", "returned"])
    report.add_argument("reference", help="what the bank calls it")
    commands.add_parser("disputes", help="what waits for a decision")
    decide = commands.add_parser("decide", help="end a dispute")
    decide.add_argument("dispute")
    decide.add_argument("--share", type=int, default=0, help="micros of the owner's share that go back")
    decide.add_argument("--fee", type=int, default=0, help="micros of the fee that go back")
    decide.add_argument("--reason", required=True)
    commands.add_parser("appeals", help="what waits for an answer")
    answer = commands.add_parser("answer", help="answer an appeal")
    answer.add_argument("number", type=int)
    answer.add_argument("words")
    answer.add_argument("--lift", action="store_true", help="lift the brake for this account")
    operator_contract.add_commands(commands)
    return parser


def _run(operator: Operator, options: argparse.Namespace) -> None:
    match options.command:
        case "due":
            _due(operator, options.file)
        case "report":
            raw = operator.report(from_base64url(options.claim), options.outcome, options.reference)
            sys.stdout.write(raw.decode() + "\n")
        case "disputes":
            for one in operator.disputes():
                amounts = f"share {in_units(one.share)}, fee {in_units(one.fee)}"
                sys.stdout.write(
                    f"{to_base64url(one.hash)}  {one.side} of {one.partner}, {amounts}: {one.reason}\n"
                )
        case "decide":
            dispute = from_base64url(options.dispute)
            raw = operator.decide(dispute, share=options.share, fee=options.fee, reason=options.reason)
            sys.stdout.write(raw.decode() + "\n")
        case "appeals":
            for appeal in operator.appeals():
                sys.stdout.write(
                    f"{appeal.number}  {to_base64url(appeal.account)}  {appeal.brake}: {appeal.words}\n"
                )
        case "answer":
            operator.answer(options.number, options.words, lift=options.lift)
        case _:
            operator_contract.run(operator, options)


def _due(operator: Operator, file: Path | None) -> None:
    due = operator.due()
    if file is not None:
        file.write_text(payment_file(due), encoding="utf-8")
        return
    for one in due:
        amount = f"{in_units(one.amount)} {one.currency}"
        sys.stdout.write(f"{to_base64url(one.hash)}  {one.way:6}  {amount:>16}  {one.destination}\n")
