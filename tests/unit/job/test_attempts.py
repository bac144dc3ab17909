"""What may pass is tried again, and nothing else."""

import time

import pytest

from landloom.errors import LandloomError, NotThereError, PassingError
from landloom.job.attempts import persist


class Work:
    """Fails with some errors in turn, and then is done."""

    def __init__(self, *errors):
        self.errors, self.times = list(errors), 0

    def __call__(self):
        self.times += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


@pytest.fixture
def slept(monkeypatch):
    pauses = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    return pauses


def test_what_passes_is_done_in_the_end(slept):
    work = Work(*[PassingError("503")] * 3)
    assert persist(work, 10) == "done"
    assert slept == [10, 40, 160]


@pytest.mark.usefixtures("slept")
def test_what_does_not_pass_is_told_at_last():
    work = Work(*[PassingError(str(number)) for number in range(9)])
    with pytest.raises(PassingError, match="3"):
        persist(work, 10)
    assert work.times == 4


@pytest.mark.parametrize("error", [LandloomError, NotThereError, ValueError, OSError])
def test_anything_else_is_told_at_once(slept, error):
    work = Work(error("x"))
    with pytest.raises(error, match="x"):
        persist(work, 10)
    assert (work.times, slept) == (1, [])
