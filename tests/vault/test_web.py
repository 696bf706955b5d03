"""The app as a vault serves it: whole or not at all, and under strict rules."""

import gzip
import json
from hashlib import sha256
from pathlib import Path

import pytest

from anchor.keys import SigningKey
from anchor.note import NoteKey
from tests.vault.world import World
from vault.web.packaged import AppBroken, packaged, read_app
from vault.web.signed import sign_app, verify_signed

FILES = {
    "index.html": b"<!doctype html><script type=module src=/assets/app-1.js></script>",
    "assets/app-1.js": b"export {};\n" * 100,
    "icon.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
}


def build(folder: Path) -> Path:
    """A small app, as the build writes one."""
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    manifest = json.dumps({"v": 1, "files": {name: sha256(data).hexdigest() for name, data in FILES.items()}})
    (folder / "app.json").write_text(manifest)
    (folder / "sw.js").write_text(f'const manifest = "{sha256(manifest.encode()).hexdigest()}";')
    return folder


@pytest.fixture
def served(world: World, tmp_path: Path) -> World:
    app = read_app(build(tmp_path / "app"))
    world.http.app.dependency_overrides[packaged] = lambda: app  # type: ignore[attr-defined] # it is our FastAPI
    return world


def test_an_app_is_read_with_every_file_of_its_manifest(tmp_path: Path) -> None:
    app = read_app(build(tmp_path))
    assert app.keys() == {*FILES, "app.json", "sw.js"}
    assert {name: app[name].content for name in FILES} == FILES


def test_where_none_was_built_there_is_none(tmp_path: Path) -> None:
    assert read_app(tmp_path) == {}


@pytest.mark.parametrize("name", [*FILES, "app.json"])
def test_a_changed_file_is_found_out_before_it_is_served(tmp_path: Path, name: str) -> None:
    build(tmp_path)
    with (tmp_path / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(AppBroken):
        read_app(tmp_path)


def test_a_service_worker_of_another_version_is_found_out(tmp_path: Path) -> None:
    (build(tmp_path) / "sw.js").write_text(f'const manifest = "{sha256(b"another").hexdigest()}";')
    with pytest.raises(AppBroken):
        read_app(tmp_path)


def test_a_missing_file_and_one_too_many_are_found_out(tmp_path: Path) -> None:
    build(tmp_path)
    (tmp_path / "assets" / "more.js").write_bytes(b"")
    with pytest.raises(AppBroken, match=r"more\.js"):
        read_app(tmp_path)
    (tmp_path / "assets" / "more.js").unlink()
    (tmp_path / "icon.svg").unlink()
    with pytest.raises(AppBroken, match=r"icon\.svg"):
        read_app(tmp_path)


def test_the_page_comes_under_a_policy_that_lets_nothing_else_in(served: World) -> None:
    page = served.http.get("/")
    policy = dict(rule.split(" ", 1) for rule in page.headers["content-security-policy"].split("; "))
    assert page.content == FILES["index.html"]
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["frame-ancestors"] == "'none'"
    assert all("http" not in rule and "*" not in rule for rule in policy.values())
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert page.headers["x-content-type-options"] == "nosniff"


def test_what_is_named_by_its_hash_is_kept_for_ever_and_the_rest_is_asked_again(served: World) -> None:
    assert "immutable" in served.http.get("/assets/app-1.js").headers["cache-control"]
    for path in ("/", "/sw.js", "/app.json", "/icon.svg"):
        assert served.http.get(path).headers["cache-control"] == "no-cache"


def test_who_has_a_file_already_is_told_so(served: World) -> None:
    first = served.http.get("/")
    again = served.http.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_files_go_out_compressed_to_those_who_can_read_that(served: World) -> None:
    packed = served.http.get("/assets/app-1.js", headers={"Accept-Encoding": "gzip"})
    plain = served.http.get("/assets/app-1.js", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content == FILES["assets/app-1.js"]
    assert len(gzip.compress(plain.content)) < len(plain.content)


@pytest.mark.parametrize(
    "path", ["/assets/app-2.js", "/icon..%2Fsw.js", "/assets/..%2fapp.json", "/index.html"]
)
def test_there_is_nothing_besides_the_files_of_the_manifest(served: World, path: str) -> None:
    answer = served.http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_the_packaged_app_is_whole_where_there_is_one() -> None:
    app = read_app()
    assert not app or {"index.html", "sw.js", "app.json"} <= app.keys()


RELEASE = NoteKey("planetvault.example/app", SigningKey(bytes(range(32))))
OTHER = NoteKey("planetvault.example/app", SigningKey(bytes(range(1, 33))))


def test_a_released_app_is_told_from_any_other() -> None:
    note = sign_app(b"a manifest", RELEASE)
    verify_signed(note, b"a manifest", RELEASE.verifier)
    for wrong, manifest in ((note, b"another"), (sign_app(b"a manifest", OTHER), b"a manifest"), (b"", b"")):
        with pytest.raises(AppBroken):
            verify_signed(wrong, manifest, RELEASE.verifier)


def test_the_page_of_the_format_shows_a_true_example() -> None:
    page = (Path(__file__).parents[2] / "docs" / "spec" / "app.md").read_text()
    assert sign_app(b'{"v": 1}\n', RELEASE).decode() in page
    assert RELEASE.verifier.vkey in page


def test_who_released_it_goes_out_with_the_app(tmp_path: Path) -> None:
    build(tmp_path)
    (tmp_path / "app.note").write_bytes(sign_app((tmp_path / "app.json").read_bytes(), RELEASE))
    assert read_app(tmp_path)["app.note"].media_type.startswith("text/plain")
