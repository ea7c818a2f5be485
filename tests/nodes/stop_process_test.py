#!/usr/bin/env python3
"""How the program ends: at once when nothing is left to do, in order, and in
spite of what would keep it.

usage: stop_process_test.py SLUICE SIMULATOR
"""
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

SLUICE = ""
PATIENCE = 60
# An orderly stop; the best of so many on a machine that has other work too.
AT_ONCE = 0.5
TRIES = 5


class Stopping(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="sluice-stop-")
        self.addCleanup(scratch.cleanup)
        self.dir = scratch.name
        self.write("app.log", "1\n")

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "a") as out:
            out.write(text)

    def lines(self, name):
        try:
            with open(self.path(name)) as text:
                return text.read().split()
        except FileNotFoundError:
            return []

    def until(self, what, condition):
        limit = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), limit, what)
            time.sleep(0.01)

    def start(self, sink=None, failpoints=""):
        """One followed log, one sink; returns when the API answers."""
        sink = dict(sink or {"type": "logger", "path": self.path("out")})
        sink["channel"] = "c"
        source = {"type": "taildir", "channels": ["c"],
                  "groups": {"g": self.path("app.log")}}
        with open(self.path("node.json"), "w") as out:
            json.dump({"agents": {"a": {"sources": {"s": source},
                                        "channels": {"c": {"type": "memory"}},
                                        "sinks": {"k": sink}}}}, out)
        port = self.path("state/n1/metrics.port")
        if os.path.exists(port):
            os.unlink(port)
        with open(self.path("log"), "w") as log:
            node = subprocess.Popen(
                [SLUICE, "run", self.path("node.json"), "--node", "n1",
                 "--state-dir", self.path("state"), "--metrics", "127.0.0.1:0",
                 "--allow-chaos"], stderr=log,
                env=dict(os.environ, FAILPOINTS=failpoints))
        self.addCleanup(lambda: (node.kill(), node.wait()))
        self.until("it did not start", lambda: self.lines(port))
        self.port = int(self.lines(port)[0].rsplit(":", 1)[-1])
        return node

    def seconds_to_stop(self, node, code=0):
        began = time.monotonic()
        node.send_signal(signal.SIGTERM)
        self.assertEqual(node.wait(PATIENCE), code)
        return time.monotonic() - began

    def stops_at_once(self, prepare):
        """`prepare` starts a node; the quickest of several stops counts."""
        took = []
        while len(took) < TRIES and (not took or min(took) > AT_ONCE):
            took.append(self.seconds_to_stop(prepare()))
        self.assertLess(min(took), AT_ONCE, took)

    def test_an_idle_node_stops_at_once(self):
        def idle():
            node = self.start()
            self.until("nothing arrived", lambda: self.lines("out") == ["1"])
            return node
        self.stops_at_once(idle)

    def test_what_was_written_just_now_is_delivered_first_or_read_again(self):
        for number in range(2, 6):
            node = self.start()
            self.write("app.log", f"{number}\n")
            self.seconds_to_stop(node)
        node = self.start()
        self.until("not all arrived", lambda: len(self.lines("out")) >= 5)
        self.seconds_to_stop(node)
        self.assertEqual(self.lines("out"), ["1", "2", "3", "4", "5"])

    def test_clients_that_say_nothing_do_not_keep_it(self):
        def visited():
            node = self.start()
            client = socket.create_connection(("127.0.0.1", self.port))
            self.addCleanup(client.close)
            return node
        self.stops_at_once(visited)

    def test_a_broker_that_never_answers_does_not_keep_it(self):
        # It accepts, and says nothing.
        silent = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(silent.close)
        port = silent.getsockname()[1]

        def waiting():
            return self.start({"type": "kafka", "topic": "t",
                               "brokers": f"127.0.0.1:{port}"})
        took = []
        while len(took) < TRIES and (not took or min(took) > 2 * AT_ONCE):
            took.append(self.seconds_to_stop(waiting()))
        self.assertLess(min(took), 2 * AT_ONCE, took)

    def test_a_second_signal_ends_it_at_once(self):
        node = self.start(failpoints="store.before_flush=delay(30000)")
        self.until("nothing arrived", lambda: self.lines("out"))
        node.send_signal(signal.SIGTERM)
        with self.assertRaises(subprocess.TimeoutExpired):
            node.wait(0.5)
        self.assertLess(self.seconds_to_stop(node, 128 + signal.SIGTERM), 5)

    def test_without_the_node_s_supervisor_it_ends_with_70(self):
        node = self.start(failpoints="node.agent_down=throw")
        with open(self.path("state/n1/token")) as file:
            token = file.read().strip()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/actors/a.supervisor/kill",
            data=b"{}", method="POST",
            headers={"Authorization": "Bearer " + token,
                     "Content-Type": "application/json"})
        # It may be gone before it has answered.
        with contextlib.suppress(ConnectionError):
            urllib.request.urlopen(request, timeout=PATIENCE).close()
        self.assertEqual(node.wait(PATIENCE), 70)


if __name__ == "__main__":
    SLUICE = sys.argv[1]
    unittest.main(argv=sys.argv[:1])
