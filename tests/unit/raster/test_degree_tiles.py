"""Tiles of whole degrees: names, bounds, paths, and which a box touches."""

from __future__ import annotations

import math
from itertools import product

import pytest
from boxes import regions
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pyproj import Geod

from landloom.errors import LandloomError
from landloom.raster.degree_tiles import (
    TileTemplate,
    nearby_tiles,
    tile_bounds,
    tile_corner,
    tile_name,
)

WGS84 = Geod(ellps="WGS84")


class TestTiles:
    @pytest.mark.parametrize(
        ("lon", "lat", "name"),
        [
            (-118, 42, "N42W118"),
            (0, 0, "N00E000"),
            (-1, -1, "S01W001"),
            (-180, -90, "S90W180"),
            (179, 89, "N89E179"),
            (7, -34, "S34E007"),
        ],
    )
    def test_names_by_hand(self, lon, lat, name):
        assert tile_name(lon, lat) == name

    def test_names_corners_and_bounds_round_trip_on_the_whole_earth(self):
        names = set()
        for lon, lat in product(range(-180, 180), range(-90, 90)):
            name = tile_name(lon, lat)
            names.add(name)
            assert tile_corner(name) == (lon, lat)
            assert tile_bounds(name) == (lon, lat, lon + 1, lat + 1)
        assert len(names) == 360 * 180

    @pytest.mark.parametrize("name", ["", "N42", "n42w118", "N42W18", "N4W118", "N42W118.tif"])
    def test_what_is_no_name_is_refused(self, name):
        with pytest.raises(LandloomError, match="is not a tile; name its south-west corner"):
            tile_corner(name)


class TestNearbyTiles:
    @pytest.mark.parametrize(
        ("bounds", "expected"),
        [
            ((-116.6, 42.6, -115.4, 43.4), ["N42W117", "N42W116", "N43W117", "N43W116"]),
            ((-117.0, 42.0, -116.0, 43.0), ["N42W117"]),
            ((-0.5, -0.5, 0.5, 0.5), ["S01W001", "S01E000", "N00W001", "N00E000"]),
            ((18.2, -34.4, 18.6, -33.8), ["S35E018", "S34E018"]),
            ((179.5, 10.2, 180.0, 10.4), ["N10E179"]),
            ((-180.0, -10.8, -179.5, -10.4), ["S11W180"]),
        ],
    )
    def test_without_reach_just_the_tiles_under_the_box(self, bounds, expected):
        assert nearby_tiles(bounds, 0.0) == expected

    @pytest.mark.parametrize(("south", "row"), [(89.5, 89), (-90.0, -90)])
    def test_all_tiles_meet_at_a_pole(self, south, row):
        expected = [tile_name(lon, row) for lon in range(-180, 180)]
        assert nearby_tiles((5.2, south, 5.4, south + 0.5), 0.0) == expected

    # Just inside and just outside of the reach, in all four directions and hemispheres.
    @pytest.mark.parametrize("lat", [0.3, 42.3, 60.3, -33.7, -0.7])
    @pytest.mark.parametrize("lon", [0.4, -117.6, 17.4])
    @pytest.mark.parametrize(
        "step", [(0, 1), (1, 0), (0, -1), (-1, 0)], ids=["north", "east", "south", "west"]
    )
    def test_a_neighbour_is_there_from_the_reach_on_that_touches_it(self, lon, lat, step):
        corner = math.floor(lon), math.floor(lat)
        neighbour = tile_name(corner[0] + step[0], corner[1] + step[1])
        edge_lon = corner[0] + (step[0] > 0) if step[0] else lon
        edge_lat = corner[1] + (step[1] > 0) if step[1] else lat
        _, _, metres = WGS84.inv(lon, lat, edge_lon, edge_lat)
        box = (lon, lat, lon, lat)
        assert neighbour in nearby_tiles(box, metres + 1)
        if not step[0] or abs(lat) < 1:
            assert neighbour not in nearby_tiles(box, metres / 1.02 - 1)
        else:  # the reach widens the box in latitude too, where the meridians stand closer
            assert neighbour not in nearby_tiles(box, metres / 1.05 - 1)

    @given(
        regions(largest=4),
        st.floats(0.01, 50_000),
        st.floats(0, 1),
        st.floats(0, 1),
        st.floats(0, 360),
        st.floats(0, 0.999),
    )
    @example((-10.0, 80.0, 10.0, 89.95), 20_000.0, 0.5, 1.0, 0.0, 0.999)  # across the North Pole
    @example((-10.0, -89.95, 10.0, -80.0), 20_000.0, 0.5, 0.0, 180.0, 0.999)
    @example((-10.0, 80.0, 10.0, 89.5), 50_000.0, 1.0, 1.0, 60.0, 0.999)  # meridians run together
    def test_no_point_within_reach_is_missed(self, box, reach, along, up, azimuth, share):
        west, south, east, north = box
        lon = min(west + (east - west) * along, east)
        lat = min(south + (north - south) * up, north)
        there_lon, there_lat, _ = WGS84.fwd(lon, lat, azimuth, reach * share)
        over_pole = abs(lat) + reach * share / 110_574 >= 90
        assume(over_pole or abs(there_lon - lon) < 180)  # a box ends at the 180th meridian
        boxes = map(tile_bounds, nearby_tiles(box, reach))
        assert any(w <= there_lon <= e and s <= there_lat <= n for w, s, e, n in boxes)

    @given(
        st.floats(-178, 177),
        st.floats(-60, 59),
        st.floats(0.01, 1),
        st.floats(0.01, 1),
        st.floats(0, 50_000),
    )
    def test_no_tile_is_far_beyond_the_reach(self, west, south, width, height, reach):
        box = (west, south, west + width, south + height)
        for name in nearby_tiles(box, reach):
            lon, lat = (_nearest(box, tile_bounds(name), axis) for axis in (0, 1))
            _, _, metres = WGS84.inv(lon[0], lat[0], lon[1], lat[1])
            # A widened box has corners, sqrt(2) away; meridians are closest at its polar side.
            assert metres <= 1.1 * math.sqrt(2) * reach + 1

    @given(regions(largest=4), st.floats(0, 50_000))
    def test_names_are_distinct_and_lie_on_the_earth(self, box, reach):
        names = nearby_tiles(box, reach)
        assert len(set(names)) == len(names)
        corners = [tile_corner(name) for name in names]
        assert all(-180 <= lon <= 179 and -90 <= lat <= 89 for lon, lat in corners)
        assert corners == sorted(corners, key=lambda corner: (corner[1], corner[0]))


def _nearest(box, tile, axis):
    """The nearest two values of two intervals; of those in both, the furthest from zero."""
    low, high = max(box[axis], tile[axis]), min(box[axis + 2], tile[axis + 2])
    if low > high:
        return (high, low) if box[axis] < tile[axis] else (low, high)
    return (max(low, high, key=abs),) * 2


class TestTileTemplate:
    @pytest.mark.parametrize(
        ("text", "tile", "path"),
        [
            (
                "resources/demo/elevation/{tile}.tif",
                "N42W118",
                "resources/demo/elevation/N42W118.tif",
            ),
            ("dem/{ns}{lat}{ew}{lon}.hgt", "S04W070", "dem/S04W070.hgt"),
            (
                "Copernicus_DSM_COG_10_{ns}{lat}_00_{ew}{lon}_00_DEM.tif",
                "N47W123",
                "Copernicus_DSM_COG_10_N47_00_W123_00_DEM.tif",
            ),
            ("{ew}{lon:d}/{ns}{lat:d}.tif", "S04E007", "E7/S4.tif"),
            ("{ns}{lat:03d}{ew}{lon:04d}.tif", "N42W118", "N042W0118.tif"),
            ("{lat}/{tile}/{tile}.tif", "N42W118", "42/N42W118/N42W118.tif"),
        ],
    )
    def test_paths_by_hand(self, text, tile, path):
        assert TileTemplate(text).path(tile) == path

    def test_every_tile_has_a_path_of_its_own(self):
        template = TileTemplate("{ns}{lat:d}{ew}{lon:d}.tif")
        places = product(range(-180, 180, 7), range(-90, 90))
        tiles = [tile_name(lon, lat) for lon, lat in places]
        assert len({template.path(tile) for tile in tiles}) == len(tiles)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("{ns}{lat}.tif", "found lat, ns"),
            ("{ns}{lat}{ew}.tif", "found ew, lat, ns"),
            ("{tile}{month}.tif", "{month} is none"),
            ("{tile.tif", "braces do not pair"),
            ("tile}.tif", "braces do not pair"),
            ("{}.tif", "{} names no field"),
            ("{0}.tif", "{0} is none"),
            ("{tile}{lat:q}.tif", "{lat:q} is none"),
            ("{tile}{lat.real.size}.tif", "{lat.real.size} is none"),
            ("{tile}{lat[0]}.tif", "{lat[0]} is none"),
            ("{tile}{0.__class__}.tif", "{0.__class__} is none"),
            ("{tile}{lat:>1000000000}.tif", "{lat:>1000000000} is none"),
            ("{tile}{lat:{lon}}.tif", "{lat:{lon}} is none"),
            ("{tile!r}.tif", "{tile!r} is none"),
            ("{{tile}}.tif", "found none of them"),
        ],
    )
    def test_a_bad_template_is_told_with_the_fields_that_there_are(self, text, reason):
        with pytest.raises(LandloomError) as caught:
            TileTemplate(text)
        assert reason in str(caught.value)
        assert all(
            field in str(caught.value) for field in ("{ns}", "{lat}", "{ew}", "{lon}", "{tile}")
        )
