# A run that ends before its time: told to stop, by Ctrl-C, by SIGTERM or by the end of its terminal,
# or where the machine lacks what Snakemake itself needs.
import atexit

from landloom.run.lacking import Lacking
from landloom.run.stopping import SHIELD, Stopping, say

STOPPING, LACKING = Stopping(SnakemakeRun()), Lacking()


def say_what_lacks():
    """Say it, if anything did."""
    if LACKING.words and not STOPPING.signal:
        say(f"\n{LACKING.words}\n")


# What a workflow around this one does is its own affair; and in a cluster's job, the cluster's.
if not is_module() and is_main_process():
    STOPPING.listen()
    STOPPING.last_words()
    begin_jobs_with(SHIELD)
    # Each job that is ended would be told at length as one that failed.
    hide_messages(lambda record: STOPPING.signal is not None)
    atexit.register(say_what_lacks)
    hide_messages(LACKING.take)
