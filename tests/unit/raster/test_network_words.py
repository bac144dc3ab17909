"""What GDAL says of a network, in our words."""

import pytest

from landloom.raster.network_words import network_failure


@pytest.mark.parametrize(
    ("told", "reason", "remedy"),
    [
        ("HTTP response code: 403", "access is refused (HTTP 403)", "account"),
        ("HTTP error code : 401", "access is refused (HTTP 401)", "account"),
        (
            "AWS_SECRET_ACCESS_KEY and AWS_NO_SIGN_REQUEST configuration options not defined, and "
            "/root/.aws/credentials not filled",
            "no account for the store is found",
            "account",
        ),
        (
            "GS_SECRET_ACCESS_KEY+GS_ACCESS_KEY_ID, GS_OAUTH2_REFRESH_TOKEN or "
            "GOOGLE_APPLICATION_CREDENTIALS or GS_OAUTH2_PRIVATE_KEY+GS_OAUTH2_CLIENT_EMAIL and "
            "/root/.boto, or GS_NO_SIGN_REQUEST=YES configuration options not defined",
            "no account for the store is found",
            "account",
        ),
        (
            "InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records.",
            "access is refused",
            "account",
        ),
        (
            "The request signature we calculated does not match the signature you provided.",
            "access is refused",
            "account",
        ),
        ("HTTP response code: 503", "the server fails (HTTP 503)", "start again"),
        ("HTTP response code: 451", "the server does not give it (HTTP 451)", "correct"),
        ("HTTP response code: 407", "the proxy wants an account (HTTP 407)", "https_proxy"),
        ("Malformed AWS XML response: <Error>500</Error>", "the server fails (HTTP 500)", "again"),
        (
            "CURL error: Could not resolve host: x.org",
            "the host's name does not resolve",
            "correct",
        ),
        (
            "CURL error: Could not resolve proxy: x",
            "the proxy's name does not resolve",
            "https_proxy",
        ),
        (
            "CURL error: CONNECT tunnel failed, response 407",
            "the proxy refuses the connection (HTTP 407)",
            "https_proxy",
        ),
        (
            "CURL error: Failed to connect to x.org port 443: Could not connect to server",
            "the connection is refused",
            "start again",
        ),
        (
            "CURL error: Connection timed out after 30001 milliseconds",
            "the server timed out",
            "again",
        ),
        ("CURL error: Operation too slow. Less than 1 bytes/sec", "the server timed out", "again"),
        ("CURL error: Recv failure: Connection reset by peer", "the connection broke off", "again"),
        (
            "CURL error: SSL certificate problem: self-signed certificate",
            "the server's certificate is not trusted",
            "CURL_CA_BUNDLE",
        ),
        ("The specified key does not exist.", "there is no such file", "correct"),
    ],
)
def test_what_happened_and_what_to_do(told, reason, remedy):
    found = network_failure(told)
    assert found.reason == reason
    assert remedy in found.remedy


@pytest.mark.parametrize("told", ["HTTP response code: 404", "The specified key does not exist."])
def test_what_is_not_there_is_told_apart(told):
    assert network_failure(told).absent
    assert not network_failure("HTTP response code: 403").absent


@pytest.mark.parametrize(
    "told",
    [
        "'/vsicurl/https://reset.org/certificate.tif' not recognized as being in a supported file",
        "reset.tif, band 1: IReadBlock failed at X offset 2, Y offset 2",
    ],
)
def test_names_of_files_are_no_words_of_a_network(told):
    assert network_failure(told.replace("reset.tif", "https://x.org/reset.tif")) is None
