#!/usr/bin/env python3
"""The benchmarks: ratios against the limit, from interleaved runs.

    tests/bench/bench.py [--port N] [--rounds N] [--megabytes N] [PART...]

Parts: scan, null, exact, plain, memory, latency (all of them by default).
Builds the release program and the yardsticks of this folder, starts a Kafka of
its own, and runs program and yardstick in turn on the same file. A figure is
the median of the rounds. Of every time and CPU time that of a file with one
line is taken off: what is left is what the bytes cost. Ends with a table, and
one test passed or failed for each line that has a limit.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build/release/bin"
SIZES = {"73 B": 73, "1 KB": 1024, "3.5 KB": 3500}
REGEX = r"^[0-9]{14},t,[0-9]{1,7},[0-9]{1,12},[a-p]*$"
GARBAGE_PERCENT = 5
MEMORY_LIMIT_MB = 64

table = []


def say(text):
    print(text, flush=True)


def note(what, figure, limit=None, good=None, more=""):
    """A line of the table; `good` is None where there is no limit."""
    verdict = "" if good is None else "ok" if good else "MISSED"
    table.append((what, figure, limit or "", verdict, more))
    say(f"{what}: {figure} {limit or ''} {verdict} {more}".rstrip())


def build():
    for command in (
            ["cmake", "--preset", "release", "-DCMAKE_UNITY_BUILD=ON",
             "-DSLUICE_BENCH=ON"],
            ["ninja", "-C", "build/release", "sluice", "yardstick"]):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stdout[-3000:] + done.stderr[-3000:])


def lines_of(size, count, chance):
    """Lines of exactly `size` bytes with their newline, some of them garbage."""
    for i in range(count):
        head = f"20261127{i % 240000:06d},t,{i % 100},{i},".encode()
        if size <= len(head):
            yield b"x" * (size - 1) + b"\n"
        elif chance.random() * 100 < GARBAGE_PERCENT:
            yield b"#" * (size - 1) + b"\n"
        else:
            fill = chance.choices(b"abcdefghijklmnop", k=size - 1 - len(head))
            yield head + bytes(fill) + b"\n"


def write_file(path, size, total):
    block = b"".join(lines_of(size, max(1, min(4000, total // size)),
                              random.Random(1)))
    with open(path, "wb") as out:
        for _ in range(max(1, total // len(block))):
            out.write(block)
    return path


class Run:
    """What one process took."""

    def __init__(self, command, limit=300, **options):
        self.megabytes = 0.0
        began = time.monotonic()
        process = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, **options)
        deadline = began + limit
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                process.kill()
                os.wait4(process.pid, 0)
                sys.exit(f"took longer than {limit} s: {command}")
            self.look(process.pid)
            time.sleep(0.002)
        self.seconds = time.monotonic() - began
        errors = process.stderr.read().decode(errors="replace")
        process.stderr.close()
        if status:
            sys.exit(f"{command}: status {status}\n{errors[-2000:]}")
        self.cpu = usage.ru_utime + usage.ru_stime

    def look(self, pid):
        """Keeps the process's peak memory; ru_maxrss has its parent's too."""
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                self.megabytes = max(self.megabytes,
                                     int(line.split()[1]) / 1024)


class Place:
    """A scratch directory, and the Kafka in it."""

    def __init__(self, port):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT /
                                                  "build"))
        self.port = port
        self.runs = 0
        self.running = False

    def kafka(self, *arguments):
        done = subprocess.run(
            [ROOT / "simulator/kafka/kafka", "--work", self.path / "kafka",
             "--port", str(self.port), *arguments],
            capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"kafka {arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def start_kafka(self):
        """A new and empty one."""
        self.stop_kafka()
        self.kafka("fetch")
        self.kafka("start")
        self.running = True

    def stop_kafka(self):
        if self.running:
            self.kafka("stop")
            self.running = False
        shutil.rmtree(self.path / "kafka", ignore_errors=True)

    def topic(self, partitions=4):
        self.runs += 1
        name = f"bench{self.runs}"
        self.kafka("create", name, str(partitions))
        return name

    @property
    def brokers(self):
        return f"127.0.0.1:{self.port}"

    def close(self):
        self.stop_kafka()
        shutil.rmtree(self.path, ignore_errors=True)

    def agent(self, source, sink, regex=REGEX):
        """The command of a new node that delivers a file and ends."""
        self.runs += 1
        here = self.path / f"node{self.runs}"
        here.mkdir()
        config = {"agents": {"bench": {
            "sources": {"s": {
                "type": "exec", "channels": ["m"],
                "command": ["tail", "-n", "+1", "-F", str(source)],
                "interceptors": [{"name": "f", "type": "regex_filter",
                                  "regex": regex}]}},
            "channels": {"m": {"type": "memory"}},
            "sinks": {"k": dict(sink, channel="m")}}}}
        (here / "config.json").write_text(json.dumps(config))
        return [BIN / "sluice", "run", here / "config.json", "--node",
                f"bench{self.runs}", "--state-dir", here / "state",
                "--log-level", "error"]

    def kafka_sink(self, topic, **more):
        return {"type": "kafka", "brokers": self.brokers, "topic": topic,
                "properties": {"compression.codec": "none"}, **more}


def compare(rounds, total, ours, theirs, tiny_ours, tiny_theirs):
    """Medians of interleaved runs: (MB/s, CPU s/GB) of both, and our peak."""
    def net(runs, tiny):
        small = [tiny() for _ in range(3)]
        gross = statistics.median(r.seconds for r in runs)
        # What is left of a short run is noise: no speed is claimed beyond it.
        took = max(gross - statistics.median(r.seconds for r in small),
                   gross / 4)
        cpu = statistics.median(r.cpu for r in runs) \
            - statistics.median(r.cpu for r in small)
        return total / 1e6 / took, cpu / (total / 1e9)

    mine, yard = [], []
    for _ in range(rounds):
        yard.append(theirs())
        mine.append(ours())
    peak = max(r.megabytes for r in mine)
    return net(mine, tiny_ours), net(yard, tiny_theirs), peak


def judge(what, result, speed_min, cpu_max=None):
    (speed, cpu), (yard_speed, yard_cpu), peak = result
    note(f"{what}: MB/s", f"{speed:.0f} / {yard_speed:.0f} = "
         f"{speed / yard_speed:.2f}", f">= {speed_min}",
         speed >= speed_min * yard_speed)
    ratio = f"{cpu:.2f} / {yard_cpu:.2f} = {cpu / yard_cpu:.2f}"
    if cpu_max:
        note(f"{what}: CPU s/GB", ratio, f"<= {cpu_max}",
             cpu <= cpu_max * yard_cpu)
    else:
        note(f"{what}: CPU s/GB", ratio)
    note(f"{what}: peak memory", f"{peak:.0f} MB", f"<= {MEMORY_LIMIT_MB}",
         peak <= MEMORY_LIMIT_MB)


def scan(place, options):
    """Splitting and filtering in one thread against memchr and PCRE2."""
    for name, size in SIZES.items():
        file = write_file(place.path / "scan", size, options.bytes)
        tiny = write_file(place.path / "tiny", size, size)
        command = {which: lambda f, w=which: Run([BIN / "yardstick", w, f,
                                                  REGEX])
                   for which in ("split", "scan")}
        (speed, _), (yard, _), _ = compare(
            options.rounds, file.stat().st_size,
            lambda: command["split"](file), lambda: command["scan"](file),
            lambda: command["split"](tiny), lambda: command["scan"](tiny))
        note(f"split and filter, {name}: MB/s",
             f"{speed:.0f} / {yard:.0f} = {speed / yard:.2f}")


def null(place, options):
    """The program into the null sink against memchr and PCRE2."""
    for name, size in SIZES.items():
        # It is fast: the start of the program must not outweigh the bytes.
        file = write_file(place.path / "null", size, 3 * options.bytes)
        tiny = write_file(place.path / "tiny", size, size)

        def ours(f):
            return Run(place.agent(f, {"type": "null"}) + ["--drain"])

        def theirs(f):
            return Run([BIN / "yardstick", "scan", f, REGEX])

        judge(f"to null, {name}", compare(
            options.rounds, file.stat().st_size, lambda: ours(file),
            lambda: theirs(file), lambda: ours(tiny), lambda: theirs(tiny)),
            0.5)


def into_kafka(place, options, what, yardstick, limits, cases, **sink):
    for name, size, partitions in cases:
        place.start_kafka()
        file = write_file(place.path / "file", size, options.bytes)
        tiny = write_file(place.path / "tiny", size, size)

        def ours(f, n=partitions):
            return Run(place.agent(f, place.kafka_sink(place.topic(n), **sink))
                       + ["--drain"])

        def theirs(f, n=partitions):
            return Run([BIN / "yardstick", *yardstick(place.topic(n)), f])

        judge(f"{what}, {name}, {partitions} partitions", compare(
            options.rounds, file.stat().st_size, lambda: ours(file),
            lambda: theirs(file), lambda: ours(tiny), lambda: theirs(tiny)),
            *limits)


def exact(place, options):
    """Exactly once into Kafka against the lane of the yardstick."""
    def lane(topic):
        return ["lane", place.brokers, topic, place.topic(16)]

    cases = [(name, size, 4) for name, size in SIZES.items()]
    cases += [("73 B", 73, 16), ("73 B", 73, 64)]
    into_kafka(place, options, "exactly once", lane, (0.9, 1.25), cases)


def plain(place, options):
    """Without transactions against librdkafka's idempotent producer."""
    into_kafka(place, options, "without transactions",
               lambda topic: ["idempotent", place.brokers, topic], (0.8,),
               [(name, size, 4) for name, size in SIZES.items()],
               transactions="off")


def memory(place, options):
    """Peak memory with default settings at full rate, whatever the lines."""
    place.start_kafka()
    for name, size in {"empty lines": 1, "1 B": 2, **SIZES}.items():
        total = min(options.bytes, 3_000_000 * size)
        file = write_file(place.path / "file", size, total)
        run = Run(place.agent(file, place.kafka_sink(place.topic()), ".*")
                  + ["--drain"])
        note(f"memory, {name}", f"{run.megabytes:.0f} MB",
             f"<= {MEMORY_LIMIT_MB}", run.megabytes <= MEMORY_LIMIT_MB)


def cpu_of(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1]
    ticks = sum(int(x) for x in fields.split()[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def latency(place, options):
    """The pilot's load: 400 KB/s, from the write to a committed record."""
    place.start_kafka()
    for interval, cpu_max, p50_max, p99_max in (("50ms", 8, 40, 150),
                                                ("200ms", 3, None, None)):
        topic = place.topic()
        log = place.path / f"live-{interval}"
        log.touch()
        agent = subprocess.Popen(
            place.agent(log, place.kafka_sink(
                topic, commit_interval=interval), ".*"),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        probe = [str(BIN / "yardstick"), "latency", place.brokers, topic,
                 str(log), "4000", "100"]
        try:
            subprocess.run(probe + ["3"], check=True, capture_output=True)
            began, used = time.monotonic(), cpu_of(agent.pid)
            done = subprocess.run(probe + ["20"], check=True,
                                  capture_output=True, text=True)
            part = 100 * (cpu_of(agent.pid) - used) / (time.monotonic() - began)
        finally:
            agent.terminate()
            agent.wait()
        words = done.stdout.split()
        p50, p99 = float(words[1]), float(words[3])
        note(f"400 KB/s, {interval}: CPU", f"{part:.1f} % of a core",
             f"<= {cpu_max}", part <= cpu_max)
        note(f"400 KB/s, {interval}: written to visible, p50", f"{p50:.0f} ms",
             p50_max and f"<= {p50_max}", p50_max and p50 <= p50_max)
        note(f"400 KB/s, {interval}: written to visible, p99", f"{p99:.0f} ms",
             p99_max and f"<= {p99_max}", p99_max and p99 <= p99_max)


PARTS = {part.__name__: part
         for part in (scan, null, exact, plain, memory, latency)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--port", type=int, default=29392)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("parts", nargs="*", metavar="PART",
                        help=" ".join(PARTS))
    options = parser.parse_args()
    options.bytes = options.megabytes * 1_000_000
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no part {' '.join(unknown)}")
    build()
    place = Place(options.port)
    try:
        for name in options.parts or PARTS:
            PARTS[name](place, options)
    finally:
        place.close()
    say("")
    for row in table:
        say("{:52} {:26} {:8} {:6} {}".format(*row).rstrip())
    judged = [row[3] for row in table if row[3]]
    failed = judged.count("MISSED")
    say(f"{len(judged) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
