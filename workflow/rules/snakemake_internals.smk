# What the workflow takes from Snakemake besides its documented language: all of it, and only here.
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from snakemake.logging import logger
from snakemake.shell import shell
from snakemake.utils import update_config


def given_config_files():
    """Return the configuration files that the command line names."""
    return list(workflow.overwrite_configfiles)


def given_config_values():
    """Return the keys that the command line gives a value (`--config`), and these as written."""
    return [entry.split("=", 1) for entry in workflow.config_settings.config_args or []]


def is_module():
    """Return whether another workflow uses this one as a module."""
    return not workflow.modifier.is_main_snakefile()


def landloom_around():
    """Return the variables of the Landloom for which this one maps a further year; else none."""
    *_, around, own = [None, *workflow.modifier_stack]
    variables = around.globals if around else {}
    return variables if own.namespace and variables.get("YEAR_MODULE") == own.namespace else {}


# How the names of these rules begin in the run: modules give them names of their own.
NAME_BEGINS = workflow.modifier.modify_rulename("")


def is_main_process():
    """Return whether this is the Snakemake that was started, and not one that runs its jobs."""
    return workflow.is_main_process


# Where a path leads: elsewhere, in a module with a prefix. It is this module's own way only while its
# rules are read; what is called later would be led by the workflow around it.
moved = workflow.modifier.path_modifier.replace_prefix


def deploys_software():
    """Return whether jobs find their software in environments of their own (`--sdm`)."""
    return bool(workflow.deployment_settings.deployment_method)


def runs_jobs_itself():
    """Return whether jobs run on this machine, and not through a cluster."""
    return workflow.local_exec


def silenced():
    """Return the kinds of messages that are not to be shown: `quiet` in the profile."""
    return {kind.name for kind in workflow.output_settings.quiet or []}


def unfinished():
    """Return the jobs that are not finished, by their rules, as their benchmarks' files."""
    jobs = defaultdict(list)
    for job in list(workflow.dag.needrun_jobs()):
        if job.output:  # targets that only gather others take no time
            jobs[job.rule.name].append(job.benchmark)
    return jobs


def jobs_to_run():
    """Return the jobs that are not finished: each one's rule, as it is called here, and wildcards."""
    jobs = list(workflow.dag.needrun_jobs())
    return [
        (job.rule.name.removeprefix(NAME_BEGINS), job.wildcards_dict)
        for job in jobs
        if job.rule.name.startswith(NAME_BEGINS)
    ]


def made_files():
    """Return all files of the run."""
    return {str(file) for job in workflow.dag.jobs for file in job.output}


def watch_messages(handler, unless):
    """Pass all messages to a handler, and keep from the terminal those that a function names."""
    hide_messages(unless)
    logger.addHandler(handler)


def hide_messages(named):
    """Keep from the terminal the messages that a function names."""
    for other in logger.handlers:
        if other.name == "DefaultStreamHandler":
            other.addFilter(lambda record: not named(record))


def begin_jobs_with(commands):
    """Have the shell of each job begin with some commands."""
    if shell.get_executable() and Path(shell.get_executable()).name == "bash":
        shell.prefix(f"set -euo pipefail; {commands}")  # the first are Snakemake's own
    else:
        shell.prefix(commands)


class SnakemakeRun:
    """What a run that is told to stop asks of Snakemake."""

    def begin_no_more(self):
        """Have the scheduler return as soon as no job is at work."""
        if workflow.scheduler is not None:
            workflow.scheduler.exit_gracefully()

    def tidy(self):
        """Remove the lock, if it is this run's, and what is temporary."""
        if getattr(workflow.persistence, "_lockfile", None):
            workflow.persistence.unlock()
        for folder in (workflow.sourcecache.runtime_cache, workflow._snakemake_tmp_dir):
            with suppress(OSError):
                folder.cleanup()

    def is_local(self):
        """Return whether all jobs run on this machine."""
        return runs_jobs_itself()
