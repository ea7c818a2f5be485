#!/usr/bin/env python3
"""check_dashboards.py must find planted faults: BINARY is the test exporter."""
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
GOOD = HERE.parents[1] / "monitoring/dashboards/pilot.json"


def misspell_metric(panel):
    panel["targets"][0]["expr"] = "sum(sluice_gapz_total)"
    return "no numbers"


def misspell_function(panel):
    panel["targets"][0]["expr"] = "summ(sluice_gaps_total)"
    return "unknown function"


def divide_nothing(panel):
    panel["targets"][0]["expr"] = "0 * sum(sluice_gaps_total) / 0"
    return "no numbers"


def drop_unit(panel):
    del panel["fieldConfig"]["defaults"]["unit"]
    return "no unit"


def leave_grid(panel):
    panel["gridPos"].update(x=23, y=100)
    return "outside the grid"


def main():
    faults = [misspell_metric, misspell_function, divide_nothing, drop_unit,
              leave_grid]
    dashboard = json.loads(GOOD.read_text())
    # One fault in each of the first panels; the other panels only cost time.
    dashboard["panels"] = dashboard["panels"][:len(faults) + 1]
    expected = [(panel["title"], fault(panel))
                for panel, fault in zip(dashboard["panels"], faults)]
    with tempfile.TemporaryDirectory() as folder:
        bad = pathlib.Path(folder) / "bad.json"
        bad.write_text(json.dumps(dashboard))
        done = subprocess.run(
            [sys.executable, HERE / "check_dashboards.py", "--exporter",
             sys.argv[1], "--dashboard", bad, "--seconds", "4"],
            stdout=subprocess.PIPE, text=True, check=False)
    failed = [line for line in done.stdout.splitlines()
              if line.startswith("FAILED")]
    wrong = [f"{title}: {problem}" for title, problem in expected
             if not any(title in line and problem in line for line in failed)]
    if wrong or len(failed) != len(faults) or done.returncode != 1:
        print(done.stdout, "not found:", wrong)
        print("0 passed, 1 failed")
        return 1
    print("1 passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
