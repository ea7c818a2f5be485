#!/usr/bin/env python3
"""Proves the dashboards: a real Prometheus scrapes live nodes, and every query
of every panel and variable must parse and give numbers.

    check_dashboards.py --target HOST:PORT [--target ...] [--dashboard FILE ...]
    check_dashboards.py --exporter BINARY      starts that as the one target

Ends with `N passed, N failed`; exit code 0 only when nothing failed, 2 when it
could not begin. Needs prometheus and promtool; Python's standard library only.
"""
import argparse
import json
import math
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

HOUSE = pathlib.Path(__file__).resolve().parents[2]
# As Grafana would fill them in for a range of a quarter of a minute.
GRAFANA = {"__rate_interval": "5s", "__interval": "1s", "__range": "15s"}
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS = 24


class score:
    """Counts what passed and failed, and says each failure."""

    def __init__(self):
        self.passed = self.failed = 0

    def add(self, what, problem=None):
        if problem:
            self.failed += 1
            print(f"FAILED {what}: {problem}")
        else:
            self.passed += 1


class prometheus:
    """A real one on a free port, gone with this object."""

    def __init__(self, targets, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        config = folder / "prometheus.yml"
        config.write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "scrape_configs": [{
                "job_name": "sluice",
                "static_configs": [{"targets": targets}]}]}))
        self.log = folder / "prometheus.log"
        self.base = f"http://127.0.0.1:{port}/api/v1/"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={config}",
                 f"--storage.tsdb.path={folder / 'tsdb'}",
                 f"--web.listen-address=127.0.0.1:{port}",
                 "--log.level=warn"], stdout=log, stderr=log)

    def ask(self, path, **query):
        url = self.base + path
        if query:
            url += "?" + urllib.parse.urlencode(query, doseq=True)
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as refused:
            raise ValueError(json.load(refused).get("error")) from refused

    def wait_for(self, targets, seconds):
        """True as soon as every target was scraped."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                up = self.ask("query", query="sum(up)")["result"]
                if up and int(up[0]["value"][1]) == len(targets):
                    return True
            except (OSError, ValueError):
                pass  # not listening or not ready yet
            time.sleep(0.2)
        return False

    def stop(self):
        self.process.terminate()
        self.process.wait()


def panels_of(dashboard):
    for panel in dashboard.get("panels", []):
        yield panel
        yield from panels_of(panel)


def filled(query, values):
    """The query with Grafana's and the dashboard's variables put in."""
    for name in sorted(values, key=len, reverse=True):
        query = query.replace("${" + name + "}", values[name])
        query = query.replace("$" + name, values[name])
    return query


def numbers(server, target, query):
    """What the query gives, without NaN. ValueError when it does not parse."""
    if target.get("instant"):
        found = server.ask("query", query=query)["result"]
        texts = [series["value"][1] for series in found]
    else:
        now = time.time()
        found = server.ask("query_range", query=query, start=now - 10, end=now,
                           step=1)["result"]
        texts = [v[1] for series in found for v in series["values"]]
    return [x for x in map(float, texts) if not math.isnan(x)]


def problem_of(server, target, query, end):
    """None as soon as the query gives a number; asked again until `end`."""
    while True:
        try:
            if numbers(server, target, query):
                return None
            problem = "no numbers: " + query
        except ValueError as refused:
            return f"{refused}: {query}"
        if time.monotonic() > end:
            return problem
        time.sleep(0.5)


def run_variables(server, dashboard, count, end):
    """Asks for the values of each variable; returns what to fill in."""
    values = dict(GRAFANA)
    for variable in dashboard["templating"]["list"]:
        name = variable["name"]
        values[name] = variable.get("allValue", ".*")
        if variable["type"] != "query":
            continue
        parts = re.fullmatch(r"label_values\((.+),\s*(\w+)\)",
                             variable["query"])
        what = f"{dashboard['title']}, variable {name}"
        if not parts:
            count.add(what, "not a label_values(): " + variable["query"])
            continue
        found = []
        while not found and time.monotonic() < end:
            found = server.ask(f"label/{parts[2]}/values",
                               **{"match[]": filled(parts[1], values)})
            time.sleep(0 if found else 0.5)
        count.add(what, None if found else "no values")
    return values


def run_queries(server, dashboard, count, end):
    """Returns the names that the queries use."""
    values = run_variables(server, dashboard, count, end)
    used = set()
    for panel in panels_of(dashboard):
        for target in panel.get("targets", []):
            query = filled(target["expr"], values)
            used |= set(re.findall(r"[a-z_]+", query))
            count.add(f"{dashboard['title']}, {panel['title']} "
                      f"{target['refId']}",
                      problem_of(server, target, query, end))
    return used


def overlap(a, b):
    return (a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"]
            and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"])


def panel_problems(panel):
    if panel["type"] == "row":
        return
    if not panel.get("description"):
        yield "no description"
    if not panel["fieldConfig"]["defaults"].get("unit"):
        yield "no unit"
    if panel.get("datasource") != DATASOURCE:
        yield "its datasource is not ${datasource}"
    if not panel.get("targets"):
        yield "no query"
    refs = [t["refId"] for t in panel.get("targets", [])]
    if len(set(refs)) != len(refs):
        yield "a refId stands twice"
    for target in panel.get("targets", []):
        if not target.get("legendFormat"):
            yield f"no legend for {target['refId']}"
        if target.get("datasource") != DATASOURCE:
            yield f"the datasource of {target['refId']} is not ${{datasource}}"
        if "rate(" in target["expr"] and "[$__" not in target["expr"]:
            yield f"{target['refId']} has a rate over a fixed interval"


def lint(dashboard, count):
    title = dashboard.get("title", "?")
    whole = []
    if not dashboard.get("uid"):
        whole.append("no uid: its address would change with each import")
    if dashboard.get("id") is not None:
        whole.append("has an id, which belongs to one Grafana")
    every = list(panels_of(dashboard))
    ids = [p["id"] for p in every]
    if len(set(ids)) != len(ids):
        whole.append("a panel's id stands twice")
    titles = [p["title"] for p in every]
    if len(set(titles)) != len(titles):
        whole.append("a panel's title stands twice")
    count.add(f"{title}, whole", "; ".join(whole))
    for i, panel in enumerate(every):
        grid = panel["gridPos"]
        problems = list(panel_problems(panel))
        if grid["x"] < 0 or grid["x"] + grid["w"] > COLUMNS:
            problems.append("outside the grid")
        problems += [f"covers {other['title']}" for other in every[:i]
                     if overlap(grid, other["gridPos"])]
        count.add(f"{title}, {panel['title']}, form", "; ".join(problems))


def promtool(count, what, *arguments, text=None):
    done = subprocess.run(["promtool", *arguments], input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    # `check metrics` says some things without failing.
    bad = done.returncode != 0 or (text is not None and done.stdout.strip())
    count.add(what, done.stdout.strip() or "refused" if bad else None)


def prove(targets, dashboards, seconds, folder, count):
    for dashboard in dashboards:
        lint(dashboard, count)
    promtool(count, "monitoring/prometheus.yml", "check", "config",
             str(HOUSE / "monitoring/prometheus.yml"))
    for target in targets:
        url = f"http://{target}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            text = answer.read().decode()
        promtool(count, url, "check", "metrics", text=text)
    server = prometheus(targets, folder)
    try:
        if not server.wait_for(targets, 60):
            count.add("Prometheus scrapes every target", "not within 60 s:\n"
                      + server.log.read_text())
            return
        end = time.monotonic() + seconds
        used = set()
        for dashboard in dashboards:
            used |= run_queries(server, dashboard, count, end)
        known = set(server.ask("label/__name__/values"))
        shown = {n for n in known if n in used
                 or n.removesuffix("_sum").removesuffix("_count") + "_bucket"
                 in used}
        rest = sorted(n for n in known - shown if n.startswith("sluice_"))
        print("on no panel:", ", ".join(rest))
    finally:
        server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--target", action="append", default=[],
                        metavar="HOST:PORT")
    parser.add_argument("--exporter", metavar="BINARY")
    parser.add_argument("--dashboard", action="append", metavar="FILE")
    parser.add_argument("--seconds", type=float, default=30,
                        help="how long the queries may stay empty in all")
    chosen = parser.parse_args()
    for tool in ("prometheus", "promtool"):
        if not shutil.which(tool):
            print(f"{tool} is not installed")
            return 2
    files = chosen.dashboard or sorted(
        (HOUSE / "monitoring/dashboards").glob("*.json"))
    dashboards = [json.loads(pathlib.Path(f).read_text()) for f in files]
    targets = list(chosen.target)
    exporter = None
    count = score()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-dashboards-"))
    try:
        if chosen.exporter:
            exporter = subprocess.Popen([chosen.exporter], text=True,
                                        stdout=subprocess.PIPE)
            targets.append("127.0.0.1:" + exporter.stdout.readline().strip())
        if not targets or not dashboards:
            parser.error("needs a --target or --exporter, and a dashboard")
        prove(targets, dashboards, chosen.seconds, folder, count)
    finally:
        if exporter:
            exporter.terminate()
            exporter.wait()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{count.passed} passed, {count.failed} failed")
    return 1 if count.failed else 0


if __name__ == "__main__":
    sys.exit(main())
