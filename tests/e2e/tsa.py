"""A time stamping authority (RFC 3161) for the end-to-end tests: the openssl program behind a small HTTP
server, with a root and certificates made on the fly. `mode` makes it lie, fail or stall."""
import http.server
import pathlib
import shutil
import subprocess
import tempfile
import threading

CERTIFICATE = """basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,{use}
"""
CONFIG = """[tsa]
default_tsa=t
[t]
serial={dir}/serial
crypto_device=builtin
signer_digest=sha256
default_policy=1.2.3.4.1
digests=sha256
accuracy=secs:1
ess_cert_id_alg=sha256
"""
GRANTED = bytes.fromhex("3003020100")
REJECTED = bytes.fromhex("30053003020102")


def der(tag, content):
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


class Tsa:
    MODES = ("good", "wrong_imprint", "wrong_nonce", "other_ca", "expired", "other_use", "refused",
             "noise", "endless", "slow", "error", "elsewhere")

    def __init__(self, key="ec"):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="assent-tsa-e2e.", dir="/tmp"))
        self.key = {"ec": ("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), "rsa": ("rsa:2048",)}[key]
        self.ca = self.dir / "ca.pem"
        self.mode = "good"
        self.asked = 0
        self.ending = threading.Event()
        (self.dir / "serial").write_text("01\n")
        (self.dir / "ts.cnf").write_text(CONFIG.format(dir=self.dir))
        self.root("ca")
        self.root("stranger")
        self.certificate("good", "ca")
        self.certificate("other_ca", "stranger")
        self.certificate("expired", "ca", days=-1)
        self.certificate("other_use", "ca", use="serverAuth")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/tsr"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.ending.set()
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def openssl(self, *args):
        return subprocess.run(["openssl", *map(str, args)], cwd=self.dir, capture_output=True,
                              check=True).stdout

    def root(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", 3650, "-subj",
                     f"/CN=Test {name}", "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
                     "keyUsage=critical,keyCertSign")

    def certificate(self, name, root, use="timeStamping", days=3650):
        (self.dir / f"{name}.ext").write_text(CERTIFICATE.format(use=use))
        self.openssl("req", "-new", "-newkey", *self.key, "-nodes", "-keyout", f"{name}.key", "-out",
                     f"{name}.csr", "-subj", f"/CN=Test authority {name}")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{root}.pem", "-CAkey",
                     f"{root}.key", "-CAcreateserial", "-days", days, "-extfile", f"{name}.ext",
                     "-out", f"{name}.pem")

    def answer(self, query, name="good"):
        """TimeStampResp by the certificate of this name."""
        number = threading.get_ident()
        asked, given = self.dir / f"{number}.tsq", self.dir / f"{number}.tsr"
        asked.write_bytes(query)
        by = "good" if name == "other_use" else name  # openssl stamps with no other certificate.
        self.openssl("ts", "-reply", "-config", "ts.cnf", "-queryfile", asked, "-signer", f"{by}.pem",
                     "-inkey", f"{by}.key", "-out", given)
        return self.other_use(given) if name == "other_use" else given.read_bytes()

    def stamp(self, file):
        """The answer of a good authority to a question about a file."""
        return self.answer(self.openssl("ts", "-query", "-data", file, "-sha256", "-cert"))

    def other_use(self, given):
        """What was stamped, signed again by the certificate that is not for time stamps."""
        self.openssl("ts", "-reply", "-config", "ts.cnf", "-in", given, "-token_out", "-out", "token")
        self.openssl("cms", "-verify", "-noverify", "-inform", "DER", "-in", "token", "-out", "info")
        token = self.openssl("cms", "-sign", "-binary", "-nodetach", "-cades", "-md", "sha256",
                             "-econtent_type", "1.2.840.113549.1.9.16.1.4", "-in", "info", "-signer",
                             "other_use.pem", "-inkey", "other_use.key", "-outform", "DER")
        return der(0x30, GRANTED + token)

    def body(self, query):
        if self.mode == "wrong_imprint":
            at = query.index(b"\x04\x20") + 2
            return self.answer(query[:at] + bytes(32) + query[at + 32:])
        if self.mode == "wrong_nonce":  # It stands before the word that asks for a certificate.
            at = query.rindex(b"\x01\x01\xff") - 1
            return self.answer(query[:at] + bytes([query[at] ^ 1]) + query[at + 1:])
        if self.mode == "refused":
            return REJECTED
        if self.mode == "noise":
            return b"\x30\x82\xff\xff noise"
        return self.answer(query, self.mode if self.mode in ("other_ca", "expired", "other_use")
                           else "good")

    def handler(self):
        tsa = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                query = self.rfile.read(int(self.headers["Content-Length"]))
                tsa.asked += 1
                try:
                    self.reply(query)
                except OSError:
                    pass  # The other side had enough.

            def reply(self, query):
                if tsa.mode == "slow":
                    tsa.ending.wait(60)
                    return
                if tsa.mode == "elsewhere":
                    self.send_response(307)
                    self.send_header("Location", tsa.url)
                    self.end_headers()
                    return
                self.send_response(500 if tsa.mode == "error" else 200)
                self.send_header("Content-Type", "application/timestamp-reply")
                if tsa.mode == "endless":
                    self.end_headers()
                    while not tsa.ending.is_set():
                        self.wfile.write(b"\x30" * 4096)
                    return
                body = tsa.body(query)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler
