"""Agent 1 of the fault tests: files moved into a spool directory, delivered
into the logger's own file."""
import os
import threading
import time

from log_writer import line_of
from scene import wait_until

AGENT = "SmartCar"
CONF = """
{a}.sources = cars
{a}.channels = memory
{a}.sinks = log
{a}.sources.cars.type = spooldir
{a}.sources.cars.spoolDir = {spool}
{a}.sources.cars.channels = memory
{a}.channels.memory.type = memory
{a}.sinks.log.type = logger
{a}.sinks.log.path = {output}
{a}.sinks.log.channel = memory
"""


class Spool:
    """A spool directory and the lines that were moved into it, file by file,
    the names and times in the order of the lines."""

    def __init__(self, scene, name="spool"):
        self.path = scene.path(name)
        self.written = 0
        self._staging = scene.path(name + ".staging")
        self._files = 0
        self._stopped = threading.Event()
        self._thread = None
        os.mkdir(self.path)
        os.mkdir(self._staging)

    def add(self, lines):
        """Moves one file of so many lines into the directory."""
        self._files += 1
        name = f"{self._files:06d}"
        made = os.path.join(self._staging, name)
        with open(made, "w") as file:
            for i in range(self.written, self.written + lines):
                file.write(line_of("C", i) + "\n")
        stamp = time.time_ns()
        os.utime(made, ns=(stamp, stamp))
        self.written += lines
        os.rename(made, os.path.join(self.path, name))

    def feed(self, lines, pause):
        """A file every `pause` seconds, until `stop`."""
        def run():
            while not self._stopped.wait(pause):
                self.add(lines)
        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def stop(self):
        self._stopped.set()
        self._thread.join()

    def lines(self):
        return [line_of("C", i) for i in range(self.written)]

    def waiting(self):
        """Files that are not completed."""
        return [n for n in os.listdir(self.path)
                if not n.endswith(".COMPLETED")]

    def all_completed(self, seconds=120):
        wait_until("every file is completed", seconds,
                   lambda: not self.waiting())


def agent(scene, spool, output, **options):
    conf = scene.path("agent.conf")
    with open(conf, "w") as file:
        file.write(CONF.format(a=AGENT, spool=spool.path, output=output))
    return scene.agent(AGENT, conf, **options)


def lines_of(output):
    with open(output) as file:
        return file.read().splitlines()
