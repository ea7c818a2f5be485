#!/usr/bin/env python3
"""Fails when the house is not in order (docs/architecture.md): an include
from a floor above or from a neighbour, a library outside its home, an unknown
folder, a component type without its file, a file or a function too long.

usage: check_layers.py [ROOT]
"""
import pathlib
import re
import sys

# Ground floor first. A folder may include itself and earlier lines, never a
# later line and never a neighbour on the same line.
FLOORS = [
    ["actors/core/base"],
    ["actors/core/event", "config", "monitoring"],
    ["actors/core/file", "actors/core/store", "actors/core/kafka",
     "actors/core/net", "actors/core/text", "actors/core/routing"],
    ["actors", "simulator"],
    ["actors/source", "actors/interceptor", "actors/selector",
     "actors/channel", "actors/sink", "actors/supervisor"],
    ["nodes"],
    ["tests"],
]
HEIGHT = {name: i for i, names in enumerate(FLOORS) for name in names}

# Folders that belong to the folder above them, or hold no code of the house.
ROOMS = {
    "actors/core", "config/examples", "monitoring/console",
    "monitoring/dashboards", "monitoring/provisioning",
    "monitoring/provisioning/dashboards",
    "monitoring/provisioning/datasources", "simulator/broker",
    "simulator/kafka", "docs", "cmake", ".ci",
    "tests/core", "tests/simulation", "tests/bench", "tests/chaos",
    "tests/flume", "tests/fuzz", "tests/layers",
} | {"tests/" + name.removeprefix("actors/") for name in HEIGHT}
NOT_OURS = {"build", "out", ".git", ".cache", ".github", ".vscode", ".idea",
            "__pycache__", "corpus"}

# Where each library may be included, by the beginning of the path; tests use
# what they test.
CAF_BEGINS = HEIGHT["actors"]
NO_CAF = {"simulator"}
HOMES = {
    "librdkafka/": ("actors/core/kafka/", "simulator/broker"),
    "pcre2.h": ("actors/core/text/",),
    "httplib.h": ("actors/core/net/",),
    "openssl/": ("actors/core/net/",),
    "zlib.h": ("actors/core/file/", "actors/core/store/"),
    "zstd.h": ("actors/core/file/", "actors/core/store/"),
    "nlohmann/": ("config/", "monitoring/", "actors/core/store/", "nodes/"),
    "prometheus/": ("monitoring/",),
    "CLI/": ("nodes/", "simulator/main.cpp"),
    "spdlog/": ("actors/core/base/log.cpp",),
    "fmt/": ("",),
    "boost/": (),
}
SYSTEM = {"sys", "linux", "net", "netinet", "arpa", "experimental"}

LINES_IN_A_FILE = 400
LINES_IN_A_FUNCTION = 70
CODE = {".cpp", ".hpp", ".h", ".cc", ".py", ".sh"}
SCRIPTS = {"check", "pilot", ".ci/install", ".ci/layer", ".ci/run"}
CPP = {".cpp", ".hpp"}
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
# Calls without a semicolon that stand before the next declaration.
TYPE_IDS = re.compile(r"\bCAF_[A-Z_]+\((?:[^()]|\([^()]*\))*\)")


def folder_of(path):
    """The folder of the house that a path lies in, or "" outside of it."""
    parts = path.split("/")[:-1]
    while parts and "/".join(parts) not in HEIGHT:
        parts.pop()
    return "/".join(parts)


def wrong_library(path, here, target):
    """Why `target`, no file of ours, may not be included, or None."""
    if here == "tests":
        return None
    if target.startswith("caf/"):
        if HEIGHT[here] < CAF_BEGINS or here in NO_CAF:
            return f"{here} knows no CAF, but includes {target}"
        return None
    for library, homes in HOMES.items():
        if target.startswith(library):
            if path.startswith(homes):
                return None
            return f"{target} has its home in {' and '.join(homes) or 'tests'}"
    if "/" in target and target.split("/")[0] not in SYSTEM:
        return f"{target}: this library has no home (HOMES in {__file__})"
    return None


def check_includes(path, text):
    here = folder_of(path)
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not here or not match:
            continue
        target = match[2]
        there = folder_of(target)
        why = None
        if not there:
            # Beside the includer, as "replay.hpp": as good as its own folder.
            if match[1] == "<" or "/" in target:
                why = wrong_library(path, here, target)
        elif there != here and HEIGHT[there] >= HEIGHT[here]:
            why = f"{here} may not include {target}"
        if why:
            yield f"{path}:{number}: {why}"


def bare(text):
    """The text with comments, strings and preprocessor lines blanked out."""
    pattern = re.compile(
        r'R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|//[^\n]*|/\*.*?\*/'
        r'|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\''
        r'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', re.DOTALL | re.MULTILINE)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def functions(text):
    """Yields (first line, lines, name) of every outermost function."""
    clean = bare(text)
    depth, inside, line, header, header_line = 0, None, 1, "", 1
    for char in clean:
        if char == "\n":
            line += 1
        if char == "{":
            depth += 1
            if inside is None and opens_function(header):
                inside = (depth, header_line, header)
            header = ""
        elif char == "}":
            if inside is not None and inside[0] == depth:
                yield inside[1], line - inside[1] + 1, inside[2]
                inside = None
            depth -= 1
            header = ""
        elif char == ";":
            header = ""
        elif header or not char.isspace():
            if not header:
                header_line = line
            header += char


def opens_function(header):
    header = TYPE_IDS.sub("", header)
    words = re.findall(r"\w+", header)
    if not words or header.rstrip().endswith("="):
        return False
    if words[0] == "template":
        words = re.findall(r"\w+", header[header.rfind(">") + 1:]) or words
    if words[0] in {"namespace", "class", "struct", "enum", "union", "extern"}:
        return False
    return ")" in header


def check_lengths(path, text):
    lines = text.count("\n")
    if lines > LINES_IN_A_FILE:
        yield f"{path}: {lines} lines, more than {LINES_IN_A_FILE}"
    if not path.endswith((".cpp", ".hpp")):
        return
    for first, length, header in functions(text):
        if length > LINES_IN_A_FUNCTION:
            name = " ".join(header.split())[:60]
            yield (f"{path}:{first}: {name}: {length} lines, more than "
                   f"{LINES_IN_A_FUNCTION}")


def check_folders(root):
    known = set(HEIGHT) | ROOMS
    for folder in sorted(p for p in root.rglob("*") if p.is_dir()):
        path = folder.relative_to(root).as_posix()
        if NOT_OURS & set(path.split("/")):
            continue
        if path not in known:
            yield f"{path}: unknown folder (FLOORS in {__file__})"


# A component's row in the option tables: .at = station::sink, .type = "null".
TYPE = re.compile(r'\.at\s*=\s*station::(\w+),\s*\.type\s*=\s*"(\w+)"')


def check_types(root):
    for table in sorted(root.glob("config/*_options.cpp")):
        for station, name in TYPE.findall(table.read_text()):
            if not (root / "actors" / station / f"{name}.cpp").exists():
                yield (f"{table.relative_to(root)}: {station} {name} has no "
                       f"actors/{station}/{name}.cpp")


def check(root):
    root = pathlib.Path(root)
    yield from check_folders(root)
    yield from check_types(root)
    for file in sorted(root.rglob("*")):
        path = file.relative_to(root).as_posix()
        script = path in SCRIPTS
        if NOT_OURS & set(path.split("/")) or not file.is_file():
            continue
        if file.suffix not in CODE and not script:
            continue
        text = file.read_text()
        yield from check_lengths(path, text)
        if file.suffix in CPP:
            yield from check_includes(path, text)


def main():
    problems = list(check(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(problems + [f"{len(problems)} problems"]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
