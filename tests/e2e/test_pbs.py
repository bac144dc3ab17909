"""The profile for PBS, against commands that do as PBS does on a machine of its own."""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path

import pytest
from conftest import REPOSITORY, Place

pytestmark = pytest.mark.full

if importlib.util.find_spec("snakemake_executor_plugin_cluster_generic") is None:
    pytest.skip(
        "the plug-in is not installed: pip install -r profiles/pbs/requirements.txt",
        allow_module_level=True,
    )

QSUB = """\
#!/bin/bash
cd "$(dirname "$0")"
number=$(($(cat submitted 2> /dev/null | wc -l) + 1))
echo "$@" >> submitted
[ -e refuse-$number ] && { echo 271 > $number.code; echo $number.pbs; exit; }
(bash "${@: -1}" > $number.log 2>&1; echo $? > $number.code) < /dev/null > /dev/null 2>&1 &
echo $number.pbs
"""

QSTAT = """\
#!/bin/bash
cd "$(dirname "$0")"
number=${3%.pbs}
echo "Job Id: $3"
if [ -e $number.code ]; then
  echo "    job_state = F"
  echo "    Exit_status = $(cat $number.code)"
else
  echo "    job_state = R"
fi
"""


@pytest.fixture
def pbs(tmp_path: Path) -> Path:
    """A folder with the commands, where each job leaves how it was submitted."""
    folder = tmp_path / "pbs"
    folder.mkdir()
    for name, text in (("qsub", QSUB), ("qstat", QSTAT)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


def test_jobs_are_submitted_with_what_they_ask_for(place: Place, pbs: Path) -> None:
    (pbs / "refuse-1").touch()  # the first job is ended by PBS before it has begun
    place.environment["PATH"] = f"{pbs}{os.pathsep}{os.environ['PATH']}"
    profile = REPOSITORY / "profiles/pbs"
    options = ["--latency-wait", "5", "--seconds-between-status-checks", "1"]
    run = place.run("results/landcover/landcover.json", "--profile", str(profile), *options)
    assert run.code == 0, run.output
    assert (place.results / "landcover/landcover.json").exists()
    options = r"-N landloom -j oe -l select=1:ncpus=1:mem=(\d+)mb -l walltime=(\d+) \S+"
    submitted = (pbs / "submitted").read_text().splitlines()
    asked = [[int(n) for n in re.fullmatch(options, line).groups()] for line in submitted]
    assert len(asked) == 2
    assert asked[1] == [2 * amount for amount in asked[0]]
    assert asked[0][1] % 60 == 0, "seconds, of whole minutes"
