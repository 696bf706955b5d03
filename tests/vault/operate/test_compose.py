"""What compose.yaml and the Dockerfile say is what the programs understand."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from planetvault.witness.command import _parser as witness_parser

from vault.__main__ import _parser as vault_parser
from vault.settings import Settings

ROOT = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"].startswith("planetvault:")}
PROMETHEUS_FILES = re.findall(
    r"credentials_file: (\S+?)}", (ROOT / "deploy/prometheus/prometheus.yaml").read_text()
)
ENTER = (ROOT / "deploy/consortium/enter").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def settings_of(service: dict[str, Any]) -> set[str]:
    return {name for name in service.get("environment", {}) if name.startswith("PLANETVAULT_")}


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_that_the_program_takes(name: str) -> None:
    module, *begun = OURS[name].get("entrypoint", ["python", "-m", "vault"])[2:]
    if module == "planetvault":
        assert begun == ["witness"]
        witness_parser().parse_args(OURS[name]["command"])
    else:
        vault_parser().parse_args([*begun, *OURS[name]["command"]])
    probe = OURS[name].get("healthcheck", {}).get("test", [])
    if probe[1:4] == ["python", "-m", "vault"]:
        vault_parser().parse_args(probe[4:])


@pytest.mark.parametrize("name", OURS)
def test_every_setting_is_one_that_the_vault_reads(name: str) -> None:
    known = {f"PLANETVAULT_{field.upper()}" for field in Settings.model_fields}
    assert {setting.removesuffix("_FILE") for setting in settings_of(OURS[name])} <= known


def test_every_setting_that_the_guide_names_reaches_a_process() -> None:
    handed_on = {setting.removesuffix("_FILE") for one in OURS.values() for setting in settings_of(one)}
    assert {f"PLANETVAULT_{field.upper()}" for field in Settings.model_fields} == handed_on


def test_secrets_come_from_files_alone_and_only_where_they_are_needed() -> None:
    for service in SERVICES.values():
        given = service.get("environment", {})
        files = {value for key, value in given.items() if key.endswith("_FILE")}
        files |= set(PROMETHEUS_FILES) if service["image"].startswith("prom/") else set()
        files |= set(re.findall(r"\$\$\(cat (\S+)\)", " ".join(service.get("command", []))))
        files |= (
            set(re.findall(r"/run/secrets/\w+", ENTER)) if service.get("command") == ["validator"] else set()
        )
        assert files == {f"/run/secrets/{name}" for name in service.get("secrets", [])}
        assert (
            not {"PLANETVAULT_DATABASE", "PLANETVAULT_CHAIN_KEY", "PLANETVAULT_OPERATOR_TOKEN"} & given.keys()
        )
    for secret, holder in (("chain_key", "worker"), ("validator_key", "validator")):
        assert {name for name, one in SERVICES.items() if secret in one.get("secrets", [])} == {holder}


def test_a_member_is_told_what_its_script_reads_and_the_node_that_answers_holds_no_key() -> None:
    read = set(re.findall(r"\$\{(CONSORTIUM_\w+)", ENTER))
    validator, node = SERVICES["validator"], SERVICES["node"]
    for member in (validator, node):
        assert {name for name in member["environment"] if name != "HOME"} <= read
        (genesis,) = member["configs"]
        assert f"{genesis['target']}}}" in ENTER
        assert genesis["source"] in COMPOSE["configs"]
    assert not node["secrets"]
    assert "CONSORTIUM_RPC_HOST" not in validator["environment"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_process_is_held_to_what_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert int(service["user"].partition(":")[0]) > 0
    bound = [
        re.sub(r"^\$\{PLANETVAULT_CONSORTIUM_ADDRESS:-(.+?)\}", r"\1", port)
        for port in service.get("ports", [])
    ]
    assert all(port.startswith("127.0.0.1:") for port in bound)


@pytest.mark.parametrize("name", SERVICES)
def test_a_check_of_health_is_understood_by_podman_too(name: str) -> None:
    kind, *words = SERVICES[name].get("healthcheck", {"test": ["CMD"]})["test"]
    assert kind == "CMD-SHELL" or not [word for word in words if " " in word]


def test_the_database_is_not_published_and_has_no_way_out() -> None:
    assert "ports" not in SERVICES["postgres"]
    assert SERVICES["postgres"]["networks"] == ["database"]
    assert COMPOSE["networks"]["database"]["internal"] is True


def test_every_volume_and_secret_is_declared() -> None:
    mounted = {volume.partition(":")[0] for one in SERVICES.values() for volume in one.get("volumes", [])}
    files = {source for source in mounted if source.startswith("./")}
    assert mounted - files == COMPOSE["volumes"].keys()
    assert all((ROOT / source).exists() for source in files)
    assert {name for one in SERVICES.values() for name in one.get("secrets", [])} == COMPOSE["secrets"].keys()


def test_images_have_a_version_and_the_image_installs_by_hash() -> None:
    for image in (one["image"] for one in SERVICES.values()):
        assert re.search(r":v?\d", image), f"{image} has no version"
    assert all("--require-hashes" in line or "--no-index" in line for line in pip_installs())
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)[-1] == "10001:10001"


def test_the_image_stands_on_one_base_pinned_by_digest() -> None:
    (base,) = re.findall(r"^ARG BASE=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert re.search(r":\S*\d\S*@sha256:[0-9a-f]{64}$", base)
    stands_on = {name: on for on, name in re.findall(r"^FROM (\S+) AS (\w+)$", DOCKERFILE, re.MULTILINE)}
    assert set(stands_on.values()) - stands_on.keys() == {"${BASE}"}
    assert {one["build"]["target"] for one in SERVICES.values() if "build" in one} <= stands_on.keys()


def pip_installs() -> list[str]:
    found = re.findall(r"pip (?:--python \S+ )?install[^\n\\&]*", DOCKERFILE)
    assert len(found) == 3
    return found


def test_what_the_image_copies_is_there_and_reaches_the_builder() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert copied
    assert "vault/web/assets" in (ROOT / ".dockerignore").read_text().splitlines()
    for source in copied:
        assert (ROOT / source).exists()
        assert source in let_in
