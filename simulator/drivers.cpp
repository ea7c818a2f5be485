#include "simulator/drivers.hpp"

#include "simulator/log_file.hpp"
#include "simulator/record.hpp"
#include "simulator/signals.hpp"

namespace sluice::simulator {

namespace {

// At full speed; at a slower one every pause writes what there is.
constexpr std::size_t log_buffer_max = 1 << 20;

class log_output final : public record_output {
public:
  log_output(const drivers_options& options, log_file log, ledger_file file,
             const ledger& first)
    : rotate_(options.rotate),
      rotate_bytes_(options.rotate_bytes),
      rotate_records_(options.rotate_records),
      writer_(options.work.who),
      log_(std::move(log)),
      file_(std::move(file)),
      ledger_(first) {
  }

  result<void> add(std::uint64_t index) override {
    line_.clear();
    writer_.record(index, line_);
    const auto garbage = writer_.garbage(index, line_);
    if (must_rotate() || asked_to_rotate()) {
      if (auto flushed = flush(); !flushed)
        return flushed;
      if (auto rotated = rotate(); !rotated)
        return rotated;
    }
    buffer_ += line_;
    bytes_ += line_.size();
    added_ = index + 1;
    garbage_ += garbage ? 1 : 0;
    ++since_rotation_;
    return buffer_.size() >= log_buffer_max ? flush() : result<void>{};
  }

  result<void> pause() override {
    if (auto flushed = flush(); !flushed)
      return flushed;
    return asked_to_rotate() ? rotate() : result<void>{};
  }

  result<void> finish() override {
    if (auto flushed = flush(); !flushed)
      return flushed;
    ledger_.closed = true;
    return file_.store(ledger_);
  }

  const ledger& stored() const noexcept override {
    return ledger_;
  }

  std::uint64_t bytes() const noexcept override {
    return bytes_;
  }

private:
  [[nodiscard]] bool must_rotate() const {
    if (rotate_ == rotation::none || since_rotation_ == 0)
      return false;
    if (rotate_records_ > 0 && since_rotation_ >= rotate_records_)
      return true;
    return rotate_bytes_ > 0
           && log_.size() + buffer_.size() + line_.size() > rotate_bytes_;
  }

  [[nodiscard]] bool asked_to_rotate() const {
    return rotate_ != rotation::none && rotation_requested();
  }

  // Killed between the two stores: all, some or none of these records are in
  // the log, and the ledger says so.
  result<void> flush() {
    if (buffer_.empty())
      return {};
    ledger_.issued = added_;
    if (auto stored = file_.store(ledger_); !stored)
      return stored;
    if (auto written = log_.write(buffer_); !written)
      return written;
    buffer_.clear();
    ledger_.records = added_;
    ledger_.garbage = garbage_;
    ledger_.bytes = bytes_;
    return file_.store(ledger_);
  }

  result<void> rotate() {
    since_rotation_ = 0;
    return rotate_ == rotation::rename ? log_.rotate_by_rename()
                                       : log_.rotate_by_copy();
  }

  rotation rotate_;
  std::uint64_t rotate_bytes_;
  std::uint64_t rotate_records_;
  line_writer writer_;
  log_file log_;
  ledger_file file_;
  ledger ledger_;
  std::string line_;
  std::string buffer_;
  std::uint64_t since_rotation_ = 0;
  std::uint64_t added_ = 0;
  std::uint64_t garbage_ = 0;
  std::uint64_t bytes_ = 0;
};

} // namespace

result<std::unique_ptr<record_output>>
open_log_output(const drivers_options& options) {
  if (auto checked = check_workload(options.work); !checked)
    return checked.error();
  ledger first{.who = options.work.who};
  auto log = log_file::create(options.log);
  if (!log)
    return log.error();
  auto file = ledger_file::create(options.work.ledger_path, first);
  if (!file)
    return file.error();
  return std::unique_ptr<record_output>(std::make_unique<log_output>(
    options, std::move(*log), std::move(*file), first));
}

result<void> run_drivers(const drivers_options& options) {
  auto out = open_log_output(options);
  if (!out)
    return out.error();
  return produce(options.work, **out);
}

} // namespace sluice::simulator
