"""Where the products of the `elevation` package lie."""

from __future__ import annotations


def product_address(product: str) -> str | None:
    """Return what GDAL reads of a product; None where the package does not say, or is not there.

    Planning a run asks for it, where the packages of jobs need not be installed.
    """
    try:
        from elevation.datasource import PRODUCTS_SPECS
    except ImportError:
        return None
    try:
        return str(PRODUCTS_SPECS[product]["prepare_tile_kwargs"]["gdal_source"])
    except LookupError:
        return None
