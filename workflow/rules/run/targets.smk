# Whether what the command line asks for is a target, before Snakemake looks for what makes it.
from landloom.run.moments import Once, is_before_planning
from landloom.run.targets import Targets


def check_targets():
    """End the run where what it is asked for is no target."""
    known = Targets(rules_by_name(), list(map(copies.called, outputs_by_name())), cfg.results)
    if faults := known.faults(given_targets(), is_made_by_some_rule):
        sys.exit("\n".join(["", *faults, ""]))


if not is_module() and is_main_process():
    take_messages(Once(is_before_planning, check_targets))
