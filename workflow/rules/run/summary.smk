# What a run says: while it works, how far it is; at its end, what it made or what went wrong.
import atexit

from landloom.job.terminal import on_terminal, write_over
from landloom.run.moments import Once, is_idle
from landloom.run.cutoff import Cutoff
from landloom.run.parameters import is_enough
from landloom.run.progress import Progress
from landloom.run.summary import first_error, summary, whereabouts

# Snakemake tells of each job itself, unless it is asked not to: `quiet` in the profile.
TELL = write_over if on_terminal() else say
# Of these targets there is more to tell than where their files are.
OF_WHOM_IS_TOLD = ["all", "dataset", "map", "figures"]
PROGRESS = Progress(outlook, TELL if silenced() & {"RULES", "PROGRESS"} == {"RULES"} else None)


def say_where():
    """Say where what was asked for by name is, though nothing had to be made."""
    if found := whereabouts(named_files(but=OF_WHOM_IS_TOLD)):
        atexit.register(say, "\n".join(found))


def told_of_store():
    """Return where results are, if in an object store: this machine has none that could be told of."""
    if not folder_of_copies():
        return ""
    page = results("index.html")
    if f"{folder_of_copies()}/{page}" in made_files():
        return f"All of it, on one page: {address_in_store(page)}"
    return f"Results are below {address_in_store(cfg.results)}"


if not is_module() and is_main_process():
    tell_parameters_apart(is_enough)
    digest_inputs_once()
    take_messages(Once(is_idle, say_where))


onstart:
    for check in CHECKS_AT_START:
        check()
    keep_versions()
    keep_what_is_as_before(Cutoff())
    watch_messages(PROGRESS, unless=PROGRESS.hides)
    PROGRESS.watch()
    atexit.register(PROGRESS.close)
    STOPPING.jobs_begin()


onsuccess:
    STOPPING.jobs_end()
    PROGRESS.close()
    asked = named_files(but=OF_WHOM_IS_TOLD)
    if text := told_of_store() or summary(cfg.results, made_files(), asked):
        say(f"\n{text}\n")


onerror:
    STOPPING.jobs_end()
    PROGRESS.close()
    # Snakemake has a few words of its own after this: what went wrong is to come last.
    if PROGRESS.failed and not STOPPING.signal:
        atexit.register(say, f"\n{first_error(PROGRESS.failed, found_logs)}\n")
