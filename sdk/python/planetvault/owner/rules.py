"""What an owner never agrees to, and the least she wants to be paid. Pure; applied on her own device.

::

    Rules(1, False, (Rule("*", "dpv:Advertising", None), Rule("music", "*", 50_000)))

Never for advertising; for anything about music, at least 0.05 for each use. The page is
docs/spec/rules.md.
"""

from dataclasses import asdict, dataclass, replace

from anchor.errors import FormatError
from anchor.records.shape import INTEGER_MAX, PURPOSE, pattern, read_json, write_json
from planetvault.errors import RulesBroken
from planetvault.owner.terms import Terms
from planetvault.purposes import above, broader

VERSION = 1
RULES_MAX = 200
RULES_BYTES_MAX = 65_536
EVERYTHING = "*"

_DATA = pattern(r"\*|[a-z]{1,32}(\.[a-z]{1,32}(/[a-z]{1,32})?)?", 100)


@dataclass(frozen=True, slots=True)
class Rule:
    """For ``data`` and ``purpose``, the ``least`` her part of one use has to be, in micros; None is never."""

    data: str
    purpose: str
    least: int | None

    def applies(self, terms: Terms) -> bool:
        """Whether some of these terms are what the rule is about."""
        about = any(_begins(cluster, self.data) for cluster in terms.clusters)
        return about and any(is_within(purpose, self.purpose) for purpose in terms.purposes)


@dataclass(frozen=True, slots=True)
class Rules:
    """An owner's rules. ``seq`` counts their changes; while they are ``paused``, devices answer nothing."""

    seq: int = 0
    paused: bool = False
    rules: tuple[Rule, ...] = ()

    def broken_by(self, terms: Terms) -> tuple[Rule, ...]:
        """The rules that say no to these terms; none, if they fit."""
        part = part_of_one_use(terms)
        applying = (rule for rule in self.rules if rule.applies(terms))
        return tuple(rule for rule in applying if rule.least is None or part < rule.least)

    def changed(self, *, rules: tuple[Rule, ...] | None = None, paused: bool | None = None) -> "Rules":
        """The next version, with what is named changed."""
        return replace(
            self,
            seq=self.seq + 1,
            rules=self.rules if rules is None else rules,
            paused=self.paused if paused is None else paused,
        )

    def __bytes__(self) -> bytes:
        written = write_json({"version": VERSION, **asdict(self)})
        read_rules(written)
        return written


def part_of_one_use(terms: Terms) -> int:
    """What one use brings her at least, in micros: if it is paid by period, its part of the fullest one."""
    if not terms.paid_by_period:
        return terms.share
    return terms.share // (terms.period_uses or terms.max_uses)


def is_within(purpose: str, other: str) -> bool:
    """Whether a purpose is another one, or narrower. One that nobody here knows is within them all."""
    return other in (EVERYTHING, purpose) or purpose not in broader() or other in above(purpose)


def _begins(cluster: str, data: str) -> bool:
    return data in (EVERYTHING, cluster) or cluster.startswith((data + ".", data + "/"))


def read_rules(octets: bytes) -> Rules:
    """Read what ``bytes`` wrote.

    Raises:
        RulesBroken: for anything else.
    """
    if len(octets) > RULES_BYTES_MAX:
        raise RulesBroken("these rules are longer than any")
    try:
        return _read(read_json(octets))
    except (FormatError, TypeError) as error:
        raise RulesBroken("these are not the rules of an owner: see docs/spec/rules.md") from error


def _read(value: dict[str, object]) -> Rules:
    if type(value) is not dict or value.keys() != {"version", "seq", "paused", "rules"}:
        raise FormatError("other fields")
    seq, paused, rules = value["seq"], value["paused"], value["rules"]
    if value["version"] != VERSION or type(seq) is not int or not 1 <= seq <= INTEGER_MAX:
        raise FormatError("another version")
    if type(paused) is not bool or type(rules) is not list or len(rules) > RULES_MAX:
        raise FormatError("another form")
    return Rules(seq, paused, tuple(_read_rule(**rule) for rule in rules))


def _read_rule(*, data: object, purpose: object, least: object) -> Rule:
    if least is not None and (type(least) is not int or not 0 <= least <= INTEGER_MAX):
        raise FormatError("no amount")
    named = EVERYTHING if purpose == EVERYTHING else PURPOSE.read(purpose)
    return Rule(_DATA.read(data), named, least)
