"""A headless Chromium, driven through its DevTools protocol: what the tests of the live view click with.

It needs Chromium and the library `websockets`, which the extra ``view`` brings, and nothing else.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-port=0"),
)
PATIENCE = 90.0
"""Seconds that a page is waited for: as many tests as there are cores run beside it."""


def find_chromium() -> str | None:
    """Return Chromium's program, under one of its names."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def open_browser(width: int = 1280, height: int = 1400, *, dark: bool = False) -> Iterator[Tab]:
    """Start Chromium with one tab of some size, in light or dark."""
    from websockets.sync.client import connect

    program = find_chromium()
    assert program is not None, "no Chromium is installed"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            port = _read_port(Path(profile) / "DevToolsActivePort", process)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=PATIENCE) as answer:
                (page,) = [one for one in json.load(answer) if one["type"] == "page"]
            given = {"max_size": None, "compression": None, "ping_interval": None}  # a busy machine is slow
            with connect(page["webSocketDebuggerUrl"], **given) as socket:
                yield Tab(socket, width, height, dark=dark)
        finally:
            process.terminate()
            process.wait()


def _read_port(file: Path, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        if file.is_file() and (lines := file.read_text().split()):
            return lines[0]
        time.sleep(0.05)
    raise AssertionError("Chromium did not start")


class Tab:
    """A tab: opened at an address, read by JavaScript, clicked at places.

    Attributes
    ----------
    requested : list of str
        Addresses of everything that pages asked for, over HTTP or as a WebSocket.
    received : int
        Characters and bytes that came over WebSockets.
    told : list of str
        Errors on the console, and exceptions nobody caught.
    """

    def __init__(self, socket: Any, width: int, height: int, *, dark: bool) -> None:
        self._socket, self._number = socket, 0
        self.requested: list[str] = []
        self.received = 0
        self.told: list[str] = []
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.send(f"{domain}.enable")
        self.resize(width, height)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])

    def resize(self, width: int, height: int) -> None:
        """Give the tab another size, in pixels."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def send(self, method: str, **given: Any) -> dict[str, Any]:
        """Send a command of the protocol; return what it answers."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": given}))
        while True:
            message = json.loads(self._socket.recv(timeout=PATIENCE))
            if message.get("id") == self._number:
                assert "error" not in message, f"{method}: {message['error']}"
                result: dict[str, Any] = message["result"]
                return result
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        method, given = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requested.append(given["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requested.append(given["url"])
        elif method == "Network.webSocketFrameReceived":
            frame = given["response"]
            is_binary = frame["opcode"] == 2  # told as base64
            self.received += len(frame["payloadData"]) * 3 // 4 if is_binary else len(frame["payloadData"])
        elif method == "Runtime.exceptionThrown":
            self.told.append(json.dumps(given["exceptionDetails"])[:500])
        elif method == "Runtime.consoleAPICalled" and given["type"] == "error":
            self.told.append(json.dumps(given["args"])[:500])
        elif method == "Log.entryAdded" and given["entry"]["level"] == "error":
            self.told.append(f"{given['entry']['text']} {given['entry'].get('url', '')}")

    def open(self, address: str) -> None:
        """Go to an address."""
        self.send("Page.navigate", url=address)

    def run(self, script: str) -> Any:
        """Return what an expression of JavaScript is."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, f"{script}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    def wait(self, script: str, patience: float = PATIENCE) -> Any:
        """Wait until an expression is true, and return it."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if found := self.run(script):
                return found
            time.sleep(0.05)
        shown = self.run("document.body.innerText")[:1500]
        raise AssertionError(
            f"not so within {patience:.0f} s: {script}\nThe page says:\n{shown}\n{self.told}"
        )

    def click_at(self, x: float, y: float) -> None:
        """Click at a place of the tab, in pixels."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def click(self, script: str) -> None:
        """Click in the middle of an element that an expression finds, once it may be clicked."""
        self.wait(f"(() => {{ const e = {script}; return e && !e.disabled; }})()")
        place = f"(() => {{ const e = {script}; e.scrollIntoView({{block: 'center', behavior: 'instant'}}); "
        place += "const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        self.click_at(*self.run(place))

    def press(self, name: str) -> None:
        """Click the button with a name."""
        self.click(f"[...document.querySelectorAll('button')].find(b => b.textContent.trim() === '{name}')")

    def type_key(self, key: str) -> None:
        """Press a key of the keyboard, such as ArrowRight."""
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def save_picture(self, file: Path) -> None:
        """Write what the tab shows as a PNG."""
        file.write_bytes(base64.b64decode(self.send("Page.captureScreenshot")["data"]))
