"""The HTTP surface of the real server: tokens, releases by one-time link, consents, erasure in the
background, and every refusal with its own status."""
import contextlib
import csv
import http.client
import io
import time
import unittest

from installation import Installation
from sample_circle import AS_OF, find, folded, open_shop

RELEASE = {"purpose": "direct_marketing", "channel": "email", "recipient": "mailhouse",
           "fields": ["contact", "first_name"], "as_of": AS_OF}


class HttpTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = Installation()
        cls.addClassCleanup(home.close)
        cls.sample = open_shop(home)
        home.keep_token("rival", home.ok("token", "create", "--role", "marketer", "--name", "rival",
                                         role="admin").stdout.strip())
        home.start_server()

    def call(self, method, path, status, body=None, role=None, headers=None):
        got, answered, answer = self.home.request(method, path, body, role, headers)
        self.assertEqual(got, status, answer)
        if status >= 400:
            self.assertEqual(answered["Content-Type"], "application/problem+json")
            self.assertEqual(answer["status"], status)
            self.assertTrue(answer["detail"])
        return answer

    def release(self, **changes):
        return self.call("POST", "/v1/segments/sleeping_180d/releases", 201, {**RELEASE, **changes},
                         "marketer")

    def delivered(self, release):
        text = self.call("GET", release["file"], 200, role="marketer").decode()
        return {folded(row["contact"]) for row in csv.DictReader(io.StringIO(text))}

    # -- Releases

    def test_the_link_of_a_release_opens_once_and_only_for_the_token_that_asked(self):
        release = self.release()
        self.call("GET", release["file"], 404, role="rival")
        self.call("GET", release["file"][:-4] + "AAAA", 404, role="marketer")
        self.assertGreater(len(self.delivered(release)), 10)
        self.call("GET", release["file"], 404, role="marketer")

    def test_the_officer_reads_an_exact_funnel_and_the_marketer_a_rounded_one(self):
        release = self.release()
        delivered = self.delivered(release)
        path = "/v1/releases/" + release["id"]
        exact = self.call("GET", path, 200, role="officer")["funnel"]
        self.assertEqual(exact["matched"], self.sample.story["sleeping_180d"])
        self.assertEqual(exact["permitted"] + sum(exact["denied"].values()), exact["matched"])
        self.assertEqual(exact["delivered"] + sum(exact["dropped"].values()), exact["permitted"])
        self.assertEqual(exact["delivered"], len(delivered))
        shown = self.call("GET", path, 200, role="marketer")
        self.assertNotIn("opening_manifest", shown)
        funnel = shown["funnel"]
        self.assertEqual(funnel["permitted"] + sum(funnel["denied"].values()), funnel["matched"])
        for people in (funnel["permitted"], *funnel["denied"].values()):
            self.assertEqual(people % 5, 0)

    def test_what_is_not_registered_or_not_allowed_refuses_the_release(self):
        path = "/v1/segments/sleeping_180d/releases"
        for change in ({"purpose": "unheard_of"}, {"channel": "pigeon"}, {"recipient": "nobody"},
                       {"fields": ["contact", "last_name"]}, {"fields": []},
                       {"as_of": "2026-02-31"}, {"surplus": 1}):
            with self.subTest(change):
                status, _, _ = self.home.request("POST", path, {**RELEASE, **change}, "marketer")
                self.assertIn(status, (400, 403, 404))
        self.call("POST", "/v1/segments/unheard_of/releases", 400, RELEASE, "marketer")
        self.call("POST", path, 403, RELEASE, "officer")

    # -- Consents and requests

    def test_a_withdrawal_holds_for_the_next_release(self):
        before = self.delivered(self.release())
        email = self.sample.story["withdraw"]["email"]
        body = {"identifier": {"kind": "email", "value": email}, "purpose": "direct_marketing",
                "channel": "email", "action": "withdraw", "reference": "ticket-1"}
        answer = self.call("POST", "/v1/consents", 200, body, "officer")
        self.assertEqual(answer["recorded"], 1)
        self.assertEqual(self.call("POST", "/v1/consents", 200, body, "officer")["recorded"], 0)
        self.assertEqual(before - self.delivered(self.release()), {email})

    def test_an_unregistered_purpose_records_nothing(self):
        events = self.home.psql("data", "SELECT count(*) FROM consent_event")
        self.call("POST", "/v1/consents", 400, {
            "identifier": {"kind": "email", "value": self.sample.shop[5]["email"]},
            "purpose": "unheard_of", "channel": "email", "action": "withdraw"}, "officer")
        self.assertEqual(self.home.psql("data", "SELECT count(*) FROM consent_event"), events)

    def test_an_erasure_completes_in_the_background_and_has_its_certificate(self):
        email = self.sample.story["erase"]["email"]
        request = self.call("POST", "/v1/requests", 202, {
            "type": "erasure", "identifier": {"kind": "email", "value": email}}, "officer")
        path = "/v1/requests/" + request["id"]
        ends = time.monotonic() + 30
        while self.call("GET", path, 200, role="officer")["state"] != "completed":
            self.assertLess(time.monotonic(), ends, "the erasure does not complete")
            time.sleep(0.1)
        certificate = self.call("GET", path + "/certificate", 200, role="officer")
        self.assertEqual(len(certificate["keys_destroyed"]), 2)
        self.assertEqual(find(self.home, "email", email), {})

    # -- The protocol's words

    def raw(self, path, *fields, body=None):
        """The status, of header fields as they are given."""
        connection = http.client.HTTPConnection("127.0.0.1", self.home.port, timeout=60)
        with contextlib.closing(connection):
            connection.putrequest("POST" if body else "GET", path)
            for name, value in fields:
                connection.putheader(name, value)
            if body:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            return connection.getresponse().status

    def test_schemes_and_media_types_are_written_in_any_case(self):
        token = self.home.token("officer")
        for scheme in ("bearer ", "BEARER ", "Bearer  "):
            self.assertEqual(self.raw("/v1/recipients", ("Authorization", scheme + token)), 200)
        for wrong in ("Basic " + token, "Bearer", "Bearer" + token, token):
            self.assertEqual(self.raw("/v1/recipients", ("Authorization", wrong)), 401)
        body = b'{"identifier": {"kind": "email", "value": "nobody@example.com"}}'
        for kind, status in (("Application/JSON; charset=UTF-8", 200), ("text/json", 400)):
            self.assertEqual(self.raw("/v1/searches", ("Authorization", "bearer " + token),
                                      ("Content-Type", kind), body=body), status)

    def test_a_token_beside_another_is_no_token(self):
        fields = [("Authorization", "Bearer " + self.home.token(role))
                  for role in ("officer", "marketer")]
        self.assertEqual(self.raw("/v1/recipients", *fields), 400)

    # -- Tokens

    def test_without_a_valid_token_there_is_no_answer(self):
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"},
                        {"Authorization": "Bearer " + self.home.token("officer")[:-1] + "!"}):
            self.call("GET", "/v1/releases", 401, headers=headers)

    def test_a_revoked_token_is_refused_on_the_next_request(self):
        made = self.call("POST", "/v1/tokens", 201, {"role": "officer", "name": "leaver"}, "admin")
        bearer = {"Authorization": "Bearer " + made["token"]}
        self.call("GET", "/v1/releases", 200, headers=bearer)
        status, _, _ = self.home.request("DELETE", "/v1/tokens/" + made["id"], role="admin")
        self.assertIn(status, (200, 204))
        self.call("GET", "/v1/releases", 401, headers=bearer)
        listed = self.call("GET", "/v1/tokens", 200, role="admin")["tokens"]
        self.assertNotIn(made["token"], str(listed))

    def test_a_role_reaches_only_its_own_routes(self):
        self.call("GET", "/v1/tokens", 403, role="officer")
        self.call("GET", "/v1/releases", 403, role="integrator")
        self.call("POST", "/v1/searches", 403,
                  {"identifier": {"kind": "email", "value": "a@example.com"}}, "marketer")

    # -- Bad requests

    def test_a_body_over_the_limit_is_refused(self):
        self.call("POST", "/v1/consents", 413, b"x" * (2 << 20), "officer",
                  {"Content-Type": "application/json"})

    def test_unknown_paths_methods_and_bodies_are_named(self):
        self.call("GET", "/v1/unheard-of", 404)
        self.call("DELETE", "/v1/consents", 405, role="officer")
        for body in (b'{"identifier":', b"[]", b"\xff\xfe", b'{"a":1,"a":2}'):
            self.call("POST", "/v1/consents", 400, body, "officer",
                      {"Content-Type": "application/json"})
        self.call("POST", "/v1/consents", 400, b"a=b", "officer",
                  {"Content-Type": "application/x-www-form-urlencoded"})

    def test_an_import_by_http_names_line_and_column(self):
        answer = self.call("POST", "/v1/sources/web/imports?mapping=contacts", 400,
                           b"external_id;shoe_size\nA1;39\n", "integrator")
        self.assertEqual((answer["line"], answer["column"]), (1, 2))
        done = self.call("POST", "/v1/sources/web/imports?mapping=contacts", 200,
                         b"external_id;first_name;birth_date\nA1;Anna;31.02.1990\n", "integrator")
        rejects = self.call("GET", f"/v1/imports/{done['import']}/rejects", 200, role="officer")
        self.assertEqual([(r["line"], r["column"]) for r in rejects["rejects"]], [(2, 3)])
        self.assertNotIn("31.02", str(rejects))


if __name__ == "__main__":
    unittest.main(verbosity=2)
