"""A program that writes a log and has it rotated, in a thread of the test."""
import contextlib
import os
import random
import shutil
import threading
import time
import zlib


def line_of(name, number):
    """Line NUMBER, without its newline: a pure function, no two alike."""
    text = f"{name} {number:010d}"
    crc = zlib.crc32(text.encode())
    return f"{text} {'x' * (crc % 120)} {crc:08x}"


class LogWriter:
    """Appends `rate` lines a second to `path` until it is stopped; sometimes
    half a line, the rest of it later. `written` lines are complete."""

    def __init__(self, path, rate, seed, name="L", dated=False):
        self.path = path
        self.name = name
        self.written = 0
        self.rotations = 0
        self._rate = rate
        self._dice = random.Random(seed)
        self._dated = dated
        self._lock = threading.RLock()
        self._half = ""
        self._stopped = False
        self._file = self._open()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()

    def stop(self):
        """The last line is complete when this returns."""
        self._stopped = True
        self._thread.join()
        self._append(self._half)

    def lines(self):
        return [line_of(self.name, i) for i in range(self.written)]

    def grow(self, lines):
        """Writes so many lines at once."""
        with self._lock:
            self._append(self._half + "".join(
                line_of(self.name, self.written + i) + "\n"
                for i in range(1 if self._half else 0,
                               lines + (1 if self._half else 0))))

    def by_rename(self):
        with self.whole_lines():
            self._file.close()
            os.rename(self.path, self._rotated())
            self._file = self._open()

    def by_delete(self):
        """Whoever has it open can still read it, nobody else."""
        with self.whole_lines():
            self._file.close()
            os.unlink(self.path)
            self._file = self._open()
            self.rotations += 1

    def by_copy(self, between=lambda: None):
        """copytruncate; the writer waits, `between` is called between copy
        and truncation."""
        with self.whole_lines():
            shutil.copyfile(self.path, self._rotated())
            between()
            os.truncate(self.path, 0)

    @contextlib.contextmanager
    def whole_lines(self):
        """`with writer.whole_lines():` nothing is written meanwhile, and no line
        is half written: the two halves would end in two files."""
        with self._lock:
            self._append(self._half)
            yield

    def _open(self):
        # Appending, as a logger does, without a buffer of its own.
        return open(self.path, "ab", buffering=0)

    def _rotated(self):
        """The name that the log's bytes get; logrotate's two ways of naming."""
        self.rotations += 1
        if self._dated:
            return f"{self.path}-20260101-{self.rotations:06d}"
        last = 1
        while os.path.exists(f"{self.path}.{last}"):
            last += 1
        for i in range(last - 1, 0, -1):
            os.rename(f"{self.path}.{i}", f"{self.path}.{i + 1}")
        return self.path + ".1"

    def _append(self, text):
        """Whole lines, or the rest of one and whole lines, or half a line."""
        if text:
            self._file.write(text.encode())
            self.written += text.count("\n")
            self._half = ""

    def _run(self):
        due, last = 0.0, time.monotonic()
        while not self._stopped:
            time.sleep(0.004)
            now = time.monotonic()
            due, last = min(due + (now - last) * self._rate, self._rate), now
            with self._lock:
                if due >= 1 and not self._stopped:
                    self._write(int(due))
                    due -= int(due)

    def _write(self, count):
        self.grow(count)
        if self._dice.random() < 0.05:
            line = line_of(self.name, self.written) + "\n"
            cut = self._dice.randrange(1, len(line))
            self._append(line[:cut])
            self._half = line[cut:]
