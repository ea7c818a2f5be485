// What the user wrote, checked and complete, as plain structs.
#pragma once

#include "config/diagnostic.hpp"
#include "config/option.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::config {

using string_list = std::vector<std::string>;
/// In the order of the file.
using string_table = std::vector<std::pair<std::string, std::string>>;

/// A size in bytes.
struct byte_count {
  std::uint64_t bytes = 0;
};

/// One checked value. Which type a kind has: text, pattern, path, choice and
/// secret are strings; the others speak for themselves.
using option_value
  = std::variant<std::string, bool, std::int64_t, double, byte_count,
                 std::chrono::milliseconds, string_list, string_table>;

/// The values of one component: what was written, else the table's fallback.
/// Reading a key of another kind is a broken invariant. Reading one that has
/// neither value nor fallback gives the empty value; ask `has` where that
/// makes a difference.
class options {
public:
  [[nodiscard]] const std::string& text(const std::string& key) const;
  [[nodiscard]] bool flag(const std::string& key) const;
  [[nodiscard]] std::int64_t integer(const std::string& key) const;
  [[nodiscard]] double number(const std::string& key) const;
  /// In bytes.
  [[nodiscard]] std::uint64_t size(const std::string& key) const;
  [[nodiscard]] std::chrono::milliseconds
  duration(const std::string& key) const;
  [[nodiscard]] const string_list& list(const std::string& key) const;
  [[nodiscard]] const string_table& table(const std::string& key) const;

  /// True if the file sets the key.
  [[nodiscard]] bool is_set(const std::string& key) const;
  /// True if the key has a value, written or by default.
  [[nodiscard]] bool has(const std::string& key) const;
  /// Where the value stands; the component's place if it is not written.
  [[nodiscard]] location at(const std::string& key) const;
  /// The key as the file spells it.
  [[nodiscard]] std::string spelled(const std::string& key) const;

  /// Where one entry of a table stands, and whether it came from `${…}`.
  struct entry_place {
    location at;
    bool from_outside = false;
  };
  [[nodiscard]] entry_place place_of(const std::string& key,
                                     const std::string& name) const;
  void set_place(const std::string& key, const std::string& name,
                 entry_place place);

  /// Sets what the file says.
  void set(const std::string& key, option_value value, location at,
           std::string spelled_key);
  /// Sets what holds when the file says nothing.
  void set_fallback(const std::string& key, option_value value);
  /// The component's own place, for values that are not written.
  void stands_at(location at) {
    component_at_ = std::move(at);
  }

private:
  struct entry {
    option_value value;
    bool written = false;
    location at;
    std::string spelled_key;
  };

  template <class T>
  const T& get(const std::string& key) const;

  std::map<std::string, entry> entries_;
  std::map<std::pair<std::string, std::string>, entry_place> places_;
  location component_at_;
};

struct component_config {
  std::string name;
  /// The type's own name, whatever alias the file uses.
  std::string type;
  options values;
  location at;
  /// The component written out: `agents.a.sources.s1`.
  std::string where;
  /// False if an error was reported for it, so that nothing is concluded from
  /// what it says.
  bool sound = true;
};

struct source_config : component_config {
  string_list channels;
  /// In the order in which they run.
  std::vector<component_config> interceptors;
  component_config selector;
};

struct channel_config : component_config {};

struct sink_config : component_config {
  std::string channel;
};

/// What a user can demand of a route.
enum class delivery_demand { none, at_least_once, exactly_once };

struct agent_config {
  std::string name;
  location at;
  std::vector<source_config> sources;
  std::vector<channel_config> channels;
  std::vector<sink_config> sinks;
  /// For every route; a sink can demand more in its option `delivery`.
  delivery_demand delivery = delivery_demand::none;
  /// The agent's own options.
  options values;
  std::string where;
};

struct metrics_config {
  std::string address = "127.0.0.1";
  /// 0: any free port.
  std::uint16_t port = 0;
  location at = {};
};

struct node_config {
  /// The file this came from.
  std::string file;
  std::optional<std::string> node;
  std::string cluster = "default";
  std::optional<std::string> state_dir;
  location state_dir_at = {};
  std::optional<metrics_config> metrics;
  std::vector<agent_config> agents;
};

} // namespace sluice::config
