#!/usr/bin/env python3
"""Kills agent 1 (spool directory to the logger's own file) with -9 a hundred
times, then with a full disk under the output, and moves, deletes and shortens
the output under it: the file is complete, in order, each line once, or the
agent says how to go on.
"""
import os
import re
import signal
import subprocess

from scene import judge, main, right, told, wait_until
from spool import Spool, agent, lines_of


def size_of(path):
    return os.path.getsize(path) if os.path.exists(path) else 0


def kills(scene, victim, output, times):
    """kill -9 at random moments, from the first instant of a start on."""
    for i in range(times):
        victim.start()
        if i % 4 == 3:
            before = size_of(output)
            wait_until("the output grows", 60,
                       lambda b=before: size_of(output) > b)
        # The moment of a kill is random: this waits for nothing.
        signal.sigtimedwait([], scene.dice.uniform(0, 0.25))
        victim.kill()


def finish(scene, what, spool, victim, output):
    victim.start()
    victim.wait_up()
    spool.all_completed()
    stopped = victim.stop() == 0
    found = judge(spool.lines(), lines_of(output))
    scene.check(f"{what}: {spool.written} lines {told(found)}",
                right(found) and stopped)


def hundred_kills(scene):
    spool = Spool(scene)
    output = scene.path("out")
    victim = agent(scene, spool, output)
    spool.feed(300, 0.04)
    kills(scene, victim, output, scene.options.kills)
    spool.stop()
    scene.check("a kill left something to cut off at least once",
                size_of(output + ".cut") > 0)
    finish(scene, f"{scene.options.kills} kill -9", spool, victim, output)


def full_disk(scene):
    if os.geteuid() != 0:
        scene.skip("a disk that is full: mounting a small one needs root")
        return
    disk = scene.path("disk")
    os.mkdir(disk)
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]
    if subprocess.run(mount, stderr=subprocess.DEVNULL).returncode != 0:
        scene.skip("a disk that is full: mounting is not allowed here")
        return
    scene.at_end(lambda: subprocess.run(["umount", disk], check=True))
    spool = Spool(scene, "spool-disk")
    output = os.path.join(disk, "out")
    victim = agent(scene, spool, output, state="state-disk",
                   node=scene.node + "-disk")
    for _ in range(20):
        spool.add(500)
    victim.start()
    for _ in range(3):
        wait_until("the disk is full", 60,
                   lambda: "No space left" in victim.log())
        victim.kill()
        victim.start()
    victim.wait_up()
    scene.check("a full disk ends nothing for good",
                "stays down" not in victim.log())
    subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
    spool.all_completed()
    victim.kill()
    finish(scene, "a full disk, and room again", spool, victim, output)


def from_somewhere_on(spool, lines):
    """Where in everything `lines` begin; None unless all from there on stands
    in them once, in order."""
    wanted = spool.lines()
    if not lines or lines[0] not in wanted:
        return None
    first = wanted.index(lines[0])
    return first if lines == wanted[first:] else None


def taken_away(scene, how):
    """The output is moved or deleted while the agent writes: a new one goes on
    where the old one's confirmed part ends."""
    spool = Spool(scene, "spool-" + how)
    output = scene.path(how + ".out")
    victim = agent(scene, spool, output, state="state-" + how,
                   node=f"{scene.node}-{how}")
    victim.start()
    spool.feed(200, 0.02)
    wait_until("the output has something", 60, lambda: size_of(output) > 50000)
    old = open(output)
    if how == "moved":
        os.rename(output, output + ".old")
    else:
        os.unlink(output)
    wait_until("there is a new output", 60, lambda: size_of(output) > 50000)
    victim.kill()
    spool.stop()
    victim.start()
    victim.wait_up()
    spool.all_completed()
    stopped = victim.stop() == 0
    first = from_somewhere_on(spool, lines_of(output))
    with old:
        before = old.read().splitlines()
    # A moved file is whole; of a deleted one nobody reads what it has more.
    joined = first is not None and before[:first] == spool.lines()[:first] \
        and (how == "deleted" or len(before) == first)
    scene.check(f"{how} output: the new one goes on where it ends", joined
                and stopped)


def shortened(scene):
    """Nobody may guess what is missing: the agent stays down and names the
    command, and goes on when it was given."""
    spool = Spool(scene, "spool-short")
    output = scene.path("short.out")
    victim = agent(scene, spool, output, state="state-short",
                   node=scene.node + "-short")
    victim.start()
    spool.feed(200, 0.02)
    wait_until("the output has something", 60, lambda: size_of(output) > 50000)
    os.truncate(output, 1000)
    command = wait_until("the agent says what to do", 60, lambda: re.search(
        r"stays down.*: (mv '[^']+' '[^']+')", victim.log()))[1]
    spool.stop()
    left = spool.waiting()
    scene.check("a shortened output is left alone",
                size_of(output) == 1000 and left)
    victim.kill()
    victim.start()
    wait_until("so does its successor", 60,
               lambda: victim.log().count("stays down") >= 2)
    victim.kill()
    subprocess.run(["sh", "-c", command], check=True)
    victim.start()
    victim.wait_up()
    spool.all_completed()
    scene.check("after the command it goes on in a new file",
                victim.stop() == 0
                and from_somewhere_on(spool, lines_of(output)) is not None)


def play(scene):
    hundred_kills(scene)
    full_disk(scene)
    taken_away(scene, "moved")
    taken_away(scene, "deleted")
    shortened(scene)


if __name__ == "__main__":
    main(__doc__, play, lambda parser: parser.add_argument(
        "--kills", type=int, default=100))
