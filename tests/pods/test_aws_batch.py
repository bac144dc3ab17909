"""The workflow through Snakemake's plug-in for AWS Batch, against a stub of the service's API."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Place
from object_store.store import Store

from .batch_api import running
from .conftest import Cloned
from .machine import Machine

pytestmark = pytest.mark.full

IMAGE = "registry.example.org/landloom:0.1.0"
MADE = "results/landcover/landcover.json"


def test_jobs_ask_for_amounts_that_the_service_has(
    store: Store, machine: Machine, cloned: Cloned, demo: Place, tmp_path: Path
) -> None:
    """The plug-in takes the least that there is for any amount that it does not know."""
    from snakemake_executor_plugin_aws_batch.constant import VALID_RESOURCES_MAPPING

    clone = cloned(tmp_path / "clone")
    store.bucket("landloom-batch")
    with running(machine) as service:
        clone.environment |= service.environment
        run = clone.snakemake(
            "inspect_landcover",
            *("--profile", "profiles/aws-batch", "--container-image", IMAGE),
            *("--aws-batch-region", "us-east-1", "--aws-batch-job-queue", "queue"),
            *("--aws-batch-job-role", "role", "--default-storage-prefix", "s3://landloom-batch"),
            *("--envvars", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_S3_ENDPOINT"),
        )
    assert run.code == 0, run.output + machine.failures
    assert "is invalid" not in run.output
    assert len(service.jobs) > 1
    for job in service.jobs:
        assert job.asked["VCPU"] in VALID_RESOURCES_MAPPING[job.asked["MEMORY"]]
        assert job.definition["timeout"]["attemptDurationSeconds"] > 3600
        assert job.definition["containerProperties"]["image"] == IMAGE
    assert not service.definitions
    store.fetch("landloom-batch", tmp_path)
    assert (tmp_path / MADE).read_bytes() == (demo.folder / MADE).read_bytes()
