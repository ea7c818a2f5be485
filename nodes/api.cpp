#include "nodes/api.hpp"

#include "actors/core/base/log.hpp"
#include "actors/core/net/bearer_token.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <fstream>

namespace sluice {

namespace {

/// The id that the API and the logs use: AGENT.CHILD.
std::string id_of(const running_child& c) {
  return c.agent + "." + c.id;
}

http_response list_actors(const child_table& children) {
  auto all = nlohmann::json::array();
  for (const auto& c : children.list())
    all.push_back({{"id", id_of(c)}, {"agent", c.agent}, {"kind", c.kind}});
  return {200, all.dump() + "\n"};
}

http_response kill_actor(child_table& children, const std::string& id) {
  const auto dot = id.find('.');
  const auto agent = id.substr(0, dot);
  const auto child = dot == std::string::npos ? "" : id.substr(dot + 1);
  if (!children.kill(agent, child))
    return {404, R"({"error":"no such actor runs"})"
                 "\n"};
  log::warning("api", "killed " + id + " as asked");
  return {200, R"({"killed":true})"
               "\n"};
}

} // namespace

result<http_server::options> listen_options(const std::string& listen) {
  const auto colon = listen.rfind(':');
  http_server::options o;
  const auto port
    = colon == std::string::npos ? listen : listen.substr(colon + 1);
  if (colon != std::string::npos && colon > 0)
    o.host = listen.substr(0, colon);
  const auto [end, ec]
    = std::from_chars(port.data(), port.data() + port.size(), o.port);
  if (ec != std::errc{} || end != port.data() + port.size())
    return failure{errc::config,
                   "--metrics " + listen + ": expected HOST:PORT"};
  return o;
}

result<std::unique_ptr<http_server>> serve_api(const api_options& options,
                                               const metrics& counted,
                                               child_table& children) {
  auto listen = listen_options(options.listen);
  if (!listen)
    return listen.error();
  if (options.allow_chaos) {
    auto token = bearer_token(options.state_dir + "/token");
    if (!token)
      return token.error();
    listen->token = *token;
  }
  auto bound = http_server::bind(*listen);
  if (!bound)
    return bound.error();
  auto& server = **bound;
  server.get("/metrics", [&counted](const http_request&) {
    return http_response{200, counted.expose(), exposition_type};
  });
  server.get("/healthz", [](const http_request&) {
    return http_response{200, "ok\n", "text/plain"};
  });
  server.get("/readyz", [&counted](const http_request&) {
    const bool ready = counted.ready();
    return http_response{ready ? 200 : 503, ready ? "ready\n" : "not ready\n",
                         "text/plain"};
  });
  server.get("/api/v1/actors", [&children](const http_request&) {
    return list_actors(children);
  });
  if (options.allow_chaos)
    server.post("/api/v1/actors/{id}/kill", [&children](const http_request& r) {
      return kill_actor(children, r.parameters.at("id"));
    });
  if (auto started = server.start(); !started)
    return started.error();
  std::ofstream{options.state_dir + "/metrics.port"} << server.port() << "\n";
  log::info("api", "listening on " + listen->host + ":"
                     + std::to_string(server.port()));
  return std::move(*bound);
}

} // namespace sluice
