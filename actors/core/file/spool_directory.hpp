// spool_directory: files that are complete when they appear, each delivered
// and then renamed or removed.
#pragma once

#include "actors/core/base/clock.hpp"
#include "actors/core/base/log.hpp"
#include "actors/core/base/unique_fd.hpp"
#include "actors/core/event/origin_reader.hpp"
#include "actors/core/file/batch_filler.hpp"
#include "actors/core/file/directory.hpp"
#include "actors/core/file/watch.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sluice {

/// How a spool directory is read.
struct spool_options {
  enum class order { oldest, youngest };
  enum class completion { rename, remove };

  /// The source's name: the first part of every lineage and of log lines.
  std::string source;
  std::string path;
  /// By file name; absent = every file, and none ignored.
  std::function<bool(std::string_view)> include;
  std::function<bool(std::string_view)> ignore;
  order consume = order::oldest; ///< by mtime, then by name
  std::string suffix = ".COMPLETED";
  completion on_complete = completion::rename;
  split_options framing;
  /// A compressed file or a program is renamed to `<name>.binary`, unread.
  bool quarantine_binary = true;
  /// Header keys for the absolute path and the file's name; empty = none.
  std::string file_header;
  std::string basename_header;
  /// How often the directory is listed when inotify is silent or missing.
  std::chrono::milliseconds poll_interval{500};
  watch::method noticing = watch::method::inotify;
  const clock_source* clock = &system_clocks();
};

/// Reads a directory's files, each from its committed position to its end.
/// The position is the truth: a file is renamed (or removed) only when all of
/// it is committed, and `committed` reports its origin after the directory was
/// synced. If the process dies between the two, the next one renames or
/// reports again. A file that grew is read on; one whose content was replaced
/// opens a new generation; one that cannot be read now is tried again with
/// backoff while others go on; one whose name is too long to be marked keeps it
/// once it is delivered, and its position. Hidden names are left alone. The
/// directory may vanish and come back. One directory has one owner.
class spool_directory final : public origin_reader {
public:
  explicit spool_directory(spool_options options);

  /// Fails with io or config when the directory cannot be opened.
  [[nodiscard]] result<void> resume(const resume_points& routes) override;
  [[nodiscard]] result<batch_ptr> read(std::size_t bytes_max,
                                       std::size_t events_max) override;
  /// May be called with an empty map to fetch origins finished meanwhile.
  [[nodiscard]] result<std::vector<origin>>
  committed(const position_map& by_all) override;
  [[nodiscard]] bool drained() const override;
  void wait(std::chrono::milliseconds at_most) override;
  [[nodiscard]] reader_figures figures() const override;

private:
  struct spooled {
    std::string name;
    reading_point point;
    position committed;
    std::uint64_t size = 0;
    std::int64_t mtime_ns = 0;
    unique_fd fd;          ///< only while it is read
    bool read_out = false; ///< all there was has been sent
    bool queued = false;
    bool renamed = false;
  };
  struct retry {
    clock_source::steady_time at;
    std::chrono::milliseconds delay{100};
  };
  using file_table = std::unordered_map<origin, spooled>;

  [[nodiscard]] result<void> open();
  [[nodiscard]] bool wanted(std::string_view name) const;
  [[nodiscard]] result<void> scan();
  void meet(const std::string& name, entry_kind kind);
  [[nodiscard]] bool scan_is_due();
  void settle_absent();
  [[nodiscard]] bool find_completed(const origin& o, const stored_position& p);
  void adopt_completed(const origin& o, const stored_position& p,
                       std::string name, unique_fd fd, std::uint64_t size);
  [[nodiscard]] bool open_file(spooled& f);
  [[nodiscard]] bool quarantine(spooled& f);
  [[nodiscard]] result<bool> read_file(spooled& f, batch_filler& into,
                                       std::size_t bytes_max);
  [[nodiscard]] std::size_t capacity_for(std::size_t bytes_max,
                                         std::size_t events_max) const;
  void learn_line_length(const batch& b);
  /// Tries again later. `what` could not be done with the file.
  void postpone(const std::string& name, const char* what, int error_number);
  void refuse(const std::string& name, const char* why);
  void drop(const origin& o);
  [[nodiscard]] header_set_ptr headers_of(const spooled& f);
  [[nodiscard]] bool complete(spooled& f);
  [[nodiscard]] bool publish(spooled& f);
  void leave_unmarked(const spooled& f);
  [[nodiscard]] std::string path_of(std::string_view name) const;

  spool_options options_;
  watch watch_;
  unique_fd directory_;
  std::int64_t listed_mtime_ = 0;
  clock_source::steady_time listed_at_{};
  bool listed_ = false;
  bool look_again_ = false;
  position_map held_;
  position_map committed_;
  file_table files_;
  /// Origins to read, in order; those picked before the listing changed stay.
  std::deque<origin> queue_;
  std::map<std::string, retry> postponed_;
  std::set<std::string> refused_;
  /// Names of delivered files that cannot get their mark.
  std::set<std::string> unmarked_;
  /// Names that have had their line about a failure.
  std::set<std::string> complained_;
  std::vector<origin> finished_;
  bool unsynced_ = false;
  std::shared_ptr<slab_pool> pool_ = slab_pool::make(4);
  std::vector<event_ref> scratch_;
  double line_length_ = 128;
  header_set_ptr no_headers_ = std::make_shared<const header_set>();
  reader_figures figures_;
  log::limiter complaints_;
  /// Files complained of for the first time: each has its line, within reason.
  log::limiter news_{std::chrono::minutes{1}, 20};
};

} // namespace sluice
