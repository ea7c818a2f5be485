#!/usr/bin/env python3
"""How much memory, how many descriptors and how much work: spooled files before
a sink that stands still, many small files, many followed files. Memory stays
under 64 MiB and the channel's bound, no more than the bound and a batch is read
ahead, the work grows with the files and not faster, and afterwards each line is
there once, in order. With --kafka: the sink stands still because its broker
does.
"""
import os
import signal
import subprocess
import threading
import time

from scene import Invalid, main, wait_until
from varied_lines import Judge, line_of, move_in, write_spool

AGENT = "a"
SPOOL = """
a.sources = s
a.channels = c
a.sinks = k
a.sources.s.type = spooldir
a.sources.s.spoolDir = {dir}/in
a.sources.s.channels = c
a.channels.c.type = memory
{bound}
a.sinks.k.channel = c
"""
TAIL = """
a.sources = s
a.channels = c
a.sinks = k
a.sources.s.type = TAILDIR
a.sources.s.filegroups = all
a.sources.s.filegroups.all = {dir}/in/.*[.]log
a.sources.s.channels = c
a.channels.c.type = memory
a.sinks.k.channel = c
"""
TO_STDOUT = "a.sinks.k.type = logger\n"
TO_FILE = "a.sinks.k.type = logger\na.sinks.k.path = {dir}/out\n"
TO_KAFKA = """
a.sinks.k.type = org.apache.flume.sink.kafka.KafkaSink
a.sinks.k.kafka.bootstrap.servers = {brokers}
a.sinks.k.kafka.topic = {topic}
"""
MIB = 1 << 20
ALONE = 64 * MIB
DEFAULT_BOUND = 16 * MIB
BATCH = MIB


class Subject:
    """An agent in a directory of its own, and what it uses."""

    def __init__(self, scene, what, conf, shell="", **values):
        self.scene, self.what = scene, what
        self.dir = scene.path(what)
        self.input = os.path.join(self.dir, "in")
        os.makedirs(self.input)
        path = os.path.join(self.dir, "agent.conf")
        with open(path, "w") as file:
            file.write(conf.format(dir=self.dir, **values))
        self.agent = scene.agent(AGENT, path, state="state-" + what,
                                 node=f"{scene.node}-{what}")
        if shell:
            self.agent.argv = ["sh", "-c", shell + ' exec "$@"', "sh",
                               *self.agent.argv]

    def start(self):
        self.agent.start()

    def proc(self, *names):
        with open(f"/proc/{self.agent.process.pid}/{'/'.join(names)}") as file:
            return file.read()

    def most_memory(self):
        for line in self.proc("status").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise Invalid("no VmHWM")

    def cpu(self):
        fields = self.proc("stat").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def bytes_read(self):
        """By the kernel's count, of everything that was read."""
        return int(self.proc("io").split("rchar:")[1].split()[0])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.agent.process.pid}/fd"))

    def in_bounds(self, bound, when):
        most = self.most_memory()
        self.scene.check(f"{self.what}: {when}, {most / MIB:.1f} MiB at most "
                         f"of 64 + {bound // MIB}", most <= ALONE + bound)

    def stands_still(self, seconds):
        """Returns when nothing has been read for so long."""
        def moved():
            return self.agent.metric(
                "sluice_component_received_event_bytes_total")
        wait_until(f"{self.what}: it begins", 60, lambda: moved() > 0)
        last, since = moved(), time.monotonic()
        limit = since + seconds + 60
        while time.monotonic() < since + seconds:
            signal.sigtimedwait([], 0.2)
            now = moved()
            if now != last:
                last, since = now, time.monotonic()
            if time.monotonic() > limit:
                raise Invalid(f"{self.what}: it reads on and on")

    def completed(self):
        return all(n.endswith(".COMPLETED") for n in os.listdir(self.input))

    def stop(self):
        self.scene.check(f"{self.what}: it stops when asked",
                         self.agent.stop() == 0)


def bound_line(bound):
    return "" if bound == DEFAULT_BOUND else \
        f"a.channels.c.byteCapacity = {bound}"


def held_up(subject, bound, seconds):
    """What is read ahead and pinned while nothing is taken; it was started, and
    the files are moved in now."""
    before = subject.bytes_read()
    move_in(subject.input)
    subject.stands_still(seconds)
    subject.in_bounds(bound, "held up")
    ahead = subject.bytes_read() - before
    told = subject.agent.metric("sluice_component_received_bytes_total")
    pinned = subject.agent.metric("sluice_channel_bytes")
    subject.scene.check(
        f"{subject.what}: {ahead / MIB:.1f} MiB were read ahead, "
        f"{pinned / MIB:.1f} MiB are pinned, of {bound / MIB:.0f} and a batch",
        # A little is read of configuration, listings and witnesses.
        ahead <= bound + BATCH + BATCH // 4 and pinned <= bound + BATCH)
    subject.scene.check(f"{subject.what}: and that is what its metrics say",
                        0 <= ahead - told <= BATCH // 4)


def verdict(subject, judge, bound, done):
    wait_until(f"{subject.what}: everything is delivered", 600, done)
    wait_until(f"{subject.what}: every file is completed", 60,
               subject.completed)
    subject.in_bounds(bound, "in the end")
    subject.stop()
    subject.scene.check(f"{subject.what}: {judge.told()}", judge.right())


def unread_output(scene, what, bound, megabytes, seconds):
    """The logger on a pipe that nobody reads, and then somebody does."""
    pipe = scene.path(what + ".pipe")
    os.mkfifo(pipe)
    # Both ends: so neither side waits for the other to open it.
    end = os.open(pipe, os.O_RDWR)
    scene.at_end(lambda: os.close(end))
    subject = Subject(scene, what, SPOOL + TO_STDOUT, f'exec >"{pipe}";',
                      bound=bound_line(bound))
    counts = write_spool(subject.input, megabytes)
    judge = Judge(counts)
    subject.start()
    subject.agent.wait_up()
    held_up(subject, bound, seconds)

    def drain():
        with open(end, "rb", buffering=MIB, closefd=False) as file:
            while judge.taken < judge.wanted():
                judge.take(file.readline().decode().rstrip("\n"))
    threading.Thread(target=drain, daemon=True).start()
    verdict(subject, judge, bound, lambda: judge.taken >= judge.wanted())


def stopped_broker(scene, broker, what, bound, megabytes, seconds):
    """Spooled files into a Kafka that is there and does not move."""
    broker.create(what)
    subject = Subject(scene, what, SPOOL + TO_KAFKA, bound=bound_line(bound),
                      brokers=broker.address, topic=what)
    counts = write_spool(subject.input, megabytes)
    subject.start()
    # A channel whose sink has never found its broker lets nobody begin.
    with open(os.path.join(subject.input, "first"), "w") as file:
        file.write(line_of("first", 0) + "\n")
    counts["first"] = 1
    wait_until(f"{what}: it delivers", 60, subject.completed)
    broker.pause()
    try:
        held_up(subject, bound, seconds)
    finally:
        broker.resume()
    judge = Judge(counts)
    reader = subprocess.Popen(
        [scene.program("sluice-simulator"), "list", "--brokers",
         broker.address, "--topic", what, "--follow"],
        stdout=subprocess.PIPE, text=True)
    scene.at_end(reader.kill)

    def take():
        for line in reader.stdout:
            judge.take(line.rstrip("\n").split(" ", 2)[2])
    threading.Thread(target=take, daemon=True).start()
    verdict(subject, judge, bound, lambda: judge.taken >= judge.wanted())


def small_files(directory, files):
    """Empty ones, one byte, without a last newline; the lines, in order."""
    lines = []
    for i in range(files):
        text = ["", chr(33 + i % 90), f"{i} a\n{i} b", "\n",
                "".join(f"{i} line {k}\n" for k in range(i % 7))][i % 5]
        path = os.path.join(directory, f"f{i:06d}")
        with open(path, "w") as file:
            file.write(text)
        os.utime(path, ns=(10**18 + i * 1000,) * 2)
        lines += text.splitlines()
    return lines


def many_small(scene, files):
    """Seconds of CPU for so many small files."""
    what = f"small-{files}"
    subject = Subject(scene, what, SPOOL + TO_FILE, bound="")
    lines = small_files(subject.input, files)
    begin = time.monotonic()
    subject.start()
    subject.agent.wait_up()
    wait_until(f"{what}: every file is completed", 300, subject.completed)
    took, cpu = time.monotonic() - begin, subject.cpu()
    scene.say(f"{what}: {took:.1f} s, {cpu:.2f} s of CPU")
    subject.in_bounds(DEFAULT_BOUND, "in the end")
    subject.stop()
    with open(os.path.join(subject.dir, "out")) as file:
        scene.check(f"{what}: {len(lines)} lines once, in order",
                    file.read().splitlines() == lines)
    return cpu


def no_faster(scene, what, few, many, times):
    """CPU seconds of few and of `times` as many: with work for each pair they
    would differ by the square. Caches, and a start that costs by itself, leave
    it no sharper than this."""
    scene.check(f"{what}: {times} times the files, {many / few:.1f} times the "
                "CPU", many <= few * times * 3)


class Followed:
    """So many files that grow and are rotated under one pattern."""

    def __init__(self, scene, files):
        self.scene, self.files = scene, files
        self.written = 0
        self.used = 0
        # The hard limit too: nobody can raise it.
        self.subject = Subject(scene, f"followed-{files}", TAIL + TO_FILE,
                               "ulimit -n 1024;")

    def path(self, i):
        return os.path.join(self.subject.input, f"log{i}.log")

    def write(self):
        for i in range(self.files):
            with open(self.path(i), "a") as file:
                file.write(line_of(f"log{i}", self.written) + "\n")
        self.written += 1

    def rotate(self):
        for i in range(self.files):
            os.rename(self.path(i), self.path(i) + ".1")

    def arrived(self):
        out = os.path.join(self.subject.dir, "out")
        if not os.path.exists(out):
            return 0
        with open(out, "rb") as file:
            return sum(1 for _ in file)

    def all_there(self, when, seconds=120):
        begin = time.monotonic()
        wait_until(f"{self.subject.what}: all lines {when}", seconds,
                   lambda: self.arrived() >= self.written * self.files, 0.1)
        cpu = self.subject.cpu()
        self.scene.say(f"{self.subject.what}: all lines {when} after "
                       f"{time.monotonic() - begin:.1f} s, "
                       f"{cpu - self.used:.2f} s of CPU, "
                       f"{self.subject.most_memory() / MIB:.1f} MiB at most")
        self.used = cpu

    def idle(self, seconds):
        signal.sigtimedwait([], 2)  # what came late is behind it
        before, begin = self.subject.cpu(), time.monotonic()
        signal.sigtimedwait([], seconds)
        self.used = self.subject.cpu()
        share = (self.used - before) / (time.monotonic() - begin)
        self.scene.check(f"{self.subject.what}: idle it takes "
                         f"{100 * share:.0f} % of a CPU, of 20", share <= 0.2)

    def verdict(self):
        subject = self.subject
        self.scene.check(f"{subject.what}: {subject.descriptors()} descriptors "
                         "and none was missing",
                         "Too many open" not in subject.agent.log())
        subject.stop()
        judge = Judge({f"log{i}": self.written for i in range(self.files)})
        with open(os.path.join(subject.dir, "out")) as file:
            for line in file:
                judge.take(line.rstrip("\n"))
        self.scene.check(f"{subject.what}: {judge.told()}", judge.right())


def many_followed(scene, files):
    """Seconds of CPU for the start. A rotation of all takes as long as whoever
    rotates, and costs a share of that."""
    f = Followed(scene, files)
    f.write()
    f.subject.start()
    wait_until("it has started", 60,
               lambda: "sluice" in f.subject.proc("comm"))
    f.all_there("at the start")
    cpu = f.used
    f.idle(3)
    f.write()
    f.all_there("when each grew")
    f.subject.in_bounds(DEFAULT_BOUND, "followed")
    f.write()
    f.rotate()
    f.write()
    f.all_there("when each was rotated")
    f.verdict()
    return cpu


def play(scene):
    full = scene.options.full
    # A small bound, and the one that nobody chose.
    bounds = {"small-bound": 4 * MIB, "default-bound": DEFAULT_BOUND}
    if scene.options.kafka:
        broker = scene.broker()
        broker.start()
        for name, bound in bounds.items():
            stopped_broker(scene, broker, name, bound,
                           1000 if full else 100, 20 if full else 3)
        return
    for name, bound in bounds.items():
        unread_output(scene, name, bound, 1000 if full else 100,
                      20 if full else 3)
    few, many = 2000, 10000
    no_faster(scene, "spooled", many_small(scene, few),
              many_small(scene, many), many // few)
    no_faster(scene, "followed", many_followed(scene, few),
              many_followed(scene, many), many // few)


def arguments(parser):
    parser.add_argument("--full", action="store_true",
                        help="1 GB instead of 100 MB, and held up for longer")
    parser.add_argument("--kafka", action="store_true",
                        help="only what needs a broker")


if __name__ == "__main__":
    main(__doc__, play, arguments)
