"""The TXT records of a name, as the operator's name servers tell them (RFC 1035 §3.3.14).

A partner chooses the name, but not whom we ask: the question goes to the resolver of this machine and
nowhere else, and nothing of the answer is followed, repeated or kept. Whether a name exists or only lacks
the record is the same to us, so that nobody learns which names the operator's own network has.
"""

from dataclasses import dataclass

from vault.errors import Unavailable

SECONDS = 5.0
"""For all questions and tries together."""
TEXTS_MAX = 32
TEXT_BYTES_MAX = 512
DNS_PORT = 53


class NoTexts(Unavailable):
    """There are no such records, or nobody answered for them."""

    code = "no-texts"


@dataclass(frozen=True, slots=True)
class NameServers:
    """Whom to ask; without ``addresses`` those that this machine asks."""

    addresses: tuple[str, ...] = ()
    port: int = DNS_PORT

    def texts(self, name: str) -> list[bytes]:
        """The TXT records of a name, at most ``TEXTS_MAX``; those above ``TEXT_BYTES_MAX`` are passed over.

        Raises:
            NoTexts: if there is none, or none came in ``SECONDS``.
        """
        from dns.exception import DNSException  # noqa: PLC0415 - only a worker that looks at domains needs it
        from dns.rdtypes.ANY.TXT import TXT  # noqa: PLC0415 - the same
        from dns.resolver import Resolver  # noqa: PLC0415 - the same

        try:
            resolver = Resolver(configure=not self.addresses)
            if self.addresses:
                resolver.nameservers, resolver.port = list(self.addresses), self.port
            answer = resolver.resolve(f"{name}.", "TXT", search=False, lifetime=SECONDS)
        except (DNSException, OSError, UnicodeError) as error:
            raise NoTexts("there is no such TXT record, or no name server answered") from error
        records = [b"".join(one.strings) for one in answer if isinstance(one, TXT)]
        return [text for text in records if len(text) <= TEXT_BYTES_MAX][:TEXTS_MAX]
