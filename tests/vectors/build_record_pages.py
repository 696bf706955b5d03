"""Write the examples into the pages of docs/spec: ``python -m tests.vectors.build_record_pages``.

A page says where with ``<!-- example: grant -->`` and ``<!-- end of example -->``; the
lines between them are made from the story in tests/records/examples.py. A test
demands that they are.
"""

import json
import re
from pathlib import Path

from anchor.encoding import from_base64url, to_base64url
from tests.records.examples import examples, key

PAGES = Path(__file__).parents[2] / "docs" / "spec"
PLACE = re.compile(r"<!-- example: (?P<noun>[a-z]+) -->\n.*?<!-- end of example -->\n", re.DOTALL)
LINE = 96


def example_of(noun: str) -> str:
    """What a page shows of a record: its bytes, header and payload, its key and its names."""
    example = examples()[noun]
    signed, signer = example.signed, key(example.signer)
    header, payload = (from_base64url(part).decode() for part in signed.text.split(".")[:2])
    names = {
        "public key": to_base64url(signer.public),
        "hash": to_base64url(signed.hash),
        **({} if signed.record.ENTRY is None else {"entry": signed.entry.hex()}),
    }
    return "\n".join(
        [
            f"<!-- example: {noun} -->",
            "```text",
            *(signed.text[start : start + LINE] for start in range(0, len(signed.text), LINE)),
            "```",
            "",
            "```json",
            header,
            "```",
            "",
            "```json",
            json.dumps(json.loads(payload), indent=2, ensure_ascii=False),
            "```",
            "",
            "```text",
            *(f"{name:<11} {value}" for name, value in names.items()),
            "```",
            "<!-- end of example -->\n",
        ]
    )


def with_examples(page: str) -> str:
    """A page with its examples made anew."""
    return PLACE.sub(lambda place: example_of(place["noun"]), page)


def write() -> None:
    """Make the examples of every page anew."""
    for path in PAGES.glob("*.md"):
        page = path.read_text()
        if (made := with_examples(page)) != page:
            path.write_text(made)


if __name__ == "__main__":
    write()
