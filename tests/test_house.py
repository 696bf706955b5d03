"""What holds for every committed file, and for the pages that tell people what to type."""

import json
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.commands import commands, missing_imports, verbs, what_is_missing
from tests.house import EVERYWHERE, PIN, endings, locks, machine_paths, notes_to_self, registries

ROOT = Path(__file__).parent.parent
DECISIONS = ROOT / "docs" / "decisions"

Check = Callable[[PurePosixPath, str], Iterator[str]]


def tracked() -> dict[PurePosixPath, str]:
    """Every committed text file."""
    git = ["git", "ls-files", "-z"]
    names = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    texts = {}
    for name in filter(None, names):
        path = ROOT / name
        if path.is_file() and b"\0" not in (content := path.read_bytes()):
            texts[PurePosixPath(name)] = content.decode(errors="replace")
    return texts


TRACKED = tracked()


@pytest.mark.parametrize("check", EVERYWHERE, ids=lambda check: check.__name__)
def test_every_file_passes(check: Check) -> None:
    assert TRACKED, "git lists no file, so nothing was checked"
    wrong = [f"{name}: {sentence}" for name, text in TRACKED.items() for sentence in check(name, text)]
    assert not wrong, "\n".join(wrong)


HASH = "    --hash=sha256:" + 64 * "0" + "\n"


@pytest.mark.parametrize(
    ("check", "name", "text"),
    [
        (registries, "README.md", "pip install -i https://py" + "pi.org/simple planetvault\n"),
        (registries, "Makefile", "npm config set registry https://registry.npm" + "js.org\n"),
        (registries, "pip.conf", "index-url = https://mirror.example/py" + "pi/simple\n"),
        (registries, "compose.yaml", "image: gh" + "cr.io/somebody/vault:1\n"),
        (machine_paths, "a.py", "open('/wo" + "rk/main/a.json')\n"),
        (machine_paths, "a.py", "HOME = '/ro" + "ot'\n"),
        (notes_to_self, "a.py", "# TO" + "DO: later\n"),
        (notes_to_self, "a.svelte", "<!-- FIX" + "ME -->\n"),
        (endings, "a.py", "import os"),
        (endings, "a.py", "import os\n\n"),
        (endings, "a.py", "import os\r\n"),
        (endings, "a.md", "two blanks  \n"),
        (locks, "package-lock.json", '"resolved": "https://mirror.example/a.tgz"\n'),
        (locks, "requirements/dev.txt", "--index-url https://mirror.example\n"),
        (locks, "requirements/dev.txt", "pynacl==1.6.2\n"),
        (locks, "requirements/dev.txt", "pynacl>=1.6 \\\n" + HASH),
    ],
)
def test_a_bad_file_is_caught(check: Check, name: str, text: str) -> None:
    assert list(check(PurePosixPath(name), text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("docs/guides/run.md", "GET /v1/log/root and /v1/network/work; see <https://c2sp.org/tlog-tiles>\n"),
        ("vault/worker/__init__.py", "import os\n"),
        ("requirements/dev.txt", "pynacl==1.6.2 \\\n" + HASH + "    # via planetvault\n"),
        ("tests/vectors/records/cut.txt", "no newline at the end, on purpose"),
    ],
)
def test_a_good_file_passes(name: str, text: str) -> None:
    assert [sentence for check in EVERYWHERE for sentence in check(PurePosixPath(name), text)] == []


def test_every_dependency_is_locked_at_a_version_that_the_project_allows() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    for extra in project["project"]["optional-dependencies"].values():
        wanted += extra
    lock = {
        found["name"]: found["version"] for found in PIN.finditer((ROOT / "requirements/dev.txt").read_text())
    }
    for requirement in map(Requirement, wanted):
        version = lock.get(canonicalize_name(requirement.name), "none")
        assert version != "none", f"{requirement} is not locked: make lock"
        assert requirement.specifier.contains(version), f"{requirement} is locked at {version}: make lock"


def test_npm_packages_are_locked_by_hash_and_without_an_address() -> None:
    for name in (name for name in TRACKED if name.name == "package-lock.json"):
        packages = json.loads(TRACKED[name])["packages"]
        installed = {
            path: lock for path, lock in packages.items() if "node_modules/" in path and not lock.get("link")
        }
        assert installed, f"{name} locks nothing"
        assert [
            path for path, lock in installed.items() if "integrity" not in lock or "resolved" in lock
        ] == []


def test_the_index_of_decisions_lists_every_page_by_its_title() -> None:
    index = (DECISIONS / "README.md").read_text()
    pages = sorted(DECISIONS.glob("[0-9][0-9][0-9][0-9]-*.md"))
    lines = [f"- [{page.read_text().splitlines()[0].removeprefix('# ')}]({page.name})" for page in pages]
    assert re.findall(r"^- \[.*", index, re.MULTILINE) == lines, "the index should be:\n" + "\n".join(lines)


def test_no_two_decisions_have_one_number() -> None:
    numbers = [page.name[:4] for page in DECISIONS.glob("[0-9][0-9][0-9][0-9]-*.md")]
    assert len(numbers) == len(set(numbers))


def test_every_decision_says_what_was_chosen_and_what_else_was_weighed() -> None:
    for page in DECISIONS.glob("[0-9][0-9][0-9][0-9]-*.md"):
        headings = set(re.findall(r"^## (.+)", page.read_text(), re.MULTILINE))
        assert {"Context", "Decision", "Consequences", "Alternatives"} <= headings, page.name


LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)\s#]+)")
PAGES = [name for name in TRACKED if name.suffix == ".md"]


def test_every_link_between_pages_leads_somewhere() -> None:
    lost = [
        f"{page} links to {link}"
        for page in PAGES
        for link in LINK.findall(TRACKED[page])
        if not (ROOT / page.parent / link).exists()
    ]
    assert not lost, "\n".join(lost)


def test_every_page_names_only_verbs_and_commands_that_exist() -> None:
    wrong = [
        f"{page}: {missing}: {' '.join(command)}"
        for page in PAGES
        for command in commands(TRACKED[page])
        if (missing := what_is_missing(command))
    ]
    wrong += [
        f"{page}: make has no verb {verb}"
        for page in PAGES
        for verb in re.findall(r"`make ([a-z]+)", TRACKED[page])
        if verb not in verbs()
    ]
    assert not wrong, "\n".join(wrong)


def test_the_readme_shows_python_that_imports() -> None:
    assert list(missing_imports((ROOT / "README.md").read_text())) == []


@pytest.mark.parametrize(
    ("block", "missing"),
    [
        ("```sh\nmake fly\n```", "verb fly"),
        ("```sh\ngit clone it && make test fly\n```", "verb fly"),
        ("```console\n$ python -m anchor.nowhere\nmake fly\n```", "module anchor.nowhere"),
        ("```bash\nscripts/nowhere --now\n```", "file scripts/nowhere"),
        ("```sh\n.venv/bin/planetvault levitate\n```", "command levitate"),
        ("```sh\nfrobnicate\n```", "program frobnicate"),
    ],
)
def test_a_command_that_is_not_there_is_caught(block: str, missing: str) -> None:
    found = [sentence for command in commands(block + "\n") if (sentence := what_is_missing(command))]
    assert len(found) == 1
    assert missing in found[0]


def test_commands_that_are_there_pass() -> None:
    page = (
        "```sh\nmake  # list the verbs\nPYTHON=python3 make setup test\npython3 -m json.tool a \\\n  b\n```\n"
    )
    found = list(commands(page))
    assert found == [["make"], ["make", "setup", "test"], ["python3", "-m", "json.tool", "a", "b"]]
    assert [what_is_missing(command) for command in found] == [None, None, None]


def test_an_import_that_is_not_there_is_caught() -> None:
    page = "```python\nimport anchor.keys\nfrom anchor.nowhere import it\n```\n"
    assert list(missing_imports(page)) == ["there is no module anchor.nowhere"]


def test_make_help_lists_every_verb() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    declared = set(re.findall(r"^\.PHONY: ([a-z]+)$", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert declared == verbs() == set(re.findall(r"^  make ([a-z]+) +\S", shown, re.MULTILINE))


def test_what_the_build_runs_is_what_the_readme_says() -> None:
    *_, last = (ROOT / ".ci/run").read_text().splitlines()
    said = list(commands((ROOT / "README.md").read_text()))
    if not said:
        pytest.skip("README.md shows no commands yet")
    assert last.split() in said
