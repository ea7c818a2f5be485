#!/usr/bin/env python3
"""Kills actors of every kind mid-ingest over the real pipeline into a real
Kafka, and counts what arrived: each record once, in order.

usage: check_actor_kills.py BIN_DIR BROKERS TOPIC [--kills N] [--seed S]
                            [--process-kills N]

BIN_DIR has sluice and sluice-simulator; the topic exists and is empty. Ends
with `N passed, N failed`; each check is a line before that.
"""
import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

AGENT = "DriverCarInfo"
KINDS = ["source", "interceptor", "channel", "sink"]


class Pilot:
    """One driver fleet, one agent, and the lever of its API."""

    def __init__(self, options):
        self.options = options
        self.dir = tempfile.mkdtemp(prefix="sluice-kills-")
        self.state = os.path.join(self.dir, "state")
        self.log = open(os.path.join(self.dir, "agent.log"), "ab")
        self.env = dict(os.environ, PILOT_DIR=self.dir,
                        PILOT_BROKERS=options.brokers,
                        PILOT_TOPIC=options.topic)
        self.ledger = os.path.join(self.dir, "drivers.ledger")
        # A name of its own: the positions topic remembers earlier runs.
        self.node = os.path.basename(self.dir)
        self.agent = None
        self.fleet = None

    def program(self, name):
        return os.path.join(self.options.bin, name)

    def start_fleet(self):
        self.fleet = subprocess.Popen(
            [self.program("sluice-simulator"), "drivers",
             "--log", os.path.join(self.dir, "drivers.log"),
             "--ledger", self.ledger, "--speed", "10", "--for", "3600s",
             "--garbage", "5", "--seed", str(self.options.seed)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start_agent(self):
        port_file = os.path.join(self.state, AGENT, "metrics.port")
        if os.path.exists(port_file):
            os.unlink(port_file)
        here = os.path.dirname(os.path.abspath(__file__))
        conf = os.path.join(here, "../../config/examples/pilot.conf")
        self.agent = subprocess.Popen(
            [self.program("sluice"), "agent", "-n", AGENT, "-f", conf,
             "--node", self.node, "--state-dir", self.state,
             "--metrics", "127.0.0.1:0", "--allow-chaos"],
            env=self.env, stdout=self.log, stderr=self.log)
        for _ in range(200):
            if os.path.exists(port_file) and open(port_file).read().strip():
                break
            time.sleep(0.05)
        self.port = int(open(port_file).read())
        self.token = open(os.path.join(self.state, AGENT, "token")).read()

    def get(self, path):
        url = f"http://127.0.0.1:{self.port}{path}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read().decode()

    def kill_actor(self, actor):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/actors/{actor}/kill",
            data=b"{}", method="POST",
            headers={"Authorization": "Bearer " + self.token.strip(),
                     "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status == 200
        except urllib.error.HTTPError as refused:
            return refused.code != 404 and None

    def metric(self, name):
        total = 0.0
        for line in self.get("/metrics").splitlines():
            if line.startswith(name + "{"):
                total += float(line.rsplit(" ", 1)[1])
        return total

    def stop(self):
        for process in (self.fleet, self.agent):
            if process and process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def kill_actors(pilot, options, dice):
    """Kills actors at random moments; returns how many of each kind."""
    done = {kind: 0 for kind in KINDS}
    while sum(done.values()) < options.kills:
        time.sleep(dice.uniform(0.05, 0.6))
        actors = json.loads(pilot.get("/api/v1/actors"))
        least = min(done.values())
        wanted = [a for a in actors if done[a["kind"]] <= least + 5]
        if wanted:
            victim = dice.choice(wanted)
            if pilot.kill_actor(victim["id"]):
                done[victim["kind"]] += 1
    return done


def verify(pilot):
    answer = subprocess.run(
        [pilot.program("sluice-simulator"), "verify",
         "--ledger", pilot.ledger, "--brokers", pilot.options.brokers,
         "--topic", pilot.options.topic, "--wait", "20s"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(answer.stdout.strip().splitlines()[-1])
    return answer.returncode == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("brokers")
    parser.add_argument("topic")
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--process-kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    print(f"seed {options.seed}")
    results = []

    def check(what, ok):
        results.append(ok)
        print(("ok      " if ok else "FAILED  ") + what)

    pilot = Pilot(options)
    try:
        pilot.start_fleet()
        time.sleep(0.5)
        pilot.start_agent()
        done = kill_actors(pilot, options, dice)
        print("killed: " + ", ".join(f"{k} {n}" for k, n in done.items()))
        check("every kind of actor was killed", min(done.values()) > 0)
        check("nothing was ever missing between two runs",
              pilot.metric("sluice_gaps_total") == 0)
        check("no record was buried",
              pilot.metric("sluice_dead_letters_total") == 0)
        for _ in range(options.process_kills):
            time.sleep(dice.uniform(0.5, 2.0))
            pilot.agent.kill()
            pilot.agent.wait()
            pilot.start_agent()
        pilot.fleet.send_signal(signal.SIGTERM)
        pilot.fleet.wait(30)
        time.sleep(3)
        check("every record arrived once and in order", verify(pilot))
    finally:
        pilot.stop()
        if all(results):
            shutil.rmtree(pilot.dir)
        else:
            print("left for a look: " + pilot.dir)
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
