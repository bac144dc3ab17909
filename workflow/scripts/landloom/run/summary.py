"""The last words of a run: what was made and where to look, or what went wrong first."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

from landloom.dataset.likeness import likeness
from landloom.job.integrity import damages
from landloom.job.lacks import CANNOT_GO_ON, no_room, told
from landloom.job.notes import noted
from landloom.legend.decimals import in_bytes
from landloom.map.report.text import last_words, notes_of, words_of_year
from landloom.map.years.words import CAUTION

_NAMED = 10
"""Files that were asked for by name, of which each is told."""

_SHOWN = 20
"""Lines of a failed job's log that are repeated."""


def summary(results: str, made: Collection[str], asked: Iterable[str] = ()) -> str:
    """Return what a run made, in a few lines; an empty text if it made none of the products.

    Parameters
    ----------
    results
        The folder of all results.
    made
        The files that the run was asked for, those that were there already included.
    asked
        Those of them that the command line names, by themselves or by their rule.
    """
    there = {path for path in made if Path(path).exists()}
    certificate, report = f"{results}/dataset/certificate.json", f"{results}/map/report.json"
    autocorrelation = f"{results}/dataset/autocorrelation.json"
    shown = {certificate, report, autocorrelation}
    damaged = {path: str(found) for path in there & shown for found in damages(path)}
    lines = [damaged[path] for path in sorted(damaged)]
    told: list[str] = []
    if certificate in there - damaged.keys():
        lines += _dataset(results)
        told += _read(certificate)["notes"]
    if autocorrelation in there - damaged.keys():
        lines.append(f"  {likeness(_read(autocorrelation))} ({autocorrelation})")
    if report in there - damaged.keys():
        lines += _map(results, there - damaged.keys())
        told += notes_of(_read(report))
    if f"{results}/years/areas.csv" in there:
        lines += _years(results, there)
    lines += _other_notes(there, told)
    figures = sorted(path for path in there if path.startswith(f"{results}/figures/"))
    if figures:
        lines.append(f"Figures: {len(figures)} below {results}/figures/")
    lines += whereabouts(asked)
    if f"{results}/SOURCES.md" in there:
        lines.append(f"Sources, licences and citations: {results}/SOURCES.md")
    if f"{results}/index.html" in there:
        lines.append(f"All of it, on one page: {results}/index.html")
    return "\n".join(lines)


def whereabouts(asked: Iterable[str]) -> list[str]:
    """Return where each thing is that was asked for by its name, and how large it is."""
    there = [path for path in dict.fromkeys(asked) if Path(path).exists()]
    lines = [f"Here it is: {path}{_size(Path(path))}" for path in there[:_NAMED]]
    return [*lines, *([f"and {len(there) - _NAMED} more files"] if len(there) > _NAMED else [])]


def _size(path: Path) -> str:
    if not path.is_dir():
        return f" ({in_bytes(path.stat().st_size)})"
    files = [file for file in path.rglob("*") if file.is_file()]
    return f" ({len(files)} files, {in_bytes(sum(file.stat().st_size for file in files))})"


def _other_notes(made: Iterable[str], told: Collection[str]) -> list[str]:
    """Return what jobs noted besides what their product tells, with the file that it concerns."""
    return [
        f"Note on {path}: {note}"
        for path, notes in noted(sorted(made)).items()
        for note in notes
        if note not in told
    ]


def _read(path: str) -> Any:  # noqa: ANN401
    return json.loads(Path(path).read_text(encoding="utf-8"))


def _dataset(results: str) -> list[str]:
    certificate = _read(f"{results}/dataset/certificate.json")
    counts = certificate["patches"]
    lines = [
        f"Dataset: {counts['train']['samples']} training and {counts['test']['samples']} test "
        f"samples that share no pixel, proved in {results}/dataset/certificate.json",
        *(_lost(split, counts[split]) for split in counts),
    ]
    empty = [split for split in counts if not counts[split]["samples"]]
    notes = [*certificate["notes"], *(f"there is no {split} sample" for split in empty)]
    return lines + [f"  note: {note}" for note in notes]


def _lost(split: str, counts: dict[str, Any]) -> str:
    """Return what became of the patches of a split that are no samples."""
    rejected = [
        f"{count} with unknown pixels"
        if code == "unknown"
        else f"{count} with too much of class {code}"
        for code, count in counts["rejected"].items()
        if count
    ]
    voids = [f"{counts['void']} with void elevation"] if counts["void"] else []
    near = [f"{counts['buffered']} near test patches"] if counts["buffered"] else []
    return f"  {split}: of {counts['owned']} patches left out: " + (
        ", ".join([*rejected, *voids, *near]) or "none"
    )


def _map(results: str, there: Collection[str]) -> list[str]:
    report = _read(f"{results}/map/report.json")
    lines = [
        f"Map: {len(report['map_classes'])} classes; how well it agrees, by what it is compared "
        f"with ({results}/map/report.txt):",
        *last_words(report),
    ]
    validation = f"{results}/map/validation.txt"
    if validation in there:
        lines.append(f"  accuracy and area of each class, by the independent points: {validation}")
    classifiers = f"{results}/tables/classifiers.html"
    if classifiers in there:
        lines.append(f"  what each kind of model takes of the processor: {classifiers}")
    files = [f"{results}/map/{name}" for name in ("landcover.tif", "index.html")]
    found = [path for path in files if path in there]
    return lines + ([f"  look at {' and '.join(found)}"] if found else [])


def _years(results: str, there: Collection[str]) -> list[str]:
    """Return what to say of the maps of further years, and of the areas by year."""
    folder, name = f"{results}/years/", "/map/landcover.tif"
    maps = sorted(path for path in there if path.startswith(folder) and path.endswith(name))
    lines = [f"Further years, by the same model; areas of the classes by year: {folder}areas.csv"]
    for path in maps:
        lines.append(f"  {path.removeprefix(folder).removesuffix(name)}: {path}")
        report = path.replace("landcover.tif", "report.json")
        if report in there:
            lines += _indented(list(map(str, damages(report))) or words_of_year(_read(report)))
    return [*lines, f"  note: {CAUTION}"]


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _as_named(logs: Iterable[str]) -> list[tuple[str, str]]:
    return [(log, log) for log in logs]


def first_error(
    failed: Iterable[tuple[str, list[str]]],
    found: Callable[[list[str]], list[tuple[str, str]]] = _as_named,
) -> str:
    """Return what the first job that failed said of it.

    Parameters
    ----------
    failed
        Rule and logs of the jobs that failed, in the order in which they did.
    found
        Returns of each log what it is called, and the path where it lies.
    """
    failed = list(failed)
    if not failed:
        return ""
    rule, named = failed[0]
    logs = found(named)
    said = next(filter(None, (_last_words(name, path) for name, path in logs)), "")
    others = len({tuple(logs) for _, logs in failed}) - 1
    more = f"\n({others} more failed; their logs lie beside it.)" if others else ""
    where = f" ({logs[0][0]})" if logs else ""
    if said:
        return f"{rule} failed{where}:\n\n{said}\n{more}".rstrip()
    if lack := no_room(Path(logs[0][1]).parent if logs else "."):
        return f"{rule} failed{where}:\n\n{told(lack)}\n{more}".rstrip()
    return (
        f"{rule} failed{where} and left no word: it was ended from outside, as when memory or "
        f"time ran out.{more}"
    )


def _last_words(name: str, path: str) -> str:
    """Return the end of a log; of a traceback, the error and the place to report it from."""
    log = Path(path)
    lines = (
        log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        if (log.is_file())
        else []
    )
    if lines and lines[-1].startswith(CANNOT_GO_ON):
        return lines[-1].removeprefix(CANNOT_GO_ON)
    if any(line.startswith("Traceback (most recent call last)") for line in lines):
        return f"{lines[-1]}\nThat is a defect of Landloom; please report it with the log {name}"
    return "\n".join(lines[-_SHOWN:])
