"""Guardians from the command line: the texts as files, between people who each run their own."""

import io
from dataclasses import dataclass
from pathlib import Path

import pytest
from planetvault.guardian import Guardian, Recovery
from planetvault.guardian.command import guardian, recover
from planetvault.memory import FileMemory
from planetvault.owner.command import main

from tests.attacks.town import Town


@dataclass
class Desk:
    """A folder with everybody's memories, and what each command said."""

    town: Town
    folder: Path

    def owner(self, *arguments: str, device: str = "lin") -> tuple[int, str]:
        out = io.StringIO()
        fixed = ["--memory", str(self.folder / device), "--vault", self.town.url]
        code = main([*fixed, *arguments], out, transport=self.town.between, clock=self.town.clock)
        return code, out.getvalue()

    def guardian(self, name: str, *arguments: str) -> tuple[int, str]:
        out = io.StringIO()
        return guardian(["--memory", str(self.folder / name), *arguments], out), out.getvalue()

    def recover(self, *arguments: str) -> tuple[int, str]:
        out = io.StringIO()
        fixed = ["--memory", str(self.folder / "new phone"), *arguments]
        return recover(fixed, out, transport=self.town.between, clock=self.town.clock), out.getvalue()

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)


@pytest.fixture
def desk(town: Town, tmp_path: Path) -> Desk:
    one = Desk(town, tmp_path)
    assert one.owner("create")[0] == 0
    people = ["mum", "tom", "ada"]
    files = [one.file(f"{name}.invitation", one.guardian(name, "invitation")[1]) for name in people]
    code, said = one.owner("guardians", "--threshold", "2", "--into", str(tmp_path), *files)
    assert code == 0
    for name in people:
        assert Guardian(FileMemory(tmp_path / name)).number in said
        assert one.guardian(name, "keep", "Lin", str(tmp_path / f"{name}.letter"))[0] == 0
    return one


def bring(desk: Desk, *names: str) -> int:
    """These guardians answer the plea; the exit code of the last share taken comes back."""
    plea = desk.file("plea", desk.recover("plea")[1])
    number = Recovery(FileMemory(desk.folder / "new phone")).number
    code = 1
    for name in names:
        sent, letter = desk.guardian(name, "send", "Lin", plea, "--number", number)
        assert sent == 0
        code, _ = desk.recover("take", desk.file("back", letter))
    return code


def test_an_account_is_lost_and_brought_back(desk: Desk) -> None:
    assert bring(desk, "tom") == 1
    assert bring(desk, "ada") == 0
    code, _ = desk.recover("open", "--vault", desk.town.url)
    assert code == 1
    assert desk.owner("openings")[0] == 1
    desk.town.clock.pass_by(days=7)
    code, said = desk.recover("open", "--vault", desk.town.url)
    assert (code, said[:5]) == (0, "open:")
    assert len(desk.owner("lockers")[1].splitlines()) == 3


def test_a_device_says_no(desk: Desk) -> None:
    bring(desk, "tom", "ada")
    desk.recover("open", "--vault", desk.town.url)
    opening = desk.owner("openings")[1].split("\t")[0]
    assert desk.owner("veto", opening)[0] == 0
    desk.town.clock.pass_by(days=8)
    assert desk.recover("open", "--vault", desk.town.url)[0] == 2
    assert desk.owner("openings")[0] == 0


def test_a_wrong_number_sends_nothing(desk: Desk) -> None:
    plea = desk.file("plea", desk.recover("plea")[1])
    code, said = desk.guardian("mum", "send", "Lin", plea, "--number", "12345 " * 5)
    assert (code, said) == (2, "")


def test_what_is_kept_is_listed(desk: Desk) -> None:
    assert desk.guardian("mum", "list") == (0, f"Lin\t{desk.town.settings.origin}\n")
    assert desk.guardian("mum", "keep", "Lin", desk.file("nothing", "nothing"))[0] == 2
