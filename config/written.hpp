// What stands in a file, located, before anything is known about its meaning.
// Both formats end here; from here on there is one way.
#pragma once

#include "config/diagnostic.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice::config {

struct written_member;

/// One value.
struct written_value {
  enum class form { null, boolean, number, text, list, table };

  form is = form::text;
  /// A text's content, a number's or boolean's spelling; substituted.
  std::string content = {};
  /// What a message may show: the content before substitution.
  std::string shown = {};
  /// Read by the option's kind, whatever its form: all of a Flume file, and
  /// what came from outside.
  bool loose = false;
  /// Part of it came from `${…}`.
  bool from_outside = false;
  /// Its substitution failed and was reported; no further word about it.
  bool broken = false;
  location at = {};
  std::vector<written_value> items = {};
  std::vector<written_member> members; // no `= {}`: it is incomplete here

  [[nodiscard]] const written_value* find(const std::string& key) const;
};

struct written_member {
  std::string key;
  location key_at;
  written_value value;
  /// The key stood before; reported, and left out of the tree.
  bool again = false;
};

/// A component: its name, its type, and the rest as written.
struct written_component {
  std::string name = {};
  /// Its path in the file, for messages.
  std::string where = {};
  location at = {};
  std::optional<written_value> type = {};
  std::vector<written_member> options = {};
  /// The keys that are not options, for hints: `type`, `channels`.
  std::vector<std::string> structure = {};
};

struct written_source : written_component {
  std::optional<written_value> channels = {};
  std::vector<written_component> interceptors = {};
  std::optional<written_component> selector = {};
};

struct written_sink : written_component {
  std::optional<written_value> channel = {};
};

struct written_agent {
  std::string name = {};
  std::string where = {};
  location at = {};
  std::vector<written_source> sources = {};
  std::vector<written_component> channels = {};
  std::vector<written_sink> sinks = {};
  std::vector<written_member> options = {};
  /// A mistake was reported that may hide components of this station, so that
  /// their absence is not worth another word.
  bool sources_unclear = false;
  bool channels_unclear = false;
  bool sinks_unclear = false;
};

struct written_node {
  location at = {};
  std::vector<written_member> options = {};
  std::optional<written_component> metrics = {};
  std::vector<written_agent> agents = {};
  bool agents_unclear = false;
};

/// Which keys and units hold.
enum class dialect { native, flume };

} // namespace sluice::config
