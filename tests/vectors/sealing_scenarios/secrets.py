"""What is kept sealed under a name, such as an owner's rules."""

from collections.abc import Iterator

from planetvault.sealing.named_secret import seal_named_secret
from planetvault.sealing.tree import new_root, next_root

from tests.sdk.sealing.twin.fixed_sealer import FixedSealer
from tests.vectors.sealing_scenarios.scenario import Scenario, flipped, root_of

FRESH = FixedSealer("sealing secrets")
RULES = b'{"version":1,"seq":1,"paused":false,"rules":[]}'


def secrets() -> Iterator[Scenario]:
    """Every scenario of this theme."""
    older = new_root(FRESH.random(16), FRESH)
    newer = next_root(older, FRESH)
    blob = seal_named_secret(newer, "rules", RULES, FRESH)
    inputs = {"roots": [root_of(newer), root_of(older)], "name": "rules", "blob": blob}
    yield Scenario("named_secret", "Under the newest root.", "open_named_secret", inputs, {"value": RULES})
    before = {**inputs, "blob": seal_named_secret(older, "rules", RULES, FRESH)}
    what = "Written before the root was turned."
    yield Scenario("named_secret_of_an_older_root", what, "open_named_secret", before, {"value": RULES})
    for name, what, changed in (
        ("removed", "For a device that knows the older root alone.", {"roots": [root_of(older)]}),
        ("other_name", "In the place of another.", {"name": "notes"}),
        ("altered", "One bit.", {"blob": flipped(blob, 100)}),
    ):
        yield Scenario(f"named_secret_{name}", what, "open_named_secret", {**inputs, **changed})
