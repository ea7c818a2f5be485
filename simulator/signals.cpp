#include "simulator/signals.hpp"

#include <signal.h>

#include <algorithm>
#include <thread>

namespace sluice::simulator {

namespace {

volatile sig_atomic_t stop_flag = 0;
volatile sig_atomic_t rotation_flag = 0;

void on_stop(int) {
  stop_flag = 1;
}

void on_rotation(int) {
  rotation_flag = 1;
}

void listen(int signal_number, void (*action)(int)) {
  struct sigaction act = {};
  act.sa_handler = action;
  act.sa_flags = SA_RESTART;
  ::sigaction(signal_number, &act, nullptr);
}

} // namespace

void listen_to_signals() {
  listen(SIGTERM, on_stop);
  listen(SIGINT, on_stop);
  listen(SIGHUP, on_rotation);
}

bool stop_requested() noexcept {
  return stop_flag != 0;
}

bool rotation_requested() noexcept {
  if (rotation_flag == 0)
    return false;
  rotation_flag = 0;
  return true;
}

void rest(std::chrono::milliseconds time) {
  using namespace std::chrono;
  // A signal between the test and the sleep costs one slice, not the sleep.
  constexpr milliseconds slice{50};
  const auto end = steady_clock::now() + time;
  for (auto now = steady_clock::now(); now < end && !stop_requested();
       now = steady_clock::now())
    std::this_thread::sleep_for(
      std::min<steady_clock::duration>(slice, end - now));
}

} // namespace sluice::simulator
