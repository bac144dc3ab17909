"""The image that jobs run in: what its Containerfile names is there, and is what was locked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
TEXT = (REPOSITORY / "Containerfile").read_text()
INSTRUCTIONS = [
    (words[0], words[2].strip())
    for line in re.sub(r"^#.*\n", "", TEXT, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    if (words := line.partition(" "))[0]
]
LOCKS = ("requirements.lock", "requirements-container.lock")
REFUSED = {"python-dateutil"}
"""What the plug-in for S3 takes in an older version only."""


def told(instruction: str) -> list[str]:
    return [text for name, text in INSTRUCTIONS if name == instruction]


def pins(file: str) -> dict[str, str]:
    text = (REPOSITORY / file).read_text()
    return dict(re.findall(r"^([\w.-]+)==([^ ;\\\n]+)", text, re.MULTILINE))


def test_it_takes_the_locks_and_nothing_else() -> None:
    (copied,) = told("COPY")
    *files, folder = copied.split()
    assert tuple(files) == LOCKS
    assert not told("ADD")
    ignored = (REPOSITORY / ".containerignore").read_text().splitlines()[1:]
    assert ignored == ["*", *(f"!{lock}" for lock in LOCKS)]
    assert set(re.findall(r"-r (\S+)", TEXT)) == {f"{folder}{lock}" for lock in LOCKS}


def test_all_that_is_installed_is_checked_by_its_digest() -> None:
    for command in told("RUN"):
        for part in re.findall(r"pip (?:install|download) [^&]*", command):
            assert "--no-deps" in part
            assert "--require-hashes" in part or "--no-index" in part
    for lock in LOCKS:
        blocks = re.split(r"^(?=[\w.-]+==)", (REPOSITORY / lock).read_text(), flags=re.MULTILINE)
        assert len(blocks) > 5
        assert [block for block in blocks[1:] if "--hash=sha256:" not in block] == []


def test_jobs_are_not_root_and_find_a_home() -> None:
    user = told("USER")[-1]
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user), "a number, which clusters can check"
    assert f"--uid {user.split(':')[0]}" in TEXT
    assert "HOME=/home/landloom" in told("ENV")
    assert told("WORKDIR") == ["/workdir"], "where the plug-in for Kubernetes has pods begin"


def test_its_base_is_named_once_and_can_be_another() -> None:
    assert told("ARG") == ["BASE=docker.io/library/python:3.11-slim"]
    assert told("FROM") == ["${BASE}"]


def test_the_locks_agree() -> None:
    one, other = map(pins, LOCKS)
    assert {name for name in one.keys() & other.keys() if one[name] != other[name]} <= REFUSED


@pytest.mark.parametrize("profile", ["kubernetes", "aws-batch"])
def test_the_plug_in_of_profiles_is_that_of_the_image(profile: str) -> None:
    wanted = pins("profiles/s3/requirements.txt")
    assert wanted
    assert wanted.items() <= pins("requirements-container.lock").items()
    assert (
        "default-storage-provider: s3"
        in (REPOSITORY / f"profiles/{profile}/config.yaml").read_text()
    )
    (wheel,) = re.findall(r"/tmp/wheels/(\w+)-\*\.whl /opt/landloom/wheels", TEXT)
    assert wheel.replace("_", "-") == next(iter(wanted))
    assert "PIP_FIND_LINKS=/opt/landloom/wheels" in " ".join(told("ENV"))


def test_pods_have_the_groups_of_slurm() -> None:
    profiles = [REPOSITORY / f"profiles/{name}/config.yaml" for name in ("kubernetes", "slurm")]
    pods, slurm = (yaml.safe_load(path.read_text())["groups"] for path in profiles)
    assert pods == slurm
