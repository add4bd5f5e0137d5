"""A small client of W3C WebDriver (https://www.w3.org/TR/webdriver2/) for chromedriver: what these tests need of it."""

import json
import shutil
import socket
import subprocess
import time
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Browser:
    """A headless Chromium; everything it says on its console is kept."""

    def __init__(self, width=1200, height=900, dark=False):
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self.driver = subprocess.Popen(
            [shutil.which("chromedriver"), f"--port={port}", "--silent"], stdout=subprocess.DEVNULL)
        self.wait(lambda: self.call("GET", "/status")["ready"], "chromedriver")
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                     f"--window-size={width},{height}"]
        if dark:
            arguments += ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"]
        answer = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"args": arguments, "mobileEmulation": {
                "deviceMetrics": {"width": width, "height": height, "pixelRatio": 1, "mobile": False, "touch": False}}}}}})
        self.session = f"/session/{answer['sessionId']}"

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            self.address + path, method=method, headers={"Content-Type": "application/json"},
            data=None if method == "GET" else json.dumps(body or {}).encode())
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(json.load(error)["value"]["message"]) from None

    def of(self, method, path, body=None):
        return self.call(method, self.session + path, body)

    def open(self, address):
        self.of("POST", "/url", {"url": address})

    def run(self, script, *arguments):
        return self.of("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script, *arguments):
        return self.of("POST", "/execute/async", {"script": script, "args": list(arguments)})

    def find(self, selector):
        found = self.of("POST", "/element", {"using": "css selector", "value": selector})
        return found[ELEMENT]

    def count(self, selector):
        return self.run("return document.querySelectorAll(arguments[0]).length", selector)

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])?.textContent ?? null", selector)

    def click(self, selector):
        self.of("POST", f"/element/{self.find(selector)}/click")

    def type(self, selector, text):
        self.of("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def pointer(self, *moves):
        """Moves, presses and releases of a mouse: ("move", x, y), ("down",), ("up",)."""
        actions = []
        for kind, *place in moves:
            if kind == "move":
                actions.append({"type": "pointerMove", "duration": 30, "x": int(place[0]), "y": int(place[1])})
            else:
                actions.append({"type": "pointerDown" if kind == "down" else "pointerUp", "button": 0})
        self.of("POST", "/actions", {"actions": [
            {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}]})

    def screenshot(self, path):
        import base64
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.of("GET", "/screenshot")))

    def complaints(self):
        """What the console has said since it was asked last, but for what a page may say."""
        entries = self.of("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]

    def wait(self, condition, what, seconds=10.0):
        end = time.monotonic() + seconds
        while True:
            try:
                value = condition()
                if value:
                    return value
            except (AssertionError, OSError):
                if time.monotonic() > end:
                    raise
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds} s in vain for {what}")
            time.sleep(0.02)

    def close(self):
        try:
            self.of("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
