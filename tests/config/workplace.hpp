// A directory to write configurations in, and how to read what came of them.
#pragma once

#include "config/read_config.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace sluice::config_test {

using namespace sluice::config;

/// A pattern is bad when its parentheses do not match.
inline std::optional<std::string> bad_pattern(const std::string& text) {
  int open = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    open += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (open < 0)
      return "unmatched parenthesis at offset " + std::to_string(i);
  }
  if (open == 0)
    return std::nullopt;
  return "missing closing parenthesis at offset " + std::to_string(text.size());
}

/// A librdkafka that knows a few properties.
inline std::optional<std::string> bad_property(const std::string& name,
                                               const std::string& value) {
  static const std::vector<std::string> known{
    "client.id",     "compression.type", "security.protocol",
    "sasl.username", "sasl.password",    "sasl.mechanisms"};
  for (const auto& each : known)
    if (each == name)
      return value == "nonsense"
               ? std::optional<std::string>{"Invalid value \"" + value
                                            + "\" for configuration property"}
               : std::nullopt;
  return "No such configuration property: \"" + name + "\"";
}

/// A fresh directory with a spool directory in it; gone at the end.
class workplace {
public:
  workplace() {
    std::string name
      = (std::filesystem::temp_directory_path() / "sluice-config-XXXXXX")
          .string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    dir = name;
    std::filesystem::create_directories(dir + "/spool");
    checks = process_checks();
    checks.pattern = bad_pattern;
    checks.kafka_property = bad_property;
    sources.environment
      = [this](const std::string& key) -> std::optional<std::string> {
      const auto found = environment.find(key);
      if (found == environment.end())
        return std::nullopt;
      return found->second;
    };
    sources.file = process_sources().file;
  }

  workplace(const workplace&) = delete;
  workplace& operator=(const workplace&) = delete;

  ~workplace() {
    std::error_code ignored;
    std::filesystem::remove_all(dir, ignored);
  }

  std::string write(const std::string& name, const std::string& text) const {
    const auto path = dir + "/" + name;
    std::ofstream{path, std::ios::binary} << text;
    return path;
  }

  [[nodiscard]] reading json(const std::string& text) const {
    return read_json(write("config.json", text), sources, checks);
  }

  [[nodiscard]] reading flume(const std::string& text,
                              const std::string& agent = "a") const {
    return read_flume(write("flume.conf", text), agent, sources, checks);
  }

  /// One option on each line, nothing wrong with it.
  [[nodiscard]] std::string good_json() const {
    return "{\n"
           "  \"node\": \"n1\",\n"
           "  \"agents\": {\n"
           "    \"a\": {\n"
           "      \"sources\": {\n"
           "        \"s1\": {\n"
           "          \"type\": \"spooldir\",\n"
           "          \"path\": \""
           + dir
           + "/spool\",\n"
             "          \"channels\": [\"c1\"]\n"
             "        }\n"
             "      },\n"
             "      \"channels\": {\n"
             "        \"c1\": {\n"
             "          \"type\": \"memory\"\n"
             "        }\n"
             "      },\n"
             "      \"sinks\": {\n"
             "        \"k1\": {\n"
             "          \"type\": \"logger\",\n"
             "          \"path\": \""
           + dir
           + "/out.log\",\n"
             "          \"channel\": \"c1\"\n"
             "        }\n"
             "      }\n"
             "    }\n"
             "  }\n"
             "}\n";
  }

  [[nodiscard]] std::string good_flume() const {
    return "a.sources = s1\n"
           "a.channels = c1\n"
           "a.sinks = k1\n"
           "a.sources.s1.type = spooldir\n"
           "a.sources.s1.spoolDir = "
           + dir
           + "/spool\n"
             "a.sources.s1.channels = c1\n"
             "a.channels.c1.type = memory\n"
             "a.sinks.k1.type = logger\n"
             "a.sinks.k1.path = "
           + dir
           + "/out.log\n"
             "a.sinks.k1.channel = c1\n";
  }

  std::string dir;
  std::map<std::string, std::string> environment;
  substitution_sources sources;
  outside_checks checks;
};

/// `text` with the first `from` replaced; `from` must be in it.
inline std::string with(std::string text, const std::string& from,
                        const std::string& to) {
  const auto at = text.find(from);
  BOOST_REQUIRE_MESSAGE(at != std::string::npos, from << " is not in it");
  return text.replace(at, from.size(), to);
}

inline std::vector<diagnostic> of_level(const reading& read, severity level) {
  std::vector<diagnostic> out;
  for (const auto& each : read.found.all())
    if (each.level == level)
      out.push_back(each);
  return out;
}

inline std::string all_lines(const reading& read) {
  std::string out;
  for (const auto& each : read.found.all())
    out += "\n  " + to_string(each);
  return out.empty() ? "\n  nothing found" : out;
}

/// Exactly one error, whose line contains every part.
inline void expect_error(const reading& read,
                         const std::vector<std::string>& parts) {
  const auto errors = of_level(read, severity::error);
  BOOST_TEST_REQUIRE(errors.size() == 1U, all_lines(read));
  BOOST_TEST(!read.usable());
  for (const auto& part : parts)
    BOOST_TEST(to_string(errors[0]).find(part) != std::string::npos,
               "\"" << part << "\" is not in" << all_lines(read));
}

/// No error, and a warning whose line contains every part.
inline void expect_warning(const reading& read,
                           const std::vector<std::string>& parts) {
  BOOST_TEST(read.usable(), all_lines(read));
  bool found = false;
  for (const auto& each : of_level(read, severity::warning)) {
    bool all = true;
    for (const auto& part : parts)
      all = all && to_string(each).find(part) != std::string::npos;
    found = found || all;
  }
  BOOST_TEST(found, "no such warning: " << parts.front() << all_lines(read));
}

inline void expect_clean(const reading& read) {
  BOOST_TEST(of_level(read, severity::error).empty(), all_lines(read));
  BOOST_TEST(of_level(read, severity::warning).empty(), all_lines(read));
}

} // namespace sluice::config_test
