// api: what a node answers over HTTP.
#pragma once

#include "actors/core/net/http_server.hpp"
#include "actors/supervisor/child_table.hpp"
#include "monitoring/metrics.hpp"

#include <memory>
#include <string>

namespace sluice {

struct api_options {
  /// HOST:PORT.
  std::string listen;
  std::string state_dir;
  bool allow_chaos = false;
};

/// HOST:PORT, :PORT or PORT; `config` when it is none of them.
[[nodiscard]] result<http_server::options>
listen_options(const std::string& listen);

/// Serves /metrics, /healthz, /readyz and /api/v1/actors; with `allow_chaos`
/// also POST /api/v1/actors/{id}/kill, which needs the token in STATE/token.
/// The port that was taken is written to STATE/metrics.port. `counted` and
/// `children` must outlive the server.
[[nodiscard]] result<std::unique_ptr<http_server>>
serve_api(const api_options& options, const metrics& counted,
          child_table& children);

} // namespace sluice
