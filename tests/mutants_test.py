#!/usr/bin/env python3
"""Runs every planted bug of tests/mutants.txt: its test must pass without the
bug and fail with it, on the same seeds. The list and the SLUICE_PLANTED names
in the code must be the same.

usage: mutants_test.py BINARIES [NAME…]

BINARIES is the directory of the test programs, built with failpoints; NAME
limits the run to these bugs.
"""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ["actors", "config", "monitoring", "nodes", "simulator"]
PLANTED = re.compile(r'SLUICE_PLANTED\(\s*"([^"]+)"')
# Where the macro itself is described.
NOT_A_BUG = "actors/core/base/failpoint.hpp"
SECONDS = 120


class Mutant:
    """One line of the list."""

    def __init__(self, line):
        fields = [field.strip() for field in line.split("|")]
        if len(fields) != 5:
            raise ValueError("five fields expected: " + line)
        self.name, self.breaks, self.binary, self.case, self.seeds = fields

    def test(self):
        """What is run, to be run once without the bug."""
        return self.binary, self.case, self.seeds


def read_list():
    lines = (ROOT / "tests/mutants.txt").read_text().splitlines()
    return [Mutant(l) for l in lines if l.strip() and not l.startswith("#")]


def names_in_code():
    found = set()
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.[ch]pp")):
            if str(path.relative_to(ROOT)) != NOT_A_BUG:
                found.update(PLANTED.findall(path.read_text()))
    return found


def differences(listed, in_code):
    """What is wrong with the list, a line each."""
    names = [m.name for m in listed]
    wrong = [f"{n} stands twice in the list" for n in sorted(set(names))
             if names.count(n) > 1]
    wrong += [f"{n} is planted in the code but not in tests/mutants.txt"
              for n in sorted(in_code - set(names))]
    wrong += [f"{n} is in tests/mutants.txt but not planted in the code"
              for n in sorted(set(names) - in_code)]
    return wrong


def run(binaries, test, bug):
    """The exit code and output of one test with `bug` planted ("" = none)."""
    binary, case, seeds = test
    environment = dict(os.environ, SLUICE_MUTANT=bug, SLUICE_SIM_SEEDS=seeds,
                       SLUICE_LANE_SEEDS=seeds, SLUICE_ALGEBRA_SEEDS=seeds,
                       SLUICE_HOP_SEEDS=seeds, SLUICE_CLAIM_SEEDS=seeds,
                       BOOST_TEST_COLOR_OUTPUT="no",
                       BOOST_TEST_REPORT_LEVEL="confirm")
    try:
        done = subprocess.run(
            [binaries / binary, "--run_test=" + case], env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None, f"no end after {SECONDS} s"
    return done.returncode, done.stdout


def complaints(binaries, mutant, clean):
    """Why the bug is not caught as the list says, or nothing."""
    if mutant.test() not in clean:
        clean[mutant.test()] = run(binaries, mutant.test(), "")
    code, output = clean[mutant.test()]
    if code != 0 or "No errors detected" not in output:
        return [f"{mutant.name}: its test fails without the bug:\n{output}"]
    code, output = run(binaries, mutant.test(), mutant.name)
    if code is None:
        return [f"{mutant.name}: {output}"]
    # A crash or a test that was not found is no catch: the case must say it.
    if code == 0 or f'error: in "{mutant.case}"' not in output:
        return [f"{mutant.name}: {mutant.binary} {mutant.case} does not catch"
                f" it on {mutant.seeds} seeds (exit {code}):\n{output}"]
    return []


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 64 if not arguments else 0
    binaries = pathlib.Path(arguments[0])
    wanted = set(arguments[1:])
    listed = read_list()
    wrong = differences(listed, names_in_code())
    wrong += [f"{n}: no such bug" for n in
              sorted(wanted - {m.name for m in listed})]
    clean = {}
    caught = 0
    for mutant in listed:
        if wanted and mutant.name not in wanted:
            continue
        why = complaints(binaries, mutant, clean)
        print(f"{'FAILED' if why else 'caught'} {mutant.name}", flush=True)
        caught += not why
        wrong += why
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{caught} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
