"""The real witness, for the end-to-end tests."""
import http.client
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from installation import binary


class Witness:
    """A witness in a directory of its own; after a break on its old port again."""

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="assent-witness-e2e.", dir="/tmp"))
        self.state, self.key = self.dir / "state", self.dir / "w.key"
        self.process = None
        self.port = None

    def close(self):
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.dir, ignore_errors=True)

    def run(self, *args):
        return subprocess.run([binary("assent-witness"), *map(str, args)], capture_output=True,
                              text=True, timeout=60, check=False)

    def ok(self, *args):
        done = self.run(*args)
        if done.returncode != 0:
            raise AssertionError(f"{args} ended {done.returncode}: {done.stderr}")
        return done.stdout

    def init(self, *vkeys):
        self.vkey = self.ok("init", "--name", "witness.example/w1", "--key", self.key).strip()
        self.ok("add-log", "--state", self.state, *vkeys)

    def start(self):
        output = self.dir / "serve.log"
        with open(output, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [binary("assent-witness"), "serve", "--state", self.state, "--key", self.key,
                 "--address", f"127.0.0.1:{self.port or 0}"], stderr=log, stdout=subprocess.DEVNULL)
        for _ in range(400):
            found = re.search(r'"event":"server.started".*?"port":(\d+)',
                              output.read_text(encoding="utf-8"))
            if found:
                self.port = int(found.group(1))
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError("the witness did not start: " + output.read_text(encoding="utf-8"))

    def stop(self, how=signal.SIGTERM):
        if self.process is None:
            return None
        self.process.send_signal(how)
        code = self.process.wait(timeout=30)
        self.process = None
        return code

    def send(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body=body)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def ask(self, log, old, size):
        return self.send("POST", "/add-checkpoint", log.request(old, size))

    def known_size(self):
        found = re.search(r"size (\d+), root", self.ok("status", "--state", self.state, "--key",
                                                       self.key))
        return int(found.group(1)) if found else 0
