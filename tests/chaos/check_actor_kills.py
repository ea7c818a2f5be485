#!/usr/bin/env python3
"""Kills actors of every kind mid-ingest over the real pipeline into a real
Kafka, all in one process, beside a second agent that must not notice; then the
process itself. Counts what arrived: each record once, in order.

The short form makes 60 kills of actors, --full 210.
"""
import bisect
import filecmp
import json
import os
import re
import subprocess
import time
import urllib.error

from scene import ROOT, Agent, Watch, main, wait_until
from steady_feed import SteadyFeed, backlogs_heal, pauses

AGENT = "DriverCarInfo"
OTHER = "Steady"
TOPIC = "kills"
KINDS = ["source", "interceptor", "channel", "sink", "supervisor"]
# A file that grows by so many bytes a second is the other agent's.
RATE = 10_000_000
PAUSE = 0.5
HEAL = 2.0
# What so many seconds bring is no backlog: the feeder's ticks are that coarse.
NOISE = 0.1


def wanted_records():
    """The pilot's filter."""
    with open(os.path.join(ROOT, "config/examples/pilot.conf")) as file:
        return re.search(AGENT + r".*[.]regex = (.*)", file.read()).group(1)


def configuration(scene, broker):
    agents = {
        AGENT: {
            "sources": {"drivers": {
                "type": "exec", "channels": ["memory"],
                "command": ["tail", "-n", "+1", "-F",
                            scene.path("drivers.log")],
                "interceptors": [{"name": "records", "type": "regex_filter",
                                  "regex": wanted_records()}]}},
            "channels": {"memory": {"type": "memory"}},
            "sinks": {"kafka": {"type": "kafka", "brokers": broker.address,
                                "topic": TOPIC, "channel": "memory"}}},
        OTHER: {
            "sources": {"log": {
                "type": "taildir", "channels": ["memory"],
                "groups": {"all": scene.path("steady[.]log")}}},
            "channels": {"memory": {"type": "memory"}},
            "sinks": {"log": {"type": "logger", "channel": "memory",
                              "path": scene.path("steady.out")}}}}
    path = scene.path("kills.json")
    with open(path, "w") as file:
        json.dump({"agents": agents}, file, indent=2)
    return path


class Node(Agent):
    """Both agents in one process."""

    def __init__(self, scene, conf):
        super().__init__(scene, scene.node, conf)
        self.argv = [scene.program("sluice"), "run", conf, "--node",
                     scene.node, "--state-dir", self.state, "--metrics",
                     "127.0.0.1:0", "--allow-chaos"]

    def ready(self):
        try:
            return self.get("/readyz")
        except urllib.error.HTTPError:
            return False

    def sum_of(self, name, agent):
        """The metric's sum over the components of one agent."""
        return sum(float(line.rsplit(" ", 1)[1])
                   for line in self.get("/metrics").splitlines()
                   if line.startswith(name + "{")
                   and f'agent="{agent}"' in line)


class Arrivals(Watch):
    """A consumer that notes when each record came."""

    def __init__(self, scene, argv):
        self.times = []
        super().__init__(scene, argv)

    def _read(self):
        for _ in self.process.stdout:
            self.times.append(time.monotonic())
            self.count = len(self.times)


def fleet_of(scene):
    ledger = scene.path("drivers.ledger")
    fleet = scene.start(
        "fleet", [scene.program("sluice-simulator"), "drivers", "--log",
                  scene.path("drivers.log"), "--ledger", ledger, "--speed",
                  "10", "--for", "3600s", "--garbage", "5", "--seed",
                  str(scene.seed)])
    wait_until("the fleet writes", 30, lambda: os.path.exists(ledger))
    return fleet, ledger


def kill_actors(scene, node, arrivals, wanted):
    """`wanted` kills at seeded moments, kinds in turn; of each its kind, when
    it was, and whether the agent got time to heal before the next."""
    kills = []
    done = dict.fromkeys(KINDS, 0)
    while len(kills) < wanted:
        time.sleep(scene.dice.uniform(0.02, 0.4))
        least = min(done.values())
        victims = [a for a in node.actors()
                   if a["agent"] == AGENT and done[a["kind"]] <= least + 3]
        if not victims:
            continue
        victim = scene.dice.choice(victims)
        if not node.kill_actor(victim["id"]):
            continue
        heals = scene.dice.random() < 0.7
        kills.append((victim["kind"], time.monotonic(), heals))
        done[victim["kind"]] += 1
        if heals:
            seen = arrivals.count + 500
            wait_until(f"records arrive after the kill of {victim['id']}", 30,
                       lambda: arrivals.count > seen)
    return kills


def longest_gap(times, begin, end):
    """The longest time without an arrival in [begin, end]."""
    inside = times[bisect.bisect(times, begin):bisect.bisect(times, end)]
    return max(b - a for a, b in zip([begin] + inside, inside + [end]))


def tell_recovery(scene, kills, times):
    """By the consumer's clock, of the kills after which the agent healed."""
    ends = [at for _, at, _ in kills[1:]] + [times[-1]]
    for kind in KINDS:
        gaps = sorted(longest_gap(times, at, end)
                      for (k, at, heals), end in zip(kills, ends)
                      if k == kind and heals)
        if gaps:
            scene.say(f"{kind}: after {len(gaps)} kills nothing arrived for "
                      f"{gaps[len(gaps) // 2] * 1000:.0f} ms (median), "
                      f"{gaps[-1] * 1000:.0f} ms (most)")


def judge_the_other(scene, feed, kills):
    looks = feed.looks()
    times = [at for _, at, _ in kills]
    during = [k for k in looks if times[0] - 2 <= k[0] <= times[-1] + HEAL]
    longest, stall = pauses(during)
    scene.say(f"the other agent: {during[-1][2] / 1e6:.0f} MB, longest pause "
              f"{longest * 1000:.0f} ms, of which the clock itself stood "
              f"{stall * 1000:.0f} ms")
    scene.check(f"the other agent never pauses for more than {PAUSE} s",
                longest - stall <= PAUSE)
    healed = backlogs_heal(looks, times, HEAL, NOISE * RATE)
    scene.say("its backlog was back to its former level after at most "
              f"{healed * 1000:.0f} ms")
    scene.check(f"its backlog is back within {HEAL} s of each kill",
                healed <= HEAL)


def judge_the_drivers(scene, broker, ledger):
    done = subprocess.run(
        [scene.program("sluice-simulator"), "verify", "--check",
         f"{ledger}=kafka:{broker.address}/{TOPIC}", "--wait", "60s"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    verdict = done.stdout.strip().splitlines()[-1]
    scene.say(verdict)
    scene.check("every record arrived once and in order",
                done.returncode == 0
                and re.search(r"written [1-9].* lost 0 ", verdict))


def play(scene):
    wanted = 210 if scene.options.full else 60
    broker = scene.broker()
    broker.start()
    broker.create(TOPIC, 4)
    fleet, ledger = fleet_of(scene)
    open(scene.path("steady.log"), "w").close()
    node = Node(scene, configuration(scene, broker))
    node.start()
    node.wait_up()
    arrivals = broker.watch(TOPIC, Arrivals)
    wait_until("the first records arrive", 60, lambda: arrivals.count)
    feed = SteadyFeed(scene, scene.path("steady.log"),
                      scene.path("steady.out"), RATE)
    wait_until("the other agent writes", 30,
               lambda: feed.delivered() > RATE)

    kills = kill_actors(scene, node, arrivals, wanted)
    wait_until("all of it runs again", 30, node.ready)
    per_kind = {k: sum(kind == k for kind, _, _ in kills) for k in KINDS}
    scene.say("killed: " + ", ".join(f"{k} {n}" for k, n in per_kind.items()))
    scene.check(f"each kind of actor was killed {wanted // 7} times or more",
                min(per_kind.values()) >= wanted // 7)
    tell_recovery(scene, kills, arrivals.times)
    scene.check("nothing was ever missing between two runs",
                node.metric("sluice_gaps_total") == 0)
    scene.check("no record was buried",
                node.metric("sluice_dead_letters_total") == 0)
    replayed = node.metric("sluice_replayed_events_total")
    scene.say(f"replayed: {replayed:.0f}")
    scene.check("kills hit what had been handed out", replayed > 0)
    scene.check("no actor of the other agent went down",
                node.sum_of("sluice_actor_restarts_total", OTHER) == 0)
    judge_the_other(scene, feed, kills)

    for _ in range(scene.options.process_kills):
        began = time.monotonic()
        node.kill()
        node.start()
        seen = arrivals.count + 500
        wait_until("records arrive after the kill of the process", 60,
                   lambda: arrivals.count > seen)
        gap = longest_gap(arrivals.times, began, arrivals.times[-1])
        scene.say("after kill -9 of the process and its start nothing arrived "
                  f"for {gap * 1000:.0f} ms")
        node.wait_up()
    feed.end_feeding()
    wait_until("the other agent has delivered all", 60, feed.complete)
    scene.check("the other agent's output is its input", filecmp.cmp(
        feed.source, feed.output, shallow=False))
    fleet.terminate()
    fleet.wait(30)
    judge_the_drivers(scene, broker, ledger)
    began = time.monotonic()
    scene.check("the node stops in order", node.stop() == 0)
    scene.say(f"it took {(time.monotonic() - began) * 1000:.0f} ms")


def arguments(parser):
    parser.add_argument("--full", action="store_true",
                        help="210 kills of actors, not 60")
    parser.add_argument("--process-kills", type=int, default=3)


if __name__ == "__main__":
    main(__doc__, play, arguments)
