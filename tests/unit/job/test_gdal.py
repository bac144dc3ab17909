"""GDAL's options, through the environment."""

import os

import pytest

from landloom.job.gdal import OPTIONS, set_gdal_options


@pytest.fixture
def environment(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("AWS_", "GDAL_", "VSI_", "CPL_", "GS_", "GOOGLE_")):
            monkeypatch.delenv(name)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    return os.environ


class TestOptions:
    def test_all_are_set(self, environment):
        set_gdal_options()
        assert {name: environment[name] for name in OPTIONS} == OPTIONS
        assert environment["AWS_NO_SIGN_REQUEST"] == "YES"
        assert environment["GS_NO_SIGN_REQUEST"] == "YES"

    def test_the_users_go_before(self, environment):
        environment["GDAL_HTTP_MAX_RETRY"] = "9"
        set_gdal_options()
        assert environment["GDAL_HTTP_MAX_RETRY"] == "9"

    @pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_PROFILE"])
    def test_with_credentials_requests_are_signed(self, environment, name):
        environment[name] = "x"
        set_gdal_options()
        assert "AWS_NO_SIGN_REQUEST" not in environment
        assert environment["GS_NO_SIGN_REQUEST"] == "YES"

    @pytest.mark.parametrize("name", ["GOOGLE_APPLICATION_CREDENTIALS", "GS_ACCESS_KEY_ID"])
    def test_each_store_has_credentials_of_its_own(self, environment, name):
        environment[name] = "x"
        set_gdal_options()
        assert "GS_NO_SIGN_REQUEST" not in environment
        assert environment["AWS_NO_SIGN_REQUEST"] == "YES"

    def test_what_the_machine_has_counts_where_it_is_said(self, environment):
        environment["GS_NO_SIGN_REQUEST"] = "NO"
        set_gdal_options()
        assert environment["GS_NO_SIGN_REQUEST"] == "NO"

    def test_certificates_that_others_trust_are_trusted(self, environment):
        environment |= {"CURL_CA_BUNDLE": "", "SSL_CERT_FILE": "a.pem", "REQUESTS_CA_BUNDLE": "b"}
        set_gdal_options()
        assert environment["GDAL_CURL_CA_BUNDLE"] == "a.pem"
