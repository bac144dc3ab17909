"""What the documents tell to type works: each command is run, each configuration is accepted."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import REPOSITORY, SNAKEMAKE, Place

from landloom.raster.degree_tiles import TileTemplate, nearby_tiles

pytestmark = pytest.mark.full

DOCUMENTS = [
    REPOSITORY / "README.md",
    *sorted((REPOSITORY / "docs").glob("*.md")),
    REPOSITORY / "config/README.md",
    REPOSITORY / "CONTRIBUTING.md",
]

AUDIT = (
    ".venv/bin/landloom audit results/dataset/train.gpkg results/dataset/test.gpkg --within 1 5 10"
)

NOT_RUN = {
    AUDIT: "see test_the_audit_passes_what_a_run_made",
    "make demo": "builds an environment and the demo; continuous integration's own first step",
    "make test": "what it runs is a part of the same run as this",
    ".venv/bin/pip install -r profiles/slurm/requirements.txt": "changes the environment",
    ".venv/bin/pip install -r profiles/pbs/requirements.txt": "changes the environment",
    ".venv/bin/pip install -r profiles/s3/requirements.txt": "changes the environment",
    ".venv/bin/snakemake --cores 2 --profile profiles/s3 --default-storage-prefix "
    "s3://my-bucket/my-run --configfile mine.yaml": "see tests/object_store",
    ".venv/bin/pip install -r profiles/gcs/requirements.txt": "changes the environment",
    ".venv/bin/snakemake --cores 2 --profile profiles/gcs --default-storage-prefix "
    "gs://my-bucket/my-run --configfile mine.yaml": "see tests/object_store",
    "podman build --file Containerfile --tag registry.example.org/landloom:0.1.0 .": (
        "continuous integration's own job"
    ),
    "podman push registry.example.org/landloom:0.1.0": "needs a registry",
    ".venv/bin/pip install -r profiles/s3/requirements.txt "
    "-r profiles/kubernetes/requirements.txt": "changes the environment",
    ".venv/bin/pip install -r profiles/s3/requirements.txt "
    "-r profiles/aws-batch/requirements.txt": "changes the environment",
    ".venv/bin/snakemake --profile profiles/kubernetes "
    "--container-image registry.example.org/landloom:0.1.0 --kubernetes-namespace maps "
    "--default-storage-prefix s3://my-bucket/my-run --envvars AWS_ACCESS_KEY_ID "
    "AWS_SECRET_ACCESS_KEY --configfile mine.yaml": "see tests/pods",
    ".venv/bin/snakemake --profile profiles/aws-batch "
    "--container-image registry.example.org/landloom:0.1.0 --aws-batch-region eu-west-1 "
    "--aws-batch-job-queue 'arn:aws:batch:…' --aws-batch-job-role 'arn:aws:iam:…' "
    "--default-storage-prefix s3://my-bucket/my-run --configfile mine.yaml": "see tests/pods",
    "export 'XDG_CACHE_HOME=$PWD/.cache'": "sets what the commands after it find",
}
"""Commands that a test cannot run, with the reason."""

INSTALLED_LATER = ("slurm", "cluster-generic")
"""Executors that a plug-in brings: profiles for them are tried with Snakemake's own."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    document: Path
    line: int
    language: str
    text: str

    @property
    def file(self) -> str | None:
        """The file that it is to be saved as: its first line says so."""
        named = re.match(r"# ([\w./-]+\.yaml|Snakefile)\n", self.text)
        return named[1] if named else None

    @property
    def place(self) -> str:
        return f"{self.document.relative_to(REPOSITORY)}:{self.line}"


def blocks(document: Path) -> list[Block]:
    text = document.read_text()
    return [
        Block(document, text.count("\n", 0, found.start()) + 1, found[1], found[2])
        for found in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ]


ALL = [block for document in DOCUMENTS for block in blocks(document)]


def commands() -> Iterator[tuple[Block, str]]:
    for block in ALL:
        if block.language == "sh":
            for line in block.text.splitlines():
                words = shlex.split(line, comments=True)
                if words and shlex.join(words) not in NOT_RUN:
                    yield block, shlex.join(words)


def swallowed(command: str) -> list[str]:
    """Return what `--configfile`, which takes several values, swallows besides its one file."""
    words = shlex.split(command, comments=True)
    if "--configfile" not in words:
        return []
    rest = words[words.index("--configfile") + 2 :]
    end = next((i for i, word in enumerate(rest) if word.startswith("-")), len(rest))
    return rest[:end]


def test_a_swallowed_target_is_found() -> None:
    assert swallowed("snakemake --configfile mine.yaml dataset") == ["dataset"]
    assert swallowed("snakemake dataset --configfile mine.yaml --cores 4") == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_target_follows_a_configfile(document: Path) -> None:
    spans = re.findall(r"snakemake [^`\n]*--configfile[^`\n]*", document.read_text())
    assert [span for span in spans if swallowed(span)] == []


def stand_ins(folder: Path, config: dict[str, Any]) -> None:
    """Make the local files that a configuration names: a dry run asks only that they are there."""
    region = config.get("dataset", {}).get("region")
    downloads = config.get("downloads", {})
    years = config.get("map", {}).get("embedding", {}).get("years", [])

    def visit(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                yield from visit(item)
        elif isinstance(value, str) and re.match(r"[\w-]+/.*\.(tif|csv|gpkg|zip)$", value):
            yield value

    for name in visit(config):
        if name in downloads:
            continue
        bounds = region and tuple(region[side] for side in ("west", "south", "east", "north"))
        if "{year}" in name:
            paths = [name.replace("{year}", str(year)) for year in years]
        elif "{" in name:
            paths = list(map(TileTemplate(name).path, nearby_tiles(bounds, 0.0)))
        else:
            paths = [name]
        for path in paths:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text("code,name,color,value\n1,Water,466B9F,1\n")


def save(folder: Path, block: Block) -> None:
    """Save a block as the file that it names."""
    assert block.file
    path = folder / block.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text)
    if block.language == "yaml":
        config = yaml.safe_load(block.text)
        stand_ins(folder, config.get("landloom", config))


def copy_profile(folder: Path, file: str) -> None:
    """Copy a profile that comes along, without what needs a plug-in."""
    profile = yaml.safe_load((REPOSITORY / file).read_text())
    assert profile.pop("executor") in INSTALLED_LATER
    kept = {key: value for key, value in profile.items() if not key.startswith(INSTALLED_LATER)}
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(yaml.safe_dump(kept))


def variants(document: Path, file: str) -> list[Block]:
    """Return the blocks that a document shows as one file; another document's, if it has none."""
    own = [block for block in ALL if block.document == document and block.file == file]
    return own or [block for block in ALL if block.file == file][:1]


def landloom(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Call the command as the file in `.venv/bin` does; where it would ask, it is told."""
    code = f"import sys; sys.path.insert(0, {str(REPOSITORY / 'workflow/scripts')!r}); "
    code += "from landloom.command.main import main; sys.exit(main())"
    name, *words = shlex.split(command)[1:]
    if name == "init" and "--product" not in words:
        words += ["--product", "demo"]
    if name == "run" and "-n" not in words:
        words.insert(1, "-n")
    return subprocess.run(
        [sys.executable, "-P", "-c", code, name, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | {"LANDLOOM_CHECK_HOSTS": "no"},  # there is no network
        stdin=subprocess.DEVNULL,
        check=False,
    )


def snakemake(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    words = shlex.split(command)
    if words[0] == ".venv/bin/landloom":
        return landloom(folder, command)
    if words[0] == ".venv/bin/snakemake":
        words[1:1] = ["-s", str(REPOSITORY / "Snakefile")]
    words[0] = str(SNAKEMAKE)
    if not {"-n", "--unlock", "--report", "--lint"} & set(words):
        words.append("-n")
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


def named_files(command: str) -> list[str]:
    words = shlex.split(command)
    if words[0] == ".venv/bin/landloom":
        return [] if words[1] == "init" else [words[2]]
    files = [words[i + 1] for i, word in enumerate(words[:-1]) if word == "--configfile"]
    profiles = [words[i + 1] for i, word in enumerate(words[:-1]) if word == "--profile"]
    return [*files, *(f"{profile}/config.yaml" for profile in profiles)]


CASES = sorted({(block.document, command): block for block, command in commands()}.items())


@pytest.mark.parametrize(
    ("document", "command"),
    [key for key, _ in CASES],
    ids=[f"{key[0].stem}: {key[1]}" for key, _ in CASES],
)
def test_a_command_does_what_it_is_told(document: Path, command: str, tmp_path: Path) -> None:
    assert "snakemake" in command or "landloom" in command, "run it, or name it in NOT_RUN"
    if is_report(command):
        pytest.skip("see test_a_report_is_made_as_told")
    needed = named_files(command)
    if not command.startswith(".venv"):  # a workflow of the reader's own
        needed = ["Snakefile", "config.yaml"]
        (tmp_path / "landloom").symlink_to(REPOSITORY)
    for file in needed:
        if (REPOSITORY / file).exists() and file.startswith("profiles/"):
            copy_profile(tmp_path, file)
        else:
            save(tmp_path, variants(document, file)[0])
    done = snakemake(tmp_path, command)
    assert done.returncode == 0, done.stdout + done.stderr
    told = {"init": "Wrote ", "check": "Would run: "}.get(shlex.split(command)[1], "Job stats")
    assert "--unlock" in command or told in done.stdout + done.stderr


def is_report(command: str) -> bool:
    return "--report" in command or "landloom report" in command


def test_a_report_is_made_as_told(finished: Place, tmp_path: Path) -> None:
    told = {command for _, command in commands() if is_report(command)}
    assert len(told) > 1
    for number, command in enumerate(told):
        place = finished.copy(tmp_path / f"place{number}")
        done = snakemake(place.folder, command)
        assert done.returncode == 0, done.stdout + done.stderr
        page = "results/report.html" if "landloom" in command else "report.html"
        assert (place.folder / page).stat().st_size > 10**6


def test_the_audit_passes_what_a_run_made(finished: Place) -> None:
    assert AUDIT in [" ".join(block.text.split()) for block in ALL if block.language == "sh"]
    done = subprocess.run(
        [sys.executable, "-m", "landloom.command.main", *shlex.split(AUDIT)[1:]],
        cwd=finished.folder,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY / "workflow/scripts")},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("SEPARATE: ")


CONFIGURATIONS = [
    block
    for block in ALL
    if block.file and block.language == "yaml" and re.search("^(dataset|map):", block.text, re.M)
]


@pytest.mark.parametrize("block", CONFIGURATIONS, ids=lambda block: block.place)
def test_a_configuration_is_accepted(block: Block, tmp_path: Path) -> None:
    assert len(block.text.splitlines()) <= 12
    save(tmp_path, block)
    done = snakemake(tmp_path, f".venv/bin/snakemake -n --configfile {block.file}")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "example", sorted((REPOSITORY / "examples").glob("*.yaml")), ids=lambda path: path.stem
)
def test_lint_finds_nothing_whatever_is_configured(example: Path, tmp_path: Path) -> None:
    stand_ins(tmp_path, yaml.safe_load(example.read_text()))
    done = snakemake(tmp_path, f".venv/bin/snakemake --lint --configfile {example}")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_yaml_block_is_a_file_that_is_tried() -> None:
    for block in ALL:
        if block.language == "yaml" and not block.text.startswith("# yaml-language-server"):
            assert block.file, f"{block.place}: name the file in its first line"


PYTHON = [block for block in ALL if block.language == "python" and not block.file]


@pytest.mark.parametrize("block", PYTHON, ids=lambda block: block.place)
def test_python_runs_against_a_finished_run(block: Block, finished: Place) -> None:
    path = os.pathsep.join([str(REPOSITORY / "workflow/scripts"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", block.text],
        cwd=finished.folder,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_links_and_make_targets_exist(document: Path) -> None:
    text = document.read_text()
    for link in re.findall(r"\]\(([^)#\s]+)\)", text):
        assert "://" in link or (document.parent / link).exists(), link
    targets = re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    for target in re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE):
        assert target in targets
    for example in re.findall(r"`((?:examples|benchmarks|workflow|profiles)/[\w/.]+)`", text):
        assert (REPOSITORY / example.rstrip("/")).exists(), example


def test_pictures_are_small() -> None:
    pictures = list((REPOSITORY / "docs/images").iterdir())
    assert pictures
    most = {".png": 300_000, ".gif": 1_500_000}
    assert all(path.stat().st_size < most[path.suffix] for path in pictures)


def contracts() -> re.Pattern[str]:
    """Return a pattern of every path that docs/contracts.md describes."""
    text = (REPOSITORY / "docs/contracts.md").read_text()
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    patterns = []
    for row in rows:
        first, *others = re.findall(r"`([^`]+)`", row)
        folder, stem = os.path.split(first)
        names = [name if not name.startswith(".") else stem.split(".")[0] + name for name in others]
        paths = [first, *(os.path.join(folder, name) for name in names)]  # noqa: PTH118
        for path in paths:
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
            patterns.append(pattern + (".*" if path.endswith("/") else ""))
    return re.compile("|".join(patterns))


def test_the_contracts_name_every_file_that_a_rule_makes(finished: Place) -> None:
    known = contracts()
    made = {str(path.relative_to(finished.results)) for path in finished.results.rglob("*")}
    made = {path for path in made if (finished.results / path).is_file()}
    made = {path for path in made if Path(path).parent.name not in (".digests", ".notes")}
    written: list[str] = []
    for rules in (REPOSITORY / "workflow/rules").rglob("*.smk"):
        written += re.findall(r'results\(f?"([^"]+?)"\)', rules.read_text())
    assert len(written) > 100
    made |= {re.sub(r"\{.*?\}+", "x", path) for path in written if "." in Path(path).name}
    assert [path for path in sorted(made) if not known.fullmatch(path)] == []


def may_go() -> list[str]:
    """Return the paths that a run is said not to miss."""
    text = (REPOSITORY / "docs/contracts.md").read_text()
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| `")]
    names = [re.findall("`([^`]+)`", row[1])[0] for row in rows if row[3].strip().startswith("yes")]
    assert len(names) > 8
    # Pictures and pages are wanted, and so made again.
    return [name for name in names if name not in ("figures/", "tables/", "index.html")]


@pytest.mark.parametrize("product", ["finished", "mapped"])
def test_what_may_go_is_not_missed(
    product: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    place = request.getfixturevalue(product).copy(tmp_path / "place")
    gone = 0
    for name in may_go():
        for path in place.results.glob(re.sub(r"\{\w+\}", "*", name)):
            gone += 1
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert gone > 3
    run = place.run("-n")
    assert run.code == 0, run.output
    assert run.jobs == {}
