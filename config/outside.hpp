// The questions a check has about the world outside the file.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace sluice::config {

/// Where `${…}` gets its values from.
struct substitution_sources {
  /// `${env:NAME}`; none if the variable is not set.
  std::function<std::optional<std::string>(const std::string&)> environment;
  /// `${file:PATH}`: the file's content without the newline at its end.
  std::function<std::optional<std::string>(const std::string&)> file;
  /// `${sys:NAME}`: what -DNAME=VALUE said.
  std::map<std::string, std::string> properties = {};
};

/// The environment and files of this process.
[[nodiscard]] substitution_sources
process_sources(std::map<std::string, std::string> properties = {});

/// What stat, access and statfs say about a path.
struct path_facts {
  bool exists = false;
  bool is_directory = false;
  bool is_regular = false;
  /// For this process: read (and search, if a directory), write.
  bool readable = false;
  bool writable = false;
  /// The file system is mounted read-only.
  bool read_only = false;
  /// Room left for this process; the largest number where nobody counts it.
  std::uint64_t free_bytes = 0;
  /// The kernel's own view of itself (/proc, /sys): no file can be made there.
  bool keeps_files = true;
  /// "tmpfs" or "nfs" where state does not belong; else empty.
  std::string volatile_system = {};
  /// Two paths with the same pair are the same file.
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
};

/// What the configuration's floor cannot answer itself. The program fills in
/// what needs a library; an empty function is not asked.
struct outside_checks {
  /// The error of a regular expression, with its position; none if it is fine.
  std::function<std::optional<std::string>(const std::string& pattern)> pattern
    = {};
  /// Whether a regular expression that is fine matches a whole name.
  std::function<bool(const std::string& pattern, const std::string& name)>
    matches = {};
  /// The error of one librdkafka property; none if it is fine.
  std::function<std::optional<std::string>(const std::string& name,
                                           const std::string& value)>
    kafka_property = {};
  /// The version of the librdkafka that will run, as 2.0.2; empty: unknown.
  std::string kafka_library = {};
  /// About a path. Changes nothing on disk.
  std::function<path_facts(const std::string& path)> path;
  /// Why this TCP port cannot be listened on; none if it can.
  std::function<std::optional<std::string>(const std::string& address,
                                           std::uint16_t port)>
    port = {};
  /// The state directory when the command line names it; wins over the file's.
  std::string state_dir = {};
};

/// Checks that ask the real file system and the real network stack, and have
/// no word on patterns and Kafka properties.
[[nodiscard]] outside_checks process_checks();

/// The default of outside_checks::path.
[[nodiscard]] path_facts facts_of(const std::string& path);

/// The default of outside_checks::port: binds, then lets go.
[[nodiscard]] std::optional<std::string>
port_problem(const std::string& address, std::uint16_t port);

} // namespace sluice::config
