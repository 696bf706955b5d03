"""No test reaches past this machine.

An audit hook (PEP 578) sees every connection, datagram and name look-up that
Python code asks for, whichever library asks. It refuses all but loopback for as
long as the process lives: an audit hook can't be taken out again, not even by
the code under test. It does not see into programs that a test starts, nor into
C libraries (libpq); those are given loopback addresses.
"""

import sys
from ipaddress import ip_address

SENDING = {"socket.connect", "socket.sendto", "socket.sendmsg"}
LOOKING_UP = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}


class NetworkRefused(Exception):
    """A test tried to leave this machine. Not an OSError: no retry loop may swallow it."""


def stay_on_this_machine() -> None:
    """Refuse every address but loopback, from now until the process ends."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in SENDING and not stays_here(arguments[1]):
        raise NetworkRefused(f"{event} to {arguments[1]!r}: a test reaches loopback alone")
    if event in LOOKING_UP and not known_here(arguments[0]):
        raise NetworkRefused(f"{event} of {arguments[0]!r}: a test asks no name server")


def stays_here(address: object) -> bool:
    """Whether a socket address is loopback, a Unix socket's path, or None: the peer already chosen."""
    if not isinstance(address, tuple):
        return address is None or isinstance(address, str | bytes)
    host = address[0]
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)


def known_here(host: object) -> bool:
    """Whether a host needs no name server: nothing, this machine, or an address in figures."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    return host in {None, "", "localhost"} or _is_address(host)


def _is_address(host: object) -> bool:
    if not isinstance(host, str):
        return False
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
