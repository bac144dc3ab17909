# What the workflow takes from Snakemake besides its documented language: all of it, and only here.
from contextlib import suppress
from pathlib import Path

from snakemake.logging import logger
from snakemake.settings.enums import RerunTrigger
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


def prefix_without_store():
    """Return where the command line wants files to lie, if it names no store for them; else None."""
    settings = workflow.storage_settings
    return settings.default_storage_prefix if settings.default_storage_provider is None else None


def jobs_see_this_machine():
    """Return whether jobs can read the files of this machine, wherever they run."""
    return "INPUT_OUTPUT" in {usage.name for usage in workflow.storage_settings.shared_fs_usage}


def address_in_store(path):
    """Return where in the object store a file lies, or a folder."""
    file = workflow.modifier.path_modifier.apply_default_storage(path)
    return file.flags["storage_object"].print_query


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


def is_plain_file(path):
    """Return whether some rule makes a file of this name, and not a folder."""
    from snakemake.io import is_flagged

    for one in workflow.rules:
        files = [*one.output, *one.log, *([one.benchmark] if one.benchmark else [])]
        if made := [file for file in files if hasattr(file, "match") and file.match(path)]:
            return not any(is_flagged(file, "directory") for file in made)
    return False


def found_logs(told):
    """Return the logs that Snakemake's messages name, each with the path where it lies here.

    One in an object store is fetched from there: jobs elsewhere leave nothing on this machine.
    """
    from snakemake.io.fmt import fmt_iofile

    files = [file for job in workflow.dag.jobs for file in job.log if file.is_storage]
    stored = {fmt_iofile(file, as_output=True): file.storage_object for file in files}
    found = []
    for text in told:
        name = path = text
        if log := stored.get(text):
            name, path = log.print_query, str(log.local_path())
            with suppress(Exception):  # where it is not there, the job left no word indeed
                log.local_path().parent.mkdir(parents=True, exist_ok=True)
                log.retrieve_object()
        found.append((name, path))
    return found


def deploys_software():
    """Return whether jobs find their software in environments of their own (`--sdm`)."""
    return bool(workflow.deployment_settings.deployment_method)


def runs_jobs_itself():
    """Return whether jobs run on this machine, and not through a cluster."""
    return workflow.local_exec


def tell_parameters_apart(is_enough):
    """Have Snakemake compare the parameters of a job one by one: it takes their values for a set.

    So none would see that two of them trade their values, or that one takes that of another. A change
    is none if a function says so, of the rule's name, and of the parameters before and now that are
    not the same.
    """
    from functools import lru_cache

    from snakemake.persistence import NO_PARAMS_CHANGE, UNREPRESENTABLE, PersistenceBase

    params_changed = PersistenceBase.params_changed

    def changed(known, job, file=None):
        change = params_changed(known, job, file)
        enough = is_enough(job.rule.name, change.only_old, change.only_new)
        return NO_PARAMS_CHANGE if enough else change

    def params(known, job):
        # Without its look for tables, which would import pandas: none is a parameter here.
        told = map(known._serialize_param_builtin, job.non_derived_params)
        placed = enumerate(told)
        return sorted(f"{place}: {text}" for place, text in placed if text is not UNREPRESENTABLE)

    PersistenceBase._params = lru_cache()(params)
    PersistenceBase.params_changed = changed


def digest_inputs_once():
    """Have Snakemake digest each input of a finished job once, and not anew for each file made.

    A job that makes a hundred files of a hundred would have ten thousand digests.
    """
    from contextvars import ContextVar

    from snakemake.io import _IOFile
    from snakemake.persistence import PersistenceBase

    finished, checksum = PersistenceBase.finished, _IOFile.checksum
    digests = ContextVar("digests", default=None)

    async def finished_job(known, job):
        now = digests.set({})
        try:
            await finished(known, job)
        finally:
            digests.reset(now)

    async def digested(file, *arguments, **options):
        found = digests.get()
        if found is None:
            return await checksum(file, *arguments, **options)
        if file not in found:
            found[file] = await checksum(file, *arguments, **options)
        return found[file]

    PersistenceBase.finished, _IOFile.checksum = finished_job, digested


def plan_own_jobs_only():
    """Have a job's own Snakemake, on a cluster, plan no jobs but those that it is to run.

    It does so by itself, unless there is a checkpoint. Then it plans all that they wait for, and asks
    how old each file of that is, whatever the answer: each cell of a dataset, in each job that comes
    after them. Checkpoints stay in sight: what is after them depends on what they made.
    """
    from snakemake.dag import DAG

    begin = DAG.__init__

    def begin_small(dag, run, rules, *arguments, **options):
        own = run.dag_settings.allowed_rules
        seen = [rule for rule in rules if not own or rule.is_checkpoint or rule.name in own]
        begin(dag, run, seen, *arguments, **options)

    DAG.__init__ = begin_small


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
    """Return whether a rule makes a file of this name, here or in an object store."""
    folder = folder_of_copies()
    names = [path, *([f"{folder}/{path}"] if folder else [])]
    return any(rule.is_producer(name) for rule in workflow.rules for name in names)


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


def named_files(but):
    """Return the files that the command line asks for, by their names or by those of their rules.

    Of a rule that only gathers others it is what it gathers; some rules do not count.
    """
    targets, found = set(given_targets()) - set(but), []
    for job in list(workflow.dag.jobs):
        found += [str(file) for file in job.output if str(file) in targets]
        if job.rule.name in targets:
            found += map(str, job.output or job.input)
    return sorted(set(found))


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


# Why a job is to run where nothing but what ran before it is to blame.
MADE_ANEW = {"input files updated by another job", "updated input files"}


def keep_what_is_as_before(cutoff):
    """Have jobs count as done, unstarted, whose inputs came out of this run as they were before it.

    Their files become as new as those inputs, so that the next run finds nothing stale. Where one
    does not know, the job runs; so do those that a cluster gets as a group, and all where jobs are
    submitted before those that they wait for are done (`--immediate-submit`).
    """
    submits_all = workflow.remote_execution_settings.immediate_submit
    if workflow.dryrun or workflow.touch or submits_all:
        return
    start = workflow.scheduler.run

    def run(jobs, executor=None):
        jobs = list(jobs)
        spared = [job for job in jobs if workflow.async_run(is_spared(job, cutoff))]
        for job in jobs:
            for member in job.jobs if job.is_group() else [job]:
                cutoff.about_to_make(map(str, member.output), anew=is_forced(member))
        for job in spared:
            workflow.scheduler._proceed(job)
        if len(spared) < len(jobs):
            start([job for job in jobs if job not in spared], executor)

    workflow.scheduler.run = run


async def is_spared(job, cutoff):
    """Return whether a job, ready to start, would only make again what is there."""
    if job.is_group() or cutoff.has_begun(map(str, job.output)):  # it failed, and is tried again
        return False
    if is_asked_for(job) or not await is_complete(job):
        return False
    made = cutoff.made(map(str, job.output))
    return not await is_other_work(job) and all(
        [await is_as_read(file, job, made, cutoff) for file in job.input]
    )


def is_asked_for(job):
    """Return whether a job is to run for another reason than what ran before it."""
    return is_forced(job) or not MADE_ANEW.issuperset(workflow.dag.reason(job).get_names())


def is_forced(job):
    """Return whether the command line has a job run whatever there is (`--forcerun` and its like)."""
    dag = workflow.dag
    return job.rule in dag.forcerules or not dag.forcefiles.isdisjoint(job.output)


async def is_complete(job):
    """Return whether all that a job makes is there, on this machine's disks, and was finished.

    Of jobs that are found after a checkpoint Snakemake does not ask whether they were.
    """
    made = [*job.output, *([job.benchmark] if job.benchmark else [])]
    if not job.output or any(file.is_storage for file in [*made, *job.input]):
        return False
    there = all([await file.exists() for file in made])
    return there and not await workflow.persistence.incomplete(job)


async def is_other_work(job):
    """Return whether a job is another one than that which made its files.

    Snakemake does not look where a job runs anyway for what ran before it. What a run is not to go
    by (`--rerun-triggers`) counts, too: a job that is left out would have its change forgotten.
    """
    known = workflow.persistence
    if not known.has_metadata(job) or known.has_outdated_metadata(job):
        return True
    changed = (known.input_changed, known.code_changed, known.software_stack_changed)
    if known.params_changed(job) or any(any(look(job)) for look in changed):
        return True
    older = job.outputs_older_than_script_or_notebook()
    return RerunTrigger.CODE in workflow.rerun_triggers and bool([file async for file in older])


async def is_as_read(file, job, made, cutoff):
    """Return whether an input of a job is what the job's files were made from."""
    if file.is_ancient or not cutoff.is_as_before(str(file)):
        return file.is_ancient
    if cutoff.was_older(str(file), than=made):
        return True
    digests = workflow.persistence.input_checksums(job, file)
    return len(digests) == 1 and await file.is_same_checksum(
        digests.pop(), workflow.dag.max_checksum_file_size
    )


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
