"""The operator's guide names every setting as the program describes it."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from vault.settings import Settings

GUIDE = Path(__file__).parents[3] / "docs/guides/operate.md"


def table() -> str:
    """The table of settings, from the settings themselves."""
    lines = ["| Setting | Default | What it is for |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        assert field.default is not PydanticUndefined
        value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        shown = f"`{value}`" if str(value) else "empty"
        secret = " **Secret.**" if isinstance(field.default, SecretStr) else ""
        about = (field.description or "").replace("|", "\\|").replace("<", "&lt;")
        lines.append(f"| `PLANETVAULT_{name.upper()}` | {shown} | {about}{secret} |")
    return "\n".join(lines) + "\n"


def test_the_guide_lists_every_setting_as_it_is() -> None:
    assert table() in GUIDE.read_text(), f"{GUIDE.name} should hold:\n{table()}"
