// http_server: metrics, health and the API on a bounded, guarded HTTP server.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/net/http_message.hpp"
#include "actors/core/net/route_table.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// What every request must pass, in this order: an allowed Host (403: a web
/// page that made its own name point here gets nothing), GET, HEAD or POST
/// (405), a route (404), the bearer token where the route needs one, as every
/// POST does (401), for a POST JSON without content coding (415) and a body
/// within the limit (413). No answer carries a CORS header. One request for
/// each connection, so that idle clients hold no thread.
class http_server {
public:
  struct options {
    /// An address; anything but loopback is the operator's explicit wish.
    std::string host = "127.0.0.1";
    /// 0 = any free port, see port().
    std::uint16_t port = 0;
    /// Names besides localhost, the loopback addresses and `host` that a Host
    /// header may carry.
    std::vector<std::string> allowed_hosts;
    /// What POST must show. Empty: every POST is refused.
    std::string token;
    std::size_t threads = 8;
    std::size_t body_bytes_max = 1 << 20;
    /// For one read or write on a connection.
    std::chrono::milliseconds timeout{5'000};
  };

  /// Binds the port, answers nothing yet. `unavailable` when that fails.
  [[nodiscard]] static result<std::unique_ptr<http_server>>
  bind(options chosen);

  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// Routes are added before start(). `path` may have {name} segments.
  void get(std::string_view path, http_route answer,
           http_access access = http_access::open);

  /// Always needs the token.
  void post(std::string_view path, http_route answer);

  /// Answers from now on, in threads of its own. Call once.
  [[nodiscard]] result<void> start();

  /// Ends after the answers that are being given. Safe to call twice.
  void stop();

  [[nodiscard]] std::uint16_t port() const noexcept;

private:
  class listener;

  explicit http_server(std::unique_ptr<listener> made);

  std::unique_ptr<listener> listener_;
};

/// The version of cpp-httplib, and of the OpenSSL that was loaded.
[[nodiscard]] std::string http_library_version();
[[nodiscard]] std::string openssl_version();

} // namespace sluice
