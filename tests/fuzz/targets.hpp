// What is fuzzed: parsers of bytes that we did not write, each with a property
// that must hold for every input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sluice::fuzz {

/// What a target throws when its property does not hold. libFuzzer takes any
/// exception for a crash, Boost for a failed test.
class wrong : public std::logic_error {
public:
  using std::logic_error::logic_error;
};

inline void expect(bool holds, const std::string& property) {
  if (!holds)
    throw wrong{property};
}

/// A parser under test. Throws when its property does not hold for `input`.
struct target {
  const char* name;
  void (*run)(std::string_view input);
};

[[nodiscard]] std::span<const target> config_targets();
[[nodiscard]] std::span<const target> hop_targets();
[[nodiscard]] std::span<const target> state_targets();
[[nodiscard]] std::span<const target> text_targets();

/// Cuts an input into the parts that a target wants. What is missing is zero
/// or empty, so every input is a case.
class parts {
public:
  explicit parts(std::string_view input) : left_(input) {
  }

  [[nodiscard]] bool empty() const noexcept {
    return left_.empty();
  }

  std::uint8_t byte() {
    const auto one = bytes(1);
    return one.empty() ? std::uint8_t{0}
                       : static_cast<std::uint8_t>(one.front());
  }

  std::uint64_t number() {
    std::uint64_t n = 0;
    for (const char c : bytes(8))
      n = n << 8 | static_cast<unsigned char>(c);
    return n;
  }

  /// Up to 255 bytes, their number first.
  std::string_view text() {
    return bytes(byte());
  }

  std::string_view bytes(std::size_t most) {
    const auto head = left_.substr(0, most);
    left_.remove_prefix(head.size());
    return head;
  }

  std::string_view rest() {
    return bytes(left_.size());
  }

private:
  std::string_view left_;
};

/// `content` as a regular file without a name; gone with the object.
class nameless_file {
public:
  explicit nameless_file(std::string_view content);
  nameless_file(const nameless_file&) = delete;
  nameless_file& operator=(const nameless_file&) = delete;
  ~nameless_file();

  /// By which this process can open it.
  [[nodiscard]] const std::string& path() const noexcept {
    return path_;
  }

private:
  int fd_ = -1;
  std::string path_;
};

} // namespace sluice::fuzz
