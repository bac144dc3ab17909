"""Whether the numbers of an embedding can be what they are declared to be, zone by zone."""

from __future__ import annotations

from landloom.errors import LandloomError
from landloom.map.embedding_reader import sample_pixels
from landloom.map.encoding import valid_mask
from landloom.map.encoding_check import check_encoding
from landloom.map.tile_check import check_tiles
from landloom.map.zones import ZonedEmbedding


def check_zones(embedding: ZonedEmbedding) -> tuple[ZonedEmbedding, list[str]]:
    """Check the numbers of every zone, and leave out the zones that have none.

    A region that reaches over a zone's edge may find nothing there but open sea.

    Parameters
    ----------
    embedding : ZonedEmbedding
        As its headers tell.

    Returns
    -------
    embedding : ZonedEmbedding
        The zones with data.
    notes : list of str
        What is odd, but not impossible: a line each, for the log.

    Raises
    ------
    LandloomError
        As `check_encoding` and `check_tiles` do; where no zone has data.
    """
    kept, notes, void = [], [], []
    for zone in embedding.zones:
        info = zone.info
        pixels = sample_pixels(info)
        if len(embedding.zones) > 1 and not valid_mask(pixels.T, info.encoding, info.nodata).any():
            void.append(zone)
            notes.append(f"zone {zone.name} has no pixel with data ({info.name}): left out")
            continue
        notes += check_encoding(pixels, info)
        notes += check_tiles(info)
        kept.append(zone)
    if not kept:
        raise LandloomError(
            f"map.embedding.raster: none of the zones has a pixel with data ("
            f"{', '.join(f'{zone.name}: {zone.info.name}' for zone in void)}); check the files, "
            "map.embedding.nodata and map.region"
        )
    if len(kept) == 1:
        return ZonedEmbedding.alone(kept[0].info), notes
    return ZonedEmbedding(tuple(kept)), notes
