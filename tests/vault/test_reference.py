"""The reference of the API as a page: everything is on it, and nothing on it runs or comes from elsewhere."""

import re
from html.parser import HTMLParser

from tests.vault.test_openapi import DOCUMENT, OPERATIONS
from tests.vault.world import World
from vault.web.reference import page_of

PAGE = page_of(DOCUMENT)
ALONE = {"meta", "link"}


class Reading(HTMLParser):
    """Tags opened and closed in order, and what they name."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.names: dict[str, list[str]] = {"id": [], "href": [], "src": [], "style": []}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open += [] if tag in ALONE else [tag]
        for name, value in attrs:
            assert not name.startswith("on")
            self.names.setdefault(name, []).append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read() -> Reading:
    reading = Reading()
    reading.feed(PAGE)
    assert reading.open == []
    return reading


def test_every_operation_stands_on_it_once() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert sorted(name for name in read().names["id"] if name in names) == sorted(names)


def test_it_runs_nothing_and_fetches_nothing_from_elsewhere() -> None:
    reading = read()
    assert not reading.tags & {"script", "img", "iframe", "form", "object", "style"}
    assert reading.names["src"] == reading.names["style"] == []
    assert all(re.match(r"#|/(?!/)", href) for href in reading.names["href"])


def test_what_a_description_says_is_text_and_never_markup() -> None:
    hostile = "<script>alert(1)</script>"
    document = DOCUMENT | {"info": DOCUMENT["info"] | {"description": hostile, "title": hostile}}
    page = page_of(document)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_it_is_served_under_a_policy_that_lets_nothing_run(world: World) -> None:
    page, style = world.http.get("/docs"), world.http.get("/docs/reference.css")
    assert page.text == page_of(world.http.get("/openapi.json").json())
    assert style.headers["content-type"].startswith("text/css")
    for answer in (page, style):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
    again = world.http.get("/docs", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
