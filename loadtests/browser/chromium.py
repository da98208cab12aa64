"""Start a real Chromium that leaves nothing behind: no process after any signal, no profile."""

import base64
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=PreloadTopChromeWebUI,WebUITabStrip",
    "--window-size=320,240",
)
_PREFERENCES = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}
"""Third-party cookies are allowed, as in most people's browsers; Debian's Chromium blocks them."""
_TIMEOUT_MS = 60_000


class NoBrowserError(Exception):
    """There is no browser to be had here. The text says what to install."""


def find_chromium() -> Path:
    """The Chromium that is installed. NoBrowserError if there is none, or nothing that drives it."""
    try:
        import playwright  # noqa: F401 - only for tests and attacks: the rest works without it
    except ModuleNotFoundError:
        raise NoBrowserError("no browser can be driven: pip install playwright") from None
    for name in _NAMES:
        if found := shutil.which(name):
            return Path(found)
    raise NoBrowserError("no browser: install Chromium, such as the package chromium of your distribution")


@contextmanager
def open_chromium(profile: Path, rules: str, certificate: Path) -> Iterator["BrowserContext"]:
    """A Chromium with a profile of its own in an empty folder, that resolves names by these rules.

    Not a context of Playwright's, which is like a private window and blocks third-party cookies: a profile as
    people have it, which sends a SameSite=None cookie from everywhere. The key of this certificate is trusted
    beside the system's authorities, so that TLS behaves as under a certificate that is trusted.

    A child of the driver, which is a child of this process: each ends when it loses the one before it, also
    by SIGKILL. NoBrowserError if there is none. Only for the thread that opened it.
    """
    executable = find_chromium()
    preferences = profile / "Default" / "Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text(json.dumps(_PREFERENCES))
    from playwright.sync_api import Error, sync_playwright

    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    spki = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    with sync_playwright() as driver:
        try:
            context = driver.chromium.launch_persistent_context(
                profile,
                executable_path=executable,
                args=[
                    *_ARGUMENTS,
                    f"--host-resolver-rules={rules}",
                    f"--ignore-certificate-errors-spki-list={base64.b64encode(spki).decode()}",
                ],
                # Ctrl-C is for the command alone, which closes what it opened.
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
                env={**os.environ, "HOME": str(profile)},
            )
        except Error as error:
            first = error.message.strip().splitlines()[0] if error.message.strip() else "no reason given"
            raise NoBrowserError(f"{executable} does not start: {first}") from None
        context.set_default_timeout(_TIMEOUT_MS)
        try:
            yield context
        finally:
            context.close()
