#include "config/tail_command.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
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

// What a number's suffix multiplies it by, as GNU tail has it: b 512, kB 1000,
// K and KiB 1024, MB, M and so on; 0 for anything else, too large ones too.
std::uint64_t multiplier(std::string_view suffix) {
  if (suffix.empty())
    return 1;
  if (suffix == "b")
    return 512;
  const auto lower = suffix.front() == 'k' || suffix.front() == 'm';
  const auto power = lower ? (suffix.front() == 'k' ? 0 : 1)
                           : std::string_view{"KMGTPE"}.find(suffix.front());
  const auto rest = suffix.substr(1);
  if (power > 5 || !(rest.empty() || rest == "iB" || rest == "B"))
    return 0;
  std::uint64_t out = 1;
  for (std::size_t i = 0; i <= power; ++i)
    out *= rest == "B" ? 1000 : 1024;
  return out;
}

// "5" and "-5" count from the end, "+5" from the beginning.
bool take_amount(std::string_view text, bool lines, tail_command& out) {
  const bool from_start = text.starts_with('+');
  if (from_start || text.starts_with('-'))
    text.remove_prefix(1);
  const auto digits
    = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto times = multiplier(text.substr(digits));
  // Without digits a suffix is one of its kind.
  out.amount = 1;
  if (text.empty() || times == 0
      || (digits > 0
          && std::from_chars(text.data(), text.data() + digits, out.amount).ec
               != std::errc{})
      || out.amount > std::numeric_limits<std::uint64_t>::max() / times)
    return false;
  out.amount *= times;
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

// `-qFn5` as `-q -F -n5`: the options without a value may stand together.
std::vector<std::string> taken_apart(const std::vector<std::string>& argv) {
  std::vector<std::string> out;
  bool options_end = false;
  bool value = false;
  for (auto word : argv) {
    options_end = options_end || (!value && word == "--");
    while (!options_end && !value && word.size() > 2 && word[0] == '-'
           && std::string_view{"Ffqvz"}.find(word[1])
                != std::string_view::npos) {
      out.push_back(word.substr(0, 2));
      word.erase(1, 1);
    }
    // The next word is its value, whatever that looks like.
    value
      = !options_end && !value
        && (word == "-n" || word == "-c" || word == "-s" || word == "--lines"
            || word == "--bytes" || word == "--sleep-interval");
    out.push_back(std::move(word));
  }
  return out;
}

bool is_tail(std::string_view program) {
  return program == "tail" || program == "/usr/bin/tail"
         || program == "/bin/tail";
}

} // namespace

result<tail_command> parse_tail(const std::vector<std::string>& words) {
  if (words.empty() || !is_tail(words.front()))
    return refused("only the command tail is built");
  const auto argv = taken_apart(words);
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
