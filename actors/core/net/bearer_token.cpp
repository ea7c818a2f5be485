#include "actors/core/net/bearer_token.hpp"

#include "actors/core/base/unique_fd.hpp"
#include "actors/core/net/host_list.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

namespace sluice {

namespace {

constexpr std::size_t token_bytes_max = 512;
constexpr std::size_t token_bytes_min = 16;

result<std::string> random_token() {
  std::array<unsigned char, 32> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0)
      != static_cast<ssize_t>(bytes.size()))
    return errno_failure("getrandom", errno);
  std::string out;
  for (const auto b : bytes) {
    out += "0123456789abcdef"[b >> 4];
    out += "0123456789abcdef"[b & 15];
  }
  return out;
}

result<void> write_new(const std::string& path, const std::string& content) {
  const unique_fd fd{
    ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
           S_IRUSR | S_IWUSR)};
  if (!fd)
    return errno_failure("create " + path, errno);
  if (::write(fd.get(), content.data(), content.size())
      != static_cast<ssize_t>(content.size()))
    return errno_failure("write " + path, errno);
  if (::fsync(fd.get()) != 0)
    return errno_failure("fsync " + path, errno);
  return {};
}

/// Makes the file whole under another name and links it: nobody ever sees
/// half of it, and of two processes one wins.
result<void> create(const std::string& path) {
  auto token = random_token();
  if (!token)
    return token.error();
  const auto draft = path + "." + std::to_string(::getpid());
  ::unlink(draft.c_str());
  if (auto done = write_new(draft, *token + "\n"); !done) {
    ::unlink(draft.c_str());
    return done;
  }
  const bool linked = ::link(draft.c_str(), path.c_str()) == 0;
  const int why = errno;
  ::unlink(draft.c_str());
  if (!linked && why != EEXIST)
    return errno_failure("link " + path, why);
  return {};
}

result<std::string> read_token(int fd, const std::string& path) {
  struct stat found {};
  if (::fstat(fd, &found) != 0)
    return errno_failure("fstat " + path, errno);
  if (!S_ISREG(found.st_mode))
    return failure{errc::config, path + ": is not a regular file"};
  if (found.st_uid != ::geteuid())
    return failure{errc::config, path + ": belongs to another user"};
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return failure{errc::config, path
                                   + ": group or others may touch the token; "
                                     "run: chmod 600 "
                                   + path};
  std::string text(token_bytes_max + 1, '\0');
  const auto n = ::read(fd, text.data(), text.size());
  if (n < 0)
    return errno_failure("read " + path, errno);
  text.resize(static_cast<std::size_t>(n));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.pop_back();
  const bool printable = std::all_of(
    text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (text.size() < token_bytes_min || text.size() > token_bytes_max
      || !printable)
    return failure{errc::config,
                   path
                     + ": a token is one line of 16 to 512 printable "
                       "characters; remove the file to get a new one"};
  return text;
}

} // namespace

result<std::string> bearer_token(const std::string& path) {
  for (int attempt = 0;; ++attempt) {
    const unique_fd fd{
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    if (fd)
      return read_token(fd.get(), path);
    if (errno != ENOENT || attempt > 0)
      return errno_failure("open " + path, errno);
    if (auto made = create(path); !made)
      return made.error();
  }
}

bool shows_token(std::string_view authorization, std::string_view token) {
  constexpr std::string_view scheme = "Bearer ";
  if (token.empty()
      || !equal_without_case(authorization.substr(0, scheme.size()), scheme))
    return false;
  const auto shown = authorization.substr(scheme.size());
  // Digests have one length, so that the token's own length shows in no time.
  using digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;
  const auto digest_of = [](std::string_view text) {
    digest out{};
    ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
             out.data());
    return out;
  };
  const auto a = digest_of(shown);
  const auto b = digest_of(token);
  return ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace sluice
