# What a run says: while it works, how far it is; at its end, what it made or what went wrong.
import atexit

from landloom.run.progress import Progress, is_chatter
from landloom.run.summary import first_error, summary

# Snakemake tells of each job itself, unless it is asked not to: `quiet` in the profile.
PROGRESS = Progress(unfinished, say if silenced() & {"RULES", "PROGRESS"} == {"RULES"} else None)


onstart:
    for check in CHECKS_AT_START:
        check()
    watch_messages(PROGRESS, unless=is_chatter if PROGRESS.tells else lambda record: False)
    STOPPING.jobs_begin()


onsuccess:
    STOPPING.jobs_end()
    if text := summary(cfg.results, made_files()):
        say(f"\n{text}\n")


onerror:
    STOPPING.jobs_end()
    # Snakemake has a few words of its own after this: what went wrong is to come last.
    if PROGRESS.failed and not STOPPING.signal:
        atexit.register(say, f"\n{first_error(PROGRESS.failed)}\n")
