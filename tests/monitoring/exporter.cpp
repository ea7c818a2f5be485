// A made-up node: moves every metric and serves it, so that the dashboards can
// be proven without a pilot. Prints its port and runs until it is told to stop.
#include "actors/core/net/http_server.hpp"
#include "monitoring/metrics.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>

namespace {

using namespace sluice;
using namespace std::chrono_literals;

volatile std::sig_atomic_t told_to_stop = 0;

/// One agent's components as they look while data flows.
void move_agent(metrics& counted, const std::string& agent, unsigned step) {
  const auto cell = [&](const char* id, component_kind kind,
                        const char* type) -> component_cell& {
    return counted.component({agent, id, kind, type});
  };
  const auto now = std::chrono::steady_clock::now();
  auto& source = cell("r1", component_kind::source, "spooldir");
  source.received_raw(80'000);
  source.received(1000, 79'000);
  source.sent(1000, 79'000);
  source.lag_bytes(1'000'000 - step % 1000);
  source.files_open(2);
  source.oldest_uncommitted(now - 20ms);
  auto& chain = cell("i1", component_kind::interceptor, "regex_filter");
  chain.received(1000, 79'000);
  chain.filtered(100);
  chain.sent(900, 71'000);
  auto& channel = cell("c1", component_kind::channel, "memory");
  channel.channel_capacity(0, 16 << 20);
  channel.channel_fill(500 + step % 50, 40'000);
  channel.received(900, 71'000);
  channel.sent(900, 71'000);
  auto& sink = cell("k1", component_kind::sink, "kafka");
  sink.received(900, 71'000);
  sink.sent(900, 71'000);
  sink.commits(1);
  sink.commit_took(7ms);
  sink.kafka({900, 71'000, step * 71'000UL, step * 900UL, step * 3UL, 800});
  auto& tree = cell("supervisor", component_kind::supervisor, "agent");
  if (step % 20 == 0) {
    sink.restarted(errc::killed);
    sink.errors(error_stage::sending, errc::unavailable);
    sink.aborts(1);
    sink.dead_letters(dead_letter_reason::too_large, 1);
    channel.replayed(900);
  }
  for (auto* part : {&source, &chain, &channel, &sink, &tree})
    part->state(component_state::running, "");
}

} // namespace

int main(int argc, char** argv) {
  std::signal(SIGTERM, [](int) { told_to_stop = 1; });
  std::signal(SIGINT, [](int) { told_to_stop = 1; });
  metrics counted{argc > 1 ? argv[1] : "n1", {{"version", "test"}}};
  auto server = http_server::bind({});
  if (!server) {
    std::fprintf(stderr, "%s\n", server.error().text.c_str());
    return 70;
  }
  (*server)->get("/metrics", [&counted](const http_request&) {
    return http_response{200, counted.expose(), exposition_type};
  });
  (*server)->get("/readyz", [&counted](const http_request&) {
    return http_response{counted.ready() ? 200 : 503, "", "text/plain"};
  });
  if (auto started = (*server)->start(); !started) {
    std::fprintf(stderr, "%s\n", started.error().text.c_str());
    return 70;
  }
  std::printf("%u\n", static_cast<unsigned>((*server)->port()));
  std::fflush(stdout);
  for (unsigned step = 0; !told_to_stop; ++step) {
    move_agent(counted, "SmartCar", step);
    move_agent(counted, "DriverCarInfo", step);
    std::this_thread::sleep_for(100ms);
  }
  (*server)->stop();
  return 0;
}
