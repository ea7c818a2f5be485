#include "nodes/ending.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <array>
#include <cerrno>

namespace sluice {

namespace {

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

} // namespace

void ending::block_signals() {
  const auto set = ending_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void ending::let_signals_end_us() {
  const auto set = ending_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

result<ending> ending::make() {
  const auto set = ending_signals();
  ending e;
  e.signals_ = unique_fd{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
  e.done_ = unique_fd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (e.signals_.get() < 0 || e.done_.get() < 0)
    return errno_failure("cannot wait for signals", errno);
  return e;
}

void ending::done() const {
  static_cast<void>(::eventfd_write(done_.get(), 1));
}

int ending::wait(std::chrono::milliseconds patience) const {
  std::array<pollfd, 2> both{pollfd{signals_.get(), POLLIN, 0},
                             pollfd{done_.get(), POLLIN, 0}};
  static_cast<void>(
    ::poll(both.data(), both.size(), static_cast<int>(patience.count())));
  signalfd_siginfo info{};
  if (::read(signals_.get(), &info, sizeof info) != sizeof info)
    return 0;
  return static_cast<int>(info.ssi_signo);
}

} // namespace sluice
