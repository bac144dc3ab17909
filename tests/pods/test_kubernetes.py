"""The workflow through Snakemake's plug-in for Kubernetes, against a stub of the cluster's API."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Place, Run, digests
from object_store.store import Store

from .conftest import Cloned
from .kubernetes_api import Cluster, Pod, running
from .machine import Machine

pytestmark = pytest.mark.full

IMAGE = "registry.example.org/landloom:0.1.0"
ACCOUNT = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_S3_ENDPOINT")

SHARE = 0.95
"""Of a core that the plug-in asks for, for each that a job has."""


@dataclass
class InPods:
    """A run of the demo in pods, and what of it is in the bucket."""

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
def dataset(
    store: Store, image: dict[str, str], cloned: Cloned, tmp_path_factory: pytest.TempPathFactory
) -> InPods:
    """The demo's dataset, as pods have built it."""
    folder = tmp_path_factory.mktemp("dataset")
    clone = cloned(folder / "clone")
    store.bucket("landloom-pods")
    with running(Machine(folder / "nodes", image)) as cluster:
        run = in_pods(cluster, clone, "landloom-pods", "dataset")
    assert run.code == 0, run.output + cluster.machine.failures
    store.fetch("landloom-pods", folder / "fetched")
    return InPods(run, cluster, clone, Place(folder / "fetched/demo"))


def test_the_dataset_is_the_same_to_the_byte(dataset: InPods, demo: Place) -> None:
    made, there = digests(dataset.fetched), digests(demo)
    assert len(made) > 40
    assert made == {name: there.get(name) for name in made}
    assert "dataset/certificate.json" in made


def test_nothing_is_left_but_what_is_in_the_bucket(dataset: InPods) -> None:
    assert not (dataset.clone.folder / "results/dataset").exists()
    assert not dataset.cluster.secrets
    assert dataset.cluster.deleted == list(dict.fromkeys(dataset.cluster.deleted))
    assert set(dataset.cluster.deleted) == set(dataset.cluster.pods)
    assert dataset.cluster.namespaces == {"maps"}


def test_pods_are_told_nothing_of_this_machine(dataset: InPods) -> None:
    """Neither by path nor by name, so that they could not have read any of its files."""
    for pod in dataset.pods:
        assert pod.image == IMAGE
        assert str(dataset.clone.folder) not in pod.command
        assert "landloom:landloom" not in pod.command, "the account comes as a secret"


def rules_of(pod: Pod) -> list[str]:
    """Return the rules of a pod's jobs."""
    named = re.search(r"--allowed-rules '?([\w ]+?)'? --", pod.command)
    assert named is not None, pod.command
    return named[1].split()


def test_pods_ask_for_what_the_rules_ask_for(dataset: InPods) -> None:
    """Alone, for a rule's own; in a group, for no less than its largest member."""
    text = "\n".join(
        path.read_text() for path in (dataset.clone.folder / "workflow/rules/dataset").glob("*.smk")
    )
    told = {
        name: 200 + float(amount)
        for name, amount in re.findall(
            r"rule (\w+):(?:(?!\nrule |\n    rule ).)*?mem_mb=memory\((\d+)\)", text, re.DOTALL
        )
    }
    checked = 0
    for pod in dataset.pods:
        rules = rules_of(pod)
        assert pod.asked("ephemeral-storage") >= 2000 * (len(rules) == 1)
        known = [told[rule] for rule in rules if rule in told]
        if len(rules) == 1 and known:
            assert pod.asked("memory") == math.ceil(known[0])
            assert pod.asked("cpu") == int(SHARE * 1000)
            checked += 1
        elif known:
            assert pod.asked("memory") >= max(known)
    assert checked > 5


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
