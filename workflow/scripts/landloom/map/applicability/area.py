"""What ``map/applicability.tif`` holds; light to import."""

from __future__ import annotations

from landloom.legend.legends import Entry, Legend

OUTSIDE, INSIDE = 0, 1
"""Its values."""

AREA: Legend = {
    OUTSIDE: Entry("outside the area of applicability", "D55E00"),
    INSIDE: Entry("inside the area of applicability", "56B4E9"),
}
"""Their names and colours."""
