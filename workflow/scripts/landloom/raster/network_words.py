"""What GDAL has to say about a network, in our words: what happened, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LATER = "see to the connection and start again, finished files are kept"
_ADDRESS = "correct the address"
_ACCOUNT = (
    "correct the address, or the account in GDAL's environment variables (some buckets answer so "
    "for files that do not exist)"
)
_PROXY = "correct https_proxy and http_proxy, and the account in them"

_STATUSES = {
    "401": ("access is refused", _ACCOUNT),
    "403": ("access is refused", _ACCOUNT),
    "404": ("there is no such file", _ADDRESS),
    "407": ("the proxy wants an account", _PROXY),
    "410": ("there is no such file any more", _ADDRESS),
}

_WORDS = (
    (r"specified (key|blob) does not exist", "there is no such file", _ADDRESS),
    (r"specified bucket does not exist", "there is no such bucket", _ADDRESS),
    (r"access ?denied|access key id you provided|signature we", "access is refused", _ACCOUNT),
    (r"(AWS|GS)_\w+.* not defined|credentials not ", "no account for the store is found", _ACCOUNT),
    (r"resolve proxy", "the proxy's name does not resolve", _PROXY),
    (
        r"resolve host",
        "the host's name does not resolve",
        "correct the address, or see to the connection (behind a proxy, https_proxy names it)",
    ),
    (
        r"certificate",
        "the server's certificate is not trusted",
        "name the authorities that your network uses in CURL_CA_BUNDLE",
    ),
    (r"too slow|timed? ?out", "the server timed out", _LATER),
    (r"reset|empty reply|closed|recv failure", "the connection broke off", _LATER),
    (r"connect to|connection refused", "the connection is refused", _LATER),
)


@dataclass(frozen=True)
class NetworkFailure:
    """What happened, and what to do about it.

    Attributes
    ----------
    reason, remedy
        In words; the reason holds the HTTP status, where GDAL tells one.
    absent
        Whether the server says that it has no such file.
    """

    reason: str
    remedy: str
    absent: bool = False


def network_failure(told: str) -> NetworkFailure | None:
    """Return what GDAL's words say about a network; None where they are about something else."""
    proxy = re.search(r"CONNECT tunnel failed, response (\d{3})", told)
    if proxy:
        return NetworkFailure(f"the proxy refuses the connection (HTTP {proxy[1]})", _PROXY)
    # An object store's answer that is no XML of its own has the status at best.
    status = re.search(r"HTTP (?:response|error) code ?: ?(\d{3})|AWS XML.*?\b(\d{3})\b", told)
    if status:
        return _of_status(status[1] or status[2])
    told = re.sub(r"/vsi\S+|\w+://\S+", "", told)  # which may have any words in them
    for words, reason, remedy in _WORDS:
        if re.search(words, told, re.IGNORECASE):
            return NetworkFailure(reason, remedy, absent="no such file" in reason)
    return None


def _of_status(status: str) -> NetworkFailure:
    passing = status.startswith("5") or status in ("408", "425", "429")
    other = ("the server fails", _LATER) if passing else ("the server does not give it", _ADDRESS)
    reason, remedy = _STATUSES.get(status, other)
    return NetworkFailure(f"{reason} (HTTP {status})", remedy, absent=status == "404")
