"""What Snakemake's plug-in for Kubernetes asks of a cluster, answered by one machine."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import yaml

from .machine import Container, Machine, Message, RefusedError, serving

PATH = re.compile(
    r"/(api/v1|apis/batch/v1)/namespaces/(?P<space>[^/]+)/(?P<kind>jobs|pods|secrets)"
    r"(/(?P<name>[^/]+))?(/(?P<part>status|log))?"
)


@dataclass
class Pod:
    """A job's only pod."""

    job: str
    spec: Message
    container: Container

    @property
    def command(self) -> str:
        return str(self.spec["containers"][0]["args"][-1])

    @property
    def image(self) -> str:
        return str(self.spec["containers"][0]["image"])

    def asked(self, resource: str) -> int:
        """Return what it asks for of a resource, in thousandths of a core or in megabytes."""
        amount = re.fullmatch(
            r"(\d+)[mM]", self.spec["containers"][0]["resources"]["requests"][resource]
        )
        assert amount is not None
        return int(amount[1])

    def message(self) -> Message:
        """Return the pod as the API shows it."""
        code = self.container.exit_code
        state = {"running": {}} if code is None else {"terminated": {"exitCode": code}}
        status = {"name": "snakemake", "state": state, "ready": code is None}
        status |= {"image": self.image, "imageID": "", "restartCount": 0}
        labels = {"job-name": self.job}
        return {
            "metadata": {"name": f"{self.job}-0", "labels": labels},
            "spec": self.spec,
            "status": {"containerStatuses": [status]},
        }


@dataclass
class Cluster:
    """All that the API knows, of one run after the other."""

    machine: Machine
    address: str = ""
    pods: dict[str, Pod] = field(default_factory=dict)
    """By the name of the job, in order; those that were deleted, too."""
    deleted: list[str] = field(default_factory=list)
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)

    @property
    def environment(self) -> dict[str, str]:
        """What leads Snakemake's plug-in here."""
        config = self.machine.folder / "kubeconfig"
        whole = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "stub",
            "clusters": [{"name": "stub", "cluster": {"server": self.address}}],
            "contexts": [{"name": "stub", "context": {"cluster": "stub", "user": "stub"}}],
            "users": [{"name": "stub", "user": {}}],
        }
        config.write_text(yaml.safe_dump(whole))
        return {"KUBECONFIG": str(config)}

    def answer(self, method: str, url: str, body: Message) -> Message | str:
        """Return what the API answers."""
        asked = PATH.fullmatch(urlsplit(url).path)
        if asked is None:
            raise RefusedError(404, f"no {url}")
        self.namespaces.add(asked["space"])
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        match (method, asked["kind"]):
            case ("POST", "secrets"):
                plain = {key: base64.b64decode(text) for key, text in body["data"].items()}
                name = body["metadata"]["name"]
                self.secrets[name] = {key: text.decode() for key, text in plain.items()}
                return body
            case ("DELETE", "secrets"):
                del self.secrets[asked["name"]]
                return {"status": "Success"}
            case ("POST", "jobs"):
                return self._start(body)
            case ("DELETE", "jobs"):
                self._pod(asked["name"]).container.stop()
                self.deleted.append(asked["name"])
                return {"status": "Success"}
            case ("GET", "jobs"):
                code = self._pod(asked["name"]).container.exit_code
                counts = {} if code is None else {"failed" if code else "succeeded": 1}
                return {"metadata": {"name": asked["name"]}, "status": counts}
            case ("GET", "pods") if asked["part"] == "log":
                if query.get("previous", "").lower() == "true":  # as the kubelet refuses it
                    raise RefusedError(400, 'previous terminated container "snakemake" not found')
                return self._pod(asked["name"].removesuffix("-0")).container.told
            case ("GET", "pods"):
                job = query["labelSelector"].removeprefix("job-name=")
                pods = [] if job in self.deleted else [self._pod(job).message()]
                return {"kind": "PodList", "items": pods}
            case ("DELETE", "pods"):
                return {"metadata": {"name": asked["name"]}}
        raise RefusedError(405, f"{method} of {asked['kind']}")

    def _pod(self, job: str) -> Pod:
        if job not in self.pods:
            raise RefusedError(404, f'jobs.batch "{job}" not found')
        return self.pods[job]

    def _start(self, job: Message) -> Message:
        name, spec = job["metadata"]["name"], job["spec"]["template"]["spec"]
        container = spec["containers"][0]
        variables = {}
        for variable in container.get("env") or []:
            secret = variable["valueFrom"]["secretKeyRef"]
            variables[variable["name"]] = self.secrets[secret["name"]][secret["key"]]
        command = [*container["command"], *container["args"]]
        self.pods[name] = Pod(name, spec, self.machine.start(name, command, variables))
        return job


@contextmanager
def running(machine: Machine) -> Iterator[Cluster]:
    """Run such a cluster; its pods end with it."""
    cluster = Cluster(machine)
    with serving(cluster.answer) as address:
        cluster.address = address
        try:
            yield cluster
        finally:
            for pod in cluster.pods.values():
                pod.container.stop()
