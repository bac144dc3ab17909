"""What a run says of its sources."""

from __future__ import annotations

from landloom.sources.attribution import Use, served_tiles, sources_text
from landloom.sources.catalogue import named


def section(text: str, role: str) -> str:
    (found,) = (part for part in text.split("## ") if part.startswith(f"`{role}`"))
    return found


def test_the_addresses_that_served_are_told_and_else_the_first():
    uses = [
        Use("dataset.landcover.raster", "nlcd-2021", "nlcd-2021"),
        Use("dataset.elevation.source", "COP30", "COP30"),
        Use("map.reference.raster", "own.tif", None),
    ]
    text = sources_text(uses, {"nlcd-2021": ["https://a.org/x.tif", "https://b.org/x.tif"]})
    landcover = section(text, "dataset.landcover.raster")
    assert "- served by: https://a.org/x.tif, https://b.org/x.tif\n" in landcover
    assert "address:" not in landcover
    assert "- address: https://copernicus-dem-30m" in section(text, "dataset.elevation.source")
    assert "served" not in section(text, "map.reference.raster")
    assert "index" not in text


def test_an_embedding_by_name_is_told_with_the_index_of_its_tiles():
    text = sources_text(
        [Use("map.embedding.raster", "alphaearth-2021", "alphaearth-2021")],
        {"alphaearth-2021": ["https://a.org/annual/"]},
        {"alphaearth": "https://b.org/i.parquet, SHA-256 12"},
    )
    assert "Satellite Embedding 2021" in text
    assert "dataset is produced by Google and Google DeepMind." in text
    assert "arXiv.2507.22291" in text
    assert "- served by: https://a.org/annual/\n" in text
    assert "- index: https://b.org/i.parquet, SHA-256 12\n" in text


def test_a_finished_model_is_told_with_the_licences_of_what_it_learned_from():
    model = {
        "sha256": "ab" * 32,
        "samples": {"number": 60, "sha256": "cd" * 32},
        "labels": ["ESA WorldCover 2021: CC BY 4.0", "another: CC0"],
    }
    uses = [Use("map.embedding.raster", "e.tif", None), Use("map.model", "in/m.zip", None)]
    found = section(sources_text(uses, {}, {}, {"in/m.zip": model}), "map.model")
    assert found.splitlines()[0] == "`map.model`: in/m.zip"
    assert f"- SHA-256: {'ab' * 32}\n" in found
    assert "- labels that it learned from, and their licence: another: CC0\n" in found
    assert "knows no licence" not in found


def test_the_address_of_elevation_tiles_is_told_not_the_first_one(tmp_path):
    first, second = named("COP30", "elevation").addresses
    rows = [f"N46E007,{second.of('N46E007')}", "N46E008,"]
    table = tmp_path / "tiles.csv"
    table.write_text("\n".join(["tile,source", *rows]) + "\n")
    assert served_tiles(["COP30", "a.tif"], table) == {"COP30": [second.url]}
    table.write_text(table.read_text() + f"N47E007,{first.of('N47E007')}\n")
    assert served_tiles(["COP30"], table) == {"COP30": [first.url, second.url]}
    assert served_tiles(["dem/{tile}.tif"], table) == {}


def test_a_copy_of_a_public_dataset_tells_what_served_it():
    use = Use("dataset.landcover.raster", "in/nlcd.tif", "nlcd-2021")
    text = sources_text([use], {"nlcd-2021": ["https://b.org/x.tif"]})
    assert "- served by: https://b.org/x.tif\n" in text


def test_what_the_run_made_itself_needs_no_licence() -> None:
    use = Use("map.embedding.raster", "resources/demo/embedding.tif", None, made=True)
    text = sources_text([use], {})
    assert "licence: none needed: the synthetic demo world" in text
    assert "your own source" not in text
