# ruff: noqa: INP001 - a script that the tests run, no package
"""The Python side of two devices that meet: ``host URL`` lets ``newcomer URL`` in.

Texts go out on standard output and come in on standard input, one a line.
"""

import sys

from planetvault.memory import RamMemory
from planetvault.owner import Owner
from planetvault.owner.joining import Newcomer


def say(text: str) -> None:
    """A line for the other device."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def host(url: str) -> None:
    """Make an account, and let one device in."""
    with Owner.create(url, RamMemory()) as owner:
        admission = owner.admit(input())
        say(admission.answer)
        reveal = input()
        say(admission.digits(reveal))
        owner.add_device(admission, reveal, input())
        say(owner.account.hex())


def newcomer(url: str) -> None:
    """Come into the account of another device."""
    one = Newcomer()
    say(one.offer)
    one.answer(input())
    say(one.reveal)
    say(one.digits)
    input()
    with Owner.join(url, RamMemory(), one) as owner:
        say(owner.account.hex())


if __name__ == "__main__":
    {"host": host, "newcomer": newcomer}[sys.argv[1]](sys.argv[2])
