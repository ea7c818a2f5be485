"""A log that grows at a fixed rate, and a clock on the file it ends up in.
Each in a process of its own, so that the test's own work does not slow it."""
import multiprocessing
import os
import time

TICK = 0.02
LINE = 100


def line_of(number):
    return f"{number:012d} ".ljust(LINE - 1, "s") + "\n"


def _feed(path, rate, stop):
    written, began = 0, time.monotonic()
    with open(path, "ab", buffering=0) as log:
        while not stop.is_set():
            due = int((time.monotonic() - began) * rate) // LINE
            if due > written:
                # After a stall of the machine not all at once.
                upto = min(due, written + int(5 * TICK * rate) // LINE)
                began += (due - upto) * LINE / rate
                log.write("".join(map(line_of, range(written, upto))).encode())
                written = upto
            stop.wait(TICK)


def _size(path):
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


def _watch(source, output, stop, pipe):
    """(time, written, delivered) at each look."""
    looks = []
    while not stop.is_set():
        looks.append((time.monotonic(), _size(source), _size(output)))
        time.sleep(0.01)
    pipe.send(looks)


class SteadyFeed:
    """`rate` bytes a second into `source`; what becomes of them in `output`."""

    def __init__(self, scene, source, output, rate):
        self.source, self.output = source, output
        self._stops = [multiprocessing.Event(), multiprocessing.Event()]
        self._here, there = multiprocessing.Pipe()
        self._feeder = multiprocessing.Process(
            target=_feed, args=(source, rate, self._stops[0]), daemon=True)
        self._watcher = multiprocessing.Process(
            target=_watch, args=(source, output, self._stops[1], there),
            daemon=True)
        for process in (self._feeder, self._watcher):
            process.start()
            scene.at_end(process.kill)

    def delivered(self):
        return _size(self.output)

    def complete(self):
        """Everything that was written is in the output."""
        return _size(self.source) == _size(self.output)

    def end_feeding(self):
        self._stops[0].set()
        self._feeder.join()

    def looks(self):
        """Ends the clock; what it saw."""
        self._stops[1].set()
        seen = self._here.recv()
        self._watcher.join()
        return seen


def pauses(looks):
    """The longest time in which nothing arrived, and the longest in which the
    clock itself got no turn, in seconds."""
    longest, stall = 0.0, 0.0
    last_change, last_look = looks[0][0], looks[0][0]
    for (at, _, delivered), (_, _, before) in zip(looks[1:], looks):
        stall = max(stall, at - last_look)
        last_look = at
        if delivered != before:
            longest = max(longest, at - last_change)
            last_change = at
    return longest, stall


def backlogs_heal(looks, kills, within, noise, before=2.0):
    """The longest time that the backlog stood above what it had been in the
    `before` seconds before a kill and `noise` bytes more, as far as that began
    in the `within` seconds after the kill."""
    worst, first = 0.0, 0
    for kill in kills:
        while first < len(looks) and looks[first][0] < kill - before:
            first += 1
        level, since = 0, None
        for at, written, delivered in looks[first:]:
            backlog = written - delivered
            if at <= kill:
                level = max(level, backlog)
            elif backlog <= level + noise:
                since = None
                if at > kill + within:
                    break
            else:
                since = at if since is None else since
                worst = max(worst, at - since)
    return worst
