#include "actors/core/net/connections.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

namespace sluice {

namespace {

using address_of = int (*)(int, sockaddr*, socklen_t*);

void ask_address(address_of ask, int fd, std::string& ip, int& port) {
  sockaddr_storage at{};
  socklen_t size = sizeof at;
  // The sockets interface wants the general type of an address.
  auto* general = static_cast<sockaddr*>(static_cast<void*>(&at));
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> service{};
  if (ask(fd, general, &size) != 0
      || ::getnameinfo(general, size, host.data(), host.size(), service.data(),
                       service.size(), NI_NUMERICHOST | NI_NUMERICSERV)
           != 0)
    return;
  ip = host.data();
  port = std::atoi(service.data());
}

/// One connection as the library reads and writes it. The library reads heads
/// byte by byte, hence the buffer.
class client_stream : public httplib::Stream {
public:
  client_stream(int fd, std::chrono::milliseconds timeout)
    : fd_(fd),
      timeout_ms_(static_cast<int>(timeout.count())) {
  }

  [[nodiscard]] bool is_readable() const override {
    return begin_ < end_ || wait_for(POLLIN);
  }

  [[nodiscard]] bool is_writable() const override {
    return wait_for(POLLOUT);
  }

  ssize_t read(char* to, std::size_t size) override {
    if (begin_ == end_) {
      if (!wait_for(POLLIN))
        return -1;
      ssize_t got = 0;
      do
        got = ::recv(fd_, buffer_.data(), buffer_.size(), 0);
      while (got < 0 && errno == EINTR);
      if (got <= 0)
        return got;
      begin_ = 0;
      end_ = static_cast<std::size_t>(got);
    }
    const auto n = std::min(size, end_ - begin_);
    std::copy_n(buffer_.data() + begin_, n, to);
    begin_ += n;
    return static_cast<ssize_t>(n);
  }

  ssize_t write(const char* from, std::size_t size) override {
    if (!wait_for(POLLOUT))
      return -1;
    ssize_t sent = 0;
    do
      sent = ::send(fd_, from, size, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent;
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ask_address(::getpeername, fd_, ip, port);
  }

  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ask_address(::getsockname, fd_, ip, port);
  }

  [[nodiscard]] socket_t socket() const override {
    return fd_;
  }

private:
  [[nodiscard]] bool wait_for(short what) const {
    pollfd p{fd_, what, 0};
    int ready = 0;
    do
      ready = ::poll(&p, 1, timeout_ms_);
    while (ready < 0 && errno == EINTR);
    return ready > 0;
  }

  int fd_;
  int timeout_ms_;
  std::array<char, 4096> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

} // namespace

cuttable_server::cuttable_server(std::chrono::milliseconds timeout)
  : timeout_(timeout) {
}

bool cuttable_server::admit(int fd) {
  const std::lock_guard lock{guard_};
  if (!cut_)
    open_.insert(fd);
  return !cut_;
}

bool cuttable_server::process_and_close_socket(socket_t fd) {
  bool answered = false;
  if (admit(fd)) {
    client_stream stream{fd, timeout_};
    bool closed = false;
    answered = process_request(stream, true, closed, nullptr);
    const std::lock_guard lock{guard_};
    open_.erase(fd);
  }
  ::shutdown(fd, SHUT_RDWR);
  ::close(fd);
  return answered;
}

void cuttable_server::cut() {
  const std::lock_guard lock{guard_};
  cut_ = true;
  for (const auto fd : open_)
    ::shutdown(fd, SHUT_RD);
}

} // namespace sluice
