#!/usr/bin/env python3
"""The faults that a user of the Kafka sink meets, on a real broker that this
script starts for itself: each gives one clear line, and nothing is lost.

usage: check_kafka_faults.py [BIN_DIR]      (build/check/bin)

SLUICE_KAFKA_PORT and the four ports behind it are used, all on 127.0.0.1.
Ends with `N passed, N failed`; each check is a line before that.
"""
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile
import time

from kafka_node import PASSWORD, PATIENCE, Agent, Broker, wait

WRONG = "not-the-secret"


class Faults:
    def __init__(self, bin_dir):
        self.bin_dir = bin_dir
        self.work = tempfile.mkdtemp(prefix="sluice-faults-")
        self.broker = Broker(self.work)
        self.agents = []
        self.results = []
        self.reads = []

    def agent(self, *what, **options):
        made = Agent(self.bin_dir, self.work, *what, **options)
        self.agents.append(made)
        return made

    def check(self, what, ok, why=""):
        self.results.append(bool(ok))
        print(("ok      " if ok else "FAILED  ") + what, flush=True)
        if not ok and why:
            print("        " + str(why), flush=True)

    def one_line(self, what, agent, pattern):
        """The pattern comes, and no other complaint with it."""
        found = agent.says(pattern)
        said = agent.complaints()
        self.check(f"{what}: one clear line", found and len(said) == 1, said)
        self.check(f"{what}: no password in the log",
                   PASSWORD not in agent.text() and WRONG not in agent.text())

    def all_lines(self, what, agent, topic, once=True):
        """Judged at the end, when all topics are read side by side."""
        self.reads.append((what, agent, topic, once))

    def judge(self):
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            read = list(pool.map(self.broker.lines,
                                 [topic for _, _, topic, _ in self.reads]))
        for (what, agent, _, once), lines in zip(self.reads, read):
            wanted = {f"line {n}" for n in range(1, agent.written + 1)}
            wanted -= agent.buried
            got = [" ".join(line.split()[:2]) for line in lines]
            self.check(f"{what}: lost 0", set(got) == wanted,
                       f"{len(wanted - set(got))} of {len(wanted)} lost")
            if once:
                self.check(f"{what}: duplicated 0",
                           len(got) == len(set(got)),
                           f"{len(got) - len(set(got))} twice")

    # -- the faults ----------------------------------------------------------

    def prepare(self):
        """Each tool is a Java machine of its own: side by side."""
        self.broker.start()
        run = self.broker.run
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            for topic in ("down", "good", "gone", "plain", "way-out",
                          "denied"):
                pool.submit(run, "create", topic, "1")
            pool.submit(run, "create", "small", "1",
                        "max.message.bytes=10000")
            pool.submit(self.broker.deny, "--topic", "denied",
                        "--transactional-id", "sluice.default/no-id/a/k.0-0",
                        "--transactional-id",
                        "sluice.default/way-out/a/k.0-0")
        run("stop")

    def broker_down_at_start(self):
        agent = self.agent("down", self.broker.plain, "down")
        agent.write(1000).start()
        self.one_line("broker down at start", agent, "Connection refused")
        self.broker.start()
        back = time.monotonic()
        wait(lambda: agent.sent() >= 1000)
        took = time.monotonic() - back
        self.check("after the broker came it goes on at once",
                   agent.sent() >= 1000 and took < 15, f"{took:.1f} s")
        return agent

    def refused(self):
        """What a broker refuses, all at the same time."""
        b = self.broker
        ca = {"ssl.ca.location": b.path("ca.pem")}
        sasl = {**ca, "security.protocol": "sasl_ssl",
                "sasl.mechanisms": "PLAIN", "sasl.username": "sluice"}
        cases = [
            ("wrong password", "auth", b.sasl, "down",
             {**sasl, "sasl.password": WRONG}, "(?i)authentication failed"),
            ("wrong authority", "ca", b.sasl, "down",
             {**sasl, "sasl.password": PASSWORD,
              "ssl.ca.location": b.path("other-ca.pem")},
             "certificate verify failed"),
            ("client certificate refused", "stranger", b.mtls, "down",
             {**ca, "security.protocol": "ssl",
              "ssl.certificate.location": b.path("stranger.pem"),
              "ssl.key.location": b.path("stranger.key")},
             "refuses this client's certificate"),
            ("plaintext to a TLS port", "plaintext", b.mtls, "down", None,
             "security.protocol"),
            ("topic missing", "missing", b.plain, "no-such-topic", None,
             "topic no-such-topic does not exist"),
            ("transactional id denied", "no-id", b.plain, "way-out", None,
             "grant Write and Describe.*or set transactions: off"),
            ("writing to the topic denied", "denied", b.plain, "denied",
             None, "grant Write"),
        ]
        started = []
        for what, name, brokers, topic, properties, pattern in cases:
            agent = self.agent(name, brokers, topic, properties)
            started.append((what, agent.write(10).start(), pattern))
        good = self.agent("good", b.sasl, "good",
                          {**sasl, "sasl.password": PASSWORD})
        good.write(10).start()
        for what, agent, pattern in started:
            self.one_line(what, agent, pattern)
            agent.stop()
        wait(lambda: good.sent() >= 10)
        good.stop()
        self.check("the right password delivers", not good.complaints(),
                   good.complaints())
        self.all_lines("over TLS with a password", good, "good")

    def way_out(self):
        agent = self.agent("way-out", self.broker.plain, "way-out",
                           transactions="off")
        agent.write(1000).start()
        wait(lambda: agent.sent() >= 1000)
        agent.stop()
        self.all_lines("without transactions where they are denied", agent,
                       "way-out")

    def too_large(self):
        agent = self.agent("small", self.broker.plain, "small")
        agent.write(5).write(1, 20_000).write(5).start()
        letters = os.path.join(agent.dir, "state", "small",
                               "a-k.dead_letters")
        wait(lambda: agent.sent() >= 11 and os.path.exists(letters))
        agent.stop()
        agent.buried = {"line 6"}
        self.all_lines("a record above the topic's limit", agent, "small")
        buried = open(letters).read() if os.path.exists(letters) else ""
        self.check("a record above the topic's limit: one dead letter",
                   buried.count("\n") == 1 and "line 6 " in buried,
                   buried[:200])

    def topic_deleted(self):
        agent = self.agent("gone", self.broker.plain, "gone")
        agent.write(10).start()
        wait(lambda: agent.sent() >= 10)
        self.broker.run("delete", "gone")
        agent.write(10)
        self.check("topic deleted meanwhile: it is named",
                   agent.says("topic gone does not exist"),
                   agent.complaints())
        agent.stop()

    def stopped_and_back(self, agent):
        agent.write(1000)
        self.broker.run("stop")
        before = len(agent.complaints())
        agent.write(1000)
        time.sleep(15)
        said = len(agent.complaints()) - before
        self.check("broker stopped: at most two lines", said <= 2,
                   agent.complaints()[before:])
        self.broker.start()
        back = time.monotonic()
        wait(lambda: agent.sent() >= agent.written)
        took = time.monotonic() - back
        agent.stop()
        self.check("broker back: it goes on at once", took < 15,
                   f"{took:.1f} s; {agent.complaints()[before:]}")
        self.all_lines("broker down, stopped and back", agent, "down")

    def killed_without_transactions(self):
        agent = self.agent("plain", self.broker.plain, "plain",
                           transactions="off")
        agent.start()
        for _ in range(5):
            agent.write(20_000)
            begin = agent.sent()
            wait(lambda: agent.sent() > begin, 20)
            agent.kill()
            agent.write(1000)
            agent.start()
        wait(lambda: agent.metrics().get("sluice_kafka_requests_total"), 20)
        figures = agent.metrics()
        for name in ("requests_total", "sent_bytes_total",
                     "received_bytes_total", "round_trip_seconds"):
            self.check(f"librdkafka's {name} moves",
                       figures.get("sluice_kafka_" + name, 0) > 0)
        agent.stop()
        agent.start("--drain")
        try:
            agent.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.check("it drains", False)
        self.all_lines("kill -9 without transactions", agent, "plain",
                       once=False)

    def time_out_too_long(self):
        self.broker.run("stop")
        self.broker.start("transaction.max.timeout.ms=5000")
        agent = self.agent("timeout", self.broker.plain, "down")
        agent.write(10).start()
        self.one_line("transaction.timeout.ms above the broker's", agent,
                      "raise the broker's transaction.max.timeout.ms")
        agent.stop()

    def run(self):
        try:
            self.prepare()
            agent = self.broker_down_at_start()
            self.refused()
            self.way_out()
            self.too_large()
            self.topic_deleted()
            self.killed_without_transactions()
            self.stopped_and_back(agent)
            self.judge()
            self.time_out_too_long()
        finally:
            for agent in self.agents:
                agent.stop()
            self.broker.run("stop")
        good = all(self.results)
        if good:
            shutil.rmtree(self.work)
        else:
            print("left for a look: " + self.work)
        print(f"{sum(self.results)} passed, "
              f"{len(self.results) - sum(self.results)} failed")
        return 0 if good else 1


if __name__ == "__main__":
    sys.exit(Faults(sys.argv[1] if len(sys.argv) > 1
                    else "build/check/bin").run())
