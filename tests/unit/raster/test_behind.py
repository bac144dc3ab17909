"""What a raster's name leads to: the same files that GDAL says it reads, without GDAL."""

from __future__ import annotations

import gzip
import os
import sqlite3
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st

from landloom.errors import LandloomError
from landloom.raster import behind
from landloom.raster.behind import files_behind


def source(name: str, relative: int = 1, tag: str = "SourceFilename") -> str:
    return f'<{tag} relativeToVRT="{relative}">{name}</{tag}>'


def vrt(path: str | Path, *sources: str, size: int = 4) -> None:
    band = "".join(
        f"<SimpleSource>{one}<SourceBand>1</SourceBand></SimpleSource>" for one in sources
    )
    Path(path).write_text(
        f'<VRTDataset rasterXSize="{size}" rasterYSize="{size}">'
        f'<VRTRasterBand dataType="Byte" band="1">{band}</VRTRasterBand></VRTDataset>'
    )


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a raster in all kinds of wrappings."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in/deep").mkdir(parents=True)
    with rasterio.open(
        "in/a.tif", "w", driver="GTiff", width=4, height=4, count=1, dtype="uint8"
    ) as file:
        file.write(np.ones((1, 4, 4), np.uint8))
    with zipfile.ZipFile("in/a.zip", "w") as archive:
        archive.write("in/a.tif", "x/a.tif")
    with zipfile.ZipFile("in/outer.zip", "w") as archive:
        archive.write("in/a.zip", "a.zip")
    with tarfile.open("in/a.tar", "w") as archive:
        archive.add("in/a.tif", "x/a.tif")
    (tmp_path / "in/a.tif.gz").write_bytes(gzip.compress(Path("in/a.tif").read_bytes()))
    vrt("in/a.vrt", source("a.tif"))
    vrt("in/deep/b.vrt", source("../a.vrt"), source("in/a.zip", 0).replace("in/", "/vsizip/in/"))
    return tmp_path


SIZE = "{size}"
WRAPPED = {
    "in/a.tif": [],
    "in/none.tif": [],
    "in/a.vrt": ["in/a.tif"],
    "in/deep/b.vrt": ["in/deep/../a.vrt", "in/deep/../a.tif", "in/a.zip"],
    "vrt://in/a.tif?bands=1": ["in/a.tif"],
    "vrt://in/a.vrt?bands=1": ["in/a.vrt", "in/a.tif"],
    "/vsizip/in/a.zip": ["in/a.zip"],
    "/vsizip/in/a.zip/x/a.tif": ["in/a.zip"],
    "/vsizip/{in/a.zip}/x/a.tif": ["in/a.zip"],
    "/vsizip/{/vsizip/{in/outer.zip}/a.zip}/x/a.tif": ["in/outer.zip"],
    "/vsitar/in/a.tar/x/a.tif": ["in/a.tar"],
    "/vsigzip/in/a.tif.gz": ["in/a.tif.gz"],
    f"/vsisubfile/0_{SIZE},in/a.tif": ["in/a.tif"],
    f"vrt:///vsisubfile/0_{SIZE},in/a.tif?bands=1": ["in/a.tif"],
    "vrt:///vsizip/in/a.zip/x/a.tif?bands=1": ["in/a.zip"],
    "GTIFF_DIR:1:in/a.tif": ["in/a.tif"],
    "GTIFF_DIR:1:/vsizip/in/a.zip/x/a.tif": ["in/a.zip"],
    "GTIFF_RAW:in/a.tif": ["in/a.tif"],
    "VRT://in/a.tif?bands=1": ["in/a.tif"],
    "Vrt://in/a.vrt": ["in/a.vrt", "in/a.tif"],
    "gtiff_raw:in/a.tif": ["in/a.tif"],
    "GTiff_Dir:1:in/a.tif": ["in/a.tif"],
}


@pytest.mark.parametrize("name", WRAPPED)
def test_what_gdal_opens_is_found_behind(here: Path, name: str) -> None:
    expected = WRAPPED[name]
    name = name.replace(SIZE, str((here / "in/a.tif").stat().st_size))
    assert files_behind(name) == expected
    whole = name.replace("in/", f"{here}/in/")  # paths below the working directory stay short
    assert files_behind(whole) == expected
    if Path("in/none.tif") != Path(name):
        with rasterio.open(name) as file:
            assert file.read(1).all()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ('NETCDF:"in/a.nc":cover', ["in/a.nc"]),
        ("NETCDF:in/a.nc:cover", ["in/a.nc"]),
        ('netcdf:"in/a.nc":cover', ["in/a.nc"]),
        ("netCDF:in/a.nc:cover", ["in/a.nc"]),
        ("hdf5:VRT://in/a.tif", ["in/a.tif"]),
        ('HDF5:"in/a.h5"://group/cover', ["in/a.h5"]),
        ('HDF4_EOS:EOS_GRID:"in/a.hdf":Grid:cover', ["in/a.hdf"]),
        ("SENTINEL2_L2A:in/a.zip:10m:EPSG_32632", ["in/a.zip"]),
        ('NETCDF:"/vsizip/in/a.zip/a.nc":cover', ["in/a.zip"]),
        ("/vsizip/in/new.zip/b.tif", ["in/new.zip"]),
        ("/vsizip//vsizip/in/outer.zip/a.zip/x/a.tif", ["in/outer.zip"]),
        ("/vsitar/in/new.tar.gz/b.tif", ["in/new.tar.gz"]),
        ("/vsicached?chunk_size=64KB&file=in/b.tif", ["in/b.tif"]),
        ("vrt://in/b.tif", ["in/b.tif"]),
        ('ZARR:"in/deep":/cover', []),
        ("UNKNOWN:in/b.tif", []),
        ("UNKNOWN:in/a.tif", ["in/a.tif"]),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_is_not_there_is_named_as_well(name: str, expected: list[str]) -> None:
    assert files_behind(name) == expected


def test_a_file_whose_name_only_looks_like_a_drivers_is_one(here: Path) -> None:
    (here / "site:a.tif").write_bytes((here / "in/a.tif").read_bytes())
    with rasterio.open("site:a.tif") as file:
        assert file.read(1).all()
    assert files_behind("site:a.tif") == ["site:a.tif"]
    vrt("in/c.vrt", source("site:b.tif"))
    assert files_behind("in/c.vrt") == []
    (here / "in/site:b.tif").touch()
    assert files_behind("in/c.vrt") == ["in/site:b.tif"]


@pytest.mark.parametrize(
    "name",
    [
        "https://x.org/a.tif",
        "s3://b/a.tif",
        "/vsicurl/https://x.org/in/a.tif",
        "/vsicurl?empty_dir=yes&url=https://x.org/a.tif",
        "/vsizip//vsicurl/https://x.org/a.zip/a.tif",
        "/vsizip/{/vsis3/b/a.zip}/a.tif",
        "vrt:///vsicurl/https://x.org/a.tif?bands=1",
        "vrt://https://x.org/a.tif",
        'NETCDF:"/vsicurl/https://x.org/a.nc":cover',
        'NETCDF:"https://x.org/a.nc":cover',
        "WMS:https://x.org/wms?layers=a",
        "PG:dbname='in/a.tif' table=a",
        'PG:"in/a.tif"',
        'pg:"in/a.tif"',
        "wms:https://x.org/in/a.tif",
        "/vsimem/a.tif",
        "/vsistdin/",
        "vrt://",
        "/vsizip/",
        "/vsizip/{",
        "GTI:",
        "",
    ],
)
@pytest.mark.usefixtures("here")
def test_networks_and_the_like_are_no_files(name: str) -> None:
    assert files_behind(name) == []


class TestDescriptions:
    def test_paths_are_taken_from_where_gdal_takes_them(self, here: Path) -> None:
        (here / "elsewhere").mkdir()
        (here / "elsewhere/link.vrt").symlink_to("../in/a.vrt")
        with rasterio.open("elsewhere/link.vrt") as file:
            assert file.read(1).all()
        assert [os.path.normpath(path) for path in files_behind("elsewhere/link.vrt")] == [
            "in/a.tif"
        ]
        vrt("in/deep/c.vrt", source("in/a.tif", 0), source(f"{here}/in/a.tif.gz", 1))
        assert files_behind("in/deep/c.vrt") == ["in/a.tif", "in/a.tif.gz"]

    @pytest.mark.usefixtures("here")
    def test_a_source_may_be_wrapped_itself(self) -> None:
        name = "NETCDF:&quot;a.nc&quot;:cover"
        vrt("in/c.vrt", source(name), source("vrt://in/a.tif?bands=1"), source("GTIFF_DIR:1:a.tif"))
        assert files_behind("in/c.vrt") == ["in/a.nc", "in/a.tif"]

    def test_warped_ones_and_other_letters_count(self, here: Path) -> None:
        text = source("a.tif", tag="SourceDataset") + source("b.tif", tag="sourcefilename")
        (here / "in/c.vrt").write_text(f"<VRTDataset>{text}</VRTDataset>")
        assert files_behind("in/c.vrt") == ["in/a.tif", "in/b.tif"]
        assert files_behind(f"<VRTDataset>{text}</VRTDataset>") == ["a.tif", "b.tif"]

    def test_the_name_of_a_description_does_not_matter(self, here: Path) -> None:
        (here / "in/a.vrt").rename("in/described")
        assert files_behind("in/described") == ["in/a.tif"]

    def test_what_is_commented_out_does_not_count(self, here: Path) -> None:
        (here / "in/c.vrt").write_text(f"<VRTDataset><!-- {source('b.tif')} --></VRTDataset>")
        assert files_behind("in/c.vrt") == []

    def test_xml_that_only_gdal_reads(self, here: Path) -> None:
        (here / "in/c.vrt").write_text(
            f"<VRTDataset><SRS>a & b</SRS>{source('b.tif')}</VRTDataset>"
        )
        assert files_behind("in/c.vrt") == ["in/b.tif"]

    def test_entities_are_not_expanded(self, here: Path) -> None:
        levels = "".join(
            f'<!ENTITY e{n} "{f"&e{n - 1};" * 4}">' if n else '<!ENTITY e0 "in">' for n in range(20)
        )
        text = f"<!DOCTYPE a [{levels}]><VRTDataset>{source('&e19;')}{source('a.tif')}</VRTDataset>"
        (here / "in/c.vrt").write_text(text)
        assert files_behind("in/c.vrt") == ["in/&e19;", "in/a.tif"]

    @pytest.mark.usefixtures("here")
    def test_circles_end(self) -> None:
        vrt("in/c.vrt", source("d.vrt"))
        vrt("in/d.vrt", source("c.vrt"), source("a.tif"))
        assert files_behind("in/c.vrt") == ["in/d.vrt", "in/a.tif"]

    @pytest.mark.usefixtures("here")
    def test_pipes_are_not_read(self) -> None:
        os.mkfifo("in/pipe")
        vrt("in/c.vrt", source("pipe"))
        assert files_behind("in/c.vrt") == ["in/pipe"]


class TestLimits:
    @pytest.mark.usefixtures("here")
    def test_depth(self) -> None:
        for n in range(20):
            vrt(f"in/{n}.vrt", source(f"{n + 1}.vrt"))
        with pytest.raises(LandloomError, match="more than 16 others"):
            files_behind("in/0.vrt")
        assert len(files_behind("in/10.vrt")) == 10

    @pytest.mark.usefixtures("here")
    def test_files(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(behind, "MOST_FILES", 3)
        vrt("in/c.vrt", *(source(f"{n}.tif") for n in range(3)))
        assert len(files_behind("in/c.vrt")) == 3
        vrt("in/c.vrt", *(source(f"{n}.tif") for n in range(4)))
        with pytest.raises(LandloomError, match="more than 3 files"):
            files_behind("in/c.vrt")

    @pytest.mark.usefixtures("here")
    def test_bytes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(behind, "LARGEST", 100)
        with pytest.raises(LandloomError, match=r"in/a.vrt: is of 0 MB"):
            files_behind("in/a.vrt")


class TestTileIndexes:
    def index(self, path: str, *tiles: str) -> None:
        with sqlite3.connect(path) as file:
            file.execute("CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT)")
            file.execute("INSERT INTO gpkg_contents VALUES ('my \"index', 'features')")
            file.execute('CREATE TABLE "my ""index" (location TEXT)')
            file.executemany('INSERT INTO "my ""index" VALUES (?)', [(tile,) for tile in tiles])
        file.close()

    def test_tiles_are_found(self, here: Path) -> None:
        self.index("in/t.gti.gpkg", "a.tif", "in/a.vrt", f"{here}/in/a.zip")
        expected = ["in/a.tif", "in/a.vrt", "in/a.zip"]
        assert files_behind("in/t.gti.gpkg") == expected
        for prefix in ("GTI:", "gti:"):
            assert files_behind(f"{prefix}in/t.gti.gpkg") == ["in/t.gti.gpkg", *expected]
        text = (
            "<GDALTileIndexDataset><IndexDataset>t.gti.gpkg</IndexDataset></GDALTileIndexDataset>"
        )
        (here / "in/t.gti").write_text(text)
        assert files_behind("in/t.gti") == ["in/t.gti.gpkg", *expected]

    def test_an_index_that_is_none(self, here: Path) -> None:
        (here / "in/t.gti.gpkg").write_bytes(b"x" * 5000)
        assert files_behind("in/t.gti.gpkg") == []


PLAIN = st.text(
    st.characters(categories=["Ll", "Lu", "Nd"], include_characters=" -_.é"), min_size=1
)
NAMES = PLAIN.map(lambda text: f"f{text.strip()}").filter(lambda text: "." not in text)


@st.composite
def chains(draw: st.DrawFn) -> tuple[str, str]:
    """Return a file, and it in wrappings; the archives are not made."""
    folders = draw(st.lists(NAMES, max_size=3))
    file = "/".join([*draw(st.sampled_from([[], [""]])), *folders, f"{draw(NAMES)}.zip"])
    name = file
    for kind in draw(
        st.lists(st.sampled_from(["zip", "brace", "gzip", "sub", "vrt", "dir"]), max_size=8)
    ):
        if kind == "vrt":
            name = f"vrt://{name}"
        elif name.startswith(("vrt://", "GTIFF")):
            continue  # no file systems of these
        elif kind == "zip":
            name = f"/vsizip/{name}/{draw(NAMES)}.zip"
        elif kind == "brace":
            name = f"/vsizip/{{{name}}}/{draw(NAMES)}.zip"
        elif kind == "gzip":
            name = f"/vsigzip/{name}"
        elif kind == "sub":
            name = f"/vsisubfile/{draw(st.integers(0, 9))}_5,{name}"
        else:
            name = f"GTIFF_DIR:1:{name}"
    return name, file


@given(chains())
def test_chains_lead_to_their_file(chain: tuple[str, str]) -> None:
    name, file = chain
    assert files_behind(name) == ([] if name == file else [file])


@given(
    st.text(max_size=60), st.sampled_from(["", "vrt://", "/vsizip/", "/vsizip/{", "NETCDF:", "<"])
)
def test_no_name_is_a_defect(text: str, prefix: str) -> None:
    try:
        found = files_behind(prefix + text)
    except LandloomError:
        return
    assert all(isinstance(path, str) for path in found)
