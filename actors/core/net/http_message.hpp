// What a route of the HTTP server gets and what it gives back.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace sluice {

struct http_request {
  std::string method;
  /// Decoded, without the query.
  std::string path;
  /// What stood in the places of a route's {names}.
  std::map<std::string, std::string> parameters;
  /// The query's keys; of a repeated one the first value.
  std::map<std::string, std::string> query;
  std::string body;
};

struct http_response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
};

/// Runs on one of the server's threads, several at once. An exception becomes
/// status 500 and a log line.
using http_route = std::function<http_response(const http_request&)>;

} // namespace sluice
