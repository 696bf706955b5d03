"""TXT records, asked of a name server on this machine that answers as we tell it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from vault import names
from vault.names import TEXT_BYTES_MAX, TEXTS_MAX, NameServers, NoTexts

NAME = "_planetvault.music.example"
Answer = Callable[[dns.message.Message], dns.message.Message | bytes | None]


@contextmanager
def answering(answer: Answer) -> Iterator[NameServers]:
    """A name server for as long as the block lasts; None says nothing at all."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def run() -> None:
            with suppress(OSError):
                while True:
                    octets, asker = server.recvfrom(4096)
                    said = answer(dns.message.from_wire(octets))
                    if said is not None:
                        server.sendto(said if isinstance(said, bytes) else said.to_wire(), asker)

        threading.Thread(target=run, daemon=True).start()
        yield NameServers(("127.0.0.1",), server.getsockname()[1])


def with_records(*texts: str) -> Answer:
    def answer(question: dns.message.Message) -> dns.message.Message:
        said = dns.message.make_response(question)
        said.flags |= dns.flags.RA
        said.answer.append(dns.rrset.from_text_list(question.question[0].name, 60, "IN", "TXT", list(texts)))
        return said

    return answer


def refusing(code: dns.rcode.Rcode) -> Answer:
    def answer(question: dns.message.Message) -> dns.message.Message:
        said = dns.message.make_response(question)
        said.set_rcode(code)
        return said

    return answer


def test_the_records_of_a_name_come_whole_and_in_parts() -> None:
    with answering(with_records('"planetvault-key=abc"', '"planetvault-" "key=def"')) as servers:
        assert sorted(servers.texts(NAME)) == [b"planetvault-key=abc", b"planetvault-key=def"]


def test_what_is_too_long_or_too_much_is_passed_over() -> None:
    long = " ".join(f'"{"a" * 200}"' for _ in range(3))
    assert TEXT_BYTES_MAX < 600
    with answering(with_records(long, '"short"')) as servers:
        assert servers.texts(NAME) == [b"short"]
    with answering(with_records(*(f'"{number}"' for number in range(TEXTS_MAX + 5)))) as servers:
        assert len(servers.texts(NAME)) == TEXTS_MAX


@pytest.mark.parametrize(
    "answer",
    [
        refusing(dns.rcode.NXDOMAIN),
        refusing(dns.rcode.NOERROR),
        refusing(dns.rcode.SERVFAIL),
        lambda _: b"not an answer",
        lambda _: None,
    ],
    ids=["no such name", "no such record", "the server failed", "nonsense", "silence"],
)
def test_what_is_no_answer_is_one_error_with_one_sentence(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "SECONDS", 0.3)
    with (
        answering(answer) as servers,
        pytest.raises(NoTexts, match="there is no such TXT record, or no name"),
    ):
        servers.texts(NAME)


def test_a_name_that_is_none_is_no_crash() -> None:
    with answering(with_records('"x"')) as servers, pytest.raises(NoTexts):
        servers.texts("a" * 64 + ".example")
