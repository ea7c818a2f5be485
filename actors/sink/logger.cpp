// logger: one line an event, to a file exactly once or to standard output.
#include "actors/core/store/logger_format.hpp"
#include "actors/core/store/output_file.hpp"
#include "actors/sink/local_positions.hpp"
#include "actors/sink/stores.hpp"

#include <unistd.h>

#include <cerrno>
#include <optional>

namespace sluice {

namespace {

/// Appends what is to be seen of a batch; buries what was rejected.
result<void> append_lines(const batch& b, std::size_t body_max,
                          const bury_record& bury, std::string& out) {
  auto rejected = b.rejected.begin();
  for (const auto& r : b.runs)
    for (auto i = r.first; i < r.first + r.count; ++i) {
      const auto body = b.body(b.events[i]);
      if (rejected == b.rejected.end() || rejected->event != i) {
        append_logger_line(out, body, body_max);
        continue;
      }
      const auto end = b.end_of(r, i);
      const auto begin = i > r.first ? b.end_of(r, i - 1) : r.from;
      if (auto done
          = bury({r.from_origin.value(), r.generation, begin, end,
                  undeliverable_kind::rejected, rejected->reason, body});
          !done)
        return done;
      ++rejected;
    }
  return {};
}

class file_logger : public batch_store {
public:
  file_logger(logger_options options, bury_record bury)
    : options_(std::move(options)),
      bury_(std::move(bury)) {
  }

  result<position_map> open() override {
    auto opened
      = output_file::open({.path = options_.path,
                           .slots = options_.slots,
                           .rename_command = options_.rename_command});
    if (!opened)
      return opened.error();
    out_.emplace(std::move(*opened));
    return out_->positions();
  }

  result<void> write(const batch_ptr& b) override {
    if (auto done = append_lines(*b, options_.body_max, bury_, out_->buffer());
        !done)
      return done;
    return out_->spill();
  }

  void finish(const std::vector<origin>& done) override {
    finished_.insert(finished_.end(), done.begin(), done.end());
  }

  result<void> commit(const position_map& ends) override {
    auto done = out_->commit(ends, finished_);
    finished_.clear();
    return done;
  }

private:
  logger_options options_;
  bury_record bury_;
  std::optional<output_file> out_;
  std::vector<origin> finished_;
};

class console_logger : public batch_store {
public:
  console_logger(logger_options options, bury_record bury)
    : options_(std::move(options)),
      bury_(std::move(bury)),
      positions_(options_.slots) {
  }

  result<position_map> open() override {
    return positions_.open();
  }

  result<void> write(const batch_ptr& b) override {
    return append_lines(*b, options_.body_max, bury_, pending_);
  }

  void finish(const std::vector<origin>& done) override {
    positions_.finish(done);
  }

  result<void> commit(const position_map& ends) override {
    // Lines first, then positions: a crash between repeats, never loses.
    std::string_view left = pending_;
    while (!left.empty()) {
      const auto n = ::write(STDOUT_FILENO, left.data(), left.size());
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return errno_failure("write to standard output", errno);
      left.remove_prefix(static_cast<std::size_t>(n));
    }
    pending_.clear();
    return positions_.commit(ends);
  }

private:
  logger_options options_;
  bury_record bury_;
  local_positions positions_;
  std::string pending_;
};

} // namespace

std::unique_ptr<batch_store> make_logger_store(logger_options options,
                                               bury_record bury) {
  if (options.path.empty())
    return std::make_unique<console_logger>(std::move(options),
                                            std::move(bury));
  return std::make_unique<file_logger>(std::move(options), std::move(bury));
}

} // namespace sluice
