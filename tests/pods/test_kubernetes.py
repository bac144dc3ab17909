"""The workflow through Snakemake's plug-in for Kubernetes, against a stub of the cluster's API."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Place, Run
from object_store.store import Store, products

from .conftest import Cloned
from .kubernetes_api import Cluster, Pod, running
from .machine import Machine

pytestmark = pytest.mark.full

IMAGE = "registry.example.org/landloom:0.1.0"
ACCOUNT = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_S3_ENDPOINT")

SHARE = 0.95
"""Of a core that the plug-in asks for, for each that a job has."""


CELL = "results/landcover/cells/r000c000.npz"
GROUPED = ("inspect_landcover", "extract_cells")


@dataclass
class InPods:
    """A run in pods, and what of it is in the bucket."""

    run: Run
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
def cells(
    store: Store, image: dict[str, str], cloned: Cloned, tmp_path_factory: pytest.TempPathFactory
) -> InPods:
    """Some cells of the demo's dataset, made in two pods: by one job, and by a group of two.

    What all its other jobs read and make on machines that have nothing else, the tests of object
    stores tell; a pod is what is tested here, and takes its time.
    """
    folder = tmp_path_factory.mktemp("cells")
    clone = cloned(folder / "clone")
    store.bucket("landloom-pods")
    with running(Machine(folder / "nodes", image)) as cluster:
        together = ("--groups", *(f"{rule}=together" for rule in GROUPED))
        run = in_pods(cluster, clone, "landloom-pods", CELL, *together)
    assert run.code == 0, run.output + cluster.machine.failures
    store.fetch("landloom-pods", folder / "fetched")
    return InPods(run, cluster, clone, Place(folder / "fetched/demo"))


def test_what_pods_make_is_the_same_to_the_byte(cells: InPods, demo: Place) -> None:
    made, there = products(cells.fetched), products(demo)
    assert {"landcover/landcover.json", CELL.removeprefix("results/")} <= made.keys()
    assert made == {name: there.get(name) for name in made}


def test_nothing_is_left_but_what_is_in_the_bucket(cells: InPods) -> None:
    here = [path.name for path in (cells.clone.folder / "results").rglob("*")]
    assert here == ["software.json"], "what this machine runs with, for its next run to compare"
    assert not cells.cluster.secrets
    assert cells.cluster.deleted == list(dict.fromkeys(cells.cluster.deleted))
    assert set(cells.cluster.deleted) == set(cells.cluster.pods)
    assert cells.cluster.namespaces == {"maps"}


def test_pods_are_told_nothing_of_this_machine(cells: InPods) -> None:
    """Neither by path nor by name, so that they could not have read any of its files."""
    for pod in cells.pods:
        assert pod.image == IMAGE
        assert str(cells.clone.folder) not in pod.command
        assert "landloom:landloom" not in pod.command, "the account comes as a secret"


def rules_of(pod: Pod) -> list[str]:
    """Return the rules of a pod's jobs."""
    named = re.search(r"--allowed-rules '?([\w ]+?)'? --", pod.command)
    assert named is not None, pod.command
    return named[1].split()


def test_pods_ask_for_what_the_rules_ask_for(cells: InPods) -> None:
    """Alone, for a rule's own; in a group, for no less than its largest member."""
    rules = (cells.clone.folder / "workflow/rules").rglob("*.smk")
    told = {
        name: 200 + float(amount)
        for name, amount in re.findall(
            r"rule (\w+):(?:(?!\nrule |\n    rule ).)*?mem_mb=memory\((\d+)\)",
            "\n".join(path.read_text() for path in rules),
            re.DOTALL,
        )
    }
    alone, group = sorted(cells.pods, key=lambda pod: len(rules_of(pod)))
    assert rules_of(alone) == ["demo_landcover"]
    assert alone.asked("memory") == math.ceil(told["demo_landcover"])
    assert alone.asked("cpu") == int(SHARE * 1000)
    assert alone.asked("ephemeral-storage") >= 2000
    assert sorted(rules_of(group)) == sorted(GROUPED)
    assert group.asked("memory") >= told["inspect_landcover"]


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
