"""The datasheet: the dataset described for people, after Gebru et al. (2021).

Its parts are those of "Datasheets for Datasets" (Communications of the ACM 64, 12). What the run
knows is filled in, what only people know is taken from the configuration, and what neither knows
is marked as open; nothing is made up.
"""

from __future__ import annotations

import re

from landloom.dataset.likeness import likeness, nearest_training
from landloom.dataset.publish.about import SPLITS, About

Answers = dict[str, str]
"""Questions and their answers, as Markdown."""

_OPEN = "*Open: to be told by whoever publishes it"
_OPEN_TO_ALL = f"{_OPEN}.*"


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
        for question, answer in answers.items():
            gap = "" if answer.startswith("\n") else " "
            lines.append(f"**{question}**{gap}{answer}")
    return "\n\n".join(lines) + "\n"


def open_questions(sheet: str) -> int:
    """Return how many questions of a datasheet are open."""
    return sheet.count(_OPEN)


def _told(about: About, key: str) -> str:
    value = about.told.get(key)
    if isinstance(value, list):
        value = ", ".join(value)
    return str(value) if value else f"{_OPEN} (`dataset.publication.{key}`).*"


def _motivation(about: About) -> Answers:
    return {
        "For what purpose was it made?": _told(about, "purpose"),
        "Who made it?": _told(about, "creators"),
        "Who paid for it?": _told(about, "funding"),
    }


def _composition(about: About) -> Answers:
    counts, size = about.samples, about.recipe.size
    return {
        "What is an instance?": f"A patch of {size} x {size} pixels of {about.resolution_text}: "
        "the class of land cover and the elevation above the patch's lowest pixel, in metres.",
        "How many are there?": f"{sum(counts.values())}: {counts['train']} for training, "
        f"{counts['test']} for testing.",
        "Is it all, or a sample?": f"{about.sampling} {_left_out(about)} {about.bias}",
        "Which labels are there?": f"The class of each pixel. {_shares_of(about)}\n\n"
        f"{_class_table(about)}",
        "Is anything missing?": _missing(about),
        "How are instances related?": "By their place: neighbouring patches are alike. Footprints, "
        "cells and lattice places are in `index.parquet`.",
        "Are splits recommended?": _splits(about),
        "Are there errors or noise?": "Those of the sources, see there; how accurate they are, "
        f"Landloom does not know. What the certificate notes: {_notes(about)}",
        "Does it rely on what lies elsewhere?": "No. The files hold all pixels; the sources are "
        "needed only to make it again.",
        "Does it tell of persons?": _OPEN_TO_ALL,
    }


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
        reasons += [f"{counts['buffered']} for the buffer"] if counts["buffered"] else []
        parts.append(f"{split}: {', '.join(reasons) or 'none'} of {counts['owned']}")
    return f"Patches left out: {'; '.join(parts)}."


def _shares_of(about: About) -> str:
    """Return what the shares in the table are shares of."""
    across = about.recipe.downsample
    told = "Shares in percent of the pixels of the source in the whole region, and of those of the "
    if across == 1:
        return f"{told}samples:"
    return (
        f"{told}samples, each the most frequent class of {across} x {across} of the source's, the "
        "lowest code where several are (so that region and samples differ also where all of the "
        "region is sampled: classes that lie scattered lose, and low codes gain by ties):"
    )


def _class_table(about: About) -> str:
    rows = ["| class | region | train | test |", "|---|---|---|---|"]
    for name, shares in about.certificate["class_shares_percent"].items():
        cells = " | ".join(f"{shares[of]:.2f}" for of in ("region", *SPLITS))
        rows.append(f"| {_as_it_is(name)} | {cells} |")
    return "\n".join(rows)


def _as_it_is(name: str) -> str:
    """Return a name that Markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]<>|#$])", r"\\\1", name)


def _missing(about: About) -> str:
    counts = about.certificate["patches"]
    filled = [
        f"{split}: {counts[split]['filled']} samples, {counts[split]['filled_pixels']} pixels"
        for split in SPLITS
        if counts[split]["filled"]
    ]
    told = f" Void elevation was filled in ({'; '.join(filled)})." if filled else ""
    return f"No pixel is without class or elevation.{told}"


def _splits(about: About) -> str:
    sharing = about.certificate["patches_sharing_pixels"]
    nearest = about.certificate["nearest_train_test_km"]
    return (
        "Yes, train and test by cells of the region. Pairs of patches that share a pixel: "
        f"{sharing['between_splits']} between the splits, {sharing['within_a_split']} within one "
        "(`certificate.json`). The nearest two "
        f"{f'lie {nearest:g} km apart' if nearest else 'touch'}. Neighbouring places are alike "
        f"also beyond a pixel (`autocorrelation.json`): {likeness(about.likeness)}; "
        f"{nearest_training(about.likeness)}."
    )


def _notes(about: About) -> str:
    notes = about.certificate["notes"]
    return "; ".join(notes) + "." if notes else "nothing."


def _collection(about: About) -> Answers:
    shown = f"The land cover shows {about.year}."
    return {
        "Where does it come from?": f"\n\n{_sources(about)}",
        "Over what time?": shown if about.year else f"Landloom knows no date. {_OPEN_TO_ALL}",
        "How were instances chosen?": "See above, *Is it all, or a sample?*",
        "Was there an ethical review?": _OPEN_TO_ALL,
    }


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
    made_with = ", ".join(f"{name} {version}" for name, version in versions.items())
    return {
        "What was done to the sources?": "Land cover: each pixel is the most frequent code of "
        f"{recipe.downsample} x {recipe.downsample} source pixels, written as its rank among the "
        f"codes that the region has. Elevation: warped ({recipe.resampling}) onto the same pixels; "
        f"in patches with up to {100 * recipe.max_nodata:g} % of void pixels these were inpainted "
        "(Telea 2004); last, the patch's lowest height was subtracted.",
        "Is the raw data kept?": "It is that of the sources, which are listed above.",
        "Is the software to be had?": "Yes: Landloom, from a configuration that lies beside the "
        f"results (`config.yaml`), with {made_with}.",
    }


def _uses(about: About) -> Answers:
    return {
        "What has it been used for?": _OPEN_TO_ALL,
        "What should be known before it is used?": f"{about.bias} The splits lie in one region: "
        "accuracy on the test samples tells of places like these, not of others. Heights are "
        "relative to each patch.",
        "What should it not be used for?": _OPEN_TO_ALL,
    }


def _distribution(about: About) -> Answers:
    return {
        "Where is it published?": _told(about, "url"),
        "When?": _told(about, "date"),
        "Under which licence?": f"{_told(about, 'licence')} Those of the sources are listed under "
        "*Collection*.",
        "How is it cited?": _told(about, "citation"),
    }


def _maintenance(about: About) -> Answers:
    return {
        "Who answers questions?": _told(about, "contact"),
        "Which version is it?": _told(about, "version"),
        "Will it be updated?": _OPEN_TO_ALL,
    }
