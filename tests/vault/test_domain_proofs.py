"""The proof of a domain: asked for by the partner, looked for by the worker, shown to everybody."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.encoding import to_base64url
from tests.vault.world import World
from vault.egress import AddressRefused, Egress, NoAnswer, Received
from vault.names import NoTexts
from vault.partners import proof
from vault.partners.proofs import look

KID = bytes(range(32))
FILE = f"# us\n\n{to_base64url(KID)}\n".encode()
on_sqlite_alone = pytest.mark.parametrize("vault_url", ["sqlite"], indirect=True)


@dataclass
class Site:
    """The partner's web server, as the worker reaches it."""

    world: World
    answer: Received | Exception = field(default_factory=lambda: Received(404, {}, b""))
    asked: list[str] = field(default_factory=list)
    records: dict[str, list[bytes]] = field(default_factory=dict)

    def shows(self, *kids: bytes, status: int = 200) -> None:
        text = "".join(f"{to_base64url(kid)}\r\n" for kid in kids)
        self.answer = Received(status, {}, f"# ours\n{text}".encode())

    def look(self) -> dict[str, int]:
        site = self

        class Way(Egress):
            """The twin of the way out: it leads here."""

            def send(
                self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", **_: Any
            ) -> Received:
                assert (method, body) == ("GET", b"")
                assert "signature" not in headers
                site.asked.append(url)
                if isinstance(site.answer, Exception):
                    raise site.answer
                return site.answer

        with self.world.database() as connection:
            return look(connection, Way(texts=self.texts), self.world.clock)

    def texts(self, name: str) -> list[bytes]:
        """The name servers' twin."""
        if name not in self.records:
            raise NoTexts("there is no such TXT record, or no name server answered")
        return self.records[name]

    def prove(self, domain: str = "music.example") -> Any:
        return self.world.signed("POST", f"/v1/partners/{domain}/proofs", json.dumps({}).encode())

    @property
    def shown(self) -> dict[str, Any]:
        told: dict[str, Any] = self.world.http.get("/v1/partners/music.example").json()["proof"]
        return told


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


def test_a_domain_that_shows_the_key_is_proved_and_says_since_when(world: World, site: Site) -> None:
    assert site.look() == {}
    assert site.shown == {"state": "unproved", "seen": None, "checked": None, "error": "", "way": None}
    assert site.prove().status_code == 202
    site.shows(bytes(32), world.partner.kid)
    assert site.look() == {"proved": 1, "not": 0}
    assert site.asked == ["https://music.example/.well-known/planetvault.txt"]
    now = "2027-03-14T09:26:53Z"
    assert site.shown == {"state": "proved", "seen": now, "checked": now, "error": "", "way": "file"}
    assert site.look() == {}


def test_it_is_looked_at_again_each_day_and_lost_when_it_is_gone(world: World, site: Site) -> None:
    site.prove()
    site.shows(world.partner.kid)
    site.look()
    world.clock.pass_by(hours=23)
    assert site.look() == {}
    world.clock.pass_by(hours=1)
    site.answer = Received(404, {}, b"")
    assert site.look() == {"proved": 0, "not": 1}
    assert (site.shown["state"], site.shown["seen"]) == ("lost", "2027-03-14T09:26:53Z")
    assert site.shown["error"] == "the server answered 404"
    site.shows(world.partner.kid)
    world.clock.pass_by(minutes=1)
    site.look()
    assert site.shown["state"] == "proved"


def test_a_new_key_wants_a_new_proof_at_once(world: World, site: Site) -> None:
    site.prove()
    site.shows(world.partner.kid)
    site.look()
    first = world.http.get("/v1/partners/music.example").json()["entries"][0].encode()
    later = world.partner_entry(seq=2, prev=world.hash_of_entry(first), sign_key=world.device.public)
    assert world.http.post("/v1/partners", json={"entry": later.text}).status_code == 201
    site.look()
    assert site.shown["state"] == "lost"
    site.shows(world.device.kid)
    world.clock.pass_by(minutes=1)
    site.look()
    assert site.shown["state"] == "proved"


@on_sqlite_alone
@pytest.mark.parametrize("answer", [AddressRefused("not public"), NoAnswer("nobody there")])
def test_a_server_that_can_not_be_asked_proves_nothing(site: Site, answer: Exception) -> None:
    site.prove()
    site.answer = answer
    site.look()
    assert (site.shown["state"], site.shown["error"]) == ("unproved", str(answer))


def record_of(kid: bytes) -> bytes:
    return f"planetvault-key={to_base64url(kid)}".encode()


def test_a_record_in_the_dns_proves_a_domain_that_shows_no_file(world: World, site: Site) -> None:
    site.prove()
    site.records["_planetvault.music.example"] = [
        b"v=spf1 -all",
        record_of(bytes(32)),
        record_of(world.partner.kid),
    ]
    assert site.look() == {"proved": 1, "not": 0}
    assert (site.shown["state"], site.shown["way"]) == ("proved", "dns")
    site.records["_planetvault.music.example"] = [record_of(bytes(32))]
    world.clock.pass_by(days=1)
    site.look()
    assert (site.shown["state"], site.shown["way"]) == ("lost", "dns")
    assert site.shown["error"] == "no TXT record names the partner's newest key"
    site.shows(world.partner.kid)
    world.clock.pass_by(minutes=1)
    site.look()
    assert (site.shown["state"], site.shown["way"]) == ("proved", "file")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        to_base64url(KID).encode(),
        record_of(KID) + b" ",
        b" " + record_of(KID),
        record_of(KID).upper(),
        b"planetvault-key=" + KID,
        record_of(KID)[:-1],
    ],
)
def test_a_record_that_is_another_text_proves_nothing(text: bytes) -> None:
    with pytest.raises(proof.NotProved):
        proof.verify_texts([text, b"\xff"], KID)


@on_sqlite_alone
def test_after_thirty_looks_in_vain_nobody_looks_until_it_is_asked_for(world: World, site: Site) -> None:
    site.prove()
    looks = 0
    while site.look():
        looks += 1
        world.clock.pass_by(days=1)
    assert looks == proof.FAILURES_MAX
    world.clock.pass_by(days=100)
    assert site.look() == {}
    site.prove()
    assert site.look() == {"proved": 0, "not": 1}


@on_sqlite_alone
def test_a_partner_proves_its_own_domain_alone(site: Site) -> None:
    assert site.prove("shop.example").status_code == 403


@on_sqlite_alone
def test_where_proof_is_required_the_unproved_can_not_ask(world: World, site: Site) -> None:
    service = world.service
    service.settings = service.settings.model_copy(update={"domain_proof": "required"})
    refused = world.http.post("/v1/asks", json={"ask": world.ask().text})
    assert (refused.status_code, refused.json()["code"]) == (403, "domain-unproved")
    site.prove()
    site.shows(world.partner.kid)
    site.look()
    world.put_ask()


# ── the file ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"# only this\n",
        to_base64url(bytes(32)).encode(),
        FILE + b"hello\n",
        FILE + b"\xff\n",
        FILE + b"A" * 4097,
        FILE.replace(b"\n", b" "),
        to_base64url(KID)[:-1].encode(),
        b"<html>" + FILE,
    ],
)
def test_a_file_that_does_not_name_the_key_proves_nothing(body: bytes) -> None:
    with pytest.raises(proof.NotProved):
        proof.verify_file(200, body, KID)


def test_the_file_of_the_page_is_good() -> None:
    proof.verify_file(200, FILE, KID)
    proof.verify_file(200, FILE.replace(b"\n", b"\r\n"), KID)
    with pytest.raises(proof.NotProved):
        proof.verify_file(302, FILE, KID)


@given(st.binary(max_size=200))
def test_whatever_a_server_says_is_judged_and_never_a_crash(body: bytes) -> None:
    with pytest.raises(proof.NotProved):
        proof.verify_file(200, body, KID)
