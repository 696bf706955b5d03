"""``planetvault owner``: lockers, guardians, openings and consents of an account this memory opens."""

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TextIO

import httpx2

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import AnchorError
from planetvault.arguments import parsed
from planetvault.consents import write_records
from planetvault.contract import FEES
from planetvault.errors import PlanetVaultError
from planetvault.http import Clock, system_clock
from planetvault.memory import FileMemory
from planetvault.owner import Owner
from planetvault.owner.guardians import WAITING
from planetvault.owner.withdrawal import withdraw
from planetvault.sealing.errors import SealError
from planetvault.sealing.letter import number_of, read_invitation

DONE, ASKED, USAGE = 0, 1, 2
LETTER_BYTES_MAX = 16_384


def main(
    arguments: Sequence[str],
    out: TextIO = sys.stdout,
    *,
    transport: httpx2.BaseTransport | None = None,
    clock: Clock = system_clock,
) -> int:
    """Run the command; the exit code comes back, 1 if somebody asks to open the account."""
    options = parsed(_parser(), arguments)
    try:
        memory = FileMemory(options.memory)
        make = Owner.create if options.command == "create" else Owner.open
        with make(options.vault, memory, transport=transport, clock=clock) as owner:
            return _run(options, owner, out, clock)
    except (OSError, UnicodeError, PlanetVaultError, SealError, AnchorError) as error:
        sys.stderr.write(f"owner: {error}\n")
        return USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="planetvault owner", description="Look after an account.")
    parser.add_argument(
        "--memory", type=Path, required=True, metavar="FILE", help="what this device remembers"
    )
    parser.add_argument("--vault", required=True, metavar="URL")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("create", help="make an account with this device")
    consents = commands.add_parser(
        "consents",
        help="write what was consented to, by ISO/IEC TS 27560 in JSON-LD; one file for each grant",
    )
    consents.add_argument("into", type=Path, metavar="FOLDER", help="where the files go")
    consents.add_argument("--partner", metavar="DOMAIN", help="only those given to this partner")
    payout = commands.add_parser(
        "withdraw", help="what the payout contract owes by a claim; with --rpc and a key, have it paid"
    )
    payout.add_argument("claim", help="which one: its hash")
    payout.add_argument("--rpc", metavar="URL", help="ask this node of the chain")
    payout.add_argument("--fees", choices=FEES, default=FEES[0], help="how the chain takes fees")
    commands.add_parser("lockers", help="the ways to open the account")
    remove = commands.add_parser("remove", help="remove a locker")
    remove.add_argument("kid", help="which one, as `lockers` shows it")
    commands.add_parser("openings", help="who asks to open it with guardians; exits 1 if somebody does")
    veto = commands.add_parser("veto", help="say no to an opening that waits")
    veto.add_argument("opening", help="which one, as `openings` shows it")
    guardians = commands.add_parser(
        "guardians", help="let some people together open it; writes their letters"
    )
    guardians.add_argument("--threshold", type=int, required=True, help="how many of them it takes")
    guardians.add_argument("--days", type=int, default=WAITING.days, help="how long a device can say no")
    guardians.add_argument("--into", type=Path, default=Path(), metavar="FOLDER", help="where the letters go")
    guardians.add_argument("invitations", nargs="+", type=Path, metavar="INVITATION", help="one file each")
    return parser


def _run(options: argparse.Namespace, owner: Owner, out: TextIO, clock: Clock) -> int:
    match options.command:
        case "create":
            out.write(to_base64url(owner.account) + "\n")
        case "consents":
            written = write_records(owner.consents(), options.into, clock(), partner=options.partner)
            out.writelines(f"{path}\n" for path in written)
        case "withdraw":
            withdraw(owner, options, out)
        case "lockers":
            for locker in owner.lockers():
                here = "\tthis device" if locker.here else ""
                out.write(f"{to_base64url(locker.kid)}\t{locker.kind}\t{locker.since:%Y-%m-%d}{here}\n")
        case "remove":
            owner.remove_locker(from_base64url(options.kid))
        case "openings":
            return _openings(owner, out)
        case "veto":
            owner.veto(from_base64url(options.opening))
        case "guardians":
            _add(options, owner, out)
    return DONE


def _openings(owner: Owner, out: TextIO) -> int:
    notices = owner.openings()
    for notice in notices:
        opens = f"{notice.opens:%Y-%m-%d %H:%M} UTC"
        out.write(f"{to_base64url(notice.opening)}\t{notice.state}\topens {opens}\n")
    return ASKED if any(notice.waits for notice in notices) else DONE


def _add(options: argparse.Namespace, owner: Owner, out: TextIO) -> None:
    texts = [path.read_text(encoding="utf-8")[:LETTER_BYTES_MAX] for path in options.invitations]
    numbers = [number_of(read_invitation(text)) for text in texts]
    letters = owner.add_guardians(texts, threshold=options.threshold, waiting=timedelta(days=options.days))
    for path, number, letter in zip(options.invitations, numbers, letters, strict=True):
        file = options.into / f"{path.stem}.letter"
        file.write_text(letter + "\n", encoding="utf-8")
        out.write(f"{file}\thas the number {number}: hear it from {path.stem} before you send this\n")
