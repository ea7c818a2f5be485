// What a user writes: configurations in two formats, and a command.
#include "actors/core/base/utf8.hpp"
#include "config/json_text.hpp"
#include "config/properties.hpp"
#include "config/read_config.hpp"
#include "config/tail_command.hpp"
#include "tests/fuzz/java_properties.hpp"
#include "tests/fuzz/targets.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sluice::fuzz {

namespace {

using namespace sluice::config;
using form = written_value::form;
using tree = nlohmann::json;

/// A world in which every path is there and nothing is asked of the machine.
outside_checks quiet_world() {
  outside_checks out;
  out.path = [](const std::string& path) {
    path_facts facts;
    facts.exists = facts.readable = facts.writable = true;
    facts.is_directory = !path.ends_with(".log");
    facts.is_regular = !facts.is_directory;
    facts.free_bytes = 1ULL << 40;
    facts.inode = std::hash<std::string>{}(path);
    return facts;
  };
  return out;
}

substitution_sources few_sources() {
  substitution_sources out;
  out.environment = [](const std::string& name) {
    return name == "SET" ? std::optional<std::string>{"value"} : std::nullopt;
  };
  out.file = [](const std::string& path) {
    return path == "/file" ? std::optional<std::string>{"content"}
                           : std::nullopt;
  };
  return out;
}

/// Every finding stands at a place that the text has.
void check_places(const diagnostics& found, std::string_view text) {
  const auto lines = static_cast<std::size_t>(
    std::count_if(text.begin(), text.end(),
                  [](char c) { return c == '\n' || c == '\r'; })
    + 1);
  for (const auto& each : found.all()) {
    expect(each.at.line <= lines, "a finding behind the last line");
    expect(each.at.column <= text.size() + 1, "a finding behind its line");
    const auto shown = to_string(each);
    expect(!each.what.empty(), "a finding without words");
    expect(
      std::none_of(shown.begin(), shown.end(),
                   [](char c) { return static_cast<unsigned char>(c) < ' '; }),
      "a control character in a finding");
  }
}

void properties(std::string_view input) {
  const std::string text{input};
  diagnostics found;
  const outside_checks nothing;
  const auto ours
    = parse_properties("f", text, {dialect::flume, &nothing, &found});
  check_places(found, text);
  for (const auto& each : ours)
    expect(first_not_utf8(each.key + each.value.content) == text.npos,
           "a property that is not UTF-8");
  // Comments may be anything; what else is not UTF-8 is an error.
  if (first_not_utf8(text) != text.npos)
    return;
  auto theirs = java_properties(text);
  expect(theirs.has_value() == !found.has_errors(),
         "one of the two readers of properties finds an error");
  if (!theirs)
    return;
  std::map<std::string, std::string> flat;
  for (const auto& each : ours)
    flat[each.key] = each.value.content;
  // Java makes a lone backslash at the end a property without a name or value.
  flat.erase("");
  theirs->erase("");
  expect(flat == *theirs, "the properties differ from Java's");
}

void flume(std::string_view input) {
  const nameless_file file{input};
  const auto read = read_flume(file.path(), "a", few_sources(), quiet_world());
  check_places(read.found, input);
  if (read.usable())
    expect(read.config.agents.size() == 1, "a usable file without its agent");
}

void native(std::string_view input) {
  const nameless_file file{input};
  const auto read = read_json(file.path(), few_sources(), quiet_world());
  check_places(read.found, input);
  if (read.usable())
    expect(!read.config.agents.empty(), "a usable file without agents");
}

/// The text from a place on.
std::string_view text_at(std::string_view text, const location& at) {
  for (std::size_t line = 1; line < at.line; ++line)
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  return text.substr(std::min(at.column - 1, text.size()));
}

/// What was parsed stands where the tree says, and is what the library reads.
void check_tree(const written_value& ours, const tree& theirs,
                std::string_view text) {
  const auto there = text_at(text, ours.at);
  switch (ours.is) {
  case form::null:
    expect(theirs.is_null() && there.starts_with("null"), "null misplaced");
    break;
  case form::boolean:
    expect(theirs.is_boolean() && there.starts_with(ours.content)
             && (ours.content == "true") == theirs.get<bool>(),
           "boolean misplaced");
    break;
  case form::number:
    expect(theirs.is_number() && there.starts_with(ours.content)
             && tree::parse(ours.content) == theirs,
           "number misplaced");
    break;
  case form::text:
    expect(theirs.is_string() && there.starts_with('"')
             && ours.content == theirs.get<std::string>(),
           "text misplaced");
    break;
  case form::list:
    expect(theirs.is_array() && there.starts_with('[')
             && ours.items.size() == theirs.size(),
           "list misplaced");
    for (std::size_t i = 0; i < ours.items.size(); ++i)
      check_tree(ours.items[i], theirs[i], text);
    break;
  case form::table:
    expect(theirs.is_object() && there.starts_with('{')
             && ours.members.size() == theirs.size(),
           "table misplaced");
    for (const auto& each : ours.members) {
      expect(theirs.contains(each.key)
               && text_at(text, each.key_at).starts_with('"'),
             "key misplaced");
      check_tree(each.value, theirs.at(each.key), text);
    }
    break;
  }
}

void json(std::string_view input) {
  const std::string text{input};
  diagnostics found;
  const outside_checks nothing;
  const auto ours = parse_json("f", text, {dialect::native, &nothing, &found});
  check_places(found, text);
  const auto theirs = tree::parse(text, nullptr, false, true);
  if (theirs.is_discarded()) {
    expect(!ours && found.has_errors(), "what is no JSON was taken");
    return;
  }
  // Nesting and keys that stand twice are errors of ours alone.
  if (found.has_errors())
    return;
  expect(ours.has_value(), "JSON was refused");
  check_tree(*ours, theirs, text);
}

void tail(std::string_view input) {
  std::vector<std::string> argv;
  for (std::string_view left = input; !left.empty();) {
    const auto end = std::min(left.find('\n'), left.size());
    argv.emplace_back(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  const auto read = parse_tail(argv);
  if (!read) {
    expect(!read.error().text.empty(), "refused without a word");
    return;
  }
  expect(!read->path.empty(), "no path");
  using start = tail_command::origin;
  const bool lines
    = read->start == start::last_lines || read->start == start::from_line;
  const bool from_start
    = read->start == start::from_line || read->start == start::from_byte;
  const auto again
    = parse_tail({"tail", lines ? "-n" : "-c",
                  (from_start ? "+" : "") + std::to_string(read->amount), "-F",
                  "--", read->path});
  expect(again && again->path == read->path && again->start == read->start
           && again->amount == read->amount,
         "the plain form of a command means something else");
}

} // namespace

std::span<const target> config_targets() {
  static constexpr target all[] = {{"properties", properties},
                                   {"flume", flume},
                                   {"native", native},
                                   {"json", json},
                                   {"tail", tail}};
  return all;
}

} // namespace sluice::fuzz
