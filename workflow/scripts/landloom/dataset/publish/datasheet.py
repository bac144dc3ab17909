"""The datasheet: the dataset described for people, after Gebru et al. (2021).

Its parts are those of "Datasheets for Datasets" (Communications of the ACM 64, 12). What the run
knows is filled in, what only people know is taken from the configuration, and what neither knows
is marked as open; nothing is made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from landloom.dataset.publish.about import SPLITS, About

Answers = Iterator[tuple[str, str]]
"""Questions and their answers, as Markdown."""

_OPEN = "*Open: to be told by whoever publishes it"


def datasheet(about: About) -> str:
    """Return the datasheet of a dataset, as Markdown.

    Parameters
    ----------
    about
        What is known of it.
    """
    parts = {
        "Motivation": _motivation(about),
        "Composition": _composition(about),
        "Collection": _collection(about),
        "Preprocessing": _preprocessing(about),
        "Uses": _uses(about),
        "Distribution": _distribution(about),
        "Maintenance": _maintenance(about),
    }
    lines = [f"# Datasheet: {about.title}", about.description]
    lines.append(
        "After Gebru et al. (2021), *Datasheets for Datasets*, https://doi.org/10.1145/3458723."
    )
    for title, answers in parts.items():
        lines.append(f"## {title}")
        lines += [_paragraph(question, answer) for question, answer in answers]
    return "\n\n".join(lines) + "\n"


def _paragraph(question: str, answer: str) -> str:
    return f"**{question}**{'' if answer.startswith(chr(10)) else ' '}{answer}"


def open_questions(sheet: str) -> int:
    """Return how many questions of a datasheet are open."""
    return sheet.count(_OPEN)


def _told(about: About, key: str) -> str:
    value = about.told.get(key)
    if isinstance(value, list):
        value = ", ".join(value)
    return str(value) if value else f"{_OPEN} (`dataset.publication.{key}`).*"


def _open() -> str:
    return f"{_OPEN}.*"


def _motivation(about: About) -> Answers:
    yield "For what purpose was it made?", _told(about, "purpose")
    yield "Who made it?", _told(about, "creators")
    yield "Who paid for it?", _told(about, "funding")


def _composition(about: About) -> Answers:
    counts, recipe = about.samples, about.recipe
    yield "What is an instance?", (
        f"A patch of {recipe.size} x {recipe.size} pixels of {about.resolution_text}: the class of "
        "land cover and the elevation above the patch's lowest pixel, in metres."
    )
    yield "How many are there?", (
        f"{sum(counts.values())}: {counts['train']} for training, {counts['test']} for testing."
    )
    yield "Is it all, or a sample?", f"{about.sampling} {_left_out(about)} {about.bias}"
    yield (
        "Which labels are there?",
        (
            "The class of each pixel. Shares in percent of the whole region and of the samples:\n\n"
            + _class_table(about)
        ),
    )
    yield "Is anything missing?", _missing(about)
    yield "How are instances related?", (
        "By their place: neighbouring patches are alike. Footprints, cells and lattice places are "
        "in `index.parquet`."
    )
    yield "Are splits recommended?", _splits(about)
    yield "Are there errors or noise?", (
        "Those of the sources, see there; how accurate they are, Landloom does not know. What the "
        f"certificate notes: {_notes(about)}"
    )
    yield "Does it rely on what lies elsewhere?", (
        "No. The files hold all pixels; the sources are needed only to make it again."
    )
    yield "Does it tell of persons?", _open()


def _left_out(about: About) -> str:
    parts = []
    for split in SPLITS:
        counts = about.certificate["patches"][split]
        reasons = [
            f"{count} for {'unknown pixels' if code == 'unknown' else f'class {code}'}"
            for code, count in counts["rejected"].items()
            if count
        ]
        reasons += [f"{counts['void']} for void elevation"] if counts["void"] else []
        reasons += [f"{counts['buffered']} for the buffer"] if counts.get("buffered") else []
        parts.append(f"{split}: {', '.join(reasons) or 'none'} of {counts['owned']}")
    return f"Patches left out: {'; '.join(parts)}."


def _class_table(about: About) -> str:
    rows = ["| class | region | train | test |", "|---|---|---|---|"]
    for name, shares in about.certificate["class_shares_percent"].items():
        cells = " | ".join(f"{shares[of]:.2f}" for of in ("region", *SPLITS))
        rows.append(f"| {_cell(name)} | {cells} |")
    return "\n".join(rows)


def _cell(text: str) -> str:
    """Return a name that Markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]<>|#$])", r"\\\1", text)


def _missing(about: About) -> str:
    filled = []
    for split in SPLITS:
        counts: Mapping[str, Any] = about.certificate["patches"][split]
        if counts.get("filled"):
            filled.append(
                f"{split}: {counts['filled']} samples, {counts['filled_pixels']} pixels in all"
            )
    told = f" Void elevation was filled in ({'; '.join(filled)})." if filled else ""
    return f"No pixel is without class or elevation.{told}"


def _splits(about: About) -> str:
    certificate = about.certificate
    sharing = certificate["patches_sharing_pixels"]
    nearest = certificate["nearest_train_test_km"]
    apart = f" The nearest two {'touch' if not nearest else f'lie {nearest:g} km apart'}."
    return (
        f"Yes, train and test by cells of the region. Pairs of patches that share a pixel: "
        f"{sharing['between_splits']} between the splits, {sharing['within_a_split']} within one "
        f"(`certificate.json`).{apart} Neighbouring places are alike also beyond a pixel: "
        "`autocorrelation.json` tells how far."
    )


def _notes(about: About) -> str:
    notes = about.certificate["notes"]
    return "; ".join(notes) + "." if notes else "nothing."


def _collection(about: About) -> Answers:
    yield "Where does it come from?", "\n\n" + _sources(about)
    yield "Over what time?", (
        f"The land cover shows {about.year}."
        if about.year
        else f"Of the sources Landloom knows no date. {_open()}"
    )
    yield "How were instances chosen?", "See above, *Is it all, or a sample?*"
    yield "Was there an ethical review?", _open()


def _sources(about: About) -> str:
    lines = []
    for source in about.sources:
        facts = {key: text for key, text in source.facts.items() if key != "title"}
        facts = facts or {"licence": "the publisher's own source: Landloom knows no licence"}
        told = "; ".join(f"{key}: {text}" for key, text in facts.items())
        lines.append(f"- `{source.role}`: {source.title} ({told})")
    return "\n".join(lines)


def _preprocessing(about: About) -> Answers:
    recipe, versions = about.recipe, about.certificate["versions"]
    yield "What was done to the sources?", (
        f"Land cover: each pixel is the most frequent code of {recipe.downsample} x "
        f"{recipe.downsample} source pixels, written as its rank among the codes that the region "
        f"has. Elevation: warped ({recipe.resampling}) onto the same pixels; in patches with up to "
        f"{100 * recipe.max_nodata:g} % of void pixels these were inpainted (Telea 2004); last, "
        "the patch's lowest height was subtracted."
    )
    yield "Is the raw data kept?", "It is that of the sources, which are listed above."
    yield "Is the software to be had?", (
        "Yes: Landloom, from a configuration that lies beside the results (`config.yaml`), with "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
        + "."
    )


def _uses(about: About) -> Answers:
    yield "What has it been used for?", _open()
    yield "What should be known before it is used?", (
        f"{about.bias} The splits lie in one region: accuracy on the test samples tells of places "
        "like these, not of others. Heights are relative to each patch."
    )
    yield "What should it not be used for?", _open()


def _distribution(about: About) -> Answers:
    yield "Where is it published?", _told(about, "url")
    yield "When?", _told(about, "date")
    yield (
        "Under which licence?",
        f"{_told(about, 'licence')} Those of the sources are listed under *Collection*.",
    )
    yield "How is it cited?", _told(about, "citation")


def _maintenance(about: About) -> Answers:
    yield "Who answers questions?", _told(about, "contact")
    yield "Which version is it?", _told(about, "version")
    yield "Will it be updated?", _open()
