#include "actors/core/base/log.hpp"

#include "actors/core/base/utf8.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <memory>

namespace sluice::log {

namespace {

spdlog::logger& logger() {
  // Constructed once, never destroyed: threads may log while the process ends.
  static auto* const instance = [] {
    auto* made = new spdlog::logger{
      "sluice", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum native(level at) {
  switch (at) {
  case level::debug:
    return spdlog::level::debug;
  case level::info:
    return spdlog::level::info;
  case level::warning:
    return spdlog::level::warn;
  case level::error:
    return spdlog::level::err;
  case level::off:
    return spdlog::level::off;
  }
  return spdlog::level::info;
}

} // namespace

bool parse_level(std::string_view text, level& out) {
  constexpr std::string_view names[]
    = {"debug", "info", "warning", "error", "off"};
  for (int i = 0; i < 5; ++i)
    if (names[i] == text) {
      out = static_cast<level>(i);
      return true;
    }
  return false;
}

void set_level(level minimum) {
  logger().set_level(native(minimum));
}

void write(level at, std::string_view who, std::string_view text) {
  auto& out = logger();
  if (!out.should_log(native(at)))
    return;
  out.log(native(at), "{}: {}", who, escaped(text));
}

limiter::limiter(std::chrono::steady_clock::duration period, unsigned burst)
  : period_(period),
    burst_(burst) {
}

void limiter::write(level at, std::string_view who, std::string_view text) {
  const auto now = std::chrono::steady_clock::now();
  if (now - begun_ >= period_)
    written_ = 0;
  if (written_ >= burst_) {
    ++held_back_;
    return;
  }
  if (written_++ == 0)
    begun_ = now;
  std::string line{text};
  if (held_back_ > 0)
    line += " (" + std::to_string(held_back_) + " more since the last line)";
  log::write(at, who, line);
  held_back_ = 0;
}

void limiter::reset() noexcept {
  written_ = 0;
  held_back_ = 0;
}

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto length = utf8_length(text);
    const auto byte = static_cast<unsigned char>(text.front());
    // Terminals take U+0080 to U+009F for control characters, too.
    const bool controls = byte < 0x20 || byte == 0x7f
                          || (byte == 0xc2 && length == 2
                              && static_cast<unsigned char>(text[1]) < 0xa0);
    if (text.front() == '\\')
      out += "\\\\";
    else if (length > 0 && !controls)
      out += text.substr(0, length);
    else
      append_escaped_byte(text.front(), out);
    text.remove_prefix(controls ? 1 : std::max<std::size_t>(length, 1));
  }
  return out;
}

} // namespace sluice::log
