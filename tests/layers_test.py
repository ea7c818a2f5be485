#!/usr/bin/env python3
"""Plants each disorder in a small house and sees check_layers.py find it."""
import importlib.util
import pathlib
import sys
import tempfile
import unittest

HOUSE = pathlib.Path(__file__).resolve().parent.parent
SPEC = importlib.util.spec_from_file_location(
    "check_layers", HOUSE / ".ci" / "check_layers.py")
check_layers = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(check_layers)

ORDER = {
    "actors/core/base/result.hpp": "#pragma once\n#include <vector>\n",
    "actors/core/event/run.hpp": '#include "actors/core/base/result.hpp"\n'
                                 '#include <fmt/format.h>\n',
    "actors/core/kafka/lane.cpp": "#include <librdkafka/rdkafka.h>\n",
    "actors/protocol.hpp": "#include <caf/all.hpp>\n",
    "actors/source/spooldir.cpp": '#include "actors/protocol.hpp"\n',
    "actors/sink/null.cpp": '#include "actors/core/kafka/x.hpp"\n',
    "config/source_options.cpp": '{.at = station::source,\n'
                                 ' .type = "spooldir"}\n',
    "simulator/cars.cpp": "#include <sys/stat.h>\n",
    "nodes/main.cpp": '#include "actors/sink/null.hpp"\n'
                      '#include <CLI/CLI.hpp>\n',
    "tests/core/base/base_test.cpp": "#include <boost/test/unit_test.hpp>\n",
}


def long_function(lines):
    body = "  // }\n" * (lines - 3) + '  call("{");\n'
    return f"int work(int x) {{\n{body}}}\n"


class layers_test(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        for path, text in ORDER.items():
            self.write(path, text)

    def write(self, path, text):
        file = pathlib.Path(self.folder.name, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def problems(self):
        return list(check_layers.check(self.folder.name))

    def expect(self, path, text, words):
        """Planting `text` gives one problem that names file and why."""
        self.write(path, text)
        found = self.problems()
        self.assertEqual(len(found), 1, found)
        self.assertIn(path, found[0])
        self.assertIn(words, found[0])

    def test_a_house_in_order_has_no_problem(self):
        self.assertEqual(self.problems(), [])

    def test_an_include_from_a_floor_above_is_found(self):
        self.expect("actors/core/base/log.cpp",
                    '#include "actors/core/event/run.hpp"\n',
                    "actors/core/base may not include")

    def test_an_include_from_a_neighbour_is_found(self):
        self.expect("actors/core/file/spool.cpp",
                    '#include "actors/core/store/slot.hpp"\n',
                    "may not include")

    def test_a_station_that_includes_a_station_is_found(self):
        self.expect("actors/source/taildir.cpp",
                    '#include "actors/channel/memory.hpp"\n',
                    "actors/source may not include")

    def test_the_simulator_may_not_know_the_actors(self):
        self.expect("simulator/ledger.cpp", '#include "actors/protocol.hpp"\n',
                    "simulator may not include")

    def test_caf_below_its_floor_is_found(self):
        for place in ("actors/core/net", "config", "monitoring", "simulator"):
            with self.subTest(place):
                self.expect(f"{place}/a.hpp", "#include <caf/fwd.hpp>\n",
                            "knows no CAF")
                pathlib.Path(self.folder.name, place, "a.hpp").unlink()

    def test_each_library_outside_its_home_is_found(self):
        for library in ("librdkafka/rdkafka.h", "pcre2.h", "httplib.h",
                        "openssl/ssl.h", "zlib.h", "nlohmann/json.hpp",
                        "prometheus/gauge.h", "CLI/CLI.hpp",
                        "spdlog/spdlog.h", "boost/test/unit_test.hpp"):
            with self.subTest(library):
                self.expect("actors/source/a.cpp", f"#include <{library}>\n",
                            "has its home in")

    def test_only_the_log_includes_spdlog(self):
        self.write("actors/core/base/log.cpp", "#include <spdlog/spdlog.h>\n")
        self.assertEqual(self.problems(), [])
        self.expect("actors/core/base/clock.cpp",
                    "#include <spdlog/spdlog.h>\n", "has its home in")

    def test_a_library_without_a_home_is_found(self):
        self.expect("actors/source/a.cpp", "#include <absl/strings.h>\n",
                    "no home")

    def test_an_unknown_folder_is_found(self):
        for folder in ("plugins", "actors/misc", "tests/other"):
            with self.subTest(folder):
                self.write(f"{folder}/a.cpp", "")
                found = self.problems()
                self.assertEqual(len(found), 1, found)
                self.assertIn(f"{folder}: unknown folder", found[0])
                place = pathlib.Path(self.folder.name, folder)
                (place / "a.cpp").unlink()
                place.rmdir()

    def test_a_type_without_its_file_is_found(self):
        self.expect("config/sink_options.cpp",
                    '{.at = station::sink, .type = "hdfs"}\n',
                    "sink hdfs has no actors/sink/hdfs.cpp")

    def test_a_file_over_400_lines_is_found_and_one_of_400_is_not(self):
        self.write("nodes/agent.cpp", "\n" * 400)
        self.assertEqual(self.problems(), [])
        self.expect("nodes/agent.cpp", "\n" * 401, "401 lines")

    def test_a_function_over_70_lines_is_found_and_one_of_70_is_not(self):
        self.write("nodes/agent.cpp", long_function(70))
        self.assertEqual(self.problems(), [])
        self.expect("nodes/agent.cpp", long_function(71), "71 lines")

    def test_a_long_method_in_a_class_in_a_namespace_is_found(self):
        self.expect("nodes/agent.hpp",
                    "namespace a {\nclass b : public c<int> {\n"
                    + long_function(80) + "};\n}\n", "80 lines")

    def test_a_long_table_is_no_function(self):
        self.write("nodes/catalog.cpp", "const row table[] = {\n"
                   + "  {f(1), 2},\n" * 100 + "};\n")
        self.assertEqual(self.problems(), [])


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    failed = len({str(test) for test, _ in result.failures + result.errors})
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
