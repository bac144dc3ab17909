"""Can the hosts be reached that a run is going to need? That is told before its first job."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from landloom.sources.catalogue import named
from landloom.sources.download import https_url

SWITCH = "LANDLOOM_CHECK_HOSTS"
"""The environment variable that says `no` where hosts are not to be checked."""

_SECONDS = 5.0
"""A connection may take so long, and all that is done for a host twice as long."""

_PORTS = {"https": 443, "http": 80, "ftp": 21}
_PROXY_PORTS = {"https": 443, "http": 80}
_ENDPOINTS = {"s3": "AWS_S3_ENDPOINT", "gs": "CPL_GS_ENDPOINT"}
"""The variables that lead GDAL to other stores."""

_REMEDY = (
    "See to the network; behind a proxy, name it in https_proxy and http_proxy. Without a network, "
    "name files that are here already; 'downloads:' in the configuration fetches copies of whole "
    "files, where there is one. Where jobs run on other machines, which do reach these hosts, set "
    f"{SWITCH}=no in the environment: then nothing is checked."
)


@dataclass(frozen=True)
class Need:
    """Something that jobs of a run are going to fetch.

    Attributes
    ----------
    key
        The configuration's, for messages.
    addresses
        Where it is found; any of them will do.
    """

    key: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class _Peer:
    """What is connected to: a host, or the proxy on the way to it."""

    host: str
    port: int
    proxy: bool = False

    def __str__(self) -> str:
        return f"the proxy {self.host}:{self.port}" if self.proxy else self.host


def is_switched_off() -> bool:
    """Return whether the environment says that hosts are not to be checked."""
    return os.environ.get(SWITCH, "").strip().lower() in ("no", "off", "false", "0")


def addresses_of(path: str) -> tuple[str, ...]:
    """Return the addresses of a raster: of a public dataset, all that it is had at."""
    source = named(path, "landcover", "embedding")
    return tuple(address.url for address in source.addresses) if source else (path,)


def unreachable(needs: Iterable[Need], seconds: float = _SECONDS) -> str:
    """Return which hosts cannot be reached, why, and what to do; an empty text where all can.

    A host is reached when it, or the proxy on the way to it, takes a connection; what it answers
    then is not looked at. All are tried at once.

    Parameters
    ----------
    needs
        What is to be fetched. Addresses of which the host cannot be told are taken for reachable.
    seconds
        How long a connection may take; a host is given up after twice as long.
    """
    peers = {need: [_peer(address) for address in need.addresses] for need in dict.fromkeys(needs)}
    known = {need: [peer for peer in found if peer] for need, found in peers.items() if all(found)}
    failures = _failures({peer for found in known.values() for peer in found}, seconds)
    lines = [
        f"{need.key}: {_told(found, failures)}"
        for need, found in known.items()
        if found and all(peer in failures for peer in found)
    ]
    if not lines:
        return ""
    return "\n".join(
        ["Hosts that this run needs cannot be reached:", *dict.fromkeys(lines), "", _REMEDY]
    )


def _told(peers: Sequence[_Peer], failures: dict[_Peer, str]) -> str:
    return "; ".join(f"{peer}: {failures[peer]}" for peer in dict.fromkeys(peers))


def _peer(address: str) -> _Peer | None:
    """Return what is connected to for an address; None where that cannot be told."""
    found = re.search(r"(https?|ftp)://[^\s\"'?]+", _on_the_web(address))
    if found is None:
        return None
    try:
        scheme, host, port = _parts(found[0], _PORTS)
        proxy = getproxies().get(scheme) or getproxies().get("all")
        if proxy and not proxy_bypass(host):
            _, host, port = _parts(proxy if "://" in proxy else f"http://{proxy}", _PROXY_PORTS)
            return _Peer(host, port, proxy=True)
    except ValueError:
        return None
    return _Peer(host, port)


def _on_the_web(address: str) -> str:
    """Return the address by which an object of a store is fetched over HTTP."""
    address = re.sub(r"/vsi(s3|gs)/", r"\1://", address)
    bucket = re.search(r"\b(s3|gs)://.+", address)
    if bucket is None:
        return address
    if own := os.environ.get(_ENDPOINTS[bucket[1]]):
        return own if "://" in own else f"https://{own}/"
    return "https://storage.googleapis.com/" if bucket[1] == "gs" else https_url(bucket[0])


def _parts(url: str, ports: dict[str, int]) -> tuple[str, str, int]:
    """Return scheme, host and port of a URL; raise `ValueError` where it has no host."""
    parts = urlsplit(url)
    if not parts.hostname or re.search(r"[{}]", parts.netloc):
        raise ValueError(url)
    return parts.scheme, parts.hostname, parts.port or ports.get(parts.scheme, 1080)


def _failures(peers: Iterable[_Peer], seconds: float) -> dict[_Peer, str]:
    """Try to connect to all; return why some cannot be."""
    late = f"no connection within {2 * seconds:g} s"
    failures = dict.fromkeys(peers, late)
    begun = dict(failures)

    def work(peer: _Peer) -> None:
        reason = _failure(peer, seconds)
        if reason:
            failures[peer] = reason
        else:
            del failures[peer]

    # Not a pool, which waits for its threads: one that asks a dead server of names takes long.
    threads = [threading.Thread(target=work, args=(peer,), daemon=True) for peer in begun]
    end = time.monotonic() + 2 * seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0.0))
    return dict(failures)


def _failure(peer: _Peer, seconds: float) -> str | None:
    """Return why a host cannot be connected to, after a second look at what may have passed."""
    reason = _refusal(peer, seconds)
    if reason:
        time.sleep(seconds / 10)
        reason = _refusal(peer, seconds)
    return reason


def _refusal(peer: _Peer, seconds: float) -> str | None:
    try:
        socket.create_connection((peer.host, peer.port), timeout=seconds).close()
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            return "its name cannot be looked up"
        return "its name does not resolve"
    except UnicodeError:
        return "is no name of a host"
    except ConnectionRefusedError:
        return f"it refuses connections to port {peer.port}"
    except TimeoutError:
        return f"no connection within {seconds:g} s"
    except OSError as error:
        return error.strerror or type(error).__name__
    return None
