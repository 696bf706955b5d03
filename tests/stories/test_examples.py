"""The four programs a partner may begin with: what they make of rows, and of a real vault."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from planetvault.demo.cast import LIN, MAYA, Person
from planetvault.demo.processes import RunningVault, run_vault
from planetvault.memory import FileMemory
from planetvault.owner import Owner
from planetvault.partner import Partner

from sdk.examples import course_credit, game_onboarding, music_recommendations, shop_coupons

EXAMPLES = Path(music_recommendations.__file__).parent
PRICE = 100_000


def play(name: str, end: str, **other: Any) -> dict[str, Any]:
    row = {"name": name, "by": ["Ada Fogg"], "media": "track", "played_ms": 60_000, "start": None, "end": end}
    return row | other


def test_music_suggests_what_she_liked_at_that_time_of_day_and_has_not_heard_of_late() -> None:
    rows = [play("Late Tram", f"2026-05-0{day}T20:00:00Z") for day in (1, 2, 3)]
    rows += [play("Terminus", f"2026-05-0{day}T19:00:00Z") for day in (1, 2)]
    rows += [play("Kettle", "2026-05-01T07:00:00Z"), play("New", "2026-05-30T07:00:00Z")]
    rows += [play("Skipped", f"2026-05-0{day}T20:00:00Z", played_ms=4_000) for day in (1, 2)]
    evening = ["Ada Fogg: Late Tram", "Ada Fogg: Terminus"]
    assert music_recommendations.suggest(rows) == {"evening": evening, "morning": []}
    assert music_recommendations.suggest([]) == {}


def bought(category: str | None, total: int, status: str = "paid", refunded: int = 0) -> dict[str, Any]:
    row = {"name": "Tea", "category": category, "currency": "EUR", "refunded_micros": refunded}
    return row | {"status": status, "total_micros": total}


def test_a_shop_rewards_what_was_kept_and_nothing_that_came_back() -> None:
    rows = [bought("books", 30_000_000), bought("books", 10_000_019), bought(None, 50_000_000)]
    rows += [bought("toys", 90_000_000, "refunded", 90_000_000), bought("toys", 90_000_000, "cancelled")]
    rows += [
        bought("tools", 9_000_000_000, "partly-refunded", 1_000_000),
        bought("tools", -1_000_000, "refund"),
    ]
    assert shop_coupons.coupons(rows) == [
        shop_coupons.Coupon("tools", 20_000_000, "EUR"),
        shop_coupons.Coupon("Tea", 2_500_000, "EUR"),
        shop_coupons.Coupon("books", 2_000_000, "EUR"),
    ]


def learned(ref: str, completed: bool | None, score: float | None = None) -> dict[str, Any]:
    return {"in": "Rivers", "ref": ref, "name": ref, "completed": completed, "score": score}


def test_a_course_counts_once_its_failed_quiz_was_passed() -> None:
    rows = [learned("1", True), learned("2", True), learned("2", True), learned("quiz", None, 0.2)]
    (failed,) = course_credit.credits_for(rows)
    assert failed == course_credit.Credit("Rivers", 2, 0.2, granted=False)
    (passed,) = course_credit.credits_for([*rows, learned("quiz", None, 0.75)])
    assert passed == course_credit.Credit("Rivers", 2, 0.75, granted=True)
    (one_unit,) = course_credit.credits_for([learned("1", True), learned("2", False)])
    assert not one_unit.granted


def played(ref: str, hours: int, recent: int | None = None) -> dict[str, Any]:
    return {"ref": ref, "played_total_s": hours * 3600, "played_recent_s": recent}


def test_a_game_teaches_less_to_those_who_played_more() -> None:
    new = game_onboarding.onboarding([played("a", 9), played("b", 0)])
    assert new == game_onboarding.Onboarding("whole", 9, out_of_practice=True)
    same_game = game_onboarding.onboarding([played("a", 10), played("a", 12, 7_200)])
    assert same_game == game_onboarding.Onboarding("short", 12, out_of_practice=False)
    assert game_onboarding.onboarding([played("a", 10), played("b", 11)]).tutorial == "none"


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningVault]:
    with run_vault(tmp_path_factory.mktemp("vault"), {}) as running:
        yield running


CASES = [
    (
        LIN,
        music_recommendations,
        [
            "afternoon: The Tin Umbrellas: Low Tide; 青石板乐队: 巷口的灯; 青石板乐队: 纸船过河",
            "evening: The Tin Umbrellas: Paper Lanterns; 小满: 慢慢来; 青石板乐队: 巷口的灯",
            "morning: 小满: 二十四节气; 青石板乐队: 巷口的灯; The Tin Umbrellas: Low Tide",
        ],
    ),
    (LIN, shop_coupons, ["20.00 CNY off: 食品酒饮", "4.45 CNY off: 运动户外", "4.40 CNY off: 服饰内衣"]),
    (LIN, course_credit, ["Rivers of the World: credit, 2 units, mean score 0.9"]),
    (MAYA, game_onboarding, ["tutorial: none, at full pace; she played 52 hours elsewhere"]),
]


@pytest.mark.parametrize(("person", "example", "said"), CASES, ids=[case[1].__name__ for case in CASES])
def test_each_program_pays_for_real_data_and_says_something_about_it(
    vault: RunningVault, tmp_path: Path, person: Person, example: Any, said: list[str]
) -> None:
    domain = f"{Path(example.__file__).stem.replace('_', '-')}.example"
    memory = tmp_path / "partner.memory"
    with Partner.create(domain, "An example", vault.url, FileMemory(memory)) as partner:
        vault.top_up(domain, 100 * PRICE)
        grant_everything(vault, partner, domain, person, example, tmp_path)
        program = EXAMPLES / f"{Path(example.__file__).stem}.py"
        command = [sys.executable, str(program), vault.url, str(memory)]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        assert lines == said
        (grant,) = partner.grants()
        (answered,) = partner.receipts(grant)
        assert (answered.receipt.record.price, answered.receipt.record.purpose) == (PRICE, example.PURPOSE)


def grant_everything(
    vault: RunningVault, partner: Partner, domain: str, person: Person, example: Any, folder: Path
) -> None:
    with Owner.create(vault.url, FileMemory(folder / "owner.memory")) as owner:
        for export in person.exports:
            owner.import_export(export)
        partner.ask(
            owner.connect(domain),
            clusters=sorted(example.NEEDED),
            purposes=[example.PURPOSE],
            reason="To try this out.",
            price=PRICE,
            max_uses=3,
            look_back_days=3650,
        )
        owner.grant(owner.asks()[0])
