"""A broker with three listeners and a node that writes to it, for tests of
what a user meets."""
import json
import os
import re
import signal
import subprocess
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
KAFKA = os.path.join(HERE, "../../simulator/kafka/kafka")
PASSWORD = "sluice-secret"
# A loaded machine is no fault of the product.
PATIENCE = 60


class Broker:
    """One node with a plain, a SASL_SSL and a mutual TLS listener."""

    def __init__(self, work):
        self.work = work
        self.port = int(os.environ.get("SLUICE_KAFKA_PORT", "29792"))
        self.plain = f"127.0.0.1:{self.port}"
        self.sasl = f"127.0.0.1:{self.port + 2}"
        self.mtls = f"127.0.0.1:{self.port + 3}"
        self.config = os.path.join(work, "broker.conf")
        self.make_keys()

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.work, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def make_keys(self):
        """Two authorities; a broker and a client of ours, a stranger of the
        other's."""
        for ca in ("ca", "other-ca"):
            self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes",
                         "-keyout", ca + ".key", "-out", ca + ".pem",
                         "-days", "30", "-subj", "/CN=" + ca)
        with open(os.path.join(self.work, "names"), "w") as out:
            out.write("subjectAltName=IP:127.0.0.1\n")
        for who, ca in (("broker", "ca"), ("client", "ca"),
                        ("stranger", "other-ca")):
            self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout",
                         who + ".key", "-out", who + ".csr", "-subj",
                         "/CN=" + who)
            self.openssl("x509", "-req", "-in", who + ".csr", "-CA",
                         ca + ".pem", "-CAkey", ca + ".key",
                         "-CAcreateserial", "-out", who + ".pem", "-days",
                         "30", "-extfile", "names")
        with open(os.path.join(self.work, "broker.store"), "w") as out:
            for part in ("broker.key", "broker.pem"):
                out.write(open(os.path.join(self.work, part)).read())

    def path(self, name):
        return os.path.join(self.work, name)

    def start(self, *more):
        plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
        lines = [
            f"listeners=CLIENT://{self.plain},SASL://{self.sasl},"
            f"MTLS://{self.mtls},CONTROLLER://127.0.0.1:{self.port + 1}",
            "listener.security.protocol.map=CLIENT:PLAINTEXT,"
            "CONTROLLER:PLAINTEXT,SASL:SASL_SSL,MTLS:SSL",
            "ssl.keystore.type=PEM",
            "ssl.keystore.location=" + self.path("broker.store"),
            "ssl.truststore.type=PEM",
            "ssl.truststore.location=" + self.path("ca.pem"),
            "listener.name.mtls.ssl.client.auth=required",
            "listener.name.sasl.sasl.enabled.mechanisms=PLAIN",
            f"listener.name.sasl.plain.sasl.jaas.config={plain} required "
            f'user_sluice="{PASSWORD}";',
            "authorizer.class.name=org.apache.kafka.metadata.authorizer."
            "StandardAuthorizer",
            "allow.everyone.if.no.acl.found=true",
            *more]
        with open(self.config, "w") as out:
            out.write("\n".join(lines) + "\n")
        self.run("start")

    def run(self, *arguments):
        done = subprocess.run(
            [KAFKA, "--work", self.path("kafka"), "--port", str(self.port),
             *arguments],
            env={**os.environ, "SLUICE_KAFKA_CONFIG": self.config},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.stdout

    def deny(self, *resources):
        self.run("tool", "org.apache.kafka.tools.AclCommand",
                 "--bootstrap-server", self.plain, "--add",
                 "--deny-principal", "User:*", "--operation", "Write",
                 *resources)

    def lines(self, topic):
        """The committed records of a topic."""
        out = self.run("consume", topic, "--timeout-ms", "20000")
        return [line for line in out.splitlines()
                if re.match(r"^line \d+", line)]


class Agent:
    """A node that follows a file into Kafka, as a user writes it."""

    def __init__(self, bin_dir, work, name, brokers, topic, properties=None,
                 **options):
        self.dir = os.path.join(work, name)
        self.program = os.path.join(bin_dir, "sluice")
        self.name = name
        self.written = 0
        self.buried = set()
        os.makedirs(self.dir)
        self.file = os.path.join(self.dir, "in.log")
        open(self.file, "w").close()
        self.log = os.path.join(self.dir, "sluice.log")
        sink = {"type": "kafka", "brokers": brokers, "topic": topic,
                "channel": "c", **options}
        if properties:
            sink["properties"] = properties
        self.config = os.path.join(self.dir, "config.json")
        with open(self.config, "w") as out:
            json.dump({
                "node": name,
                "state_dir": os.path.join(self.dir, "state"),
                "agents": {"a": {
                    "sources": {"s": {
                        "type": "exec", "channels": ["c"], "command":
                        ["tail", "-n", "+1", "-F", self.file]}},
                    "channels": {"c": {"type": "memory"}},
                    "sinks": {"k": sink}}}}, out)
        self.process = None

    def start(self, *options):
        self.process = subprocess.Popen(
            [self.program, "run", self.config, "--metrics", "127.0.0.1:0",
             *options],
            stdin=subprocess.DEVNULL, stdout=open(self.log, "a"),
            stderr=subprocess.STDOUT)
        return self

    def write(self, count, size=0):
        with open(self.file, "a") as out:
            for _ in range(count):
                self.written += 1
                out.write(f"line {self.written} {'x' * size}\n")
        return self

    def text(self):
        return open(self.log, errors="replace").read()

    def complaints(self):
        """What a person reads; that one broker has one copy is no fault."""
        return [line for line in self.text().splitlines()
                if (" warning " in line or " error " in line)
                and "replication 1" not in line]

    def says(self, pattern, seconds=PATIENCE):
        return wait(lambda: re.search(pattern, self.text()), seconds)

    def metrics(self):
        """The samples of the sink, the sum for each name."""
        port_file = os.path.join(self.dir, "state", self.name,
                                 "metrics.port")
        found = {}
        try:
            port = open(port_file).read().strip()
            with urllib.request.urlopen(
                    f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                for line in answer.read().decode().splitlines():
                    if line.startswith("sluice_"):
                        key, value = line.rsplit(" ", 1)
                        if 'component_kind="sink"' not in key:
                            continue
                        name = key.split("{")[0]
                        found[name] = found.get(name, 0) + float(value)
        except (OSError, ValueError):
            pass
        return found

    def sent(self):
        return self.metrics().get("sluice_component_sent_events_total", 0)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()


def wait(condition, seconds=PATIENCE):
    """The condition's first true answer, or what it says at the end."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    return condition()
