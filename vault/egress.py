"""Requests whose address somebody else chose: to that server, and to nothing beside it.

A partner names the URL that its webhooks go to, and the domain that proves who it is. Whoever
may choose where a server connects can make it look into its own network (SSRF, OWASP), so:

(1) The URL is https, has a host name and no user, and its port is 443 or above 1023.
(2) The name is looked up once. If one of its addresses is not public, nothing is sent.
(3) The connection goes to the very address that was judged; TLS asks for the name.
(4) No redirect is followed and no proxy asked. The answer ends at a limit of bytes, everything at a deadline.

A test vault may reach loopback too, over http if it must: its partners' servers are on the same machine.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from vault.errors import Malformed, Unavailable
from vault.names import NameServers

URL_MAX = 500
HTTP, HTTPS = 80, 443
IPV4 = 4
UNPRIVILEGED = 1024
"""From here on ports belong to programs, not to mail, name servers or databases of old."""
SECONDS = 10.0
_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last four bytes are the IPv4 address that a gateway goes on to."""
_UNICAST = IPv6Network("2000::/3")
"""All that is given out to anybody (IANA). What is outside leads into a network, or to an IPv4 address."""


class AddressRefused(Malformed):
    """This vault sends nothing there."""

    code = "address-refused"


class NoAnswer(Unavailable):
    """The server did not answer in time, or not as HTTP does."""

    code = "no-answer"


@dataclass(frozen=True, slots=True)
class Received:
    """What a server answered; the names of ``headers`` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system's resolver tells them.

    Raises:
        NoAnswer: if it has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoAnswer("this host has no address") from error
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def is_public(address: str) -> bool:
    """Whether an address is one that anybody on the Internet reaches, also when it hides in a longer one."""
    return all(_is_everybodys(one) for one in _meant(ip_address(address.partition("%")[0])))


def _is_everybodys(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not address.is_multicast and (address.version == IPV4 or address in _UNICAST)


def _meant(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """What is reached by this address: itself, or what a gateway makes of it."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        yield address.ipv4_mapped
    elif isinstance(address, IPv6Address) and address in _NAT64:
        yield IPv4Address(address.packed[-4:])
    else:
        yield address
    if isinstance(address, IPv6Address):
        yield from filter(None, (address.sixtofour, *(address.teredo or ())))


@dataclass(frozen=True, slots=True)
class Egress:
    """The one way out. ``loopback`` is for a vault in test mode; ``texts`` tells a name's TXT records."""

    loopback: bool = False
    resolve: Callable[[str, int], list[str]] = resolve
    texts: Callable[[str], list[bytes]] = NameServers().texts
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context

    def verify_url(self, url: str) -> SplitResult:
        """Return the parts of a URL that may be asked; its addresses are judged when it is.

        Raises:
            AddressRefused: if it is none.
        """
        try:
            parts = urlsplit(url)
            port = parts.port or HTTPS
        except ValueError as error:
            raise AddressRefused("this is not a URL") from error
        printable = url.isascii() and url.isprintable() and " " not in url and len(url) <= URL_MAX
        if not printable or not parts.hostname or parts.username is not None or parts.fragment:
            raise AddressRefused(
                f"a URL here has a host, no user, no fragment and at most {URL_MAX} characters"
            )
        if parts.scheme != "https" and not (self.loopback and parts.scheme == "http"):
            raise AddressRefused("a URL here begins with https://")
        if port != HTTPS and port < UNPRIVILEGED:
            raise AddressRefused(f"a port here is {HTTPS} or above {UNPRIVILEGED - 1}")
        return parts

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        most: int,
        seconds: float = SECONDS,
    ) -> Received:
        """Send one request; its answer, of which the first ``most`` bytes are read.

        Raises:
            AddressRefused: if it must not be sent; nothing was.
            NoAnswer: if no answer came within ``seconds``; it may have arrived.
        """
        parts = self.verify_url(url)
        connection = self._connection(parts, seconds)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            with _ending(connection, seconds):
                connection.request(method, target, body or None, {**headers, "Connection": "close"})
                received = _received(connection.getresponse(), most)
        except (OSError, HTTPException, ValueError) as error:
            raise NoAnswer(f"no usable answer came: {type(error).__name__}") from error
        finally:
            connection.close()
        if connection.late:
            raise NoAnswer("the answer took too long")
        return received

    def _connection(self, parts: SplitResult, seconds: float) -> "_Pinned":
        host, secure = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (HTTPS if secure else HTTP)
        addresses = self.resolve(host, port)
        if not addresses or not all(self._may_reach(address, secure=secure) for address in addresses):
            raise AddressRefused("this host has an address that is not public")
        return _Pinned(host, port, addresses[0], self.tls() if secure else None, seconds)

    def _may_reach(self, address: str, *, secure: bool) -> bool:
        here = self.loopback and ip_address(address.partition("%")[0]).is_loopback
        return here or (secure and is_public(address))


class _Pinned(HTTPConnection):
    """A connection to an address that was judged, whatever the name may mean a moment later."""

    def __init__(
        self, host: str, port: int, address: str, tls: ssl.SSLContext | None, seconds: float
    ) -> None:
        super().__init__(host, port, timeout=seconds)
        self._address, self._tls = address, tls
        self.default_port = HTTPS if tls else HTTP
        self.line: socket.socket | None = None
        self.late = False

    def connect(self) -> None:
        """Connect, and let TLS ask for the name."""
        self.sock = self.line = socket.create_connection((self._address, self.port), self.timeout)
        if self._tls is not None:
            self.sock = self.line = self._tls.wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.line.do_handshake()

    def hang_up(self) -> None:
        """End it from another thread, in the middle of whatever it does."""
        self.late = True
        if self.line is not None:
            with suppress(OSError):  # it ended by itself
                socket.socket.shutdown(self.line, socket.SHUT_RDWR)


@contextmanager
def _ending(connection: _Pinned, seconds: float) -> Iterator[None]:
    """Hang up at the deadline: a timeout of the socket begins anew with every byte that drips in."""
    timer = threading.Timer(seconds, connection.hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _received(response: HTTPResponse, most: int) -> Received:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Received(response.status, headers, response.read(most))
