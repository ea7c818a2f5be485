#include "config/tail_command.hpp"

#include <charconv>
#include <optional>
#include <string_view>

namespace sluice::config {

namespace {

failure refused(const std::string& what) {
  return {errc::config,
          what + "; built is `tail -F FILE` (or --follow=name), with -n or -c"};
}

// The value of an option that is written `-n5`, `-n 5`, `--lines=5` or
// `--lines 5`; none if this is another option.
std::optional<std::string> value_of(const std::vector<std::string>& argv,
                                    std::size_t& i, std::string_view brief,
                                    std::string_view lengthy) {
  const std::string_view word = argv[i];
  if (word == brief || word == lengthy)
    return i + 1 < argv.size() ? argv[++i] : std::string{};
  if (word.starts_with(brief) && !word.starts_with("--"))
    return std::string{word.substr(brief.size())};
  if (word.starts_with(lengthy) && word.substr(lengthy.size()).starts_with("="))
    return std::string{word.substr(lengthy.size() + 1)};
  return std::nullopt;
}

// "5" and "-5" count from the end, "+5" from the beginning.
bool take_amount(std::string_view text, bool lines, tail_command& out) {
  const bool from_start = text.starts_with('+');
  if (from_start || text.starts_with('-'))
    text.remove_prefix(1);
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, out.amount);
  if (text.empty() || read.ec != std::errc{} || read.ptr != end)
    return false;
  using origin = tail_command::origin;
  if (lines)
    out.start = from_start ? origin::from_line : origin::last_lines;
  else
    out.start = from_start ? origin::from_byte : origin::last_bytes;
  return true;
}

// There is nothing to be quiet about with one file, and a missing one is always
// waited for.
bool changes_nothing(std::string_view word) {
  return word == "-q" || word == "--quiet" || word == "--silent"
         || word == "--retry";
}

bool is_tail(std::string_view program) {
  return program == "tail" || program == "/usr/bin/tail"
         || program == "/bin/tail";
}

} // namespace

result<tail_command> parse_tail(const std::vector<std::string>& argv) {
  if (argv.empty() || !is_tail(argv.front()))
    return refused("only the command tail is built");
  tail_command out;
  bool follows = false;
  bool options_end = false;
  for (std::size_t i = 1; i < argv.size(); ++i) {
    const std::string_view word = argv[i];
    if (options_end || !word.starts_with('-') || word == "-") {
      if (!out.path.empty())
        return refused("several files are not built");
      out.path = word;
      continue;
    }
    if (word == "--") {
      options_end = true;
    } else if (word == "-F" || word == "--follow=name") {
      follows = true;
    } else if (changes_nothing(word)
               || value_of(argv, i, "-s", "--sleep-interval")) {
      // The kernel tells us when there is more; poll_interval is the fallback.
      continue;
    } else if (const auto lines = value_of(argv, i, "-n", "--lines")) {
      if (!take_amount(*lines, true, out))
        return refused("-n takes a number of lines, as N or +N");
    } else if (const auto bytes = value_of(argv, i, "-c", "--bytes")) {
      if (!take_amount(*bytes, false, out))
        return refused("-c takes a number of bytes, as N or +N");
    } else if (word == "-f" || word == "--follow"
               || word == "--follow=descriptor") {
      return refused("tail -f loses the file when it is rotated; use -F");
    } else {
      return refused("tail's option " + std::string{word} + " is not built");
    }
  }
  if (!follows)
    return refused("tail without -F reads a file once");
  if (out.path.empty() || out.path == "-")
    return refused("tail needs the path of a file");
  if (out.path.find_first_of("*?[|;&<>$`'\"") != std::string::npos)
    return refused("a pattern or another shell expression is no path; for "
                   "patterns there is the source taildir");
  return out;
}

} // namespace sluice::config
