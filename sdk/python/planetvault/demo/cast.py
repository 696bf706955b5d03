"""Who plays: two owners with their exports, and three partners with what they want."""

from dataclasses import dataclass
from pathlib import Path

SAMPLES = Path(__file__).parent / "samples"
CENT = 10_000
"""A hundredth of a unit, in micros."""


@dataclass(frozen=True, slots=True)
class Person:
    """An owner: her name in this story, her language, and the export files she was given."""

    name: str
    language: str
    exports: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class App:
    """A partner: its domain, and the terms it asks for."""

    domain: str
    name: str
    clusters: tuple[str, ...]
    purpose: str
    reason: str
    price: int
    max_uses: int
    funds: int


LIN = Person(
    "Lin",
    "zh-CN",
    tuple(SAMPLES / "lin" / file for file in ("my_spotify_data.zip", "jd-bill.csv", "xapi-statements.jsonl")),
)
MAYA = Person(
    "Maya",
    "en",
    tuple(
        SAMPLES / "maya" / file
        for file in (
            "StreamingHistory_music_0.json",
            "endsong_0.json",
            "Your Orders.zip",
            "GetOwnedGames.json",
        )
    ),
)
MUSIC = App(
    domain="melody.example",
    name="Melody",
    clusters=("music.play/what", "music.play/when"),
    purpose="dpv:ServicePersonalisation",
    reason="To suggest music that fits the time of your day.",
    price=12 * CENT,
    max_uses=50,
    funds=5000 * CENT,
)
SHOP = App(
    domain="bazaar.example",
    name="Bazaar",
    clusters=("commerce.order/money", "commerce.order/what", "commerce.order/when"),
    purpose="dpv:PersonalisedBenefits",
    reason="To send you coupons for what you really buy.",
    price=20 * CENT,
    max_uses=10,
    funds=5000 * CENT,
)
COURSE = App(
    domain="campus.example",
    name="Campus",
    clusters=("education.activity/result", "education.activity/what"),
    purpose="dpv:ServiceProvision",
    reason="To give you credit for units you have finished elsewhere.",
    price=50 * CENT,
    max_uses=2,
    funds=2000 * CENT,
)
