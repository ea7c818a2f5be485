// A written component against its table: the one reader of options.
#pragma once

#include "config/agent_config.hpp"
#include "config/outside.hpp"
#include "config/written.hpp"

#include <set>
#include <string>

namespace sluice::config {

/// What every step of reading a file shares.
struct read_context {
  dialect how = dialect::native;
  const outside_checks* checks = nullptr;
  diagnostics* found = nullptr;

  void error(const location& at, const std::string& where, std::string what,
             std::string expected = {}, std::string did_you_mean = {}) const;
  void warning(const location& at, const std::string& where,
               std::string what) const;
  void info(const location& at, const std::string& where,
            std::string what) const;
};

/// The checked values of `from`, with the table's fallbacks for what is not
/// written. Reports every mistake once. `misspelt` gets the structural keys
/// that a reported unknown option was probably meant to be.
[[nodiscard]] options read_options(const written_component& from,
                                   const component_spec& spec,
                                   const read_context& context,
                                   std::set<std::string>& misspelt);

/// Reads one value as `row` says. `unit` and `words` come from the Flume key
/// it was written under, if any. Reports and returns none if it is wrong.
[[nodiscard]] std::optional<option_value>
read_value(const option& row, const flume_key* by, const written_value& value,
           const std::string& where, const read_context& context);

/// The value as strings: an array of them, or one string split at blanks.
/// None (and a report) if it is anything else.
[[nodiscard]] std::optional<string_list> read_list(const written_value& value,
                                                   const std::string& where,
                                                   const read_context& context);

/// What `row` accepts, for messages: "an integer from 1 to 10".
[[nodiscard]] std::string expected_of(const option& row);

/// True if the key's value must not be shown: passwords and the like.
[[nodiscard]] bool is_secret_key(std::string_view key);

/// How a message shows the value: before substitution, never a secret.
[[nodiscard]] std::string shown(const written_value& value,
                                const std::string& key);

} // namespace sluice::config
