"""How GDAL is to read remote rasters."""

import os

import pytest

from landloom.remote import OPTIONS, gdal_path, has_credentials, set_gdal_options, without_secrets


@pytest.fixture
def environment(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("AWS_", "GDAL_", "VSI_", "CPL_")):
            monkeypatch.delenv(name)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    return os.environ


class TestOptions:
    def test_all_are_set(self, environment):
        set_gdal_options()
        assert {name: environment[name] for name in OPTIONS} == OPTIONS
        assert environment["AWS_NO_SIGN_REQUEST"] == "YES"

    def test_the_users_go_before(self, environment):
        environment["GDAL_HTTP_MAX_RETRY"] = "9"
        set_gdal_options()
        assert environment["GDAL_HTTP_MAX_RETRY"] == "9"

    @pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_PROFILE"])
    def test_with_credentials_requests_are_signed(self, environment, name):
        environment[name] = "x"
        set_gdal_options()
        assert "AWS_NO_SIGN_REQUEST" not in environment

    def test_certificates_that_others_trust_are_trusted(self, environment):
        environment |= {"CURL_CA_BUNDLE": "", "SSL_CERT_FILE": "a.pem", "REQUESTS_CA_BUNDLE": "b"}
        set_gdal_options()
        assert environment["GDAL_CURL_CA_BUNDLE"] == "a.pem"


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
