#!/usr/bin/env python3
"""Takes Kafka away from the agent DriverCarInfo: down at the first start, its
in-sync replicas lost, stopped for a while, restarted. Nothing is terminal, it
goes on by itself, and each line is there once, in order, from where the first
start said.
"""
import os
import signal
import time

from log_writer import LogWriter, line_of
from scene import Invalid, judge, main, right, told, wait_until

AGENT = "DriverCarInfo"
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
{a}.sinks.kafka.channel = memory
"""
TAIL = """
{a}.sources.log.type = exec
{a}.sources.log.command = tail -n {lines} -F {dir}/drivers.log
"""
SKIP = """
{a}.sources.log.type = TAILDIR
{a}.sources.log.filegroups = all
{a}.sources.log.filegroups.all = {dir}/.*[.]log
{a}.sources.log.skipToEnd = true
"""


def agent(scene, broker, topic, source, **values):
    directory = scene.path(topic)
    os.mkdir(directory)
    conf = os.path.join(directory, "agent.conf")
    with open(conf, "w") as file:
        file.write(CONF.format(
            a=AGENT, brokers=broker.address, topic=topic,
            source=source.format(a=AGENT, dir=directory, **values)))
    return directory, scene.agent(AGENT, conf, state="state-" + topic,
                                  node=f"{scene.node}-{topic}")


def append(directory, name, first, lines):
    with open(os.path.join(directory, name), "a") as file:
        for i in range(first, first + lines):
            file.write(line_of(name, i) + "\n")


def wanted(name, first, end):
    return [line_of(name, i) for i in range(first, end)]


def verdict(scene, what, broker, topic, lines, seconds=120):
    watch = broker.watch(topic)
    wait_until(f"{what}: {len(lines)} lines arrive", seconds,
               lambda: watch.count >= len(lines))
    found = judge(lines, [value for _, value in broker.records(topic)])
    scene.check(f"{what}: {len(lines)} lines {told(found)}", right(found))


def down_at_first_start(scene, broker):
    """tail -F -n 10; 1,000 lines and two kills before Kafka comes."""
    topic = "first"
    broker.create(topic)
    directory, victim = agent(scene, broker, topic, TAIL, lines=10)
    append(directory, "drivers.log", 0, 100)
    broker.stop()
    for i in range(2):
        victim.start()
        victim.wait_up()
        wait_until("the start is fixed", 60, lambda: os.path.exists(
            victim.file(f"start-{AGENT}-log")))
        append(directory, "drivers.log", 100 + 500 * i, 500)
        victim.kill()
    victim.start()
    broker.start()
    verdict(scene, "Kafka down at the first start", broker, topic,
            wanted("drivers.log", 90, 1100))
    victim.stop()


def new_file(scene, broker):
    topic = "skip"
    broker.create(topic)
    directory, victim = agent(scene, broker, topic, SKIP)
    append(directory, "old.log", 0, 100)
    victim.start()
    victim.wait_up()
    wait_until("the start is fixed", 60, lambda: os.path.exists(
        victim.file(f"start-{AGENT}-log")))
    append(directory, "new.log", 0, 300)
    # Two files: each in its own order, wherever the other's lines are.
    watch = broker.watch(topic)
    wait_until("the new file's lines arrive", 60, lambda: watch.count >= 300)
    append(directory, "old.log", 100, 200)
    verdict(scene, "a new file under skipToEnd, from its beginning", broker,
            topic, wanted("new.log", 0, 300) + wanted("old.log", 100, 300))
    victim.stop()


def bear(scene, victim, seconds):
    """The outage lasts so long, and nobody gives up meanwhile."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        signal.sigtimedwait([], 0.5)
        if victim.process.poll() is not None:
            raise Invalid("the agent ended: " + victim.log()[-400:])


def outage(scene, what, writer, watch, victim, begin, end, seconds):
    """From `begin` to `end` nothing goes on, after it everything does."""
    want = writer.written
    wait_until("everything has arrived before", 60,
               lambda: watch.count >= want)
    begin()
    # What was on its way may still arrive.
    refused = writer.written + 1500
    bear(scene, victim, seconds)
    held, written = watch.count, writer.written
    end()
    healed = time.monotonic()
    want = writer.written
    wait_until(f"{what}: it goes on by itself", 400,
               lambda: watch.count >= want)
    scene.say(f"{what}: {written - held} lines waited, all there "
              f"{time.monotonic() - healed:.1f} s after its end")
    scene.check(f"{what}: nothing is terminal, it goes on by itself",
                "stays down" not in victim.log())
    return held < refused


def flowing(scene, broker, topic):
    """An agent that delivers what is written all the time."""
    directory, victim = agent(scene, broker, topic, TAIL, lines="+1")
    writer = LogWriter(os.path.join(directory, "drivers.log"), 300, scene.seed)
    writer.start()
    victim.start()
    watch = broker.watch(topic)
    wait_until("the first lines arrive", 60, lambda: watch.count > 0)
    return writer, victim, watch


def ended(scene, what, broker, topic, writer, victim):
    writer.stop()
    verdict(scene, what, broker, topic, writer.lines())
    scene.check("it stops when asked", victim.stop() == 0)


def broker_away(scene, broker):
    topic = "away"
    broker.create(topic)
    writer, victim, watch = flowing(scene, broker, topic)
    outage(scene, "broker stopped by SIGSTOP", writer, watch, victim,
           broker.pause, broker.resume, 60 if scene.options.full else 10)
    outage(scene, "broker restarted", writer, watch, victim, broker.stop,
           broker.start, 1)
    ended(scene, "broker away", broker, topic, writer, victim)


def replicas_lost(scene, broker):
    """Two of two must be in sync, and one is gone."""
    topic = "replicas"
    other = broker.replica()
    other.start()
    broker.create_replicated(topic, 2, 2)
    writer, victim, watch = flowing(scene, broker, topic)
    refused = outage(scene, "in-sync replicas lost", writer, watch, victim,
                     other.kill, other.start,
                     180 if scene.options.full else 40)
    scene.check("in-sync replicas lost: it was really refused", refused)
    ended(scene, "in-sync replicas back", broker, topic, writer, victim)


def play(scene):
    broker = scene.broker()
    broker.start()
    down_at_first_start(scene, broker)
    new_file(scene, broker)
    broker_away(scene, broker)
    replicas_lost(scene, broker)


if __name__ == "__main__":
    main(__doc__, play, lambda parser: parser.add_argument(
        "--full", action="store_true", help="outages of up to 3 minutes"))
