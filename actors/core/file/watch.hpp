// watch: learns that directories changed, by inotify, else by looking again.
#pragma once

#include "actors/core/base/unique_fd.hpp"

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace sluice {

/// Watches directories for names and content that change. When inotify has no
/// watch to give, or lost events, `changes::everything` asks the caller to
/// look at all of it; that inotify is missing is said once. Driven by one
/// thread.
class watch {
public:
  enum class method { inotify, polling };

  /// `who` names the source in log lines.
  explicit watch(std::string who, method wanted = method::inotify);

  /// What changed since the last look.
  struct changes {
    /// (directory, name): created, moved, deleted or written to.
    std::set<std::pair<std::string, std::string>> names;
    /// Events were lost or cannot be had: look at everything.
    bool everything = false;
    /// Names were created, moved or deleted; else only content changed.
    bool listing = false;
  };

  /// Begins to watch `directory`; again after it was replaced. A directory
  /// that cannot be watched makes this object poll from now on.
  void add(const std::string& directory);

  /// Collects without waiting.
  [[nodiscard]] changes take();

  /// Returns when something changed, at most after `at_most`; whether
  /// something did, as far as it can tell.
  bool wait(std::chrono::milliseconds at_most);

  [[nodiscard]] bool polling() const noexcept {
    return !queue_;
  }

private:
  void fall_back(const std::string& why);

  std::string who_;
  unique_fd queue_;
  std::map<int, std::string> by_watch_;
  bool said_ = false;
  bool overflow_said_ = false;
};

} // namespace sluice
