"""What goes wrong on the way to a server, in our own words: libraries tell URLs whole."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException

from landloom.errors import LandloomError
from landloom.sources.patience import Patience

_NETWORK = "see to the network, or try again later"
_NAME = "correct the address, or see to the network (behind a proxy, https_proxy names it)"


class AgainError(Exception):
    """Something that may be better a moment later.

    Parameters
    ----------
    reason
        What happened.
    wait
        Seconds that the server asks to wait.
    remedy
        What the user can do, where it stays so.
    lasting
        Whether what stays so for several attempts is not worth trying again for longer.
    """

    def __init__(
        self, reason: str, wait: float = 0.0, remedy: str = _NETWORK, lasting: bool = False
    ) -> None:
        super().__init__(reason)
        self.wait, self.remedy, self.lasting = wait, remedy, lasting

    def after(self, progress: str) -> AgainError:
        """Return the same, and how much had arrived."""
        return AgainError(f"{self} after {progress}", self.wait, self.remedy, self.lasting)


@contextmanager
def told(url: str, patience: Patience) -> Iterator[None]:
    """Turn what a network does into our own errors; theirs tell URLs whole, secrets and all.

    Raises
    ------
    AgainError
        Where it may be better a moment later.
    LandloomError
        Where it will not: a name that does not resolve, a certificate, a proxy that refuses.
    """
    import requests
    import urllib3

    try:
        yield
    except (requests.exceptions.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError):
        raise AgainError(f"no connection within {patience.connect:g} s") from None
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError):
        raise AgainError(f"nothing came for {patience.silence:g} s") from None
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
        root = _root(error)
        _refuse(url, root)
        passing = (requests.exceptions.ConnectionError, urllib3.exceptions.HTTPError)
        if not isinstance(error, passing):
            raise LandloomError(f"{url}: {type(error).__name__}; correct the URL") from None
        raise AgainError(f"the connection failed ({_words(root)})") from None


def _refuse(url: str, root: BaseException) -> None:
    """Raise what will not be better a moment later."""
    if isinstance(root, ssl.SSLCertVerificationError):
        raise LandloomError(
            f"{url}: the server's certificate is not trusted ({root.verify_message}); name "
            "the authorities that your network uses in REQUESTS_CA_BUNDLE"
        ) from None
    if isinstance(root, socket.gaierror):
        if root.errno == socket.EAI_AGAIN:  # the server of names is not there, for a moment or not
            raise AgainError("the host's name cannot be looked up", 0.0, _NAME, True) from None
        raise LandloomError(f"{url}: the host's name does not resolve; {_NAME}") from None
    refused = re.match(r"Tunnel connection failed: (4\d\d)", str(root))
    if refused and refused[1] not in ("408", "425", "429"):
        raise LandloomError(
            f"{url}: the proxy refuses the connection (HTTP {refused[1]}); correct https_proxy, "
            "and the account in it"
        ) from None


def _root(error: BaseException) -> BaseException:
    """Return the innermost reason of an error."""
    for _ in range(20):
        inner = (*error.args, getattr(error, "reason", None), error.__cause__, error.__context__)
        found = next((one for one in inner if isinstance(one, BaseException)), None)
        if found is None:
            break
        error = found
    return error


def _words(error: BaseException) -> str:
    """Return a reason in its own words, where those are sure to hold no URL."""
    if isinstance(error, HTTPException):
        return str(error)
    return getattr(error, "strerror", None) or type(error).__name__
