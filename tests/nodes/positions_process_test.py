#!/usr/bin/env python3
"""`sluice positions` as a user calls it: the real program, its messages'
commands typed as they stand, into files and into the embedded broker.

usage: positions_process_test.py SLUICE SIMULATOR
"""
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SLUICE = ""
SIMULATOR = ""
SECONDS = 60


class Place(unittest.TestCase):
    """A directory with a followed log, and the node that follows it."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="sluice-positions-")
        self.addCleanup(scratch.cleanup)
        self.dir = scratch.name
        self.log("1", "2", "3")

    def path(self, name):
        return os.path.join(self.dir, name)

    def log(self, *lines):
        with open(self.path("app.log"), "a") as out:
            out.writelines(line + "\n" for line in lines)

    def lines(self, name):
        with open(self.path(name)) as text:
            return text.read().split()

    def configure(self, **sinks):
        """One channel for each sink; each gets the whole log."""
        channels = {"c-" + name: {"type": "memory"} for name in sinks}
        for name, sink in sinks.items():
            sink["channel"] = "c-" + name
        source = {"type": "taildir", "groups": {"g": self.path("app.log")},
                  "channels": list(channels)}
        with open(self.path("node.json"), "w") as out:
            json.dump({"node": "n1", "state_dir": self.path("state"),
                       "agents": {"a": {"sources": {"s": source},
                                        "channels": channels,
                                        "sinks": sinks}}}, out)

    def logger(self):
        return {"type": "logger", "path": self.path("out")}

    def start(self):
        node = subprocess.Popen([SLUICE, "run", self.path("node.json")],
                                stderr=subprocess.PIPE, text=True)
        self.addCleanup(node.wait)
        self.addCleanup(node.kill)
        self.addCleanup(node.stderr.close)
        return node

    def drain(self):
        done = subprocess.run(
            [SLUICE, "run", self.path("node.json"), "--drain"],
            stderr=subprocess.PIPE, text=True, timeout=SECONDS, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def stop_that_says(self, what):
        """Starts the node; gives back the line with which something stays
        down because of `what`, and stops the node."""
        node = self.start()
        for line in node.stderr:
            if "stays down" in line and what in line:
                node.send_signal(signal.SIGKILL)
                node.wait()
                return line
        self.fail("the node ended without a word about " + what)

    def positions(self, *words, code=0):
        done = subprocess.run(
            [SLUICE, "positions", "-f", self.path("node.json"), *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=SECONDS, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout if code == 0 else done.stderr

    def shown(self, route):
        """The offset of the only position of a route, or None."""
        for each in json.loads(self.positions("show", "--json"))["routes"]:
            if each["route"] == route and each["positions"]:
                return each["positions"][0]["offset"]
        return None

    def type_in(self, message, subcommand, old=""):
        """Types the command that a message of a stop names."""
        command = re.search(r"sluice positions [^;]* " + subcommand
                            + r"( OLD)? [^\s;]+", message)
        self.assertIsNotNone(command, message)
        words = [old if word == "OLD" else word
                 for word in shlex.split(command.group(0))]
        done = subprocess.run([SLUICE, *words[1:]], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True,
                              timeout=SECONDS, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)


class OnFiles(Place):
    def setUp(self):
        super().setUp()
        self.configure(k=self.logger())
        self.drain()

    def test_show_prints_where_every_route_stands(self):
        self.assertEqual(self.shown("default/n1/a/k"), 6)
        table = self.positions("show")
        self.assertIn("route default/n1/a/k", table)
        self.assertIn(self.path("app.log"), table)
        self.assertIn("start of source s", table)

    def test_a_renamed_sink_stops_and_its_message_repairs_it(self):
        self.configure(renamed=self.logger())
        message = self.stop_that_says("has bytes but no positions")
        self.type_in(message, "rename", old="default/n1/a/k")
        self.log("4")
        self.drain()
        self.assertEqual(self.lines("out"), ["1", "2", "3", "4"])
        self.assertIsNone(self.shown("default/n1/a/k"))
        self.assertEqual(self.shown("default/n1/a/renamed"), 8)

    def test_a_renamed_sink_without_a_file_stops_the_source(self):
        self.configure(k={"type": "null"})
        self.positions("forget", "default/n1/a/k")
        self.drain()
        self.configure(renamed={"type": "null"})
        message = self.stop_that_says("default/n1/a/renamed is not in")
        # The sink that found nothing began anew; its empty slots give way.
        self.type_in(message, "rename", old="default/n1/a/k")
        self.log("4")
        self.drain()
        self.assertIsNone(self.shown("default/n1/a/k"))
        self.assertEqual(self.shown("default/n1/a/renamed"), 8)

    def test_a_new_sink_stops_and_its_message_lets_it_begin(self):
        self.configure(k=self.logger(), second={"type": "null"})
        self.type_in(self.stop_that_says("default/n1/a/second"), "add")
        self.log("4")
        self.drain()
        self.assertEqual(self.lines("out"), ["1", "2", "3", "4"])
        self.assertEqual(self.shown("default/n1/a/second"), 8)

    def test_a_lost_start_file_stops_and_its_message_repairs_it(self):
        os.remove(self.path("state/n1/start-a-s"))
        message = self.stop_that_says("is missing although")
        self.type_in(message, "add")
        self.log("4")
        self.drain()
        self.assertEqual(self.lines("out"), ["1", "2", "3", "4"])

    def test_a_damaged_start_file_stops_and_its_message_repairs_it(self):
        path = self.path("state/n1/start-a-s")
        with open(path, "r+b") as file:
            file.write(b"X")
        message = self.stop_that_says("cannot be used")
        move = re.search(r"mv ('[^']+') ('[^']+') && ", message)
        self.assertIsNotNone(move, message)
        subprocess.run(["sh", "-c", move.group().removesuffix(" && ")],
                       check=True)
        self.type_in(message, "add")
        self.log("4")
        self.drain()
        self.assertEqual(self.lines("out"), ["1", "2", "3", "4"])

    def test_a_forgotten_route_is_delivered_again(self):
        self.assertIn("1 position", self.positions("forget", "default/n1/a/k"))
        self.assertIsNone(self.shown("default/n1/a/k"))
        self.drain()
        self.assertEqual(self.lines("out"), ["1", "2", "3", "1", "2", "3"])

    def test_while_the_node_runs_it_is_refused(self):
        node = self.start()
        until = time.monotonic() + SECONDS
        while "runs, state in" not in node.stderr.readline():
            self.assertLess(time.monotonic(), until)
        message = self.positions("forget", "default/n1/a/k", code=73)
        self.assertIn("is in use by process %d" % node.pid, message)
        node.terminate()
        node.wait()
        self.assertEqual(self.shown("default/n1/a/k"), 6)

    def test_what_cannot_work_changes_nothing(self):
        before = self.positions("show", "--json")
        self.assertIn("nothing is known of route default/n1/a/x",
                      self.positions("forget", "default/n1/a/x", code=1))
        self.assertIn("nothing is known of route default/n1/a/x", self.positions(
            "rename", "default/n1/a/x", "default/n1/a/y", code=1))
        self.positions("rename", "default/n1/a/k", "y", code=78)
        self.positions("add", "default/n1/a/x", code=78)
        self.positions("rename", "default/n1/a/x", code=2)
        self.assertEqual(self.positions("show", "--json"), before)

    def test_another_state_directory_is_not_created(self):
        empty = self.path("empty")
        self.positions("--state-dir", empty, "show", code=78)
        self.assertFalse(os.path.exists(empty))

    def test_the_manual_names_every_subcommand(self):
        done = subprocess.run([SLUICE, "positions", "--help"],
                              stdout=subprocess.PIPE, text=True, check=True)
        for word in ("show", "rename", "forget", "add", "Exit status"):
            self.assertIn(word, done.stdout)


class OnKafka(Place):
    def setUp(self):
        super().setUp()
        port = self.path("broker.port")
        broker = subprocess.Popen(
            [SIMULATOR, "broker", "--topic", "events:2", "--topic",
             "_sluice_positions:16", "--port-file", port],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(broker.wait)
        self.addCleanup(broker.kill)
        until = time.monotonic() + SECONDS
        while not os.path.exists(port) or not os.path.getsize(port):
            self.assertLess(time.monotonic(), until, "no broker")
            time.sleep(0.05)
        with open(port) as text:
            self.brokers = text.read().strip()
        self.configure(bus=self.kafka())
        self.drain()

    def kafka(self, **more):
        return {"type": "kafka", "brokers": self.brokers, "topic": "events",
                **more}

    def test_a_renamed_sink_goes_on_under_its_new_name(self):
        self.assertEqual(self.shown("default/n1/a/bus"), 6)
        self.configure(queue=self.kafka())
        done = self.positions("rename", "default/n1/a/bus",
                              "default/n1/a/queue")
        for part in ("_sluice_positions: 1 position", "/seen", "start-a-s"):
            self.assertIn(part, done)
        self.assertIsNone(self.shown("default/n1/a/bus"))
        self.assertEqual(self.shown("default/n1/a/queue"), 6)
        self.log("4")
        self.drain()
        self.assertEqual(self.shown("default/n1/a/queue"), 8)

    def test_a_new_state_directory_stops_and_its_message_repairs_it(self):
        os.rename(self.path("state"), self.path("lost"))
        message = self.stop_that_says("is new but default/n1/a/bus has been")
        self.assertIn('"lost_state": "adopt"', message)
        self.configure(bus=self.kafka(lost_state="adopt"))
        self.log("4")
        self.drain()
        self.assertEqual(self.shown("default/n1/a/bus"), 8)

    def test_a_new_state_directory_and_a_fresh_start_by_forget(self):
        os.rename(self.path("state"), self.path("lost"))
        message = self.stop_that_says("is new but default/n1/a/bus has been")
        self.type_in(message, "forget")
        self.assertIsNone(self.shown("default/n1/a/bus"))
        self.drain()
        self.assertEqual(self.shown("default/n1/a/bus"), 6)

    def test_a_broker_that_is_down_is_said_and_changes_nothing(self):
        self.configure(bus=dict(self.kafka(), brokers="127.0.0.1:1"))
        message = self.positions("show", code=69)
        self.assertIn("127.0.0.1:1", message)


if __name__ == "__main__":
    SLUICE, SIMULATOR = (os.path.abspath(a) for a in sys.argv[1:3])
    unittest.main(argv=sys.argv[:1], verbosity=1)
