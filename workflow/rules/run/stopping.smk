# A run that is told to stop, by Ctrl-C, by SIGTERM or by the end of its terminal.
from landloom.run.stopping import SHIELD, Stopping, once, say

STOPPING = Stopping(SnakemakeRun())

# What a workflow around this one does is its own affair; and in a cluster's job, the cluster's.
if not is_module() and is_main_process():
    STOPPING.listen()
    STOPPING.last_words()
    begin_jobs_with(SHIELD)
    # Each job that is ended would be told at length as one that failed.
    hide_messages(once(STOPPING, lambda record: False))
