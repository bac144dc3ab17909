"""How GDAL is to read remote rasters."""

import pytest

from landloom.addresses import without_secrets
from landloom.raster.remote import gdal_path, gdal_piece, has_credentials


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("https://x.org/a.tif", "/vsicurl/https://x.org/a.tif"),
        ("http://x.org/a.tif", "/vsicurl/http://x.org/a.tif"),
        ("s3://bucket/a/b.tif", "/vsis3/bucket/a/b.tif"),
        ("gs://bucket/b.tif", "/vsigs/bucket/b.tif"),
        ("/vsizip//vsicurl/https://x.org/a.zip/a.tif", None),
        ("zip+https://x.org/a.zip!a.tif", None),
        ("data/a.tif", None),
        ("<VRTDataset/>", None),
    ],
)
def test_addresses_are_read_in_windows(path, read):
    assert gdal_path(path) == (read or path)


@pytest.mark.parametrize(
    "address",
    [
        "https://user:word@x.org/a.tif",
        "/vsicurl/https://user:word@x.org/a.tif",
        "https://x.org/a.tif?X-Amz-Signature=word",
        "https://x.org/a.tif?sv=1&sig=word",
        "https://x.org/a.tif?TOKEN=word",
        "https://word@x.org/a.tif",
        "https://x.org/a.tif?v=1&API_Key=word",
        "https://x.org/a.tif?apikey=word",
        "https://x.org/a.tif?subscription-key=word",
        "https://x.org/a.tif?AWSAccessKeyId=word",
        "https://x.org/a.tif?password=word",
        "wms:https://x.org/a.tif?map=/a&authkey=word",
    ],
)
class TestSecrets:
    def test_are_noticed(self, address):
        assert has_credentials(address)

    def test_are_left_out_of_messages(self, address):
        told = without_secrets(f"'{address}' cannot be read: {address}")
        assert "word" not in told
        assert told.count("x.org/a.tif") == 2


@pytest.mark.parametrize("address", ["https://x.org/a.tif?year=2021", "s3://b/a@b:c.tif", "a:b@c"])
def test_other_addresses_carry_none(address):
    assert not has_credentials(address)


@pytest.mark.parametrize(
    "query", ["k=SECRET", "st=2024-01-01T00:00:00Z&sgn=SECRET", "a,b=1&k=SECRET", "SECRETKEY"]
)
@pytest.mark.parametrize("text", ["{}", "cannot open {}: 403", "({}); see", "'{}' and \"{}\""])
def test_no_part_of_a_query_is_told(query, text):
    told = without_secrets(text.format(*[f"https://h.org/x.tif?{query}"] * 2))
    assert told == text.format(*["https://h.org/x.tif"] * 2)


def test_pieces_are_quoted_as_gdal_reads_them():
    assert gdal_piece("https://h.org/a%20b+c&d.tif").endswith(
        "url=https://h.org/a%2520b%2Bc%26d.tif"
    )
