"""Hosts that cannot be reached are told at once; what serves in their place is enough."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from landloom.elevation.products import product_address
from landloom.run import hosts
from landloom.run.hosts import SWITCH, Need, addresses_of, is_switched_off, unreachable
from landloom.sources.catalogue import names

NOWHERE = "https://nowhere.invalid/a.tif"
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy")


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    """Without proxies, and with a server of names that knows no other names than addresses."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_S3_ENDPOINT", raising=False)
    monkeypatch.delenv("CPL_GS_ENDPOINT", raising=False)
    known = socket.getaddrinfo

    def look_up(host, port, *rest, **named):
        if not host.replace(".", "").isdigit():
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return known(host, port, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def refusing():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{free.getsockname()[1]}"


def need(*addresses, key="dataset.landcover.raster"):
    return Need(key, addresses)


def test_hosts_that_answer_are_no_news(listening):
    assert unreachable([need(f"http://{listening}/a.tif")]) == ""
    assert unreachable([]) == ""


def test_a_name_that_does_not_resolve_is_told_with_its_key_and_the_remedies():
    began = time.monotonic()
    told = unreachable([need(NOWHERE), need(NOWHERE), need("s3://bucket/b.tif", key="downloads")])
    assert time.monotonic() - began < 15
    assert told.count("dataset.landcover.raster: nowhere.invalid: its name does not resolve") == 1
    assert "downloads: bucket.s3.amazonaws.com: its name does not resolve" in told
    for remedy in ("https_proxy", "downloads:", f"{SWITCH}=no"):
        assert remedy in told


def test_a_port_that_refuses_is_told(refusing):
    assert "127.0.0.1: it refuses connections to port" in unreachable([need(f"http://{refusing}/")])


def test_one_host_of_several_is_enough(listening):
    assert unreachable([need(NOWHERE, f"http://{listening}/a.tif")]) == ""
    told = unreachable([need(NOWHERE, "https://also.invalid/a.tif"), need(f"http://{listening}/")])
    assert "nowhere.invalid: its name does not resolve; also.invalid: its name" in told


def test_hosts_that_hang_are_given_up_all_at_once(monkeypatch):
    over = threading.Event()

    def hang(*_, **__):
        over.wait(30)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    began = time.monotonic()
    told = unreachable([need(f"https://h{number}.invalid/") for number in range(20)], seconds=0.5)
    assert time.monotonic() - began < 10
    over.set()
    assert told.count("no connection within 1 s") == 20


def test_a_failure_that_passes_at_once_is_none(listening, monkeypatch):
    known, failed = socket.getaddrinfo, []

    def look_up(*arguments, **named):
        if not failed:
            failed.append(arguments)
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return known(*arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert unreachable([need(f"http://{listening}/")]) == ""
    assert failed


def test_behind_a_proxy_the_proxy_counts(listening, refusing, monkeypatch):
    monkeypatch.setenv("https_proxy", f"http://user:word@{listening}")
    assert unreachable([need(NOWHERE)]) == ""
    monkeypatch.setenv("https_proxy", f"user:word@{refusing}")
    told = unreachable([need(NOWHERE)])
    assert f"the proxy {refusing}: it refuses connections" in told
    assert "word" not in told
    monkeypatch.setenv("no_proxy", "invalid")
    assert "nowhere.invalid: its name does not resolve" in unreachable([need(NOWHERE)])


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://x.org/{ns}{lat}.tif?a=b", "x.org"),
        ("https://user:word@x.org:8080/a.tif", "x.org"),
        ("/vsicurl/https://x.org/a.tif", "x.org"),
        ("/vsizip//vsicurl/https://x.org/a.zip/a.tif", "x.org"),
        ('ZARR:"/vsicurl/https://x.org/a.zarr":/dsm', "x.org"),
        ("s3://bucket/{tile}.tif", "bucket.s3.amazonaws.com"),
        ("/vsis3/bucket/a.tif", "bucket.s3.amazonaws.com"),
        ("gs://bucket/a.tif", "storage.googleapis.com"),
        ("https://{tile}.x.org/a.tif", None),
        ("az://container/a.tif", None),
        ("/vsizip/a.zip/a.tif", None),
        ("https:///a.tif", None),
        ("https://x.org:port/a.tif", None),
    ],
)
def test_the_host_of_an_address(address, host):
    found = hosts._peer(address)
    assert (found and found.host) == host


def test_stores_of_ones_own_are_looked_for_where_gdal_looks(monkeypatch):
    monkeypatch.setenv("AWS_S3_ENDPOINT", "store.example.org:9000")
    monkeypatch.setenv("CPL_GS_ENDPOINT", "http://127.0.0.1:9001/")
    assert hosts._peer("s3://bucket/a.tif") == hosts._Peer("store.example.org", 9000)
    assert hosts._peer("gs://bucket/a.tif") == hosts._Peer("127.0.0.1", 9001)


@pytest.mark.parametrize("name", names("landcover", "elevation", "product"))
def test_each_public_dataset_has_hosts(name):
    product = product_address("MAPZEN" if name == "SRTM1" else name)
    found = (
        (product,)
        if product
        else tuple(a.url for a in hosts.named(name, "landcover", "elevation").addresses)
    )
    assert found
    assert all("." in hosts._peer(address).host for address in found)


def test_all_addresses_of_a_public_dataset_count():
    assert len(addresses_of("nlcd-2021")) > 1
    assert addresses_of("https://x.org/a.tif") == ("https://x.org/a.tif",)


@pytest.mark.parametrize(
    ("value", "off"), [("no", True), ("NO", True), ("0", True), ("yes", False)]
)
def test_the_switch(monkeypatch, value, off):
    monkeypatch.setenv(SWITCH, value)
    assert is_switched_off() == off
    monkeypatch.delenv(SWITCH)
    assert not is_switched_off()
