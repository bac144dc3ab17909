"""Configurations: numbers at the bounds of what their keys take, and YAML with faults in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

_FRACTIONS = st.sampled_from([0.0, 1e-300, 1e-9, 0.01, 0.5, 0.99, 1.0 - 1e-16, 1.0])
_SEEDS = st.sampled_from([0, 1, 2**31 - 1, 2**32 - 1, 2**32, 2**63, 2**64])
_EDGES = st.sampled_from([-180.0, -90.0, 0.0, 8.99, 9.0, 9.05, 9.1, 9.2, 48.0, 48.07, 90.0, 180.0])

DATASET_KEYS: Mapping[str, st.SearchStrategy[Any]] = {
    "dataset__region__west": _EDGES,
    "dataset__region__south": _EDGES,
    "dataset__region__east": _EDGES,
    "dataset__region__north": _EDGES,
    "dataset__grid__n": st.sampled_from([1, 2, 3, 4, 5, 7]),
    "dataset__grid__test_fraction": _FRACTIONS,
    "dataset__grid__buffer_km": st.sampled_from([0.0, 1e-9, 0.5, 3.0, 20.0, 19_999.0, 20_000.0]),
    "dataset__grid__seed": _SEEDS,
    "dataset__patches__size": st.sampled_from([2, 3, 7, 8, 15, 30, 60]),
    "dataset__patches__downsample": st.sampled_from([1, 2, 3, 5, 11]),
    "dataset__landcover__unknown": st.lists(
        st.sampled_from([0, 11, 24, 42, 52, 71, 82, 65535]), max_size=7
    ),
    "dataset__landcover__reject": st.dictionaries(
        st.sampled_from([11, 24, 42, 52, 71, 82]), _FRACTIONS, max_size=4
    ),
    "dataset__landcover__resolution": st.sampled_from([0.01, 1.0, 100.0, 5000.0, 100_000.0]),
    "dataset__landcover__raster": st.sampled_from(
        [["landcover.tif"], ["landcover.tif", "landcover.tif"], ["landcover.tif", "dem.tif"],
         "./landcover.tif", "landcover.tif/", "GTIFF_DIR:1:landcover.tif", "dem.tif", "."]
    ),
    "dataset__elevation__source": st.sampled_from(
        [["dem.tif", "dem.tif"], ["dem.tif", "landcover.tif"], "landcover.tif", "{ns}{lat}.tif",
         "dem.tif#{lat}{lon}", "/vsizip/dem.tif", "{ns}{lat}{ew}{lon}.tif"]
    ),
    "dataset__elevation__max_nodata": _FRACTIONS,
    "dataset__elevation__nodata": st.sampled_from([0.0, 500.0, -32768.0, 1e308, -1e-300]),
    "dataset__elevation__resampling": st.sampled_from(
        ["nearest", "bilinear", "cubic", "cubic_spline", "lanczos", "average", "mode", "max",
         "min", "med", "q1", "q3"]
    ),
}  # fmt: skip

MAP_KEYS: Mapping[str, st.SearchStrategy[Any]] = {
    "map__region": st.fixed_dictionaries(
        {"west": _EDGES, "south": _EDGES, "east": _EDGES, "north": _EDGES}
    )
    | st.just({"west": 9.1, "south": 48.0, "east": 9.1001, "north": 48.07}),
    "map__embedding__encoding": st.sampled_from(["float", "alphaearth"]),
    "map__embedding__nodata": st.sampled_from([0.0, -1.0, 1e308, -32768.0, 1e-310]),
    "map__embedding__raster": st.sampled_from(
        [["embedding.tif"], ["embedding.tif", "embedding.tif"], ["embedding.tif", "reference.tif"],
         "reference.tif"]
    ),
    "map__reference__raster": st.sampled_from(
        [["reference.tif", "reference.tif"], "embedding.tif", ["reference.tif", "embedding.tif"]]
    ),
    "map__reference__classes": st.sampled_from(["nlcd", "worldcover", None]),
    "map__reference__band": st.sampled_from([1, 2, 4, 65_535]),
    "map__reference__n_points": st.sampled_from([1, 2, 3, 10, 10_000_000]),
    "map__reference__seed": _SEEDS,
    "map__samples__n": st.sampled_from([2, 3, 5, 10, 1_000_000]),
    "map__samples__min_share": _FRACTIONS,
    "map__samples__test_fraction": _FRACTIONS,
    "map__samples__seed": _SEEDS,
    "map__tuning__folds": st.sampled_from([2, 3, 50, 100]),
    "map__tuning__seed": _SEEDS,
    "map__predict__block": st.sampled_from([64, 65, 180, 8192]),
    "map__predict__sheet": st.sampled_from([1, 2, 7, 256]),
    "map__predict__crs": st.sampled_from(
        ["native", "auto", "EPSG:4326", "EPSG:3857", "EPSG:2193", "EPSG:4978", "EPSG:5773",
         "EPSG:4979", "nonsense", "EPSG:3413", "+proj=ortho +lat_0=-48 +lon_0=-171",
         "+proj=longlat +a=1737400 +b=1737400", "ESRI:54052", 'LOCAL_CS["x",UNIT["metre",1]]',
         "+proj=geos +h=35785831 +lon_0=9", "EPSG:27700"]
    ),
}  # fmt: skip


_SCHEMES = st.sampled_from(["random", "knndm", "blocks", "group", "Random", "", None, 1])
_YEARS = st.sampled_from(
    [
        [2018, 2024],
        [2024],
        2018,
        [2018, 2018],
        [],
        None,
        [None],
        "2018",
        [[1]],
        {2018: 1},
        [0],
        [2e3],
    ]
)
_NAMES = st.sampled_from(["lon", "class", "plot", "", " ", "x" * 300, "\u202eabc", None, 7])

SECTIONS: Mapping[str, Mapping[str, st.SearchStrategy[Any]]] = {
    "map__crossval": {
        "schemes": st.lists(_SCHEMES, max_size=4) | _SCHEMES,
        "n": st.sampled_from([0, 1, 2, 5, 100, 101, 2.0, "5", None, True]),
        "block_km": st.sampled_from([0, 1e-300, 1e-9, 10, 20_000.0, 20_001, -1, None, "10 km"]),
        "seed": _SEEDS,
    },
    "map__applicability": {"folds": _SCHEMES},
    "map__calibration": {
        "on": st.sampled_from(["auto", "folds", "validation", "test", None, False]),
        "folds": _SCHEMES,
        "method": st.sampled_from(["isotonic", "temperature", "platt", None]),
        "level": _FRACTIONS,
    },
    "map__validation": {
        "table": st.sampled_from(["points.csv", "gone.csv", ".", "", "embedding.tif", None]),
        "x": _NAMES,
        "y": _NAMES,
        "label": _NAMES,
        "crs": st.sampled_from(["EPSG:4326", "epsg:3035", "nonsense", "", None, 4326]),
        "stratum": _NAMES,
        "weight": _NAMES,
        "seed": _SEEDS,
        "draw": st.fixed_dictionaries(
            {},
            optional={
                "n": st.sampled_from([None, 1, 2, 1_000_000, 1_000_001, "9"]),
                "standard_error": st.sampled_from([None, 0, 0.001, 0.499, 0.5, "1 %"]),
                "per_class_min": st.sampled_from([1, 2, 1_000_000, 1_000_001, None]),
                "allocation": st.sampled_from(["proportional", "equal", "neyman", "none", None]),
                "seed": _SEEDS,
            },
        ),
    },
    "map__embedding": {
        "raster": st.sampled_from(
            ["embedding.tif", "embedding{year}.tif", {2018: "embedding.tif", 2024: "embedding.tif"},
             {"2018": "embedding.tif"}, {2018: 3, 2024: "gone.tif"}, {}, {None: "embedding.tif"},
             ["{year}.tif", "embedding.tif"], "alphaearth-{year}", {2018: ["embedding.tif", ""]}]
        ),
        "years": _YEARS,
        "train": _YEARS,
    },
    "map__reference": {
        "year": _NAMES,
        "raster": st.just("reference.tif"),
        "table": st.just("points.csv"),
        "label": _NAMES,
        "group": _NAMES,
    },
}  # fmt: skip


@st.composite
def sections(
    draw: st.DrawFn, known: Mapping[str, Mapping[str, st.SearchStrategy[Any]]]
) -> dict[str, Any]:
    """Draw one to a few sections, with some of their keys; one of them may be no section at all."""
    chosen = draw(st.lists(st.sampled_from(sorted(known)), min_size=1, max_size=3, unique=True))
    drawn = {name: draw(st.fixed_dictionaries({}, optional=known[name])) for name in chosen}
    if draw(st.integers(0, 15)) == 0:
        drawn[chosen[0]] = draw(st.sampled_from([None, [], "yes", True, 0, {"nonsense": 1}]))
    return drawn


@st.composite
def changes(
    draw: st.DrawFn, keys: Mapping[str, st.SearchStrategy[Any]], most: int = 4
) -> dict[str, Any]:
    """Draw values for one to a few keys."""
    chosen = draw(st.lists(st.sampled_from(sorted(keys)), min_size=1, max_size=most, unique=True))
    return {key: draw(keys[key]) for key in chosen}


SCRAPS = (
    "\t", " ", "  ", "\n", ":", ": ", "- ", "[", "]", "{", "}", "#", "&a ", "*a", "!!python/none ",
    "!!int ", "!!binary ", "| ", "> ", "%", "@", "`", "'", '"', "? ", "---\n", "...\n", "~", "yes",
    "012", "1:30", "1e3", ".inf", ".nan", "0x1F", "0b1", "1_000", "2026-01-01", "=", "<<: ", "\0",
    "\ufeff", "\u2028", "\x85", "\x1b", "\ud7ff", "😀", "a: &a [*a]\n", "null", "\\", "\r", "x" * 9,
    "!!set {a}", "!!omap []", "!x ", "!!timestamp x", "!!float x", "!!map []", "!!str ", "!<> ",
)  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn, text: str) -> bytes:
    """Draw a text with one to a few edits, as bytes of some encoding."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        scrap = draw(st.sampled_from(SCRAPS) | st.text(max_size=3))
        edit = draw(st.sampled_from(sorted(_EDITS)))
        text = _EDITS[edit](text, at, scrap)
    encoding = draw(st.sampled_from(["utf-8"] * 8 + ["utf-8-sig", "utf-16", "latin-1", "utf-32"]))
    return text.encode(encoding, errors="replace")


def _line_at(text: str, at: int) -> tuple[str, str, str]:
    """Return what is before a line, the line, and what comes after it."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at) + 1 or len(text)
    return text[:start], text[start:end], text[end:]


def _on_line(change: Callable[[str, str], str]) -> Callable[[str, int, str], str]:
    def edit(text: str, at: int, scrap: str) -> str:
        before, line, after = _line_at(text, at)
        return before + change(line, scrap) + after

    return edit


_EDITS: Mapping[str, Callable[[str, int, str], str]] = {
    "insert": lambda text, at, scrap: text[:at] + scrap + text[at:],
    "replace": lambda text, at, scrap: text[:at] + scrap + text[at + 1 :],
    "cut": lambda text, at, _: text[:at],
    "line gone": _on_line(lambda _, __: ""),
    "line twice": _on_line(lambda line, _: line + line),
    "line in": _on_line(lambda line, _: "  " + line),
    "line out": _on_line(lambda line, _: line.removeprefix("  ")),
    "line's value": _on_line(lambda line, scrap: f"{line.partition(':')[0]}: {scrap}\n"),
    "line's key": _on_line(lambda line, scrap: f"{scrap}:{line.partition(':')[2]}"),
    "nested": lambda text, at, scrap: text[:at] + "[" * 30 + scrap + text[at:],
}
