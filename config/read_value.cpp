// One value: from what is written to what its kind means.
#include "config/read_options.hpp"
#include "config/units.hpp"
#include "config/words.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <sstream>

namespace sluice::config {

namespace {

using form = written_value::form;

const char* name_of(form is) {
  switch (is) {
  case form::null:
    return "null";
  case form::boolean:
    return "a boolean";
  case form::number:
    return "a number";
  case form::text:
    return "a string";
  case form::list:
    return "an array";
  case form::table:
    return "an object";
  }
  return "?";
}

std::string show_bound(const option& row, std::int64_t bound) {
  if (row.kind == option_kind::size)
    return show_size(bound);
  if (row.kind == option_kind::duration)
    return show_duration(bound);
  return std::to_string(bound);
}

std::string range_of(const option& row) {
  if (row.minimum && row.maximum)
    return " from " + show_bound(row, *row.minimum) + " to "
           + show_bound(row, *row.maximum);
  if (row.minimum)
    return " of at least " + show_bound(row, *row.minimum);
  if (row.maximum)
    return " of at most " + show_bound(row, *row.maximum);
  return {};
}

// The reader of one value; every way out but a value has reported.
struct value_reader {
  const option& row;
  const flume_key* by;
  const written_value& value;
  const std::string& where;
  const read_context& context;

  [[nodiscard]] std::nullopt_t wrong(const std::string& what) const {
    context.error(value.at, where, what, expected_of(row));
    return std::nullopt;
  }

  [[nodiscard]] std::string it() const {
    return shown(value, row.kind == option_kind::secret ? "secret" : row.key);
  }

  [[nodiscard]] std::nullopt_t wrong_form() const {
    if (value.is == form::null || value.is == form::list
        || value.is == form::table)
      return wrong(std::string{"is "} + name_of(value.is));
    return wrong(it() + " is " + name_of(value.is));
  }

  [[nodiscard]] bool in_range(std::int64_t amount) const {
    return (!row.minimum || amount >= *row.minimum)
           && (!row.maximum || amount <= *row.maximum);
  }

  [[nodiscard]] std::optional<option_value> boolean() const {
    if (value.is != form::boolean && !(value.loose && value.is == form::text))
      return wrong_form();
    const auto word = lower(value.content);
    if (word != "true" && word != "false")
      return wrong(it() + " is not a boolean");
    return option_value{word == "true"};
  }

  [[nodiscard]] std::optional<option_value> integer() const {
    if (value.is != form::number && !(value.loose && value.is == form::text))
      return wrong_form();
    bool too_big = false;
    const auto amount = parse_integer(value.content, too_big);
    if (too_big || (amount && !in_range(*amount)))
      return wrong(it() + " is out of range");
    if (!amount)
      return wrong(it() + " is not an integer");
    return option_value{*amount};
  }

  [[nodiscard]] std::optional<option_value> number() const {
    if (value.is != form::number && !(value.loose && value.is == form::text))
      return wrong_form();
    double amount = 0;
    const auto* const end = value.content.data() + value.content.size();
    const auto read = std::from_chars(value.content.data(), end, amount);
    if (read.ec == std::errc::invalid_argument || read.ptr != end)
      return wrong(it() + " is not a number");
    if (read.ec != std::errc{} || !std::isfinite(amount)
        || (row.minimum && amount < static_cast<double>(*row.minimum))
        || (row.maximum && amount > static_cast<double>(*row.maximum)))
      return wrong(it() + " is out of range");
    return option_value{amount};
  }

  [[nodiscard]] std::optional<std::int64_t> with_unit() const {
    if (value.is == form::number && !value.loose)
      return wrong(it() + " has no unit");
    if (value.is != form::text)
      return wrong_form();
    const std::string_view unit = by == nullptr ? std::string_view{} : by->unit;
    const auto read = row.kind == option_kind::size
                        ? parse_size(value.content, unit)
                        : parse_duration(value.content, unit);
    switch (read.problem) {
    case unit_problem::none:
      break;
    case unit_problem::not_a_number:
      return wrong(it() + " is not a "
                   + (row.kind == option_kind::size ? "size" : "duration"));
    case unit_problem::no_unit:
      return wrong(it() + " has no unit");
    case unit_problem::unknown_unit:
      return wrong(it() + " has an unknown unit");
    case unit_problem::too_big:
      return wrong(it() + " is out of range");
    }
    if (!in_range(read.amount))
      return wrong(it() + " is out of range");
    return read.amount;
  }

  [[nodiscard]] std::optional<std::string> text() const {
    if (value.is != form::text)
      return wrong_form();
    if (value.content.empty())
      return wrong("is empty");
    if (value.content.find('\0') != std::string::npos)
      return wrong("has a NUL byte");
    return value.content;
  }

  [[nodiscard]] std::optional<option_value> choice() const {
    auto word = text();
    if (!word)
      return std::nullopt;
    const bool fold = context.how == dialect::flume;
    if (by != nullptr && !by->words.empty()) {
      std::vector<std::string> theirs;
      for (const auto& [flume, ours] : by->words) {
        if (lower(flume) == lower(*word))
          return option_value{ours};
        theirs.push_back(flume);
      }
      context.error(value.at, where, it() + " is not known",
                    "one of " + joined(theirs), nearest(value.shown, theirs));
      return std::nullopt;
    }
    for (const auto& known : row.choices)
      if (known == *word || (fold && lower(known) == lower(*word)))
        return option_value{known};
    context.error(value.at, where, it() + " is not known", expected_of(row),
                  nearest(value.shown, row.choices));
    return std::nullopt;
  }

  [[nodiscard]] std::optional<option_value> pattern() const {
    auto expression = text();
    if (!expression)
      return std::nullopt;
    if (context.checks->pattern)
      if (const auto problem = context.checks->pattern(*expression))
        return wrong(it() + " cannot be compiled: " + *problem);
    return option_value{*expression};
  }

  [[nodiscard]] std::optional<option_value> table() const {
    if (value.is != form::table)
      return wrong_form();
    string_table out;
    bool fine = true;
    flatten(value, "", out, fine);
    if (!fine)
      return std::nullopt;
    return option_value{std::move(out)};
  }

  // Nested names are one name with dots, as Flume and librdkafka write them.
  void flatten(const written_value& from, const std::string& prefix,
               string_table& out, bool& fine) const {
    for (const auto& member : from.members) {
      const auto& inner = member.value;
      const auto name = prefix + member.key;
      switch (inner.is) {
      case form::table:
        flatten(inner, name + ".", out, fine);
        break;
      case form::text:
      case form::number:
      case form::boolean:
        fine = fine && !inner.broken;
        out.emplace_back(name, inner.content);
        break;
      case form::null:
      case form::list:
        context.error(inner.at, where + "." + name,
                      std::string{"is "} + name_of(inner.is),
                      "a string, a number or a boolean");
        fine = false;
        break;
      }
    }
  }
};

} // namespace

std::string expected_of(const option& row) {
  switch (row.kind) {
  case option_kind::text:
  case option_kind::secret:
    return "a string";
  case option_kind::boolean:
    return "true or false";
  case option_kind::integer:
    return "an integer" + range_of(row);
  case option_kind::number:
    return "a number" + range_of(row);
  case option_kind::size:
    return "a size with a unit such as \"16MiB\"" + range_of(row);
  case option_kind::duration:
    return "a duration with a unit such as \"200ms\"" + range_of(row);
  case option_kind::pattern:
    return "a regular expression";
  case option_kind::path:
    return "a path";
  case option_kind::choice:
    return (row.choices.size() == 1 ? "" : "one of ") + joined(row.choices);
  case option_kind::list:
    return "an array of strings";
  case option_kind::table:
    return "an object of names and values";
  }
  return {};
}

bool is_secret_key(std::string_view key) {
  const auto name = lower(key);
  constexpr std::array<std::string_view, 7> marks{
    "password", "secret",     "passphrase", "jaas",
    "token",    "credential", "key.pem"};
  return std::any_of(marks.begin(), marks.end(), [&](std::string_view mark) {
    return name.find(mark) != std::string::npos;
  });
}

std::string shown(const written_value& value, const std::string& key) {
  return is_secret_key(key) && !value.from_outside ? "(hidden)"
                                                   : in_quotes(value.shown);
}

std::optional<string_list> read_list(const written_value& value,
                                     const std::string& where,
                                     const read_context& context) {
  string_list out;
  if (value.is == form::text) {
    std::istringstream words{value.content};
    for (std::string word; words >> word;)
      out.push_back(word);
  } else if (value.is == form::list) {
    for (const auto& item : value.items) {
      if (item.broken)
        return std::nullopt;
      if (item.is != form::text || item.content.empty()) {
        context.error(item.at, where,
                      item.is == form::text
                        ? std::string{"has an empty string"}
                        : "has " + std::string{name_of(item.is)} + " in it",
                      "an array of strings");
        return std::nullopt;
      }
      out.push_back(item.content);
    }
  } else {
    context.error(value.at, where, std::string{"is "} + name_of(value.is),
                  "an array of strings");
    return std::nullopt;
  }
  if (out.empty()) {
    context.error(value.at, where, "is empty", "an array of strings");
    return std::nullopt;
  }
  return out;
}

std::optional<option_value> read_value(const option& row, const flume_key* by,
                                       const written_value& value,
                                       const std::string& where,
                                       const read_context& context) {
  if (value.broken)
    return std::nullopt;
  const value_reader reader{row, by, value, where, context};
  switch (row.kind) {
  case option_kind::text:
  case option_kind::path:
  case option_kind::secret: {
    auto out = reader.text();
    return out ? std::optional<option_value>{*out} : std::nullopt;
  }
  case option_kind::boolean:
    return reader.boolean();
  case option_kind::integer:
    return reader.integer();
  case option_kind::number:
    return reader.number();
  case option_kind::size: {
    const auto bytes = reader.with_unit();
    return bytes ? std::optional<option_value>{byte_count{
             static_cast<std::uint64_t>(*bytes)}}
                 : std::nullopt;
  }
  case option_kind::duration: {
    const auto time = reader.with_unit();
    return time ? std::optional<option_value>{std::chrono::milliseconds{*time}}
                : std::nullopt;
  }
  case option_kind::pattern:
    return reader.pattern();
  case option_kind::choice:
    return reader.choice();
  case option_kind::list: {
    auto out = read_list(value, where, context);
    return out ? std::optional<option_value>{std::move(*out)} : std::nullopt;
  }
  case option_kind::table:
    return reader.table();
  }
  return std::nullopt;
}

} // namespace sluice::config
