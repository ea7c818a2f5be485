"""What the fault tests share: a scene that ends what it started, a real Kafka,
agents as processes, and an oracle on what arrived.

    def play(scene):
        broker = scene.broker()
        agent = scene.agent("a1", conf)
        ...
        scene.check("nothing was lost", ...)
    scene.main(__doc__, play)
"""
import argparse
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
KAFKA = os.path.join(ROOT, "simulator/kafka/kafka")


class Invalid(Exception):
    """The run proves nothing: something did not come about in time."""


class Skip(Exception):
    """What this machine cannot do."""


def wait_until(what, seconds, condition, pause=0.02):
    """The condition's value as soon as it is true; Invalid after `seconds`."""
    limit = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > limit:
            raise Invalid(f"not within {seconds} s: {what}")
        time.sleep(pause)


def free_port():
    """A port of 127.0.0.1 that is free now, as is the next one."""
    # SLUICE_CHAOS_PORTS=FROM-TO: for who shares a machine.
    first, last = os.environ.get("SLUICE_CHAOS_PORTS", "20000-32000").split("-")
    while True:
        port = random.SystemRandom().randrange(int(first), int(last))
        try:
            for p in (port, port + 1):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", p))
            return port
        except OSError:
            continue


class Scene:
    """A directory, dice and the list of what must be ended."""

    def __init__(self, options):
        self.options = options
        self.seed = options.seed
        self.dice = random.Random(options.seed)
        self.dir = tempfile.mkdtemp(prefix="sluice-chaos-")
        # Of this run alone: a positions topic remembers earlier ones.
        self.node = os.path.basename(self.dir)
        self.results = []
        self.skipped = []
        self._endings = []

    def check(self, what, ok):
        self.results.append(bool(ok))
        print(("ok      " if ok else "FAILED  ") + what, flush=True)
        return ok

    def say(self, text):
        print("        " + text, flush=True)

    def skip(self, why):
        self.skipped.append(why)
        print("skipped: " + why, flush=True)

    def at_end(self, ending):
        """Called at the end, the last one first."""
        self._endings.append(ending)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def program(self, name):
        return os.path.join(self.options.bin, name)

    def start(self, name, argv, **environment):
        """Starts a process; its output goes to NAME.log."""
        with open(self.path(name + ".log"), "ab") as log:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log,
                                       env=dict(os.environ, **environment))
        self.at_end(lambda: end(process))
        return process

    def broker(self, name="kafka", properties=()):
        """`properties` are lines beyond the usual ones; the last counts."""
        return Broker(self, name, properties)

    def agent(self, name, conf, **options):
        return Agent(self, name, conf, **options)

    def close(self):
        for ending in reversed(self._endings):
            try:
                ending()
            except Exception as failure:  # the others must be ended too
                print(f"at the end: {failure}", file=sys.stderr)
        if all(self.results) and not self.options.keep:
            shutil.rmtree(self.dir, ignore_errors=True)
        else:
            print("left for a look: " + self.dir)


def end(process):
    """Kills a process that still runs, stopped ones too."""
    if process.poll() is None:
        process.kill()
    process.wait()


class Broker:
    """A real Apache Kafka of this scene's own."""

    def __init__(self, scene, name, properties):
        self.scene = scene
        port = free_port()
        self.controller = f"127.0.0.1:{port + 1}"
        self.environment = dict(os.environ, SLUICE_KAFKA_PORT=str(port),
                                SLUICE_KAFKA_WORK=scene.path(name))
        if properties:
            config = scene.path(name + ".properties")
            with open(config, "w") as file:
                file.writelines(line + "\n" for line in properties)
            self.environment["SLUICE_KAFKA_CONFIG"] = config
        self.address = f"127.0.0.1:{port}"
        self.command("fetch")
        scene.at_end(lambda: self.command("kill"))

    def command(self, *words):
        done = subprocess.run([KAFKA, *words], env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise Invalid(f"kafka {' '.join(words)}: {done.stdout}")
        return done.stdout

    def start(self):
        self.command("start")

    def kill(self):
        self.command("kill")

    def stop(self):
        self.command("stop")

    def pause(self):
        self.command("pause")

    def resume(self):
        self.command("resume")

    def create(self, topic, partitions=1, **config):
        self.command("create", topic, str(partitions),
                     *(f"{k.replace('_', '.')}={v}" for k, v in config.items()))

    def replica(self):
        """A second node of this one's cluster."""
        port = free_port()
        name = os.path.basename(self.environment["SLUICE_KAFKA_WORK"])
        other = Broker(self.scene, name + "-2", [
            "process.roles=broker", "node.id=2",
            f"controller.quorum.voters=1@{self.controller}",
            f"listeners=CLIENT://127.0.0.1:{port}"])
        other.address = f"127.0.0.1:{port}"
        return other

    def create_replicated(self, topic, replicas, in_sync):
        self.command("tool", "org.apache.kafka.tools.TopicCommand",
                     "--bootstrap-server", self.address, "--create", "--topic",
                     topic, "--partitions", "1", "--replication-factor",
                     str(replicas), "--config",
                     f"min.insync.replicas={in_sync}")

    def _list(self, topic, *options):
        return [self.scene.program("sluice-simulator"), "list", "--brokers",
                self.address, "--topic", topic, *options]

    def records(self, topic, uncommitted=False):
        """The topic's values in order, each with its partition, up to where it
        ends: a committed reader waits until everything is decided."""
        options = ["--uncommitted"] if uncommitted else []
        done = subprocess.run(self._list(topic, *options), text=True,
                              stdout=subprocess.PIPE, check=True)
        return [tuple(line.split(" ", 2)[::2])
                for line in done.stdout.splitlines()]

    def watch(self, topic, kind=None, uncommitted=False):
        options = ["--uncommitted"] if uncommitted else []
        return (kind or Watch)(self.scene,
                               self._list(topic, "--follow", *options))


class Watch:
    """A consumer that runs beside; `count` records have come so far."""

    def __init__(self, scene, argv):
        self.count = 0
        self.process = subprocess.Popen(argv, text=True,
                                        stdout=subprocess.PIPE)
        scene.at_end(lambda: end(self.process))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for _ in self.process.stdout:
            self.count += 1


class Agent:
    """`sluice agent` as a process, started again and again."""

    def __init__(self, scene, name, conf, state="state", node=None,
                 program=None, options=(), **environment):
        self.scene = scene
        self.name = name
        self.state = scene.path(state)
        self.log_name = f"{name}-{state.replace(os.sep, '-')}"
        self.environment = environment
        self.argv = [program or scene.program("sluice"), "agent", "-n", name,
                     "-f", conf, "--node", node or scene.node, "--state-dir",
                     self.state, "--metrics", "127.0.0.1:0", *options]
        self.process = None

    def file(self, name):
        """A file of the agent's state directory."""
        return os.path.join(self.state, self.name, name)

    def start(self):
        """Does not wait; `wait_up` does."""
        if os.path.exists(self.file("metrics.port")):
            os.unlink(self.file("metrics.port"))
        self.process = self.scene.start(self.log_name, self.argv,
                                        **self.environment)

    def wait_up(self):
        wait_until(f"{self.log_name} answers", 60, self._answers)

    def _answers(self):
        if self.process.poll() is not None:
            raise Invalid(f"{self.log_name} ended: {self.log()[-400:]}")
        try:
            return self.get("/healthz")
        except OSError:
            return False

    def kill(self):
        """kill -9; returns when it is gone."""
        end(self.process)

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, seconds=40):
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def log(self):
        with open(self.scene.path(self.log_name + ".log"),
                  errors="replace") as file:
            return file.read()

    def url(self, path):
        with open(self.file("metrics.port")) as file:
            return f"http://127.0.0.1:{file.read().strip().rsplit(':', 1)[-1]}{path}"

    def get(self, path):
        with urllib.request.urlopen(self.url(path), timeout=5) as answer:
            return answer.read().decode()

    def metric(self, name):
        """The sum over all labels."""
        return sum(float(line.rsplit(" ", 1)[1])
                   for line in self.get("/metrics").splitlines()
                   if line.startswith((name + "{", name + " ")))

    def actors(self):
        return json.loads(self.get("/api/v1/actors"))

    def kill_actor(self, actor):
        """By the API (--allow-chaos). False: it is just being restarted."""
        with open(self.file("token")) as file:
            token = file.read().strip()
        request = urllib.request.Request(
            self.url(f"/api/v1/actors/{actor}/kill"), data=b"{}",
            method="POST", headers={"Authorization": "Bearer " + token,
                                    "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status == 200
        except urllib.error.HTTPError:
            return False


def judge(wanted, arrived):
    """How `arrived` differs from `wanted`, whose lines are all different: a
    dict of lost, duplicated, reordered, foreign; the order is that of
    `wanted`."""
    place = {line: i for i, line in enumerate(wanted)}
    seen, last = set(), -1
    found = {"lost": 0, "duplicated": 0, "reordered": 0, "foreign": 0}
    for line in arrived:
        at = place.get(line)
        if at is None:
            found["foreign"] += 1
        elif at in seen:
            found["duplicated"] += 1
        else:
            found["reordered"] += at < last
            seen.add(at)
            last = at
    found["lost"] = len(wanted) - len(seen)
    return found


def right(found):
    return not any(found.values())


def told(found):
    return " ".join(f"{what} {n}" for what, n in found.items())


def main(text, play, arguments=lambda parser: None):
    """Parses the command line, plays, ends with `N passed, N failed`."""
    parser = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(ROOT, "build/release/bin"),
                        help="where sluice and sluice-simulator are")
    parser.add_argument("--seed", type=int,
                        default=random.SystemRandom().randrange(1, 1 << 31))
    parser.add_argument("--keep", action="store_true",
                        help="leave the directory of the run")
    arguments(parser)
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda n, _: sys.exit(128 + n))
    print(f"seed {options.seed}", flush=True)
    scene = Scene(options)
    try:
        play(scene)
    except Invalid as why:
        scene.check(str(why), False)
    except Skip as why:
        scene.skip(str(why))
    finally:
        if sys.exc_info()[0] is not None:
            scene.results.append(False)
        scene.close()
    failed = scene.results.count(False)
    print(f"{len(scene.results) - failed} passed, {failed} failed, "
          f"{len(scene.skipped)} skipped")
    sys.exit(1 if failed else 0)
