"""A thousand idle and three hundred slow clients beside a working one, and clusters that go away and
come back, all against the real server. What counts is that each answer is right and comes, never how
soon."""
import contextlib
import http.client
import json
import resource
import socket
import ssl
import subprocess
import threading
import time
import unittest

from installation import Installation
from sample_circle import Release, find, open_shop

IDLE, SLOW_HEADS, SLOW_BODIES, SLOW_READERS = 1000, 100, 100, 100
WORKING_ROUNDS = 60
BODY = (b"POST /v1/consents HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100000\r\n\r\n")
READ = b"GET /v1/openapi.yaml HTTP/1.1\r\nHost: h\r\n\r\n" * 40


def allow_sockets(wanted):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


class Crowd:
    """Clients that are connected and do next to nothing: a byte a second, or none at all."""

    def __init__(self, home, context=None):
        self.sockets, self.drips = [], []
        self.stopping = threading.Event()
        for number in range(IDLE + SLOW_HEADS + SLOW_BODIES + SLOW_READERS):
            client = socket.create_connection(("127.0.0.1", home.port), timeout=30)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            if context and number % 4:  # Of each four one does not even shake hands.
                client = context.wrap_socket(client, server_hostname="localhost")
            self.sockets.append(client)
        slow = self.sockets[IDLE:]
        self.drips = slow[:SLOW_HEADS + SLOW_BODIES]
        for client in slow[SLOW_HEADS:SLOW_HEADS + SLOW_BODIES]:
            self.say(client, BODY)
        for client in slow[SLOW_HEADS + SLOW_BODIES:]:
            self.say(client, READ)  # Megabytes of answers, of which nothing is ever read.
        self.thread = threading.Thread(target=self.drip)
        self.thread.start()

    @staticmethod
    def say(client, content):
        with contextlib.suppress(OSError):  # Cut: what a slow client has to expect.
            client.send(content)

    def drip(self):
        while not self.stopping.wait(1):
            for client in self.drips:
                self.say(client, b"G")

    def close(self):
        self.stopping.set()
        self.thread.join()
        for client in self.sockets:
            client.close()


class HostileTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        allow_sockets(6000)
        cls.home = home = Installation()
        cls.addClassCleanup(home.close)
        cls.sample = open_shop(home)
        cls.release = Release(home, "email")

    def serve(self, tls=False):
        config = self.home.config.read_text(encoding="utf-8")
        self.addCleanup(self.home.config.write_text, config, encoding="utf-8")
        limits = ", idle_ms: 600000, head_ms: 5000, body_ms: 5000, write_ms: 5000"
        if tls:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                            "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                            "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                            self.home.dir / "tls.key", "-out", self.home.dir / "tls.pem"],
                           check=True, capture_output=True)
            (self.home.dir / "tls.key").chmod(0o400)
            limits += ", tls_certificate: tls.pem, tls_key: tls.key"
        self.home.config.write_text(config.replace("port: 0}", f"port: 0{limits}}}"),
                                    encoding="utf-8")
        self.home.start_server()
        self.addCleanup(self.home.stop_server)

    def context(self):
        return ssl.create_default_context(cafile=str(self.home.dir / "tls.pem"))

    def ask(self, connection, method, path, role, body=None):
        headers = {"Authorization": "Bearer " + self.home.token(role)}
        if body is not None:
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def work(self, connection):
        """Right answers, one after the other on one connection: reads, a write, a refusal."""
        path = "/v1/releases/" + self.release.id
        for number in range(WORKING_ROUNDS):
            status, release = self.ask(connection, "GET", path, "officer")
            self.assertEqual((status, release["funnel"]["delivered"]),
                             (200, self.release.delivered))
            who = f"nobody{number}@example.com"
            status, answer = self.ask(connection, "POST", "/v1/consents", "officer", {
                "identifier": {"kind": "email", "value": who}, "purpose": "direct_marketing",
                "channel": "email", "action": "withdraw", "reference": who})
            self.assertEqual((status, answer["recorded"], answer["suppressed"]), (200, 0, 1))
            self.assertEqual(self.ask(connection, "GET", path, "integrator")[0], 403)

    def crowded(self, context=None):
        def connect():
            if context:
                return http.client.HTTPSConnection("localhost", self.home.port, timeout=120,
                                                   context=context)
            return http.client.HTTPConnection("127.0.0.1", self.home.port, timeout=120)

        before = int(self.home.psql("data", "SELECT count(*) FROM suppression"))
        crowd = Crowd(self.home, context)
        self.addCleanup(crowd.close)
        for wait in (0, 5):  # While they are new, and after the slow ones were cut.
            time.sleep(wait)
            connection = connect()
            self.work(connection)
            connection.close()
        after = int(self.home.psql("data", "SELECT count(*) FROM suppression"))
        self.assertIn(after - before, (0, WORKING_ROUNDS))  # The second round says it again.
        self.answer_the_idle(crowd, context)
        self.cut_the_slow(crowd)

    def answer_the_idle(self, crowd, context):
        """Who was silent all the time is served all the same."""
        for number, client in enumerate(crowd.sockets[:IDLE:50]):
            if context and number * 50 % 4 == 0:
                continue  # It never shook hands.
            client.settimeout(60)
            client.sendall(b"GET /v1/health HTTP/1.1\r\nHost: h\r\n\r\n")
            self.assertTrue(client.recv(4096).startswith(b"HTTP/1.1 200"))

    def cut_the_slow(self, crowd):
        for client in crowd.drips:
            client.settimeout(60)
            with contextlib.suppress(ConnectionError, ssl.SSLError, BrokenPipeError):
                while client.recv(65536):
                    pass  # A word of why, then the end.

    def test_a_crowd_of_idle_and_slow_clients_does_not_disturb_a_working_one(self):
        self.serve()
        self.crowded()

    def test_the_same_over_tls(self):
        self.serve(tls=True)
        self.crowded(self.context())

    # -- Clusters that are away

    def refused(self, method, path, role, body=None):
        status, headers, answer = self.home.request(method, path, body, role)
        self.assertEqual(status, 503, answer)
        self.assertEqual(headers["Content-Type"], "application/problem+json")
        self.assertEqual((headers["Retry-After"], answer["status"], answer["code"]),
                         ("5", 503, "unavailable"))
        self.assertNotIn("example.com", json.dumps(answer))

    def until_ready(self):
        ends = time.monotonic() + 60
        while self.home.request("GET", "/v1/ready")[0] != 200:
            self.assertLess(time.monotonic(), ends, "the server does not come back")
            time.sleep(0.1)

    def away(self, cluster, routes):
        self.serve()
        # An address of one person: of a family nobody would know who speaks.
        alone = [one for one in sorted(self.release.contacts)[:20]
                 if len(find(self.home, "email", one)) == 1]
        who = alone[0 if cluster == "data" else 1]
        body = {"identifier": {"kind": "email", "value": who}, "purpose": "direct_marketing",
                "channel": "email", "action": "withdraw", "reference": who}
        events = self.home.psql("data", "SELECT count(*) FROM consent_event")
        self.home.clusters(f"kill-{cluster}")
        try:
            self.assertEqual(self.home.request("GET", "/v1/health")[0], 200)
            self.refused("GET", "/v1/ready", None)
            for method, path, role, content in (*routes, ("POST", "/v1/consents", "officer", body)):
                self.refused(method, path, role, content)
        finally:
            self.home.clusters("start")
        self.until_ready()
        self.assertEqual(self.home.psql("data", "SELECT count(*) FROM consent_event"), events)
        status, _, answer = self.home.request("POST", "/v1/consents", body, "officer")
        self.assertEqual((status, answer["recorded"]), (200, 1))
        self.assertNotIn(who, Release(self.home, "email").contacts)

    def test_without_the_data_cluster_all_is_503_and_comes_back_by_itself(self):
        self.away("data", (("GET", "/v1/releases", "officer", None),
                           ("GET", "/v1/log/checkpoint", "auditor", None)))

    def test_without_the_safe_all_is_503_and_comes_back_by_itself(self):
        self.away("safe", (("GET", "/v1/releases", "officer", None),
                           ("POST", "/v1/segments/sleeping_180d/releases", "marketer", {
                               "purpose": "direct_marketing", "channel": "email",
                               "recipient": "mailhouse", "fields": ["contact"]})))


if __name__ == "__main__":
    unittest.main(verbosity=2)
