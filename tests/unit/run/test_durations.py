"""How long jobs are expected to take, alone and together."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landloom.run import durations as module
from landloom.run.durations import Durations, Job, Learned, time_left
from landloom.run.rule_times import SHIPPED, UNKNOWN

RULES = Path(__file__).parents[3] / "workflow" / "rules"
SECONDS = st.floats(0.0, 1e4)
NAMES = st.sampled_from([*sorted(SHIPPED)[:5], "of another workflow"])


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep away from the user's own folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def file_of(tmp_path: Path) -> Path:
    return tmp_path / "landloom" / module.FILE


def test_each_rule_that_takes_time_has_a_row() -> None:
    text = "\n".join(path.read_text() for path in RULES.rglob("*.smk"))
    named = set(
        re.findall(r"^\s*(?:rule|checkpoint|use rule \w+ as) ?(\w+)(?: with)?:", text, re.M)
    )
    named |= set(re.findall(r"^\s*use rule \w+ as (\w+) with", text, re.M))
    gather = {"dataset", "map", "figures", "elevation", "publish"}
    asked_for = {"repair", "verify_sources"}  # alone, by name
    assert set(SHIPPED) == named - gather - asked_for


def test_a_job_takes_what_its_rule_does_and_more_of_what_is_larger() -> None:
    row = SHIPPED["extract_cells"]
    assert Durations.load().expected("extract_cells", 4.0) == pytest.approx(row.base + 4 * row.rate)
    assert Durations.load().expected("of another workflow") == UNKNOWN.base


def test_what_the_jobs_of_a_rule_took_is_expected_of_the_others() -> None:
    durations = Durations()
    before = durations.expected("predict_block", 1.0)
    for _ in range(20):
        durations.learn("predict_block", 1.0, 10 * before)
    assert durations.expected("predict_block", 1.0) == pytest.approx(10 * before, rel=0.2)
    assert durations.expected("predict_block", 2.0) > durations.expected("predict_block", 1.0)


def test_a_slow_machine_is_slow_at_all_jobs() -> None:
    durations = Durations()
    for rule in ("samples", "split", "stack", "certificate") * 5:
        durations.learn(rule, 1.0, 3 * durations.before(rule, 1.0))
    assert 1.7 < durations.expected("model", 1.0) / durations.before("model", 1.0) < 3


def test_one_rule_of_which_too_little_was_expected_does_not_mislead_as_to_the_others() -> None:
    durations = Durations()
    for rule in ("samples", "split", "stack", "certificate") * 3:
        durations.learn(rule, 1.0, durations.before(rule, 1.0))
    for _ in range(50):
        durations.learn("predict_block", 0.1, 4 * durations.before("predict_block", 0.1))
    block = durations.expected("predict_block", 0.1) / durations.before("predict_block", 0.1)
    assert block == pytest.approx(4.0, rel=0.15)
    assert durations.expected("model", 1.0) / durations.before("model", 1.0) < 2


def test_a_machine_that_gets_busy_is_followed() -> None:
    durations = Durations()
    rules = sorted(SHIPPED)
    for rule in rules[::2]:
        durations.learn(rule, 1.0, durations.before(rule, 1.0))
    for rule in rules[1::2]:
        durations.learn(rule, 1.0, 5 * durations.before(rule, 1.0))
    assert durations.expected("new", 1.0) / durations.before("new", 1.0) > 3


@given(st.lists(st.tuples(NAMES, SECONDS, SECONDS)), NAMES, SECONDS, SECONDS)
def test_no_job_takes_less_than_nothing_and_a_larger_one_no_less(
    done: list[tuple[str, float, float]], rule: str, size: float, more: float
) -> None:
    durations = Durations()
    for job in done:
        durations.learn(*job)
    smaller, larger = durations.expected(rule, size), durations.expected(rule, size + more)
    assert 0 < smaller <= larger
    assert math.isfinite(larger)
    assert durations.expected(rule, -1.0) == durations.expected(rule, 0.0)
    for learned in durations.merged().values():
        assert math.isfinite(learned.ratio)
        assert learned.ratio > 0


class TestKept:
    """What one run leaves for the next."""

    def test_the_next_run_expects_what_this_one_took(self) -> None:
        durations = Durations()
        taken = 5 * durations.before("model", 2.0)
        durations.learn("model", 2.0, taken)
        durations.save()
        assert Durations.load().expected("model", 2.0) == pytest.approx(taken, rel=0.2)

    def test_work_that_was_found_done_is_no_measure(self) -> None:
        durations = Durations()
        before = durations.expected("tune_stage2", 20.0)
        for _ in range(8):
            durations.learn("tune_stage2", 20.0, 1.0)
        assert durations.expected("tune_stage2", 20.0) < before / 4  # of this run's others
        durations.save()
        assert Durations.load().expected("tune_stage2", 20.0) == pytest.approx(before)

    def test_two_runs_at_a_time_keep_what_both_took(self) -> None:
        first, second = Durations.load(), Durations.load()
        first.learn("model", 0.0, 50.0)
        second.learn("samples", 0.0, 50.0)
        second.save()
        first.save()
        assert set(Durations.load().known) == {"model", "samples"}

    def test_a_machine_that_changes_is_followed(self) -> None:
        for seconds in [2.0] * 50 + [20.0] * 12:
            durations = Durations.load()
            durations.learn("split", 0.0, seconds)
            durations.save()
        assert Durations.load().expected("split") == pytest.approx(20.0, rel=0.3)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "[]",
            "null",
            '{"rules": 1}',
            '{"rules": {"model": 3}}',
            '{"rules": {"model": ["a", 1, 1, 1]}}',
            '{"rules": {"model": [NaN, 1, 1.6, 1.0]}}',
            '{"rules": {"model": [1e9, 1, 1.6, 1.0]}}',
            '{"rules": {"model": [-1, 1, 1.6, 1.0]}}',
            '{"rules": {"model": [2, 1, 99, 1.0]}}',  # told of another table
            "[" * 100_000,
        ],
    )
    def test_a_damaged_file_is_as_none_and_is_made_anew(self, tmp_path: Path, text: str) -> None:
        file_of(tmp_path).parent.mkdir(mode=0o700)
        file_of(tmp_path).write_text(text)
        durations = Durations.load()
        assert durations.known == {}
        durations.learn("split", 0.0, 9.0)
        durations.save()
        assert set(Durations.load().known) == {"split"}

    def test_one_damaged_row_leaves_the_others(self, tmp_path: Path) -> None:
        durations = Durations()
        durations.learn("split", 0.0, 9.0)
        durations.save()
        rows = json.loads(file_of(tmp_path).read_text())
        rows["rules"]["model"] = "?"
        file_of(tmp_path).write_text(json.dumps(rows))
        assert set(Durations.load().known) == {"split"}

    def test_nothing_is_said_where_nothing_can_be_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        durations = Durations()
        durations.learn("split", 0.0, 9.0)
        monkeypatch.setattr(module, "private_folder", lambda: None)
        durations.save()
        assert Durations.load().known == {}
        blocked = tmp_path / "blocked"
        (blocked / module.FILE).mkdir(parents=True)
        monkeypatch.setattr(module, "private_folder", lambda: blocked)
        durations.save()
        assert Durations.load().known == {}

    def test_a_run_without_a_finished_job_keeps_nothing(self, tmp_path: Path) -> None:
        Durations().save()
        assert not file_of(tmp_path).exists()


def fixed(**seconds: float) -> Durations:
    """Return durations by which each rule takes so many seconds."""
    return Durations({name: Learned(value / UNKNOWN.base, 1e9) for name, value in seconds.items()})


class TestTimeLeft:
    """Jobs together, each of a known length."""

    times = fixed(short=1.0, long=4.0)

    def test_jobs_run_side_by_side(self) -> None:
        assert time_left([Job("short")] * 6, 2, self.times) == pytest.approx(3.0)
        assert time_left([Job("short")] * 7, 2, self.times) == pytest.approx(4.0)
        assert time_left([], 2, self.times) == 0.0

    def test_jobs_wait_for_others(self) -> None:
        chain = [Job("long", name=i, after=[i - 1]) for i in range(5)]
        assert time_left(chain, 8, self.times) == pytest.approx(20.0)

    def test_a_job_of_several_threads_takes_as_many_cores(self) -> None:
        jobs = [Job("long", threads=4), Job("long", threads=4)]
        assert time_left(jobs, 4, self.times) == pytest.approx(8.0)
        assert time_left(jobs, 8, self.times) == pytest.approx(4.0)
        assert time_left(jobs, 2, self.times) == pytest.approx(8.0)

    def test_downloads_are_so_many_at_a_time(self) -> None:
        jobs = [Job("long", downloads=1)] * 4 + [Job("short")]
        assert time_left(jobs, 16, self.times, downloads=2) == pytest.approx(8.0)
        assert time_left(jobs, 16, self.times) == pytest.approx(4.0)

    def test_of_a_job_that_runs_what_is_left_counts(self) -> None:
        assert time_left([Job("long", elapsed=1.0)], 1, self.times) == pytest.approx(3.0)
        # Longer than was expected: it is not as good as done.
        assert time_left([Job("long", elapsed=10.0)], 1, self.times) == pytest.approx(2.0)

    def test_jobs_in_a_ring_do_not_hang_it(self) -> None:
        jobs = [Job("long", name=1, after=[2]), Job("long", name=2, after=[1]), Job("short")]
        assert time_left(jobs, 1, self.times) == pytest.approx(1.0)

    @given(
        st.lists(st.tuples(st.sampled_from(["short", "long"]), st.integers(1, 4)), max_size=30),
        st.integers(1, 8),
        st.data(),
    )
    def test_it_lies_within_the_bounds_of_any_schedule_without_idle_cores(
        self, kinds: list[tuple[str, int]], cores: int, data: st.DataObject
    ) -> None:
        jobs: list[Job] = []
        for i, (rule, threads) in enumerate(kinds):
            after = data.draw(st.sets(st.integers(0, i - 1), max_size=3)) if i else set()
            jobs.append(Job(rule, threads=min(threads, cores), name=i, after=after))
        length = [self.times.expected(job.rule) for job in jobs]
        path: list[float] = []
        for job, own in zip(jobs, length, strict=True):
            path.append(own + max((path[i] for i in job.after), default=0.0))  # type: ignore[index]
        work = sum(own * job.threads for own, job in zip(length, jobs, strict=True))
        left = time_left(jobs, cores, self.times)
        least = max(max(path, default=0.0), work / cores)
        assert least - 1e-6 <= left <= sum(length) + 1e-6
        if all(job.threads == 1 for job in jobs):  # Graham (1966)
            assert left <= work / cores + max(path, default=0.0) + 1e-6
