"""What a coverage service is asked for: by hand, on the NLCD's grid."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from landloom.raster.pixel_grid import Box
from landloom.sources.catalogue import named
from landloom.sources.checking import promised_grid
from landloom.sources.coverage_service import corner, window_url

NLCD = named("nlcd-2021", "landcover")
GRID = promised_grid(NLCD.promise)


def test_a_window_is_asked_for_by_the_outer_edges_of_its_pixels():
    url = window_url(NLCD.addresses[-1], GRID, Box(2, 5, 1, 11))
    query = parse_qs(urlsplit(url).query)
    # -2415585 + 30 and + 330; 3314805 - 150 and - 60.
    assert query["bbox"] == ["-2415555.0,3314655.0,-2415255.0,3314745.0"]
    assert (query["width"], query["height"]) == (["10"], ["3"])
    assert query["time"] == ["2021-01-01T00:00:00.000Z"]
    assert query["interpolation"] == ["nearest neighbor"]


def test_a_window_lies_on_the_grid():
    box = GRID.touched_by((-113.2, 37.16, -112.88, 37.48), 16)
    transform = corner(GRID, box)
    # Edges of pixels lie on odd multiples of 15 m.
    assert (transform.c % 30, transform.f % 30) == (15.0, 15.0)
    assert (transform.a, transform.e) == (30.0, -30.0)
