// The HTTP server over real loopback sockets: routes, and each refusal.
#include "actors/core/net/http_server.hpp"

#include "actors/core/base/unique_fd.hpp"
#include "actors/core/net/host_list.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <httplib.h>
#include <sys/socket.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace sluice::net_test {

constexpr const char* token = "0123456789abcdef0123456789abcdef";

unique_fd connect_to(std::uint16_t port) {
  unique_fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  ::inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
  BOOST_REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to)
                == 0);
  return fd;
}

/// A running server and a client that a test can bend.
struct running_server {
  running_server() {
    http_server::options chosen;
    chosen.token = token;
    chosen.body_bytes_max = 1000;
    chosen.threads = 2;
    chosen.allowed_hosts = {"metrics.example"};
    chosen.timeout = std::chrono::milliseconds{300};
    auto bound = http_server::bind(chosen);
    BOOST_REQUIRE(bound);
    server = std::move(*bound);
    server->get("/hello", [](const http_request& asked) {
      const auto at = asked.query.find("name");
      return http_response{
        200, at == asked.query.end() ? "hello" : "hello " + at->second,
        "text/plain"};
    });
    server->get(
      "/secret",
      [](const http_request&) {
        return http_response{200, "secret", "text/plain"};
      },
      http_access::token);
    server->get("/fails", [](const http_request&) -> http_response {
      throw std::runtime_error{"inner words"};
    });
    server->post("/actors/{id}/kill", [this](const http_request& asked) {
      ++kills;
      return http_response{202, asked.parameters.at("id") + asked.body};
    });
    BOOST_REQUIRE(server->start());
  }

  [[nodiscard]] httplib::Headers right() const {
    return {{"Authorization", std::string{"Bearer "} + token}};
  }

  [[nodiscard]] int post(const httplib::Headers& headers,
                         const std::string& type = "application/json",
                         const std::string& body = "{}") const {
    httplib::Client client{"127.0.0.1", server->port()};
    const auto answer
      = client.Post("/actors/k1/kill", headers, body, type.c_str());
    return answer ? answer->status : -1;
  }

  [[nodiscard]] int get(const std::string& path,
                        const httplib::Headers& headers = {}) const {
    httplib::Client client{"127.0.0.1", server->port()};
    const auto answer = client.Get(path.c_str(), headers);
    return answer ? answer->status : -1;
  }

  [[nodiscard]] unique_fd connection() const {
    return connect_to(server->port());
  }

  /// Sends `text` as it is; what comes back until the server closes.
  [[nodiscard]] std::string raw(const std::string& text) const {
    const auto fd = connection();
    BOOST_REQUIRE(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL)
                  == static_cast<ssize_t>(text.size()));
    std::string out;
    char piece[4096];
    for (ssize_t n = 0; (n = ::recv(fd.get(), piece, sizeof piece, 0)) > 0;)
      out.append(piece, static_cast<std::size_t>(n));
    return out;
  }

  std::unique_ptr<http_server> server;
  std::atomic<int> kills{0};
};

BOOST_FIXTURE_TEST_SUITE(http, running_server)

BOOST_AUTO_TEST_CASE(a_get_is_answered_with_query_type_and_safe_headers) {
  httplib::Client client{"127.0.0.1", server->port()};
  const auto answer = client.Get("/hello?name=you&name=two");
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->status == 200);
  BOOST_TEST(answer->body == "hello you");
  BOOST_TEST(answer->get_header_value("Content-Type") == "text/plain");
  BOOST_TEST(answer->get_header_value("X-Content-Type-Options") == "nosniff");
  BOOST_TEST(answer->get_header_value("Connection") == "close");
}

BOOST_AUTO_TEST_CASE(a_head_is_answered_like_a_get_without_a_body) {
  httplib::Client client{"127.0.0.1", server->port()};
  const auto answer = client.Head("/hello");
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->status == 200);
  BOOST_TEST(answer->body.empty());
}

BOOST_AUTO_TEST_CASE(a_post_with_everything_right_reaches_its_route) {
  httplib::Client client{"127.0.0.1", server->port()};
  const auto answer = client.Post("/actors/k%201/kill", right(), "{\"a\":1}",
                                  "application/json; charset=utf-8");
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->status == 202);
  BOOST_TEST(answer->body == "k 1{\"a\":1}");
  BOOST_TEST(kills == 1);
}

BOOST_AUTO_TEST_CASE(a_post_without_the_token_is_refused) {
  BOOST_TEST(post({}) == 401);
  BOOST_TEST(post({{"Authorization", "Bearer wrong"}}) == 401);
  BOOST_TEST(post({{"Authorization", token}}) == 401);
  auto twice = right();
  twice.emplace("Authorization", "Bearer wrong");
  BOOST_TEST(post(twice) == 401);
  BOOST_TEST(kills == 0);
}

BOOST_AUTO_TEST_CASE(a_get_that_needs_the_token_is_refused_without_it) {
  BOOST_TEST(get("/secret") == 401);
  BOOST_TEST(get("/secret", right()) == 200);
}

BOOST_AUTO_TEST_CASE(a_post_that_is_not_json_is_refused) {
  for (const char* type :
       {"text/plain", "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x", "application/jsonx"})
    BOOST_TEST(post(right(), type) == 415, type);
  auto packed = right();
  packed.emplace("Content-Encoding", "gzip");
  BOOST_TEST(post(packed) == 415);
  BOOST_TEST(kills == 0);
}

BOOST_AUTO_TEST_CASE(a_body_above_the_limit_is_refused) {
  BOOST_TEST(post(right(), "application/json", std::string(1000, ' ')) == 202);
  BOOST_TEST(post(right(), "application/json", std::string(1001, ' ')) == 413);
  BOOST_TEST(kills == 1);
}

BOOST_AUTO_TEST_CASE(a_foreign_or_missing_or_double_host_is_refused) {
  BOOST_TEST(get("/hello", {{"Host", "evil.example"}}) == 403);
  BOOST_TEST(get("/hello", {{"Host", "localhost.evil.example"}}) == 403);
  BOOST_TEST(get("/hello", {{"Host", "METRICS.example:9"}}) == 200);
  BOOST_TEST(raw("GET /hello HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 403"));
  BOOST_TEST(raw("GET /hello HTTP/1.0\r\n\r\n").find(" 403 ")
             != std::string::npos);
  BOOST_TEST(raw("GET /hello HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n")
               .starts_with("HTTP/1.1 403"));
  auto foreign = right();
  foreign.emplace("Host", "evil.example");
  BOOST_TEST(post(foreign) == 403);
  BOOST_TEST(kills == 0);
}

BOOST_AUTO_TEST_CASE(other_methods_get_405_and_no_cors_header) {
  for (const char* method : {"OPTIONS", "PUT", "DELETE", "PATCH", "CONNECT"}) {
    const auto answer
      = raw(std::string{method}
            + " /hello HTTP/1.1\r\nHost: localhost\r\nOrigin: http://a.b\r\n"
              "Access-Control-Request-Method: POST\r\nContent-Length: 0\r\n"
              "\r\n");
    BOOST_TEST(answer.starts_with("HTTP/1.1 405"), method << answer);
    BOOST_TEST(answer.find("Access-Control") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_route_has_only_its_own_method) {
  httplib::Client client{"127.0.0.1", server->port()};
  const auto answer = client.Post("/hello", right(), "{}", "application/json");
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->status == 405);
  BOOST_TEST(get("/actors/k1/kill", right()) == 405);
}

BOOST_AUTO_TEST_CASE(an_unknown_path_is_404_and_is_not_repeated) {
  httplib::Client client{"127.0.0.1", server->port()};
  const auto answer = client.Get("/%3Cscript%3E");
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->status == 404);
  BOOST_TEST(answer->body.find("script") == std::string::npos);
  BOOST_TEST(get("/hello/") == 404);
  BOOST_TEST(get("/actors//kill") == 404);
}

BOOST_AUTO_TEST_CASE(a_route_that_throws_is_500_and_its_words_stay_inside) {
  const auto answer = raw("GET /fails HTTP/1.1\r\nHost: localhost\r\n\r\n");
  BOOST_TEST(answer.starts_with("HTTP/1.1 500"));
  BOOST_TEST(answer.find("inner words") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_second_request_on_a_connection_is_not_answered) {
  const auto answer = raw("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
                          "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  BOOST_TEST(answer.find("HTTP/1.1") == answer.rfind("HTTP/1.1"));
}

BOOST_AUTO_TEST_CASE(silent_clients_cannot_keep_others_out_for_ever) {
  std::vector<unique_fd> silent;
  for (int i = 0; i < 5; ++i)
    silent.push_back(connection());
  BOOST_TEST(get("/hello") == 200);
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_named) {
  http_server::options chosen;
  chosen.port = server->port();
  const auto second = http_server::bind(chosen);
  BOOST_REQUIRE(!second);
  BOOST_TEST((second.error().kind == errc::unavailable));
  BOOST_TEST(second.error().text.find(std::to_string(server->port()))
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(stop_may_come_twice) {
  server->stop();
  server->stop();
  BOOST_TEST(get("/hello") == -1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(http_parts)

BOOST_AUTO_TEST_CASE(stop_does_not_wait_for_clients_that_say_nothing) {
  http_server::options chosen;
  chosen.timeout = std::chrono::minutes{10};
  chosen.threads = 2;
  auto bound = http_server::bind(chosen);
  BOOST_REQUIRE(bound);
  BOOST_REQUIRE((*bound)->start());
  // One in each thread, and one that waits for a thread.
  std::vector<unique_fd> silent;
  for (int i = 0; i < 3; ++i)
    silent.push_back(connect_to((*bound)->port()));
  (*bound)->stop();
  char byte = 0;
  for (const auto& fd : silent)
    BOOST_TEST(::recv(fd.get(), &byte, 1, 0) <= 0);
}

BOOST_AUTO_TEST_CASE(without_a_token_every_post_is_refused) {
  auto bound = http_server::bind({});
  BOOST_REQUIRE(bound);
  auto& server = **bound;
  server.post("/x", [](const http_request&) { return http_response{}; });
  BOOST_REQUIRE(server.start());
  httplib::Client client{"127.0.0.1", server.port()};
  const auto answer = client.Post("/x", {{"Authorization", "Bearer "}}, "{}",
                                  "application/json");
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->status == 401);
}

BOOST_AUTO_TEST_CASE(a_server_that_never_started_can_be_destroyed) {
  BOOST_TEST(static_cast<bool>(http_server::bind({})));
}

BOOST_AUTO_TEST_CASE(a_host_is_a_known_name_with_any_port) {
  const host_list hosts{"10.0.0.7", {"Collector-1"}};
  for (const char* good :
       {"localhost", "LOCALHOST:1", "127.0.0.1:65535", "[::1]:80", "[::1]",
        "10.0.0.7:9464", "collector-1:80", "localhost:"})
    BOOST_TEST(hosts.allows(good), good);
  for (const char* bad :
       {"", ":80", "localhost:80:80", "localhost:8x", "localhost:123456",
        "[::1", "[::1]x", "::1", "127.0.0.2", "localhost.", "user@localhost"})
    BOOST_TEST(!hosts.allows(bad), bad);
  BOOST_TEST(!host_list("0.0.0.0", {}).allows("0.0.0.0"));
  BOOST_TEST(host_list("fe80::1", {}).allows("[fe80::1]:1"));
}

BOOST_AUTO_TEST_CASE(a_literal_segment_wins_over_a_name) {
  route_table routes;
  const auto says = [](const char* what) {
    return [what](const http_request&) { return http_response{200, what}; };
  };
  routes.add("GET", "/a/{x}", http_access::open, says("name"));
  routes.add("GET", "/a/b", http_access::open, says("literal"));
  routes.add("GET", "/", http_access::open, says("root"));
  const auto text = [&](const char* path) {
    const auto at = routes.find("GET", path);
    return at.match ? at.match->answer({}).body : std::string{"-"};
  };
  BOOST_TEST(text("/a/b") == "literal");
  BOOST_TEST(text("/a/c") == "name");
  BOOST_TEST(text("/") == "root");
  BOOST_TEST(text("") == "-");
  BOOST_TEST(text("/a/") == "-");
  BOOST_TEST(text("/a/b/c") == "-");
  BOOST_CHECK_THROW(routes.add("GET", "/a/b", http_access::open, says("")),
                    broken_invariant);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::net_test
