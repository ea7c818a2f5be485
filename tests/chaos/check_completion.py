#!/usr/bin/env python3
"""Kills agent 1 by failpoint around the commit and the rename of a spooled
file: a file is called .COMPLETED only after its lines are committed, and each
line stands once in the output whatever the moment. And a release has no
failpoints.
"""
import os
import signal

from scene import ROOT, judge, main, right, told, wait_until
from spool import Spool, agent, lines_of

# Where the process dies, and whether what was spooled is committed by then.
MOMENTS = [("store.before_flush", False), ("store.before_slot", False),
           ("store.after_slot", True), ("spool.done.before_rename", True),
           ("spool.done.renamed_before_dirsync", True)]
LINES = 500


def die_at(scene, moment, committed):
    place = moment.replace(".", "-")
    spool = Spool(scene, "spool-" + place)
    output = scene.path(place + ".out")
    report = scene.path(place + ".report")
    options = dict(program=os.path.join(scene.options.check_bin, "sluice"),
                   state="state-" + place, node=f"{scene.node}-{place}")
    spool.add(LINES)
    dies = agent(scene, spool, output, FAILPOINTS=moment + "=1*kill",
                 FAILPOINTS_REPORT=report, **options)
    dies.start()
    wait_until(f"it dies at {moment}", 60,
               lambda: dies.process.poll() is not None)
    with open(report) as file:
        fired = moment in file.read()
    renamed = moment == "spool.done.renamed_before_dirsync"
    scene.check(f"{moment}: dies there, the file is "
                + ("completed" if renamed else "not completed"),
                fired and dies.process.returncode == -signal.SIGKILL
                and bool(spool.waiting()) != renamed)
    if committed:
        scene.check(f"{moment}: its lines are in the output by then",
                    lines_of(output) == spool.lines())
    # Its successor has no failpoint.
    spool.add(LINES)
    lives = agent(scene, spool, output, **options)
    lives.start()
    lives.wait_up()
    spool.all_completed()
    stopped = lives.stop() == 0
    found = judge(spool.lines(), lines_of(output))
    scene.check(f"{moment}: then everything once, in order: {told(found)}",
                right(found) and stopped)


def has(program, text):
    with open(program, "rb") as file:
        return text in file.read()


def play(scene):
    for moment, committed in MOMENTS:
        die_at(scene, moment, committed)
    for text in (b"FAILPOINTS", b"SLUICE_MUTANT", b"store.before_slot"):
        scene.check(
            f"a release has no {text.decode()}, a check build has",
            not has(scene.program("sluice"), text)
            and has(os.path.join(scene.options.check_bin, "sluice"), text))


if __name__ == "__main__":
    main(__doc__, play, lambda parser: parser.add_argument(
        "--check-bin", default=os.path.join(ROOT, "build/check/bin"),
        help="where the sluice with failpoints is"))
