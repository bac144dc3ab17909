# What the workflow takes from Snakemake besides its documented language: all of it, and only here.
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


def folder_of_copies():
    """Return where copies of files in an object store lie on this machine; None without a store.

    The provider names the copy of any file; what is common to all is the folder.
    """
    if workflow.storage_settings.default_storage_provider is None:
        return None
    return str(Path(workflow.modifier.path_modifier.apply_default_storage("file")).parent)


def jobs_see_this_machine():
    """Return whether jobs can read the files of this machine, wherever they run."""
    return "INPUT_OUTPUT" in {usage.name for usage in workflow.storage_settings.shared_fs_usage}


def refusal_of_store():
    """Return why the object store that holds all files does not answer; an empty text if it does."""
    file = workflow.modifier.path_modifier.apply_default_storage("file").flags["storage_object"]
    try:
        file.exists()
    except Exception as error:  # of the plug-in's own kinds
        return f"{file.print_query.removesuffix('file')}: {error}"
    return ""


def remember_stored_files(stored):
    """Have Snakemake ask an object store once for each file that no job has made meanwhile.

    Jobs elsewhere store what they make: what is known of it is forgotten as soon as they are done.
    """
    from snakemake.jobs import Job

    stored.attach(workflow.storage_registry.default_storage_provider.get_storage_object_cls())
    postprocess = Job.postprocess

    async def postprocessed(job, *arguments, **options):
        for file in [*job.output, *job.log, *([job.benchmark] if job.benchmark else [])]:
            if file.is_storage:
                stored.forget(file.storage_object.query)
        return await postprocess(job, *arguments, **options)

    Job.postprocess = postprocessed


def deploys_software():
    """Return whether jobs find their software in environments of their own (`--sdm`)."""
    return bool(workflow.deployment_settings.deployment_method)


def runs_jobs_itself():
    """Return whether jobs run on this machine, and not through a cluster."""
    return workflow.local_exec


def executor_name():
    """Return what runs the jobs, as `--executor` names it; an empty text where nothing does."""
    return workflow.executor_plugin.name if workflow.executor_plugin else ""


def only_touches():
    """Return whether jobs do nothing but make their files new (`--touch`)."""
    return workflow.touch


def silenced():
    """Return the kinds of messages that are not to be shown: `quiet` in the profile."""
    return {kind.name for kind in workflow.output_settings.quiet or []}


def unfinished():
    """Return the jobs that are not finished, the running ones included.

    Of each its number, rule, wildcards, threads, how many downloads it is, and the numbers of the
    jobs that it waits for.
    """
    dag = workflow.dag
    return [
        (
            dag.jobid(job),
            job.rule.name,
            job.wildcards_dict,
            fixed_resource(job.rule, "_cores", 1),
            fixed_resource(job.rule, "downloads", 0),
            [dag.jobid(other) for other in dag.job_dependencies(job)],
        )
        for job in list(dag.needrun_jobs())
        if job.output  # targets that only gather others take no time
    ]


def fixed_resource(rule, name, otherwise):
    """Return what a rule asks for of a resource, unless its jobs are to tell."""
    with suppress(Exception):  # a function, which may need what is not there yet
        if isinstance(amount := rule.resources[name].value, int):
            return amount
    return otherwise


def at_once():
    """Return how many cores jobs have together, and how many downloads there may be at a time.

    Of a cluster it is known how many jobs may run.
    """
    given = workflow.global_resources.get("downloads")
    cores = workflow.cores if runs_jobs_itself() else workflow.nodes
    return cores or 1, getattr(given, "value", given)


def jobs_to_run():
    """Return the jobs that are not finished: each one's rule, as it is called here, and wildcards."""
    jobs = list(workflow.dag.needrun_jobs())
    return [
        (job.rule.name.removeprefix(NAME_BEGINS), job.wildcards_dict)
        for job in jobs
        if job.rule.name.startswith(NAME_BEGINS)
    ]


def given_targets():
    """Return the rules and files that the command line asks for; none where all is."""
    return sorted(workflow.dag_settings.targets) if workflow.dag_settings else []


def rules_by_name():
    """Return all rules by name, and of each whether it is one for many names."""
    return {rule.name: rule.has_wildcards() for rule in workflow.rules}


def outputs_by_name():
    """Return the files that rules make, but for those of rules for many names."""
    return [
        str(file) for rule in workflow.rules if not rule.has_wildcards() for file in rule.output
    ]


def is_made_by_some_rule(path):
    """Return whether a rule makes a file of this name."""
    return any(rule.is_producer(path) for rule in workflow.rules)


def described_jobs():
    """Return of each job that is not finished its rule, its message and its megabytes.

    These are None where only a file that is made later tells.
    """
    for job in list(workflow.dag.needrun_jobs()):
        if job.output:  # targets that only gather others are no work
            amount = job.resources.get("mem_mb")
            yield job.rule.name, job.rule.message, amount if isinstance(amount, int) else None


def made_files():
    """Return all files of the run."""
    return {str(file) for job in workflow.dag.jobs for file in job.output}


def take_messages(handler):
    """Pass all messages to a handler."""
    logger.addHandler(handler)


def watch_messages(handler, unless):
    """Pass all messages to a handler, and keep from the terminal those that a function names."""
    hide_messages(unless)
    take_messages(handler)


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
