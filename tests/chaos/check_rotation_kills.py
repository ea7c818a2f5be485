#!/usr/bin/env python3
"""Kills the agent DriverCarInfo with -9 again and again while its log is
rotated, in every way that logs are, also while it is down; wakes a zombie; and
kills the broker. A real Kafka must have each line once, in order.

The short form is a round of exec `tail -F` and one of taildir, the full one
(--full) has more kills in each.
"""
import os
import signal

from log_writer import LogWriter
from scene import Invalid, judge, main, right, told, wait_until

AGENT = "DriverCarInfo"
TOPIC = "lines"
RATE = 1500
# Lines, 9 MB: more than one transaction takes.
BACKLOG = 100_000

CONF = """
{a}.sources = log
{a}.channels = memory
{a}.sinks = kafka
{source}
{a}.sources.log.channels = memory
{a}.channels.memory.type = memory
{a}.sinks.kafka.type = org.apache.flume.sink.kafka.KafkaSink
{a}.sinks.kafka.kafka.bootstrap.servers = {brokers}
{a}.sinks.kafka.kafka.topic = {topic}
{a}.sinks.kafka.lost_state = ${{env:LOST_STATE:-stop}}
{a}.sinks.kafka.channel = memory
"""
EXEC = """
{a}.sources.log.type = exec
{a}.sources.log.command = tail -n +1 -F {dir}/drivers.log
"""
TAILDIR = """
{a}.sources.log.type = TAILDIR
{a}.sources.log.filegroups = all
{a}.sources.log.filegroups.all = {dir}/drivers[.]log
"""


class Round:
    """One agent with its log and topic, in a broker of the round's own."""

    def __init__(self, scene, broker, kind, source):
        self.scene = scene
        self.kind = kind
        self.dice = scene.dice
        self.broker = broker
        self.topic = f"{TOPIC}-{kind}"
        self.dir = scene.path(kind)
        os.mkdir(self.dir)
        broker.create(self.topic, 4)
        self.conf = os.path.join(self.dir, "agent.conf")
        with open(self.conf, "w") as file:
            file.write(CONF.format(
                a=AGENT, brokers=broker.address, topic=self.topic,
                source=source.format(a=AGENT, dir=self.dir)))
        self.node = f"{scene.node}-{kind}"
        self.writer = LogWriter(os.path.join(self.dir, "drivers.log"), RATE,
                                scene.seed, dated=self.dice.random() < 0.5)
        self.agent = self.agent_in(f"{kind}/state")
        self.watch = broker.watch(self.topic)
        self.kills = self.in_downtime = 0
        self.fenced = 0

    def agent_in(self, state, **environment):
        return self.scene.agent(AGENT, self.conf, node=self.node, state=state,
                                **environment)

    def log(self, text):
        with open(os.path.join(self.dir, "events"), "a") as file:
            file.write(f"{self.writer.written} {self.watch.count} {text}\n")

    def caught_up(self, seconds=60):
        """Everything that is written now has arrived."""
        want = self.writer.written
        wait_until(f"{want} lines have arrived, {self.watch.count} have",
                   seconds, lambda: self.watch.count >= want)

    def kill(self):
        self.agent.kill()
        self.kills += 1
        self.log("killed")

    def start(self):
        self.agent.start()
        self.log("started")

    # --- rotations -----------------------------------------------------------

    def rotate_up(self):
        how = self.dice.choice(["rename", "delete", "copy"])
        self.log(f"rotates by {how}")
        if how == "rename":
            self.writer.by_rename()
        elif how == "delete":
            # What was deleted is only in the agent's hands: it must have the
            # file, and live until it has delivered the rest of it.
            self.caught_up()
            self.writer.by_delete()
            self.caught_up()
        else:
            self.writer.by_copy(between=self.pause)

    def pause(self):
        """Between copy and truncation, sometimes with a kill."""
        if self.dice.random() < 0.5:
            self.kill()
            self.start()
        self.some_time(0.5)

    def rotate_down(self):
        how = self.dice.choice(["rename", "copy"])
        self.log(f"rotates by {how} while down")
        if how == "rename":
            self.writer.by_rename()
        else:
            self.writer.by_copy(between=lambda: self.some_time(0.1))
        self.in_downtime += 1

    def delete_down(self):
        """The agent has delivered everything, dies, and the log is deleted."""
        # The rest of a half line would be written when nobody reads any more.
        with self.writer.whole_lines():
            self.caught_up()
            self.kill()
            self.writer.by_delete()
            self.log("deleted while down")
        self.in_downtime += 1

    def some_time(self, most):
        """The moment of a fault is random: this waits for nothing."""
        wait = self.dice.uniform(0, most)
        signal.sigtimedwait([], wait)

    # --- faults --------------------------------------------------------------

    def strike(self):
        """One kill, perhaps with rotations before it and in the downtime."""
        if self.dice.random() < 0.4:
            self.rotate_up()
        self.some_time(1.2)
        if self.dice.random() < 0.15:
            self.delete_down()
        else:
            self.kill()
        if self.dice.random() < 0.5:
            for _ in range(self.dice.choice([1, 1, 2, 3])):
                self.some_time(0.2)
                self.rotate_down()
        self.some_time(0.2)
        self.start()

    def strikes(self, kills):
        goal = self.kills + kills
        while self.kills < goal:
            self.strike()
            if self.dice.random() < 0.25:
                self.caught_up()

    def strike_a_transaction(self):
        """Kills while a backlog is delivered, until a transaction was open:
        at the log's usual rate one is for a few milliseconds only."""
        for _ in range(20):
            self.kill()
            self.writer.grow(BACKLOG)
            before = self.watch.count
            self.start()
            wait_until("the backlog begins to arrive", 60,
                       lambda: self.watch.count > before, pause=0.001)
            self.kill()
            self.start()
            self.caught_up()
            if self.aborted() > 0:
                return

    def aborted(self):
        """Records of transactions that were not committed."""
        return (len(self.broker.records(self.topic, uncommitted=True))
                - len(self.broker.records(self.topic)))

    def zombie(self):
        """The agent is stopped by SIGSTOP, a successor takes over, and the
        zombie wakes up."""
        old = self.agent
        old.wait_up()
        before = self.watch.count
        wait_until("the agent delivers", 60,
                   lambda: self.watch.count > before)
        old.signal(signal.SIGSTOP)
        self.log("stopped")
        self.agent = self.agent_in(self.kind + "/state-2", LOST_STATE="adopt")
        self.start()
        self.caught_up()
        old.signal(signal.SIGCONT)
        self.log("the zombie wakes up")
        wait_until("the zombie stops as an identity clash", 120,
                   lambda: "identity clash" in old.log())
        self.fenced += old.metric("sluice_sink_fenced_total")
        self.scene.check("the zombie stops as an identity clash", True)
        # It stays so, and leaves its successor alone.
        self.caught_up()
        self.scene.check(
            "its successor goes on undisturbed",
            self.agent.metric("sluice_sink_fenced_total") == 0)
        self.scene.check("the zombie's agent is not ready, its process lives",
                         old.process.poll() is None and not ready(old))
        old.kill()

    def kill_broker(self):
        self.broker.kill()
        self.log("broker killed")
        self.some_time(2)
        self.broker.start()
        self.log("broker started")
        self.caught_up(120)

    def finish(self):
        self.writer.stop()
        self.caught_up(120)
        self.agent.wait_up()
        missed = self.agent.metric("sluice_source_missed_bytes_total")
        gaps = self.agent.metric("sluice_gaps_total")
        self.scene.check("nothing is counted as missed, no gaps",
                         missed == 0 and gaps == 0)
        self.scene.check("it stops when asked", self.agent.stop() == 0)


def ready(agent):
    try:
        agent.get("/readyz")
        return True
    except OSError:
        return False


def verdict(scene, one):
    committed = one.broker.records(one.topic)
    found = judge(one.writer.lines(), [value for _, value in committed])
    aborted = len(one.broker.records(one.topic, uncommitted=True)) - len(committed)
    scene.say(f"{one.topic}: written {one.writer.written} {told(found)} | "
              f"kills {one.kills} rotations {one.writer.rotations} "
              f"({one.in_downtime} while down) aborted {aborted} fenced "
              f"{one.fenced:.0f}")
    scene.check("each line arrived once, in order", right(found))
    scene.check("one file, one partition: its order is the topic's",
                len({partition for partition, _ in committed}) == 1)
    return aborted


def play(scene):
    full = scene.options.full
    broker = scene.broker()
    broker.start()
    kills = in_downtime = aborted = fenced = 0
    for kind, source in (("exec", EXEC), ("taildir", TAILDIR)):
        one = Round(scene, broker, kind, source)
        one.writer.start()
        one.start()
        # What is rotated away before the first start is fixed is older than
        # the agent: nobody delivers it.
        wait_until("the first start is fixed", 60, lambda: os.path.exists(
            one.agent.file(f"start-{AGENT}-log")))
        one.strikes(20 if full else 5)
        one.zombie()
        one.strikes(15 if full else 3)
        if kind == "exec" or full:
            one.kill_broker()
        one.strikes(5 if full else 2)
        if one.aborted() == 0:
            one.strike_a_transaction()
        one.finish()
        aborted += verdict(scene, one)
        kills += one.kills
        in_downtime += one.in_downtime
        fenced += one.fenced
    if not (aborted > 0 and fenced > 0
            and in_downtime >= (10 if full else 3)):
        raise Invalid(f"aborted {aborted} fenced {fenced} rotations while down "
                      f"{in_downtime}: the run proves nothing")
    scene.say(f"all: kills {kills}, rotations while down {in_downtime}, "
              f"aborted {aborted}, fenced {fenced:.0f}")


if __name__ == "__main__":
    main(__doc__, play, lambda parser: parser.add_argument(
        "--full", action="store_true", help=">= 50 kills"))
