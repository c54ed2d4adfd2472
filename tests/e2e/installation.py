"""A whole installation of its own for the end-to-end tests: two fresh clusters, the real binary,
tokens of every role. Only the standard library."""
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
INSTALLATION_LOG = "00000000-0000-0000-0000-000000000000"
ROLES = ("officer", "marketer", "auditor", "integrator")


def binary(name):
    """The binaries under test: ASSENT_BINARIES is the build directory, set by ctest."""
    build = pathlib.Path(os.environ["ASSENT_BINARIES"])
    return str(build / {"assent": "api/assent", "assent-signer": "audit/sign/assent-signer",
                        "assent-verify": "audit/verify/assent-verify",
                        "assent-key-destroyer": "rights/destroy/assent-key-destroyer",
                        "assent-witness": "api/witness/assent-witness"}[name])


class Installation:
    def __init__(self, operator="RU", targets="RU,DE", tenant="acme"):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="assent-e2e.", dir="/tmp"))
        self.config = self.dir / "assent.yaml"
        self.tenant = tenant
        self.server = None
        self.signer = None
        self.destroyer = None
        self.port = None
        self.clusters("start")
        self.config.write_text(
            "data: {socket: run, port: 5432}\nsafe: {socket: run, port: 5433}\n"
            "keys: {root: keys/root.key, keyring: keys/keyring, token: keys/token.key}\n"
            f"published: state/published\npolicies: {ROOT}/policies\nmigrations: {ROOT}/migrations\n"
            "log_host: cdp.example\ndatabase_country: RU\n"
            "http: {address: 127.0.0.1, port: 0}\n", encoding="utf-8")
        self.ok("migrate")
        self.ok("keys", "init")
        self.signer_command("init", check=True)
        self.start_signer()
        self.start_destroyer()
        secret = self.ok("admin", "init", "--tenant", tenant, "--operator", operator, "--targets",
                         targets).stdout.strip()
        self.keep_token("admin", secret)
        for role in ROLES:
            self.keep_token(role, self.ok("token", "create", "--role", role, "--name", role,
                                          role="admin").stdout.strip())

    def close(self):
        self.stop_server()
        self.stop_destroyer()
        self.stop_signer()
        self.clusters("stop")
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def clusters(self, command):
        subprocess.run([ROOT / "scripts" / "clusters", command, self.dir], check=True,
                       stdout=subprocess.DEVNULL)

    def keep_token(self, role, secret):
        (self.dir / f"{role}.token").write_text(secret + "\n", encoding="utf-8")

    def token(self, role):
        return (self.dir / f"{role}.token").read_text(encoding="utf-8").strip()

    def arguments(self, *args, role="admin"):
        return [binary("assent"), "--config", str(self.config), "--token-file",
                str(self.dir / f"{role}.token"), *map(str, args)]

    def run(self, *args, role="admin", stdin=""):
        return subprocess.run(self.arguments(*args, role=role), input=stdin, capture_output=True,
                              text=True, timeout=600, check=False)

    def ok(self, *args, role="admin", stdin=""):
        done = self.run(*args, role=role, stdin=stdin)
        if done.returncode != 0:
            raise AssertionError(f"assent {' '.join(map(str, args))} ended {done.returncode}: "
                                 f"{done.stdout}\n{done.stderr}")
        return done

    def psql(self, cluster, sql, role="postgres"):
        port = {"data": "5432", "safe": "5433"}[cluster]
        done = subprocess.run(["psql", "-X", "-At", "-h", str(self.dir / "run"), "-p", port, "-U",
                               role, "-d", "assent", "-c", sql], capture_output=True, text=True,
                              check=True)
        return done.stdout.strip()

    def proven_entry(self, receipt):
        """The leaf, as a file, that a receipt of the installation's log proves by assent-verify."""
        published = self.dir / "state" / "published" / INSTALLATION_LOG / "keys"
        policy = self.dir / "installation.policy"
        policy.write_text(f"log {published.read_text().split()[1]}\nquorum none\n")
        index = re.search(r"^index (\d+)$", receipt.read_text(), re.MULTILINE).group(1)
        leaf = self.dir / "act.leaf"
        leaf.write_bytes(bytes.fromhex(self.psql(
            "data", "SELECT encode(leaf, 'hex') FROM audit_leaf WHERE tenant = "
            f"'{INSTALLATION_LOG}' AND idx = {index}")))
        done = subprocess.run([binary("assent-verify"), "entry", receipt, "--leaf", leaf, "--policy",
                               policy], capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise AssertionError(f"the receipt proves nothing: {done.stdout}{done.stderr}")
        return leaf

    # The signer: its own process, whose state and published files lie on one disk.

    def signer_arguments(self, command):
        return [binary("assent-signer"), "--socket", str(self.dir / "run"), "--key",
                str(self.dir / "keys" / "log.key"), "--state", str(self.dir / "state" / "signer"),
                "--published", str(self.dir / "state" / "published"), "--log-host", "cdp.example",
                command]

    def signer_command(self, command, check=False):
        done = subprocess.run(self.signer_arguments(command), capture_output=True, text=True,
                              timeout=60, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"assent-signer {command} ended {done.returncode}: {done.stderr}")
        return done

    def start_signer(self):
        with open(self.dir / "signer.log", "a+", encoding="utf-8") as log:
            start = log.tell()
            self.signer = subprocess.Popen(self.signer_arguments("run"), stderr=log,
                                           stdout=subprocess.DEVNULL)
        for _ in range(200):
            if '"event":"signer.started"' in self.signer_log()[start:]:
                return
            if self.signer.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError("the signer did not start: " + self.signer_log()[-2000:])

    def signer_log(self):
        return (self.dir / "signer.log").read_text(encoding="utf-8")

    def stop_signer(self, how=signal.SIGTERM):
        if self.signer is None:
            return None
        self.signer.send_signal(how)
        code = self.signer.wait(timeout=30)
        self.signer = None
        return code

    # The only one who may delete keys: its own process, without a file of its own.

    def destroyer_arguments(self, command):
        return [binary("assent-key-destroyer"), "--data-socket", str(self.dir / "run"),
                "--safe-socket", str(self.dir / "run"), "--metrics",
                str(self.dir / "key-destroyer.prom"), command]

    def destroyer_command(self, command):
        return subprocess.run(self.destroyer_arguments(command), capture_output=True, text=True,
                              timeout=60, check=False)

    def start_destroyer(self):
        with open(self.dir / "key-destroyer.log", "a+", encoding="utf-8") as log:
            self.destroyer = subprocess.Popen(self.destroyer_arguments("run"), stderr=log,
                                              stdout=subprocess.DEVNULL)

    def stop_destroyer(self, how=signal.SIGTERM):
        if self.destroyer is None:
            return None
        self.destroyer.send_signal(how)
        code = self.destroyer.wait(timeout=30)
        self.destroyer = None
        return code

    def start_server(self):
        self.server_log = open(self.dir / "server.log", "a+", encoding="utf-8")
        self.server = subprocess.Popen(self.arguments("serve"), stderr=self.server_log,
                                       stdout=subprocess.DEVNULL)
        start = self.server_log.tell()
        for _ in range(200):
            text = (self.dir / "server.log").read_text(encoding="utf-8")[start:]
            found = re.search(r'"event":"server.started".*?"port":(\d+)', text)
            if found:
                self.port = int(found.group(1))
                return
            if self.server.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError("the server did not start: "
                             + (self.dir / "server.log").read_text(encoding="utf-8")[-2000:])

    def stop_server(self, how=signal.SIGTERM):
        if self.server is None:
            return None
        self.server.send_signal(how)
        code = self.server.wait(timeout=30)
        self.server = None
        self.server_log.close()
        return code

    def request(self, method, path, body=None, role=None, headers=None):
        """(status, headers, body): body as parsed JSON when it is JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = dict(headers or {})
        if role:
            headers["Authorization"] = "Bearer " + self.token(role)
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            raw = answer.read()
        kind = answer.headers.get("Content-Type", "")
        parsed = json.loads(raw) if "json" in kind and "ndjson" not in kind and raw else raw
        return answer.status, answer.headers, parsed


def shared(relative):
    """A file of the shared data, or None with a word that it is absent."""
    path = SHARED / relative
    if path.exists():
        return path
    print(f"skipped what needs {relative}: the shared data is not beside this clone",
          file=sys.stderr)
    return None
