#!/usr/bin/env python3
"""A wrong configuration as a user meets it: the program names every mistake
where it stands, ends with 78, and nothing is created.

usage: config_process_test.py SLUICE [SIMULATOR]
"""
import os
import random
import re
import subprocess
import sys
import tempfile
import unittest

SLUICE = ""
SECONDS = 60

# Lines of a good file, each with what spoils it. One mistake in a line is one
# error, and none of them hides another.
NATIVE = [
    ('{ "node": "n1",', None),
    ('  "state_dir": "DIR/state",', '  "state_dri": "DIR/state",'),
    ('  "agents": { "a": {', None),
    ('    "sources": { "s": { "type": "taildir",', None),
    ('      "groups": { "g": "DIR/app.log" },', '      "groups": 5,'),
    ('      "start": "end",', '      "start": "ent",'),
    ('      "rotate_wait": "1s",', '      "rotate_wait": "1x",'),
    ('      "channels": ["c"] } },', None),
    ('    "channels": { "c": { "type": "memory",', None),
    ('      "capacity": 1000,', '      "capacity": -1,'),
    ('      "bytes": "16MiB" } },', '      "bytes": 16 } },'),
    ('    "sinks": { "k": { "type": "logger",', None),
    ('      "path": "DIR/out",', '      "path": "/no/such/dir/out",'),
    ('      "max_bytes": "1KiB",', '      "max_bites": "1KiB",'),
    ('      "channel": "c" } } } } }', None),
]
FLUME = [
    ("a.sources = s", "a.sources = s t"),
    ("a.channels = c", None),
    ("a.sinks = k", None),
    ("a.sources.s.type = exec", None),
    ("a.sources.s.command = tail -F DIR/app.log",
     "a.sources.s.command = ls DIR"),
    ("a.sources.s.batchSize = 100", "a.sources.s.batchSize = many"),
    ("a.sources.s.channels = c", None),
    ("a.channels.c.type = memory", None),
    ("a.channels.c.capacity = 1000", "a.channels.c.capacity = 0"),
    ("a.channels.c.transactionCapacity = 100",
     "a.channels.c.transactionCapasity = 100"),
    ("a.sinks.k.type = logger", None),
    ("a.sinks.k.path = DIR/out", "a.sinks.k.path = /no/such/dir/out"),
    ("a.sinks.k.maxBytesToLog = 16", "a.sinks.k.maxBytesToLog = -16"),
    ("a.sinks.k.channel = c", None),
]


class WrongConfiguration(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="sluice-config-")
        self.addCleanup(scratch.cleanup)
        self.dir = scratch.name
        with open(os.path.join(self.dir, "app.log"), "w") as log:
            log.write("1\n")

    def write(self, lines, spoilt):
        path = os.path.join(self.dir, "file")
        with open(path, "w") as out:
            for i, (good, bad) in enumerate(lines):
                text = bad if i in spoilt else good
                out.write(text.replace("DIR", self.dir) + "\n")
        return path

    def run_it(self, *words):
        return subprocess.run([SLUICE, *words], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True,
                              timeout=SECONDS, check=False)

    def expect(self, lines, spoilt, commands):
        path = self.write(lines, spoilt)
        before = sorted(os.listdir(self.dir))
        for words in commands:
            done = self.run_it(*[path if w == "FILE" else
                                 w.replace("DIR", self.dir) for w in words])
            errors = [l for l in done.stderr.splitlines()
                      if "warning: " not in l and "info: " not in l]
            places = [re.match(re.escape(path) + r":(\d+):(\d+): ", l)
                      for l in errors]
            found = sorted(int(p.group(1)) for p in places if p)
            context = f"{words}, spoilt {sorted(spoilt)}:\n{done.stderr}"
            self.assertEqual(found, sorted(i + 1 for i in spoilt), context)
            self.assertEqual(done.returncode, 78, context)
            self.assertEqual(sorted(os.listdir(self.dir)), before, context)

    def plant(self, lines, commands):
        dice = random.Random(20)
        can = [i for i, (_, bad) in enumerate(lines) if bad]
        for count in range(1, len(can) + 1):
            for _ in range(3):
                self.expect(lines, set(dice.sample(can, count)), commands)

    def test_a_native_file_with_k_mistakes(self):
        self.plant(NATIVE, [
            ("check", "FILE"), ("run", "FILE"), ("run", "FILE", "--drain"),
            ("positions", "-f", "FILE", "show")])

    def test_a_flume_file_with_k_mistakes(self):
        self.plant(FLUME, [
            ("check", "FILE", "-n", "a"),
            ("agent", "-n", "a", "-f", "FILE", "--state-dir", "DIR/state"),
            ("positions", "-f", "FILE", "-n", "a", "--state-dir", "DIR/state",
             "show")])

    def test_the_good_files_are_clean(self):
        for lines, words in ((NATIVE, ()), (FLUME, ("-n", "a"))):
            done = self.run_it("check", self.write(lines, set()), *words)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("exactly once", done.stdout)

    def test_a_command_line_that_cannot_work_creates_nothing(self):
        path = self.write(NATIVE, set())
        before = sorted(os.listdir(self.dir))
        for code, words in ((2, ("run", path, "--metrics", "nowhere")),
                            (2, ("run", path, "--log-level", "loud")),
                            (78, ("run", path, "--node", "a/b"))):
            done = self.run_it(*words)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(words[-1], done.stderr)
            self.assertEqual(sorted(os.listdir(self.dir)), before)

    def test_a_file_that_is_not_there(self):
        for words in (("check", "FILE"), ("run", "FILE"),
                      ("agent", "-n", "a", "-f", "FILE")):
            done = self.run_it(*["/no/such/file" if w == "FILE" else w
                                 for w in words])
            self.assertEqual(done.returncode, 78)
            self.assertIn("/no/such/file", done.stderr)


if __name__ == "__main__":
    SLUICE = os.path.abspath(sys.argv[1])
    unittest.main(argv=sys.argv[:1], verbosity=1)
