// follower: growing and rotating files, each byte once, in order.
#pragma once

#include "actors/core/base/clock.hpp"
#include "actors/core/base/log.hpp"
#include "actors/core/event/origin_reader.hpp"
#include "actors/core/file/batch_filler.hpp"
#include "actors/core/file/descriptor_table.hpp"
#include "actors/core/file/directory.hpp"
#include "actors/core/file/rotation.hpp"
#include "actors/core/file/start_file.hpp"
#include "actors/core/file/tail_start.hpp"
#include "actors/core/file/watch.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice {

/// Files to follow in one directory.
struct follow_group {
  std::string directory;
  /// One literal file name, or empty when `matches` chooses.
  std::string name;
  std::function<bool(std::string_view)> matches;
  std::function<bool(std::string_view)> exclude;
  tail_start start;
  header_set headers;
};

/// How files are followed.
struct follower_options {
  /// The source's name: the first part of every lineage and of log lines.
  std::string source;
  std::vector<follow_group> groups;
  /// None: siblings are never looked up, every name in a pattern is a source.
  rotated_names rotated;
  /// How long a rotated file must be quiet before its successor is read.
  std::chrono::milliseconds rotate_wait{1000};
  split_options framing;
  std::string file_header; ///< header key for the path; empty = none
  /// Where another program stopped reading, asked for at the first start only.
  std::function<result<std::vector<imported_position>>()> import;
  /// `<state>/start` of this source. Its directory exists.
  std::string start_path;
  /// A missing start file beside existing positions: go on, and read files
  /// without a position from 0.
  bool adopt_lost_state = false;
  /// How to call `sluice positions` for this node, for the messages of a stop.
  std::string positions_command = "sluice positions";
  /// A route of this source, for a message that names that command before any
  /// route was heard.
  std::string route = "ROUTE";
  std::size_t files_open_max = 1024;
  std::chrono::milliseconds poll_interval{1000}; ///< with inotify
  std::chrono::milliseconds pace{8};             ///< without, and the least
  watch::method noticing = watch::method::inotify;
  const clock_source* clock = &system_clocks();
};

/// Follows files through rename, copytruncate and delete-and-create rotation,
/// also while nobody looked. Of a lineage (the files that had one path, one
/// after the other) older files are read to their end before newer ones. A
/// truncation is noticed on the next read, by the 256 bytes before the
/// position. The first start fixes where each file begins in the start file
/// before `first_look` returns; if the process dies before that is durable,
/// the next start is the first.
class follower final : public origin_reader {
public:
  /// `kept` outlives it; null: a table of its own.
  explicit follower(follower_options options,
                    std::shared_ptr<descriptor_table> kept = nullptr);

  /// Fails with state_corrupt or unsupported (terminal, the text names the
  /// command), or with io or disk_full.
  [[nodiscard]] result<void> first_look() override;
  /// Fails as `first_look`, which it calls if nobody has, and with state_lost.
  [[nodiscard]] result<void> resume(const resume_points& routes) override;
  [[nodiscard]] result<batch_ptr> read(std::size_t bytes_max,
                                       std::size_t events_max) override;
  [[nodiscard]] result<std::vector<origin>>
  committed(const position_map& by_all) override;
  [[nodiscard]] bool drained() const override;
  void wait(std::chrono::milliseconds at_most) override;
  [[nodiscard]] reader_figures figures() const override;

private:
  using steady = clock_source::steady_time;

  struct lineage;

  /// One file, whatever its name.
  struct followed {
    reading_point point;
    lineage* of = nullptr; ///< as its position says
    position committed;
    std::size_t directory = 0; ///< index into directories_
    std::string name;          ///< empty: none is left, as far as we know
    bool live = false;         ///< under a name that is followed
    bool released = false;     ///< no longer holds its lineage up
    shared_fd fd;
    file_facts facts;             ///< at the last look
    std::uint64_t observed = 0;   ///< the largest size of this generation
    std::uint64_t quiet_size = 0; ///< larger than this: not quiet since
    bool idle = false;            ///< nothing to take as of `facts`
    steady quiet_since{};
    steady gone_since{};
    bool gone = false;
    steady retry_at{};
    std::chrono::milliseconds retry_delay{0};
    stored_position skip_to; ///< the start position, when held is 0
    stored_position furthest;
    header_set_ptr headers;
  };

  /// What is to be done for a lineage, in order.
  struct step {
    enum class kind { drain, end_generation, settle, follow };
    step(kind chosen, origin of) : what(chosen), file(std::move(of)) {
    }

    kind what;
    origin file;
    /// A copy to finish from, and all copies that are known to be read.
    shared_fd copy{};
    std::vector<sibling> copies{};
  };

  struct lineage {
    std::string name;
    std::size_t directory = 0;
    std::string file_name; ///< its path's last component
    /// A handful at most, mostly one; an empty deque is half a KiB.
    std::vector<step> steps;
    std::set<origin> members;
    bool left_alone = false; ///< a copy waits for its original to be read
    /// Unknown siblings that were seen to be copies of a member.
    std::set<origin> copies;
    bool due = false;
  };

  struct listing_entry {
    std::string name;
    origin id;
    bool rotated = false; ///< may be the name of a rotated file
  };
  /// Sorted by name.
  using listing = std::vector<listing_entry>;

  struct watched_directory {
    std::string path;
    unique_fd fd;
    std::int64_t listed_mtime = -1;
    listing names; ///< the last listing, whatever it was for
    std::int64_t names_mtime = -1;
    bool names_settled = false; ///< nothing can have come in the same tick
    /// Not listed before: what changes all the time is not all we do.
    steady rest_until{};
    bool look_again = true;
    log::limiter complaints;
  };

  /// Whose descriptor is given up for another file's, in this order: of what is
  /// under a followed name, of what has any, of what is read and committed.
  enum class spare_if { followed, named, over };

  enum class progress_made { taken, nothing, full, truncated, failed };

  // follower.cpp: the life of the reader
  /// Fixes where the files that are there begin.
  [[nodiscard]] result<void> first_start();
  /// Compares the start with where the routes stand.
  [[nodiscard]] result<void> heard(const resume_points& routes);
  [[nodiscard]] result<void>
  fix_start(std::size_t directory, const listing_entry& entry,
            const std::vector<imported_position>& imported);
  [[nodiscard]] std::optional<std::uint64_t>
  imported_offset(const std::string& path, const file_facts& facts,
                  const std::vector<imported_position>& imported) const;
  [[nodiscard]] bool has_successor(const lineage& l, const followed& f) const;
  [[nodiscard]] bool forget_start(const origin& o);
  void adopt_known(const resume_points& routes);
  void adopt(const origin& o, const stored_position& held,
             const descriptor_table::entry* kept);
  void order_known();
  void order(lineage& l);
  void look();
  void mark(const origin& o);
  void make_due(lineage& l);

  // follower_scan.cpp: names
  [[nodiscard]] const follow_group* group_of(std::size_t directory,
                                             std::string_view name) const;
  [[nodiscard]] bool is_rotated_name(std::size_t directory,
                                     std::string_view name) const;
  [[nodiscard]] bool is_rotated_of(const lineage& l,
                                   std::string_view name) const;
  [[nodiscard]] bool is_literal(const lineage& l) const;
  [[nodiscard]] bool is_known_path(std::size_t directory,
                                   const std::string& name) const;
  [[nodiscard]] bool open_if_needed(watched_directory& d);
  [[nodiscard]] bool list(std::size_t directory);
  [[nodiscard]] const listing* names_beside(std::size_t directory,
                                            const followed& f);
  void scan(std::size_t directory);
  void place_known(std::size_t directory, const listing& entries);
  void lose(followed& f);
  void forget_path(const followed& f);
  void meet_all(std::size_t directory, const listing& entries);
  void meet(std::size_t directory, const listing_entry& entry,
            const listing& entries);
  void retire(lineage& l);
  void hold_waiting(lineage& l);
  void look_for_siblings(lineage& l, const listing& entries);
  [[nodiscard]] std::vector<sibling> unknown_siblings(const lineage& l,
                                                      const listing& entries);
  [[nodiscard]] const followed* copied_member(lineage& l, const sibling& s,
                                              const std::vector<sibling>& all);
  [[nodiscard]] bool begins_as_read(const lineage& l, const followed& f,
                                    int copy) const;
  [[nodiscard]] copy_evidence evidence_for(lineage& l, const sibling& s, int fd,
                                           const std::vector<sibling>& all);
  void note_copies(lineage& l, const listing& entries);
  /// Among `among`; `all` are the unknown files beside it.
  [[nodiscard]] bool is_copy_of_another(lineage& l, const sibling& s,
                                        const std::vector<sibling>& among,
                                        const std::vector<sibling>& all);
  followed& add_file(lineage& l, const origin& o, const std::string& name);
  void on_truncated(lineage& l, followed& f);
  [[nodiscard]] bool prove(const lineage& l, sibling& s) const;
  [[nodiscard]] bool is_first(lineage& l, const followed& f);
  [[nodiscard]] std::vector<sibling>
  claim_copies(lineage& l, followed& f, std::vector<sibling> found, step& end);
  void find_truncated(lineage& l);
  [[nodiscard]] std::vector<step>::iterator place_for(lineage& l,
                                                      std::int64_t mtime);
  [[nodiscard]] static bool is_ending(const lineage& l, const origin& o);
  [[nodiscard]] std::int64_t floor_of(const lineage& l) const;
  lineage& lineage_of(const followed& f);
  lineage& lineage_at(std::size_t directory, const std::string& name);
  [[nodiscard]] std::string path_at(std::size_t directory,
                                    const std::string& name) const;
  [[nodiscard]] bool at_its_path(const lineage& l, const followed& f) const;
  [[nodiscard]] static bool has_step(const lineage& l, const origin& o);

  // follower_open.cpp: descriptors
  [[nodiscard]] bool open(followed& f);
  [[nodiscard]] bool is_unchanged(const followed& f) const;
  void close(followed& f);
  [[nodiscard]] bool may_close(const followed& f, spare_if reason) const;
  void close_spare();
  void postpone(followed& f, const std::string& why);

  // follower_read.cpp: bytes
  [[nodiscard]] progress_made read_some(followed& f, batch_filler& into,
                                        std::size_t bytes_max, file_end end);
  [[nodiscard]] progress_made serve(lineage& l, batch_filler& into,
                                    std::size_t bytes_max);
  [[nodiscard]] progress_made drain(lineage& l, followed& f, batch_filler& into,
                                    std::size_t bytes_max);
  [[nodiscard]] progress_made end_generation(lineage& l, followed& f,
                                             batch_filler& into,
                                             std::size_t bytes_max);
  [[nodiscard]] progress_made from_copy(followed& f, const step& s,
                                        batch_filler& into,
                                        std::size_t bytes_max);
  void skip_generations(followed& f, batch_filler& into);
  void add_missed(followed& f, batch_filler& into);
  void settle_copy(lineage& l, const sibling& s, batch_filler& into);
  [[nodiscard]] std::size_t capacity_for(std::size_t bytes_max,
                                         std::size_t events_max);
  void learn_line_length(const batch& b);
  void release(lineage& l, followed& f);
  [[nodiscard]] header_set_ptr headers_of(followed& f);

  follower_options options_;
  std::shared_ptr<descriptor_table> kept_;
  watch watch_;
  std::vector<watched_directory> directories_;
  start_points start_;
  bool looked_ = false; ///< start_ is what the start file says
  bool first_ = false;
  std::unordered_map<origin, followed> files_;
  std::unordered_map<std::string, origin> by_path_;
  std::map<std::string, lineage> lineages_;
  std::deque<lineage*> due_;
  /// Lineages whose first file was rotated: looked at every time.
  std::set<lineage*> waiting_;
  /// Released files that grew.
  std::deque<origin> late_;
  std::set<origin> unreadable_;
  std::set<origin> gone_;
  std::deque<origin> opened_;
  std::size_t open_count_ = 0;
  steady looked_at_{};
  steady read_at_{};
  bool busy_writer_ = false; ///< changes come faster than `pace`
  std::shared_ptr<slab_pool> pool_ = slab_pool::make(4);
  std::vector<event_ref> scratch_;
  double line_length_ = 128;
  reader_figures figures_;
  log::limiter complaints_;
};

} // namespace sluice
