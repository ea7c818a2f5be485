#include "simulator/cars.hpp"

#include "simulator/log_file.hpp"
#include "simulator/record.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <optional>

namespace sluice::simulator {

namespace {

constexpr std::size_t day_buffer_max = 1 << 20;

result<dev_t> make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST)
    return errno_failure("make the directory " + path, errno);
  struct stat st = {};
  if (::stat(path.c_str(), &st) != 0)
    return errno_failure("look at " + path, errno);
  if (!S_ISDIR(st.st_mode))
    return failure{errc::config, path + " is no directory"};
  return st.st_dev;
}

class spool_output final : public record_output {
public:
  spool_output(const cars_options& options, std::string staging,
               ledger_file file, const ledger& first)
    : spool_(options.spool),
      staging_(std::move(staging)),
      writer_(options.work.who),
      file_(std::move(file)),
      ledger_(first) {
  }

  result<void> add(std::uint64_t index) override {
    if (!open_) {
      auto fresh = log_file::create(staged(index));
      if (!fresh)
        return fresh.error();
      open_ = std::move(*fresh);
    }
    const auto before = buffer_.size();
    writer_.record(index, buffer_);
    if (writer_.garbage(index, buffer_))
      ++garbage_;
    bytes_ += buffer_.size() - before;
    added_ = index + 1;
    if (added_ % records_per_day(ledger_.who) == 0)
      return publish();
    return buffer_.size() >= day_buffer_max ? write() : result<void>{};
  }

  result<void> pause() override {
    return {};
  }

  result<void> finish() override {
    if (open_)
      if (auto published = publish(); !published)
        return published;
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
  std::string staged(std::uint64_t index) {
    const auto day = index / records_per_day(ledger_.who);
    const auto time
      = ledger_.who.start + static_cast<std::int64_t>(day * 86'400);
    name_ = fmt::format("cars-{}.log", stamp_of(time) / 1'000'000);
    return staging_ + "/" + name_;
  }

  result<void> write() {
    auto written = open_->write(buffer_);
    buffer_.clear();
    return written;
  }

  // Killed between the two stores: the day may be in the spool directory or
  // not, and the ledger says so.
  result<void> publish() {
    if (auto written = write(); !written)
      return written;
    open_.reset();
    ledger_.issued = added_;
    if (auto stored = file_.store(ledger_); !stored)
      return stored;
    const auto from = staging_ + "/" + name_;
    const auto to = spool_ + "/" + name_;
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(),
                    RENAME_NOREPLACE)
        != 0)
      return errno_failure("move " + from + " to " + to, errno);
    ledger_.records = added_;
    ledger_.garbage = garbage_;
    ledger_.bytes = bytes_;
    return file_.store(ledger_);
  }

  std::string spool_;
  std::string staging_;
  line_writer writer_;
  ledger_file file_;
  ledger ledger_;
  std::optional<log_file> open_;
  std::string name_;
  std::string buffer_;
  std::uint64_t added_ = 0;
  std::uint64_t garbage_ = 0;
  std::uint64_t bytes_ = 0;
};

} // namespace

result<std::unique_ptr<record_output>>
open_spool_output(const cars_options& options) {
  if (auto checked = check_workload(options.work); !checked)
    return checked.error();
  auto spool = options.spool;
  while (spool.size() > 1 && spool.back() == '/')
    spool.pop_back();
  const auto staging
    = options.staging.empty() ? spool + ".staging" : options.staging;
  const auto spool_device = make_directory(spool);
  if (!spool_device)
    return spool_device.error();
  const auto staging_device = make_directory(staging);
  if (!staging_device)
    return staging_device.error();
  if (*spool_device != *staging_device)
    return failure{errc::config,
                   staging + " and " + spool
                     + " are on two file systems: a file cannot be moved "
                       "whole"};
  ledger first{.who = options.work.who};
  auto file = ledger_file::create(options.work.ledger_path, first);
  if (!file)
    return file.error();
  return std::unique_ptr<record_output>(
    std::make_unique<spool_output>(options, staging, std::move(*file), first));
}

result<void> run_cars(const cars_options& options) {
  auto out = open_spool_output(options);
  if (!out)
    return out.error();
  return produce(options.work, **out);
}

} // namespace sluice::simulator
