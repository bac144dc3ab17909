"""Opening rasters: the one place that words what GDAL has to say about a file."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioIOError
from rasterio.io import DatasetReader
from rasterio.windows import Window

from landloom.addresses import is_remote, shown, without_secrets
from landloom.copies import lies_at
from landloom.errors import LandloomError, NotThereError
from landloom.job.local_files import odd_raster
from landloom.raster.network_words import NetworkFailure, network_failure
from landloom.raster.placing import misplaced
from landloom.raster.remote import REMOTE_OPTIONS, gdal_path, with_addresses

_OURS = ("landcover", "landcover.vrt")
"""The description of public land cover that a run makes, and makes anew once it is deleted."""


def open_dataset(path: str, label: str | None = None) -> DatasetReader:
    """Open a raster that must lie somewhere on the Earth; the caller closes it.

    Parameters
    ----------
    path
        Whatever GDAL opens: a path, an address, ``/vsi…``, or the XML of a VRT.
    label
        What to call it in messages: by the config key as well, or where the path is none.

    Raises
    ------
    NotThereError
        Where a server says that it has no such file.
    LandloomError
        Where the raster cannot be opened, or has no CRS of the Earth or no usable geotransform.
    """
    name, path = label or shown(path), lies_at(path)
    if not is_remote(path) and not path.startswith("<") and (kind := odd_raster(path)):
        raise LandloomError(f"{name}: is {kind}, which cannot be read as a raster; name a file")
    source = opened_as(path)
    alone = re.match(r"/vsi(curl|s3|gs|az)/", source) is not None
    with warnings.catch_warnings(), rasterio.Env(**REMOTE_OPTIONS if alone else {}):
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # told below, as an error
        try:
            dataset = rasterio.open(source)
        except RasterioIOError as error:
            raise _unopened(name, source, error) from None
        fault = misplaced(dataset, shown(path))
    if fault is None:
        return dataset
    dataset.close()
    raise LandloomError(f"{name}: {fault}")


def opened_as(path: str) -> str:
    """Return what GDAL opens for a path: the addresses themselves, where stand-ins stand for them.

    Parameters
    ----------
    path
        As for `open_dataset`.
    """
    if path.startswith("<"):
        return with_addresses(path)
    if path.endswith(".vrt") and not is_remote(path) and Path(path).is_file():
        text = Path(path).read_text(encoding="utf-8", errors="replace")
        whole = with_addresses(text)
        return path if whole == text else whole
    return gdal_path(path)


def _unopened(name: str, source: str, error: RasterioIOError) -> LandloomError:
    """Return what is told of a raster that could not be opened."""
    remote = is_remote(source)
    failure = network_failure(str(error)) if remote else None
    if failure:
        text = f"{failure.reason}; {failure.remedy}"
    elif remote and "not recognized as being in" in str(error):
        text = "what came is in no format of rasters, perhaps a web page; correct the address"
    else:
        text = f"({error}); correct the path, or fetch the file again"
        return LandloomError(without_secrets(f"{name}: cannot be opened as a raster {text}"))
    kind = NotThereError if failure and failure.absent else LandloomError
    return kind(without_secrets(f"{name}: cannot be opened as a raster: {text}"))


@contextmanager
def open_raster(path: str, label: str | None = None) -> Iterator[DatasetReader]:
    """Open a raster for reading; what fails inside the block names the raster.

    Parameters
    ----------
    path
        As for `open_dataset`.
    label
        The name to use in messages where the path is the XML of a VRT.

    Raises
    ------
    LandloomError
        As `open_dataset` does, and where a block of the raster cannot be read.
    """
    name = label if label and path.startswith("<") else path
    with open_dataset(path, name) as dataset, reading(name, path):
        yield dataset


@contextmanager
def reading(name: str, path: str) -> Iterator[None]:
    """Name the raster, and say what to do, where a part of it cannot be read.

    Parameters
    ----------
    name
        What to call it in messages.
    path
        Whatever GDAL has opened: what to do about a server is not what to do about a file.

    Raises
    ------
    LandloomError
        Where a block of the raster cannot be read.
    """
    try:
        yield
    except RasterioIOError as error:
        found = f"a part of it cannot be read ({error.__cause__ or error})"
        if sources := _sources(path):
            failure = _probe(sources, found)
            reason = f": {failure.reason}" if failure else ""
            remedy = failure.remedy if failure else "see to the connection and start again"
            if Path(path).parts[-2:] == _OURS:
                remedy += f"; {path} is made anew, from whatever serves then, once it is deleted"
            text = f"{name}: {found}{reason}; {remedy}"
        else:
            text = f"{name}: is damaged or cut short, {found}; fetch it again"
        raise LandloomError(without_secrets(text)) from None


def _sources(path: str) -> list[str]:
    """Return what GDAL reads over a network for a raster: for a VRT, the rasters that it names."""
    if path.startswith("<"):
        text = with_addresses(path)
    elif path.endswith(".vrt") and not is_remote(path):
        text = with_addresses(Path(lies_at(path)).read_text(encoding="utf-8", errors="replace"))
    else:
        return [gdal_path(path)] if is_remote(path) else []
    return [unescape(found) for found in re.findall(r"/vsi[^<>\s\"]+", text)]


def _probe(sources: list[str], said: str) -> NetworkFailure | None:
    """Open anew the raster of which a part could not be read: GDAL tells why of opening only."""
    meant = [source for source in sources if len(sources) == 1 or Path(source).name in said]
    if not meant:
        return None
    try:
        with rasterio.Env(
            CPL_VSIL_CURL_NON_CACHED=meant[0], GDAL_HTTP_MAX_RETRY=0, **REMOTE_OPTIONS
        ):
            rasterio.open(meant[0]).close()
    except RasterioIOError as error:
        return network_failure(str(error))
    return None


def read_codes(dataset: DatasetReader, band: int, window: Window) -> np.ma.MaskedArray:
    """Read class codes; what the raster itself declares void (nodata, mask, alpha) is masked.

    Returns
    -------
    numpy.ma.MaskedArray
        (height, width), uint8 for a raster of bytes, else uint16; 0 where masked.

    Raises
    ------
    LandloomError
        Where a code does not lie in 0..65535.
    """
    codes = dataset.read(band, window=window)
    void = _void(dataset, band, window, codes)
    valid = codes if void is np.ma.nomask else codes[~void]
    if codes.dtype != np.uint8 and valid.size and not 0 <= valid.min() <= valid.max() <= 65535:
        found = valid.min() if valid.min() < 0 else valid.max()
        raise LandloomError(
            f"{dataset.name}: holds the code {found}; class codes lie in 0..65535 "
            "(if it stands for 'no data', set it as the raster's nodata)"
        )
    if void is not np.ma.nomask:
        codes[void] = 0
    dtype = np.uint8 if codes.dtype == np.uint8 else np.uint16
    return np.ma.MaskedArray(codes.astype(dtype, copy=False), void)


def _void(
    dataset: DatasetReader, band: int, window: Window, codes: npt.NDArray[np.integer]
) -> npt.NDArray[np.bool_] | np.bool_:
    """Return which pixels the raster declares void; `numpy.ma.nomask` where there are none.

    Where nodata alone decides, comparing is GDAL's own rule and spares reading all once more. To
    GDAL, nodata goes before alpha; here a pixel that either of them declares void is void.
    """
    flags = dataset.mask_flag_enums[band - 1]
    if MaskFlags.all_valid in flags:
        return np.ma.nomask
    if flags == [MaskFlags.nodata] and ColorInterp.alpha in dataset.colorinterp:
        clear = dataset.read(1 + dataset.colorinterp.index(ColorInterp.alpha), window=window) == 0
        void = clear | (codes == codes.dtype.type(dataset.nodata))
    elif flags == [MaskFlags.nodata]:
        nodata = codes.dtype.type(dataset.nodata)
        if not codes.size or not codes.min() <= nodata <= codes.max():
            return np.ma.nomask
        void = codes == nodata
    else:
        void = dataset.read_masks(band, window=window) == 0
    return void if void.any() else np.ma.nomask
