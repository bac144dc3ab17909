"""The workflow through Snakemake's plug-in for Kubernetes, against a stub of the cluster's API."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import REPOSITORY, Place, Run
from object_store.store import Store, products

from .conftest import SOURCES, Cloned
from .kubernetes_api import Cluster, Pod, running
from .machine import Machine

pytestmark = pytest.mark.full

IMAGE = "registry.example.org/landloom:0.1.0"
ACCOUNT = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_S3_ENDPOINT")

SHARE = 0.95
"""Of a core that the plug-in asks for, for each that a job has."""


CELL = "results/landcover/cells/r000c000.npz"
MOST_REQUESTS = 80
"""Of a pod with what the run asks for its sake, on average over the run."""

GROUPED = ("inspect_landcover", "extract_cells")


@dataclass
class InPods:
    """A run in pods, and what of it is in the bucket."""

    whole: bool
    """Whether it is all of the demo."""
    run: Run
    requests: int
    """How often it has asked the store."""
    cluster: Cluster
    clone: Place
    fetched: Place

    @property
    def pods(self) -> list[Pod]:
        return list(self.cluster.pods.values())


def in_pods(cluster: Cluster, clone: Place, bucket: str, *arguments: str) -> Run:
    """Run something of the demo with the profile that comes along, two pods at a time."""
    clone.environment |= cluster.environment
    return clone.snakemake(
        *arguments,
        *("--profile", "profiles/kubernetes", "--container-image", IMAGE),
        *("--kubernetes-namespace", "maps", "--envvars", *ACCOUNT),
        *("--default-storage-prefix", f"s3://{bucket}/demo"),
        *("--jobs", "2", "--cores", "2", "--seconds-between-status-checks", "1"),
    )


@pytest.fixture(scope="module")
def made(
    request: pytest.FixtureRequest,
    store: Store,
    image: dict[str, str],
    cloned: Cloned,
    demo: Place,
    tmp_path_factory: pytest.TempPathFactory,
) -> InPods:
    """Some cells of the demo's dataset, made in two pods: by one job, and by a group of two.

    What all its other jobs read and make on machines that have nothing else, the tests of object
    stores tell; a pod is what is tested here, and takes its time. With `--whole-demo`, it is all
    that a run without targets makes, in pods that find neither clone nor repository nor the demo.
    """
    whole = request.config.getoption("--whole-demo", default=False)
    folder = tmp_path_factory.mktemp("made")
    clone = cloned(folder / "clone")
    store.bucket("landloom-pods")
    machine = Machine(folder / "nodes", image)
    targets = [CELL, "--groups", *(f"{rule}=together" for rule in GROUPED)]
    if whole:
        ours = [REPOSITORY / name for name in SOURCES if (REPOSITORY / name).is_dir()]
        machine.hidden, targets = (clone.folder, demo.folder, *ours), []
    before = len(store.requests())
    with running(machine) as cluster:
        run = in_pods(cluster, clone, "landloom-pods", *targets)
    assert run.code == 0, run.output + machine.failures
    requests = len(store.requests()) - before
    store.fetch("landloom-pods", folder / "fetched")
    return InPods(whole, run, requests, cluster, clone, Place(folder / "fetched/demo"))


def test_what_pods_make_is_the_same_to_the_byte(made: InPods, demo: Place) -> None:
    here, there = products(made.fetched) | products(made.clone), products(demo)
    assert {
        "landcover/landcover.json",
        CELL.removeprefix("results/"),
        "software.json",
    } <= here.keys()
    assert here == (there if made.whole else {name: there.get(name) for name in here})


def test_nothing_is_left_but_what_is_in_the_bucket(made: InPods) -> None:
    here = [path.name for path in (made.clone.folder / "results").rglob("*")]
    assert here == ["software.json"], "what this machine runs with, for its next run to compare"
    assert not made.cluster.secrets
    assert made.cluster.deleted == list(dict.fromkeys(made.cluster.deleted))
    assert set(made.cluster.deleted) == set(made.cluster.pods)
    assert made.cluster.namespaces == {"maps"}


def test_pods_are_told_nothing_of_this_machine(made: InPods) -> None:
    """Neither by path nor by name, so that they could not have read any of its files."""
    for pod in made.pods:
        assert pod.image == IMAGE
        assert str(made.clone.folder) not in pod.command
        assert "landloom:landloom" not in pod.command, "the account comes as a secret"


def test_what_they_leave_names_no_folder_of_this_machine(made: InPods) -> None:
    """Nor one of a pod, but in logs, where Snakemake and a warning may name it."""
    files = [path for path in made.fetched.folder.rglob("*") if path.is_file()]
    clone, nodes = (str(path).encode() for path in (made.clone.folder, made.cluster.machine.folder))
    assert [path for path in files if clone in path.read_bytes()] == []
    kept = [path for path in files if "logs" not in path.relative_to(made.fetched.folder).parts]
    assert [path for path in kept if nodes in path.read_bytes()] == []


def test_no_pod_is_tried_again(made: InPods) -> None:
    assert [pod.command for pod in made.pods if "--attempt 1 " not in pod.command] == []


def test_a_pod_takes_few_requests(made: InPods) -> None:
    assert made.requests < MOST_REQUESTS * len(made.pods)


def rules_of(pod: Pod) -> list[str]:
    """Return the rules of a pod's jobs."""
    named = re.search(r"--allowed-rules '?([\w ]+?)'? --", pod.command)
    assert named is not None, pod.command
    return named[1].split()


def test_pods_ask_for_what_the_rules_ask_for(made: InPods) -> None:
    """Alone, for a rule's own; in a group, for no less than its largest member."""
    rules = (made.clone.folder / "workflow/rules").rglob("*.smk")
    told = {
        name: 200 + float(amount)
        for name, amount in re.findall(
            r"rule (\w+):(?:(?!\nrule |\n    rule ).)*?mem_mb=memory\((\d+)\)",
            "\n".join(path.read_text() for path in rules),
            re.DOTALL,
        )
    }
    members = [rules_of(pod) for pod in made.pods]
    assert ["demo_landcover"] in members
    assert made.whole or sorted(map(sorted, members)) == [["demo_landcover"], sorted(GROUPED)]
    for pod, names in zip(made.pods, members, strict=True):
        asked = [math.ceil(told[name]) for name in names if name in told]
        assert pod.asked("memory") >= max(asked, default=200), names
        assert pod.asked("ephemeral-storage") >= 2000
        assert pod.asked("cpu") % int(SHARE * 1000) == 0
        if len(asked) == 1 == len(names):
            assert pod.asked("memory") == asked[0]
            assert pod.asked("cpu") == int(SHARE * 1000)


def test_a_pod_that_fails_is_tried_again_with_more(
    store: Store, machine: Machine, cloned: Cloned, tmp_path: Path
) -> None:
    clone = cloned(tmp_path / "clone")
    store.bucket("landloom-failing")
    script = clone.folder / "workflow/scripts/demo_landcover.py"
    script.write_text("raise SystemExit('no land cover today')\n")
    with running(machine) as cluster:
        run = in_pods(cluster, clone, "landloom-failing", "demo_landcover", "--retries", "1")
    assert run.code
    first, again = cluster.pods.values()
    assert again.asked("memory") / first.asked("memory") == 2
    kept = clone.folder / ".snakemake/auxiliary/kubernetes-logs"
    logs = [path.read_text() for path in kept.glob("*.log")]
    assert len(logs) == 2
    assert "no land cover today" in logs[0]
    assert "Traceback" not in run.output
