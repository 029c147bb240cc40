"""TLS with a real certificate, and what a proxy in front may say."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import uvicorn
from service_place import Place, place_in
from service_server import served_by

from signalctl.api.serve_options import ServeOptions
from signalctl.api.server import config_of, serve
from signalctl.api.settings import Settings
from signalctl.domain.errors import InputError


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for this machine's own address, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed: apt-get install openssl")
    folder = tmp_path_factory.mktemp("tls")
    chain, key = folder / "chain.pem", folder / "key.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=signalctl test", "-keyout", str(key)),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-out", str(chain)),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return chain, key


@pytest.fixture
def place(tmp_path: Path, arterial: Path) -> Iterator[Place]:
    with place_in(tmp_path, arterial, replace(Settings(), https=True)) as found:
        yield found


def _config(place: Place, **told: object) -> uvicorn.Config:
    options = replace(ServeOptions(host="127.0.0.1", port=0), **told)  # type: ignore[arg-type]  # by name
    return config_of(options, place.service)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_the_service_speaks_tls_with_its_certificate(
    place: Place, certificate: tuple[Path, Path]
) -> None:
    chain, key = certificate
    trusted = ssl.create_default_context(cafile=str(chain))
    with served_by(place, _config(place, certificate=chain, key=key)) as port:
        answer = httpx.get(f"https://127.0.0.1:{port}/health", verify=trusted)
        assert answer.json()["status"] == "ok"
        assert "max-age=" in answer.headers["strict-transport-security"]
        with pytest.raises(httpx.ConnectError, match="certificate"):
            httpx.get(f"https://127.0.0.1:{port}/health")
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/health")
        old = ssl.create_default_context(cafile=str(chain))
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"https://127.0.0.1:{port}/health", verify=old)


def test_a_certificate_that_cannot_be_used_is_refused_in_a_sentence(
    place: Place, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    chain, key = certificate
    for wrong in ((chain, chain), (tmp_path / "nix.pem", key), (key, key)):
        with pytest.raises(InputError, match="cannot be used"):
            _config(place, certificate=wrong[0], key=wrong[1])
    locked = tmp_path / "locked.pem"
    subprocess.run(
        ["openssl", "ec", "-in", str(key), "-aes256", "-passout", "pass:secret", "-out", locked],
        check=True,
        capture_output=True,
        timeout=60,
    )
    with pytest.raises(InputError, match="cannot be used"):
        _config(place, certificate=chain, key=locked)
    alone = ServeOptions(host="127.0.0.1", port=0, site=tmp_path, certificate=chain)
    with pytest.raises(InputError, match="a certificate and its key"):
        serve(alone, lambda _: None)


@pytest.mark.parametrize("is_behind", [True, False])
def test_only_a_proxy_of_this_machine_names_the_client(
    tmp_path: Path, arterial: Path, is_behind: bool
) -> None:
    """Behind a proxy the wrong passwords of one client lock out no other; without one, the
    header is what anybody could write, and changes nothing."""
    settings = replace(Settings(), lock_after=2, https=is_behind)
    login = {"name": "emil", "password": "wrong password"}
    with (
        place_in(tmp_path, arterial, settings) as place,
        served_by(place, _config(place, behind_proxy=is_behind)) as port,
    ):
        codes = []
        for client in ("203.0.113.1", "203.0.113.1", "203.0.113.1", "203.0.113.2"):
            headers = {"X-Forwarded-For": client, "X-Forwarded-Proto": "https"}
            url = f"http://127.0.0.1:{port}/api/v1/sessions"
            codes.append(httpx.post(url, json=login, headers=headers).status_code)
        assert codes == ([401, 401, 429, 401] if is_behind else [401, 401, 429, 429])
        sent = httpx.get(f"http://127.0.0.1:{port}/health").headers
        assert ("strict-transport-security" in sent) == is_behind
