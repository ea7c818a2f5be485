#!/usr/bin/env python3
"""Kills the pilot's agents at every failpoint of the source, and lets their
actors throw and their calls fail there: each line must arrive once, in order.

A point that is in the source and not in the tables below, and one that was
never reached, is a failure. `--only NAME` plays one point.
"""
import glob
import os
import re
import signal
import threading
import time

from log_writer import LogWriter
from scene import ROOT, Invalid, Watch, judge, main, right, told, wait_until
from spool import Spool, agent as spool_agent, lines_of

# What happens while an agent runs into a point. Lines come in any case.
LINES, ROTATE, TRUNCATE = "lines", "rotate", "truncate"
STOP, PAUSE = "stop", "pause"

# (point, at which of its hits the process dies, what happens meanwhile), in
# order: some are reached by a first start alone. Without hits it is what goes
# wrong in a process that lives on, each rule once.
CARS = [
    ("store.node.before_switch", [1], LINES),
    ("store.open", [1, 2, 4, 6], LINES),
    ("store.read", [1, 2, 3], LINES),
    ("store.write", [1, 2, 3, 5, 9], LINES),
    ("store.sync", [1, 2, 4], LINES),
    ("store.rename", [1], LINES),
    ("store.sync_directory", [1], LINES),
    ("store.truncate", [1], LINES),
    ("store.compact.before_switch", [1], LINES),
    ("watch.init", [1], LINES),
    ("watch.add", [1], LINES),
    ("file.open", [1, 3], LINES),
    ("file.read", [1, 4], LINES),
    ("store.before_flush", [1, 2], LINES),
    ("store.before_slot", [2, 1], LINES),
    # What a kill there leaves beyond the confirmed part is cut off.
    ("store.truncate", [2], LINES),
    ("store.after_slot", [1, 2], LINES),
    ("spool.done.before_rename", [1, 2], LINES),
    ("spool.done.renamed_before_dirsync", [1, 2], LINES),
    ("node.agent_down", [1], STOP),
    ("spool.done.before_rename=2@1*throw", [], LINES),
    ("spool.done.renamed_before_dirsync=2@1*throw", [], LINES),
    ("store.before_flush=1*throw", [], LINES),
    ("store.before_slot=2@1*err(28)", [], LINES),
    ("store.after_slot=1*err(5)", [], LINES),
    ("file.read=1*throw", [], LINES),
]
DRIVERS = [
    ("start.before_write", [1], LINES),
    ("start.before_rename", [1], LINES),
    # The first start is tried three times until one gets through.
    ("start.before_write=1*throw;start.before_rename=1*err(28)", [], LINES),
    ("kafka.seen.before_switch", [1], LINES),
    ("kafka.after_init", [1, 2], LINES),
    ("kafka.after_load", [1], LINES),
    ("kafka.after_begin", [1, 2, 3], LINES),
    ("kafka.mid_produce", [1, 2], LINES),
    ("kafka.before_positions", [1, 2], LINES),
    ("kafka.before_commit", [1, 2], LINES),
    ("kafka.during_commit", [1, 2], PAUSE),
    ("kafka.after_commit", [1, 2], LINES),
    ("src.rotate.detected", [1, 2], ROTATE),
    ("src.truncate.detected", [1, 2], TRUNCATE),
    ("file.open", [1, 2], ROTATE),
    ("file.read", [1, 5], TRUNCATE),
    ("kafka.after_init=1*throw", [], LINES),
    ("kafka.after_load=1*throw", [], LINES),
    ("kafka.after_begin=2@1*throw", [], LINES),
    ("kafka.mid_produce=1*throw", [], LINES),
    ("kafka.before_positions=1*throw", [], LINES),
    ("kafka.before_commit=2@1*throw", [], LINES),
    ("kafka.after_commit=2@1*throw", [], LINES),
    ("kafka.seen.before_switch=1*err(28)", [], LINES),
    ("src.rotate.detected=1*throw", [], ROTATE),
    ("src.truncate.detected=1*throw", [], TRUNCATE),
    ("watch.init=1*err(24)", [], LINES),
    ("watch.add=1*err(28)", [], LINES),
]
# Without transactions a kill between the two may repeat, never lose.
IDEMPOTENT = [("kafka.before_local_positions", [1, 2], LINES)]

CONF = """
{a}.sources = log
{a}.channels = memory
{a}.sinks = kafka
{a}.sources.log.type = exec
{a}.sources.log.command = tail -n +1 -F {log}
{a}.sources.log.channels = memory
{a}.channels.memory.type = memory
{a}.sinks.kafka.type = org.apache.flume.sink.kafka.KafkaSink
{a}.sinks.kafka.kafka.bootstrap.servers = {brokers}
{a}.sinks.kafka.kafka.topic = {topic}
{a}.sinks.kafka.transactions = {transactions}
{a}.sinks.kafka.channel = memory
"""


def points_of_the_source():
    """Every name that SLUICE_FAILPOINT has, or that durable::replace is
    given for it."""
    found = set()
    for folder in ("actors", "config", "monitoring", "nodes", "simulator"):
        for path in glob.glob(os.path.join(ROOT, folder, "**/*.?pp"),
                              recursive=True):
            with open(path) as file:
                text = file.read()
            found.update(re.findall(r'SLUICE_FAILPOINT\(\s*"([^"]+)"', text))
            for call in re.findall(r"durable::replace\(.*?;", text, re.S):
                found.update(re.findall(r'"([a-z_]+(?:\.[a-z_]+)+)"', call))
    return found


class Seen(Watch):
    """The different records that have come so far."""

    def _read(self):
        self.lines = set()
        for line in self.process.stdout:
            self.lines.add(line.rstrip("\n").split(" ", 2)[2])
            self.count = len(self.lines)


class Cars:
    """A spool directory to the logger's own file."""

    name = "cars"
    steps = CARS

    def __init__(self, scene):
        self.spool = Spool(scene, "spool-cars")
        self.output = scene.path("cars.out")
        self.agent = spool_agent(scene, self.spool, self.output,
                                 state="state-cars", program=program(scene),
                                 node=scene.node + "-cars")

    def happen(self, _what):
        self.spool.add(40)

    def delivered(self):
        return not self.spool.waiting()

    def verdict(self, _scene):
        return judge(self.spool.lines(), lines_of(self.output))


class Drivers:
    """A log that is rotated, into Kafka."""

    name, transactions = "drivers", "on"
    steps = DRIVERS

    def __init__(self, scene, broker):
        self.topic = self.name
        self.broker = broker
        broker.create(self.topic)
        os.mkdir(scene.path(self.name))
        log = scene.path(self.name, "drivers.log")
        conf = scene.path(self.name, "agent.conf")
        with open(conf, "w") as file:
            file.write(CONF.format(a="DriverCarInfo", log=log,
                                      brokers=broker.address, topic=self.topic,
                                      transactions=self.transactions))
        self.writer = LogWriter(log, 0, scene.seed)
        self.agent = scene.agent("DriverCarInfo", conf,
                                 state=f"state-{self.name}",
                                 node=f"{scene.node}-{self.name}",
                                 program=program(scene))
        self.watch = broker.watch(self.topic, Seen)
        self.early = broker.watch(self.topic, Seen, uncommitted=True)

    def happen(self, what):
        self.writer.grow(40)
        if what == ROTATE:
            self.writer.by_rename()
        elif what == TRUNCATE:
            self.writer.by_copy()
        self.writer.grow(40)

    def delivered(self):
        return self.watch.count >= self.writer.written

    def pause_before_commit(self):
        """Stops the broker while a transaction's records have arrived and its
        commit has not."""
        # What earlier deaths left uncommitted may still be on its way here.
        self.writer.grow(40)
        wait_until("what came before is delivered", 60, self.delivered)
        before = -1
        while before != self.early.count:
            before = self.early.count
            signal.sigtimedwait([], 1)
        self.writer.grow(40)
        wait_until("records arrive", 30, lambda: self.early.count > before)
        self.broker.pause()

    def verdict(self, _scene):
        return judge(self.writer.lines(), [
            value for _, value in self.broker.records(self.topic)])


class Idempotent(Drivers):
    name, transactions = "idempotent", "off"
    steps = IDEMPOTENT

    def verdict(self, scene):
        found = super().verdict(scene)
        if not scene.options.only:
            scene.check("without transactions something came twice",
                        found["duplicated"] > 0)
        found["duplicated"] = 0
        return found


def points_of(rules):
    return {rule.split("=")[0] for rule in rules.split(";")}


def program(scene):
    return os.path.join(scene.options.check_bin, "sluice")


def fired(report, point):
    """Whether the process says that it acted at the point."""
    if not os.path.exists(report):
        return False
    with open(report) as file:
        return any(line.split()[0] == point and int(line.split()[2]) > 0
                   for line in file)


class Play:
    """One pipeline's points, one after the other, in one state directory."""

    def __init__(self, scene, one):
        self.scene = scene
        self.one = one
        self.reached = set()

    def wanted(self, points):
        only = self.scene.options.only
        return not only or only in points

    def run(self):
        if self.scene.options.only:
            self.first_start()
        for rules, hits, what in self.one.steps:
            points = points_of(rules)
            if not self.wanted(points):
                continue
            for hit in hits:
                self.kill(rules, hit, what)
            if not hits:
                self.fault(rules, points, what)
        self.finish()

    def first_start(self):
        """What is rotated away before it is nobody's to deliver."""
        self.start("")
        self.one.agent.wait_up()
        self.one.happen(LINES)
        wait_until(f"{self.one.name}: the first lines are delivered", 60,
                   self.one.delivered)
        self.one.agent.stop()

    def start(self, rules, report=""):
        self.one.agent.environment = {"FAILPOINTS": rules,
                                      "FAILPOINTS_REPORT": report}
        self.one.agent.start()

    def again_until(self, why, what, condition):
        """Lines come, and what else is wanted, until it is so."""
        due = [0.0]

        def look():
            if condition():
                return True
            # The next rotation once the agent is through with the last.
            if due[0] < time.monotonic() and (
                    what not in (ROTATE, TRUNCATE) or self.one.delivered()):
                self.one.happen(what)
                due[0] = time.monotonic() + 0.4
            return False
        wait_until(why, 30, look)

    def kill(self, point, hit, what):
        report = self.scene.path(f"{self.one.name}-{point}-{hit}.report")
        process = self.one.agent
        rules = f"{point}={hit}@1*kill"
        if what == PAUSE:
            # Time to see that a commit is due, and to stop the broker.
            rules += ";kafka.before_commit=delay(1500)"
        self.start(rules, report)
        if what == STOP:
            process.wait_up()
            process.signal(signal.SIGTERM)
        if what == PAUSE:
            self.one.pause_before_commit()
        self.again_until(f"{self.one.name}: dies at {point}, hit {hit}", what,
                         lambda: process.process.poll() is not None)
        if what == PAUSE:
            self.one.broker.resume()
        ok = process.process.returncode == -signal.SIGKILL \
            and fired(report, point)
        if ok:
            self.reached.add(point)
        self.scene.check(f"{self.one.name}: dies at {point}, hit {hit}", ok)

    def fault(self, rules, points, what):
        report = self.scene.path(f"{self.one.name}-{rules}.report")
        self.start(rules, report)
        self.one.agent.wait_up()
        for _ in range(3):
            self.one.happen(what)
            wait_until(f"{self.one.name}: {rules}: all is delivered", 30,
                       self.one.delivered)
        stopped = self.one.agent.stop()
        ok = stopped == 0 and all(fired(report, p) for p in points)
        self.reached.update(points if ok else [])
        self.scene.check(f"{self.one.name}: goes on after {rules}", ok)

    def finish(self):
        self.start("")
        self.one.happen(LINES)
        self.one.agent.wait_up()
        wait_until(f"{self.one.name}: everything is delivered", 60,
                   self.one.delivered)
        stopped = self.one.agent.stop() == 0
        found = self.one.verdict(self.scene)
        self.scene.check(f"{self.one.name}: {told(found)}",
                         right(found) and stopped)


def play(scene):
    listed = {rules for rules, hits, _ in CARS + DRIVERS + IDEMPOTENT if hits}
    source = points_of_the_source()
    scene.check("the tables have each point of the source, and no other: "
                + " ".join(sorted(listed ^ source)), listed == source)
    broker = scene.broker()
    broker.start()
    plays = [Play(scene, Cars(scene)), Play(scene, Drivers(scene, broker)),
             Play(scene, Idempotent(scene, broker))]

    def run(one):
        try:
            one.run()
        except Invalid as why:
            scene.check(str(why), False)
    threads = [threading.Thread(target=run, args=(one,)) for one in plays]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reached = set().union(*(one.reached for one in plays))
    if not scene.options.only:
        scene.check("each point was reached: "
                    + " ".join(sorted(source - reached)), reached >= source)


def arguments(parser):
    built = os.path.join(ROOT, "build/check/bin")
    parser.set_defaults(bin=built)
    parser.add_argument("--check-bin", default=built,
                        help="where the sluice with failpoints is")
    parser.add_argument("--only", help="one point")


if __name__ == "__main__":
    main(__doc__, play, arguments)
