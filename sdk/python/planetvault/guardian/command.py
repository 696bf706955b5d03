"""``planetvault guardian`` keeps somebody's share and hands it over; ``planetvault recover`` asks for it."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

import httpx2

from planetvault.errors import PlanetVaultError, StillWaiting
from planetvault.guardian import Guardian, Recovery
from planetvault.http import Clock, system_clock
from planetvault.memory import FileMemory
from planetvault.owner import Owner

DONE, NOT_YET, USAGE = 0, 1, 2
LETTER_BYTES_MAX = 16_384


def guardian(arguments: Sequence[str], out: TextIO = sys.stdout) -> int:
    """Run ``planetvault guardian``; the exit code comes back."""
    parser, commands = _parser("guardian", "Keep somebody's share, and hand it over when she asks.")
    commands.add_parser("invitation", help="the text and the number to give to an owner")
    keep = commands.add_parser("keep", help="keep the share in a letter")
    keep.add_argument("name", help="whose share it is")
    _text(keep, "letter")
    commands.add_parser("list", help="whose shares are kept")
    send = commands.add_parser("send", help="hand a share over: prints a letter")
    send.add_argument("name", help="whose share")
    _text(send, "plea")
    send.add_argument("--number", required=True, help="the number she reads out, on the phone or in person")
    options = parser.parse_args(arguments)
    return _run(lambda: _guardian(options, Guardian(FileMemory(options.memory)), out), "guardian")


def _guardian(options: argparse.Namespace, one: Guardian, out: TextIO) -> int:
    match options.command:
        case "invitation":
            out.write(f"{one.invitation}\n")
            sys.stderr.write(f"read her this number: {one.number}\n")
        case "keep":
            kept = one.keep(_read(options.letter), options.name)
            out.write(f"a share of {kept.name}, for {kept.letter.vault}\n")
        case "list":
            out.writelines(f"{share.name}\t{share.letter.vault}\n" for share in one.kept())
        case "send":
            out.write(one.send(options.name, _read(options.plea), options.number) + "\n")
    return DONE


def recover(
    arguments: Sequence[str],
    out: TextIO = sys.stdout,
    *,
    transport: httpx2.BaseTransport | None = None,
    clock: Clock = system_clock,
) -> int:
    """Run ``planetvault recover``; the exit code comes back, 1 while shares or time are missing."""
    parser, commands = _parser("recover", "Bring an account back with the shares of its guardians.")
    commands.add_parser("plea", help="the text for the guardians, and the number to read to each")
    _text(commands.add_parser("take", help="take a letter of a guardian"), "letter")
    _text(commands.add_parser("take-words", help="take a share that was kept on paper"), "words")
    commands.add_parser("status", help="how many shares are here")
    opening = commands.add_parser("open", help="ask the vault; again, once the waiting period is over")
    opening.add_argument("--vault", required=True, metavar="URL")
    options = parser.parse_args(arguments)

    def run() -> int:
        memory = FileMemory(options.memory)
        recovery = Recovery(memory)
        if options.command != "open":
            return _recover(options, recovery, out)
        try:
            owner = Owner.open_with(
                options.vault, memory, recovery.opener(), transport=transport, clock=clock
            )
        except StillWaiting as error:
            sys.stderr.write(f"recover: {error}\n")
            return NOT_YET
        with owner:
            recovery.forget()
            out.write(f"open: {len(owner.items())} items; this memory is a device of the account now\n")
        return DONE

    return _run(run, "recover")


def _recover(options: argparse.Namespace, recovery: Recovery, out: TextIO) -> int:
    match options.command:
        case "plea":
            out.write(f"{recovery.plea}\n")
            sys.stderr.write(f"read each of them this number: {recovery.number}\n")
            return DONE
        case "take":
            recovery.take(_read(options.letter))
        case "take-words":
            recovery.take_words(_read(options.words))
    gathered = recovery.gathered
    out.write(f"{gathered.here} of {gathered.needed or '?'} shares\n")
    return DONE if gathered.enough else NOT_YET


def _parser(
    name: str, about: str
) -> tuple[argparse.ArgumentParser, "argparse._SubParsersAction[argparse.ArgumentParser]"]:
    parser = argparse.ArgumentParser(prog=f"planetvault {name}", description=about)
    parser.add_argument(
        "--memory", type=Path, required=True, metavar="FILE", help="what this device remembers"
    )
    return parser, parser.add_subparsers(dest="command", required=True)


def _text(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument(name, metavar="FILE", help=f"the file with the {name}; - reads it from the input")


def _read(path: str) -> str:
    if path == "-":
        return sys.stdin.read(LETTER_BYTES_MAX)
    with Path(path).open(encoding="utf-8") as file:
        return file.read(LETTER_BYTES_MAX)


def _run(command: Callable[[], int], name: str) -> int:
    try:
        return command()
    except (OSError, UnicodeError, PlanetVaultError) as error:
        sys.stderr.write(f"{name}: {error}\n")
        return USAGE
