"""What Snakemake's plug-in for AWS Batch asks of the service, answered by one machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from .machine import Container, Machine, Message, RefusedError, serving


@dataclass
class Job:
    """A job that was submitted."""

    definition: Message
    container: Container

    @property
    def asked(self) -> dict[str, int]:
        """What it asks for: ``VCPU`` (cores), ``MEMORY`` (MiB)."""
        wants = self.definition["containerProperties"]["resourceRequirements"]
        return {want["type"]: int(want["value"]) for want in wants}


@dataclass
class Service:
    """All that the API knows."""

    machine: Machine
    address: str = ""
    definitions: dict[str, Message] = field(default_factory=dict)
    """By name and revision; those of jobs that are done are gone."""
    jobs: list[Job] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What leads boto3 here."""
        return {"AWS_ENDPOINT_URL_BATCH": self.address}

    def answer(self, _: str, url: str, body: Message) -> Message:
        """Return what the API answers."""
        match url.removeprefix("/v1/"):
            case "registerjobdefinition":
                name = body["jobDefinitionName"]
                self.definitions[f"{name}:1"] = body
                return {"jobDefinitionName": name, "jobDefinitionArn": f"{name}:1", "revision": 1}
            case "submitjob":
                definition = self.definitions[body["jobDefinition"]]
                properties = definition["containerProperties"]
                variables = {one["name"]: one["value"] for one in properties["environment"]}
                number = str(len(self.jobs))
                container = self.machine.start(number, properties["command"], variables)
                self.jobs.append(Job(definition, container))
                return {"jobName": body["jobName"], "jobId": number}
            case "describejobs":
                return {"jobs": [self._described(number) for number in body["jobs"]]}
            case "terminatejob":
                self.jobs[int(body["jobId"])].container.stop()
                return {}
            case "deregisterjobdefinition":
                del self.definitions[body["jobDefinition"]]
                return {}
        raise RefusedError(404, f"no {url}")

    def _described(self, number: str) -> Message:
        job = self.jobs[int(number)]
        code = job.container.exit_code
        told = {"jobId": number, "jobDefinition": f"{job.definition['jobDefinitionName']}:1"}
        if code is None:
            return told | {"status": "RUNNING"}
        status = "FAILED" if code else "SUCCEEDED"
        return told | {"status": status, "container": {"exitCode": code}}


@contextmanager
def running(machine: Machine) -> Iterator[Service]:
    """Run such a service; its jobs end with it."""
    service = Service(machine)
    with serving(service.answer) as address:
        service.address = address
        try:
            yield service
        finally:
            for job in service.jobs:
                job.container.stop()
