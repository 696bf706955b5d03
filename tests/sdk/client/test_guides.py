"""What the guides show runs, from their first line to their last."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.client.scene import ASKED, DOMAIN, Scene, plays, scene

GUIDES = Path(__file__).parents[3] / "docs" / "guides"


def program(guide: str, folder: Path) -> str:
    """The Python of a guide, put together; its clients talk to the scene's vault."""
    blocks = re.findall(r"^```python\n(.*?)^```", (GUIDES / guide).read_text(), re.MULTILINE | re.DOTALL)
    assert blocks
    whole = "\n".join(blocks).replace("my_spotify_data.zip", str(folder / "export"))
    return re.sub(
        r'FileMemory\("([\w.]+)"\)', rf'FileMemory("{folder}/\1"), transport=transport, clock=clock', whole
    )


def run(source: str, here: Scene, **given: Any) -> None:
    names = {"transport": here.vault.transport, "clock": here.clock, **given}
    exec(compile(source, "guide", "exec"), names)  # noqa: S102 - our own pages


def test_the_partners_guide_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = scene()
    here.vault.partners.clear()
    here.owner.import_export(plays("2027-02"))
    taken: list[bytes] = []

    def agree(request: Any, answer: Any) -> Any:
        """The owner says yes as soon as she is asked."""
        if (request.method, request.url.path) == ("POST", "/v1/asks") and not taken:
            taken.append(b"")
            here.owner.grant(here.owner.asks()[-1])
        return answer

    here.vault.after = agree
    source = program("partner.md", tmp_path).replace("    kid,\n", f"    owner.connect({DOMAIN!r}),\n")
    run(source, here, owner=here.owner)
    said = capsys.readouterr().out
    assert "['Song 2027-02 1', 'Song 2027-02 2']" in said
    assert "50000" in said


def test_the_owners_guide_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = scene()
    (tmp_path / "export").write_bytes(plays("2027-01", "2027-02").read())
    asked: list[bytes] = []

    def ask(request: Any, answer: Any) -> Any:
        """The partner asks as soon as the two are connected, and uses what it is granted."""
        route = (request.method, request.url.path)
        if route == ("POST", "/v1/pairings") and not asked:
            owner = next(reversed(here.vault.accounts.values()))
            asked.extend(owner.pairings)
            here.partner.ask(asked[0], **ASKED)
        if route == ("POST", "/v1/grants"):
            (grant,) = here.partner.grants()
            here.partner.use(grant, here.partner.items(grant))
        return answer

    here.vault.after = ask
    run(program("owner.md", tmp_path), here)
    said = capsys.readouterr().out
    assert "music.play 2027-01 2" in said
    assert "What you get: 0.108 USD for each use" in said
    assert "dpv:ServicePersonalisation 108000 committed" in said
