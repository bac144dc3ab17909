"""Of addresses scheme, host and path are told, and nothing else, wherever it stands."""

from __future__ import annotations

import os
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landloom.addresses import (
    driver_and_rest,
    hide_within,
    is_remote,
    restored,
    shown,
    stand_in,
    without_secrets,
)
from landloom.errors import LandloomError

SECRET = "S3cr3tW0rd"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Forget what other tests put into the environment."""
    for name in [name for name in os.environ if name.startswith("LANDLOOM_ADDRESS_")]:
        monkeypatch.delenv(name)


NAMES = ["access_key", "pwd", "jwt", "code", "hmac", "cookie", "sig", "X-Amz-Signature", "a", "url"]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://u:S3cr3tW0rd@h.org/p.tif?x=S3cr3tW0rd#S3cr3tW0rd", "https://h.org/p.tif"),
        ("https://h.org:8443/{ns}{lat}.tif?S3cr3tW0rd", "https://h.org:8443/{ns}{lat}.tif"),
        ("https://h.org/p;jsessionid=S3cr3tW0rd", "https://h.org/p"),
        ("https://user:S3cr3tW0rd/x@h.org/p", "https://…"),
        ("https://h.org/proxy/https://u:S3cr3tW0rd@g.org/p", "https://h.org/proxy/https://g.org/p"),
        ("https://h.org/proxy/https:/u:S3cr3tW0rd@g.org/p", "https://h.org/proxy/https:/g.org/p"),
        ("/vsicurl/https://u:S3cr3tW0rd@h.org/p.tif", "/vsicurl/https://h.org/p.tif"),
        (
            "/vsicurl?header.Authorization=Bearer%20S3cr3tW0rd&url=https%3A%2F%2Fh.org%2Fp.tif",
            "/vsicurl/https://h.org/p.tif",
        ),
        ("/vsicurl?proxyuserpwd=u:S3cr3tW0rd&proxy=h", "/vsicurl/…"),
        (
            "/vsizip//vsicurl/https://h.org/a.zip?sig=S3cr3tW0rd/in.tif",
            "/vsizip//vsicurl/https://h.org/a.zip",
        ),
        (
            "/vsizip/{/vsicurl/https://h.org/a.zip?S3cr3tW0rd}/in.tif",
            "/vsizip/{/vsicurl/https://h.org/a.zip}/in.tif",
        ),
        ("/vsicrypt/key=S3cr3tW0rd,file=a.tif", "/vsicrypt/…"),
        ("PG:host=h password=S3cr3tW0rd", "PG:…"),
        ("pg:host=h password=S3cr3tW0rd", "pg:…"),
        ("OCI:scott/S3cr3tW0rd@db", "OCI:…"),
        (
            "vrt:///vsicurl/https://u:S3cr3tW0rd@h.org/p.tif?oo=KEY=S3cr3tW0rd",
            "vrt:///vsicurl/https://h.org/p.tif",
        ),
        ("VRT://a.tif?oo=AWS_SECRET_ACCESS_KEY=S3cr3tW0rd", "VRT://a.tif"),
        (
            'NETCDF:"/vsicurl/https://u:S3cr3tW0rd@h.org/f.nc":var',
            'NETCDF:"/vsicurl/https://h.org/f.nc":var',
        ),
        ("WMS:https://h.org/wms?key=S3cr3tW0rd", "WMS:https://h.org/wms"),
        ("wms:https://h.org/wms?map=/a&authkey=S3cr3tW0rd", "wms:https://h.org/wms"),
        ("Wmts:https://u:S3cr3tW0rd@h.org/wmts", "Wmts:https://h.org/wmts"),
        ("PLMosaic:mosaic=a,api_key=S3cr3tW0rd", "PLMosaic:…"),
        ("geor:scott/S3cr3tW0rd@db", "geor:…"),
        (
            'netcdf:"/vsicurl/https://u:S3cr3tW0rd@h.org/f.nc":var',
            'netcdf:"/vsicurl/https://h.org/f.nc":var',
        ),
        ("some-driver:https://h.org/p?tk=S3cr3tW0rd", "some-driver:https://h.org/p"),
        ("<GDAL_WMS><UserPwd>S3cr3tW0rd</UserPwd>https://</GDAL_WMS>", "XML:…"),
        ("zip+https://u:S3cr3tW0rd@h.org/a.zip!a.tif", "zip+https://h.org/a.zip!a.tif"),
    ],
)
def test_what_is_shown(address, told):
    assert shown(address) == told
    assert shown(told) == told
    standing = stand_in(address)
    assert shown(standing) == told
    if is_remote(address):
        assert restored(standing) == address
        assert is_remote(standing)
        assert SECRET not in standing
        assert SECRET not in without_secrets(f"cannot open '{address}': no")
        assert SECRET not in str(LandloomError(f"{address}: {told}"))


@pytest.mark.parametrize(
    "address",
    [
        "data/a b$?x.tif",
        "a:b@c",
        "https://h.org/a%20b@2x.tif",
        "s3://b/a@b:c.tif",
        "/vsis3/b/k.tif",
        "https://[::1]:80/x",
        "NETCDF:f.nc:v",
        "/vsizip/in/a.zip/a.tif",
        "nlcd-2021",
        "",
    ],
)
def test_harmless_addresses_stand_for_themselves(address):
    assert shown(address) == stand_in(address) == restored(address) == address


plain = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
forms = st.sampled_from(
    [
        "{}",
        "/vsicurl/{}",
        "/vsizip//vsicurl/{}",
        "vrt://{}",
        "vrt:///vsicurl/{}",
        'NETCDF:"/vsicurl/{}":v',
        "WMS:{}",
        "wms:{}",
        "netcdf:{}",
        "some-driver:{}",
    ]
)


@given(forms, st.sampled_from(["https", "http", "ftp", "s3"]), plain, st.lists(plain), plain)
def test_no_value_of_any_query_or_user_is_shown(form, scheme, user, values, fragment):
    pairs = [(NAMES[i % len(NAMES)], f"{value}{SECRET}") for i, value in enumerate(values)]
    query = urlencode(pairs)
    server = f"{quote(user, safe='')}:{SECRET}@h.org"
    address = f"{scheme}://{server}/a/b.tif?{query}#{quote(fragment)}{SECRET}"
    told = shown(form.format(address))
    assert SECRET not in told
    assert f"{scheme}://h.org/a/b.tif" in told
    raw = form.format(f"{scheme}://h.org/a/b.tif?{'&'.join(f'{k}={v}' for k, v in pairs)}")
    assert SECRET not in shown(raw)
    assert shown(told) == told


@given(st.lists(plain, min_size=1))
def test_a_stand_in_is_known_to_whatever_this_process_starts(values):
    address = f"https://h.org/a.tif?{urlencode([('a', value + SECRET) for value in values])}"
    assert restored(stand_in(address)) == address
    assert stand_in(stand_in(address)) == stand_in(address)


def test_one_that_is_not_known_comes_without_what_was_left_out():
    assert restored("https://h.org/a.tif#0123456789abcdef") == "https://h.org/a.tif"


def test_what_is_kept_secret_is_left_out_of_any_text():
    stand_in(f"https://h.org/a.tif?code={SECRET}")
    assert without_secrets(f"a.tif?code={SECRET}, band 1: code={SECRET}") == "a.tif, band 1: …"


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("/download", ""),
        ("download", ","),
        ("/a.tif", ")."),
        ("in/a", " HTTP/1.1: 403"),
    ],
)
@pytest.mark.parametrize(
    "query", ["X-Amz-Signature={}", "a=10:20,b=1;c&k={}", "a/b?c={}", "k={}=="]
)
def test_a_query_is_left_out_after_any_path(path, after, query):
    told = without_secrets(f"with url: {path}?{query.format(SECRET)}{after}")
    assert told == f"with url: {path}{after}"


@pytest.mark.parametrize("text", ["is it so? a = b", "a.tif?", "did you mean 'a'?", "(?x=1)"])
def test_questions_are_no_queries(text):
    assert without_secrets(text) == text


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("NETCDF:a.nc:b", ("NETCDF", "a.nc:b")),
        ("netcdf:a.nc:b", ("NETCDF", "a.nc:b")),
        ("PLMosaic:", ("PLMOSAIC", "")),
        ("hdf5:a.h5://b", ("HDF5", "a.h5://b")),
        ("https://x.org/a:b", None),
        ("c:a.tif", None),
        ("in/a:b.tif", None),
        ("7z:a.tif", None),
        ("nlcd-2021", None),
        ("a.tif", None),
    ],
)
def test_drivers_are_told_whatever_their_letters(name, cut):
    assert driver_and_rest(name) == cut
    assert is_remote(name) == (cut is not None or "://" in name)


def test_a_configuration_is_gone_through():
    address = f"https://h.org/a.tif?{SECRET}"
    config = {"a": [address, {"b": address}], "c": 1, "d": "in/a.tif"}
    hide_within(config)
    assert SECRET not in repr(config)
    assert restored(config["a"][1]["b"]) == address
    assert config["d"] == "in/a.tif"
