#include "actors/core/net/http_server.hpp"

#include "actors/core/base/check.hpp"
#include "actors/core/base/log.hpp"
#include "actors/core/net/bearer_token.hpp"
#include "actors/core/net/connections.hpp"
#include "actors/core/net/host_list.hpp"
#include "actors/core/net/thread_pool.hpp"

#include <httplib.h>
#include <openssl/crypto.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <exception>
#include <thread>
#include <utility>

namespace sluice {

namespace {

constexpr const char* log_name = "http";

void refuse(httplib::Response& out, int status, const char* why) {
  out.status = status;
  // Words of our own only: no answer repeats what was asked.
  out.set_content(std::string{"{\"error\":\""} + why + "\"}\n",
                  "application/json");
}

bool is_json(const httplib::Request& request) {
  auto type = request.get_header_value("Content-Type");
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ')
    type.pop_back();
  return request.get_header_value_count("Content-Type") == 1
         && equal_without_case(type, "application/json")
         && !request.has_header("Content-Encoding");
}

http_request plain(const httplib::Request& from,
                   std::map<std::string, std::string> parameters) {
  http_request out{
    from.method, from.path, std::move(parameters), {}, from.body};
  for (const auto& [key, value] : from.params)
    out.query.emplace(key, value);
  return out;
}

} // namespace

class http_server::listener {
public:
  explicit listener(options chosen)
    : options_(std::move(chosen)),
      hosts_(options_.host, options_.allowed_hosts),
      server_(options_.timeout) {
    server_.new_task_queue = [n = options_.threads]() -> httplib::TaskQueue* {
      return std::make_unique<thread_pool>(n).release(); // the server's now
    };
    // Not the library's SO_REUSEPORT, which would let a second process of the
    // same user take half of our connections.
    server_.set_socket_options([](int fd) {
      const int yes = 1;
      ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server_.set_payload_max_length(options_.body_bytes_max);
    server_.set_default_headers(
      {{"X-Content-Type-Options", "nosniff"}, {"Cache-Control", "no-store"}});
    server_.set_pre_routing_handler(
      [this](const httplib::Request& request, httplib::Response& response) {
        return admit(request, response)
                 ? httplib::Server::HandlerResponse::Unhandled
                 : httplib::Server::HandlerResponse::Handled;
      });
    const auto run
      = [this](const httplib::Request& request, httplib::Response& response) {
          answer(request, response);
        };
    server_.Get(".*", run);
    server_.Post(".*", run);
  }

  result<void> bind() {
    errno = 0;
    if (options_.port == 0)
      port_ = server_.bind_to_any_port(options_.host);
    else if (server_.bind_to_port(options_.host, options_.port))
      port_ = options_.port;
    if (port_ <= 0)
      return failure{errc::unavailable,
                     errno_failure("cannot listen on " + options_.host + ":"
                                     + std::to_string(options_.port),
                                   errno)
                       .text};
    return {};
  }

  result<void> start() {
    SLUICE_CHECK(!thread_.joinable(), "start() is called once");
    started_ = true;
    thread_ = std::thread{[this] {
      if (!server_.listen_after_bind() && !stopping_)
        log::error(log_name, "the HTTP server ended by itself");
      ended_ = true;
    }};
    // stop() is lost on a server that does not run yet.
    while (!server_.is_running() && !ended_)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    if (ended_)
      return failure{errc::unavailable, "the HTTP server did not start"};
    return {};
  }

  void stop() {
    stopping_ = true;
    server_.stop();
    server_.cut();
    if (thread_.joinable())
      thread_.join();
  }

  void add(std::string_view method, std::string_view path, http_access access,
           http_route fn) {
    SLUICE_CHECK(!started_, "routes are added before start()");
    routes_.add(method, path, access, std::move(fn));
  }

  [[nodiscard]] int port() const noexcept {
    return port_;
  }

private:
  /// Runs before the body is read. False: the answer is a refusal.
  bool admit(const httplib::Request& request, httplib::Response& response) {
    if (request.get_header_value_count("Host") != 1
        || !hosts_.allows(request.get_header_value("Host"))) {
      refuse(response, 403, "this Host is not allowed");
      return false;
    }
    const bool posts = request.method == "POST";
    if (!posts && request.method != "GET" && request.method != "HEAD") {
      response.set_header("Allow", "GET, HEAD, POST");
      refuse(response, 405, "only GET, HEAD and POST");
      return false;
    }
    const auto at = find(request);
    if (!at.match) {
      if (at.other_method)
        refuse(response, 405, "not with this method");
      else
        refuse(response, 404, "no such path");
      return false;
    }
    if (at.match->access == http_access::token
        && (request.get_header_value_count("Authorization") != 1
            || !shows_token(request.get_header_value("Authorization"),
                            options_.token))) {
      response.set_header("WWW-Authenticate", "Bearer");
      refuse(response, 401, "needs the bearer token");
      return false;
    }
    if (posts && !is_json(request)) {
      refuse(response, 415, "needs Content-Type: application/json");
      return false;
    }
    return true;
  }

  [[nodiscard]] route_table::found find(const httplib::Request& request) const {
    return routes_.find(request.method == "HEAD" ? "GET" : request.method,
                        request.path);
  }

  void answer(const httplib::Request& request, httplib::Response& response) {
    auto at = find(request);
    // The library calls us only for what admit() let through.
    if (!at.match) {
      refuse(response, 404, "no such path");
      return;
    }
    try {
      const auto out
        = at.match->answer(plain(request, std::move(at.parameters)));
      response.status = out.status;
      response.set_content(out.body, out.content_type);
    } catch (const std::exception& why) {
      log::error(log_name, "a route failed: " + std::string{why.what()});
      refuse(response, 500, "failed; the log says why");
    }
  }

  options options_;
  host_list hosts_;
  route_table routes_;
  cuttable_server server_;
  std::thread thread_;
  int port_ = 0;
  bool started_ = false;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> ended_{false};
};

http_server::http_server(std::unique_ptr<listener> made)
  : listener_(std::move(made)) {
}

http_server::~http_server() {
  stop();
}

result<std::unique_ptr<http_server>> http_server::bind(options chosen) {
  auto made = std::make_unique<listener>(std::move(chosen));
  if (auto bound = made->bind(); !bound)
    return bound.error();
  return std::unique_ptr<http_server>{new http_server{std::move(made)}};
}

void http_server::get(std::string_view path, http_route answer,
                      http_access access) {
  listener_->add("GET", path, access, std::move(answer));
}

void http_server::post(std::string_view path, http_route answer) {
  listener_->add("POST", path, http_access::token, std::move(answer));
}

result<void> http_server::start() {
  return listener_->start();
}

void http_server::stop() {
  listener_->stop();
}

std::uint16_t http_server::port() const noexcept {
  return static_cast<std::uint16_t>(listener_->port());
}

std::string http_library_version() {
  return CPPHTTPLIB_VERSION;
}

std::string openssl_version() {
  return ::OpenSSL_version(OPENSSL_VERSION_STRING);
}

} // namespace sluice
