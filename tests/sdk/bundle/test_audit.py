"""The money of an export, worked out once more from what is signed in it."""

from pathlib import Path

from planetvault.audit import audit_bundle
from planetvault.command import app
from typer.testing import CliRunner

from tests.attacks.town import Town


def test_an_export_says_to_the_micro_what_its_owner_earned(town: Town, tmp_path: Path) -> None:
    grant, path = town.used(3), tmp_path / "maya.zip"
    town.owner.revoke(grant.signed)
    town.owner.export(path)
    done = audit_bundle(path)
    earned = sum(one.earned for one in town.owner.receipts())
    terms = grant.terms
    assert earned == 3 * (terms.price - terms.price * terms.fee // 10_000) > 0
    assert sum(amount for name, amount in done.balances.items() if name.startswith("pending/")) == earned
    assert done.balances["fee"] == 3 * terms.price - earned
    assert done.balances[f"funding/{terms.partner}"] == -3 * terms.price
    told = CliRunner().invoke(app, ["audit", str(path)])
    assert (told.exit_code, str(earned) in told.output) == (0, True)
