#include "simulator/ledger.hpp"

#include "actors/core/base/crc32c.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <sstream>
#include <thread>

namespace sluice::simulator {

namespace {

// All ledgers have this size, so that no write leaves an older tail behind.
constexpr std::size_t text_size = 512;
constexpr std::string_view crc_key = "crc ";

std::string text_of(const ledger& l) {
  auto text = fmt::format(
    "sluice ledger 1\nsource {}\ncount {}\nperiod {}\nstart {:014}\nseed {}\n"
    "line_max {}\ngarbage_ppm {}\nrecords {}\nissued {}\ngarbage {}\n"
    "bytes {}\nclosed {}\n",
    name_of(l.who.kind), l.who.count, l.who.period, stamp_of(l.who.start),
    l.who.seed, l.who.line_max, l.who.garbage_ppm, l.records, l.issued,
    l.garbage, l.bytes, l.closed ? 1 : 0);
  text += fmt::format("{}{:08x}\n", crc_key, crc32c(text));
  text.resize(text_size, ' ');
  text.back() = '\n';
  return text;
}

struct field {
  const char* name;
  std::uint64_t value;
};

// The numbers of a ledger in the order of its lines, or false.
template <std::size_t N>
bool read_fields(std::istringstream& in, std::array<field, N>& fields) {
  for (auto& f : fields) {
    std::string name;
    if (!(in >> name >> f.value) || name != f.name)
      return false;
  }
  return true;
}

bool parse(const std::string& text, ledger& l) {
  const auto crc_at = text.find("\ncrc ");
  if (text.size() != text_size || crc_at == std::string::npos)
    return false;
  const auto covered = std::string_view(text).substr(0, crc_at + 1);
  const char* digits = text.data() + crc_at + 1 + crc_key.size();
  std::uint32_t crc = 0;
  const auto read = std::from_chars(digits, digits + 8, crc, 16);
  if (read.ptr != digits + 8 || crc != crc32c(covered))
    return false;
  std::istringstream in{std::string(covered)};
  std::string magic;
  std::string word;
  std::string source;
  int version = 0;
  if (!(in >> magic >> word >> version >> word >> source) || version != 1)
    return false;
  std::array<field, 11> f{{{"count", 0},
                           {"period", 0},
                           {"start", 0},
                           {"seed", 0},
                           {"line_max", 0},
                           {"garbage_ppm", 0},
                           {"records", 0},
                           {"issued", 0},
                           {"garbage", 0},
                           {"bytes", 0},
                           {"closed", 0}}};
  if (!read_fields(in, f) || f[0].value == 0 || f[1].value == 0)
    return false;
  l.who.kind = source == "cars" ? fleet_kind::cars : fleet_kind::drivers;
  l.who.count = static_cast<std::uint32_t>(f[0].value);
  l.who.period = static_cast<std::uint32_t>(f[1].value);
  l.who.start = seconds_of(f[2].value);
  l.who.seed = f[3].value;
  l.who.line_max = static_cast<std::uint32_t>(f[4].value);
  l.who.garbage_ppm = static_cast<std::uint32_t>(f[5].value);
  l.records = f[6].value;
  l.issued = f[7].value;
  l.garbage = f[8].value;
  l.bytes = f[9].value;
  l.closed = f[10].value != 0;
  return true;
}

} // namespace

result<ledger_file> ledger_file::create(const std::string& path,
                                        const ledger& first) {
  unique_fd fd(
    ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd && errno == EEXIST)
    return failure{errc::config, "the ledger " + path
                                   + " is there already: it belongs to an "
                                     "earlier run; name another file"};
  if (!fd)
    return errno_failure("create " + path, errno);
  ledger_file file(std::move(fd), path);
  if (auto stored = file.store(first); !stored)
    return stored.error();
  return file;
}

result<void> ledger_file::store(const ledger& now) {
  const auto text = text_of(now);
  const auto n = ::pwrite(fd_.get(), text.data(), text.size(), 0);
  if (n < 0)
    return errno_failure("write " + path_, errno);
  if (n != static_cast<ssize_t>(text.size()))
    return failure{errc::disk_full, "write " + path_ + ": short write"};
  return {};
}

result<ledger> load_ledger(const std::string& path) {
  // A read may fall into a rewrite; that one does not match its checksum.
  constexpr int tries = 100;
  const unique_fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd)
    return errno_failure("open " + path, errno);
  for (int i = 0; i < tries; ++i) {
    std::string text(text_size + 1, '\0');
    const auto n = ::pread(fd.get(), text.data(), text.size(), 0);
    if (n < 0)
      return errno_failure("read " + path, errno);
    text.resize(static_cast<std::size_t>(n));
    ledger l;
    if (parse(text, l))
      return l;
    std::this_thread::yield();
  }
  return failure{errc::state_corrupt, path + " is no ledger of sluice"};
}

} // namespace sluice::simulator
