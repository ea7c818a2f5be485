#include "config/file_text.hpp"

#include "actors/core/base/unique_fd.hpp"
#include "config/read_config.hpp"
#include "config/units.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sluice::config {

std::optional<std::string> read_text(const std::string& file,
                                     const read_context& context) {
  const location at{file};
  const auto refuse = [&](const std::string& what) {
    context.error(at, {}, what);
    return std::nullopt;
  };
  const auto in_words = [] { return std::generic_category().message(errno); };
  // Not blocking: a FIFO is refused below, not waited for.
  const unique_fd fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!fd)
    return refuse("cannot be opened: " + in_words());
  struct stat facts {};
  if (::fstat(fd.get(), &facts) != 0)
    return refuse("cannot be read: " + in_words());
  if (S_ISDIR(facts.st_mode))
    return refuse("is a directory, expected a file");
  if (!S_ISREG(facts.st_mode))
    return refuse("is not a regular file");
  const auto limit = show_size(static_cast<std::int64_t>(file_bytes_max));
  std::string text;
  char buffer[64 * 1024];
  for (;;) {
    const auto got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return refuse("cannot be read: " + in_words());
    if (got == 0)
      break;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > file_bytes_max)
      return refuse("is larger than " + limit);
  }
  if (text.starts_with("\xef\xbb\xbf"))
    text.erase(0, 3);
  if (text.find_first_not_of(" \t\r\n\f") == std::string::npos)
    return refuse("is empty");
  return text;
}

} // namespace sluice::config
