// Sets a header to this machine's address or name.
#include "actors/interceptor/interceptor.hpp"
#include "actors/interceptor/set_header.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice {

namespace {

class host_interceptor : public interceptor {
public:
  host_interceptor(host_options options, std::string host)
    : options_(std::move(options)),
      host_(std::move(host)) {
  }

  batch_ptr apply(const batch_ptr& b) override {
    return set_header(b, options_.header, host_, options_.preserve);
  }

private:
  host_options options_;
  std::string host_;
};

result<std::string> host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  if (::gethostname(name, sizeof name - 1) != 0)
    return errno_failure("gethostname", errno);
  if (name[0] == '\0')
    return failure{errc::unavailable, "this machine has no host name"};
  return std::string{name};
}

/// How well an interface's address names this machine: outside addresses
/// before the loopback one, IPv4 before IPv6, link-local not at all.
int rank(const ifaddrs& one) {
  if (one.ifa_addr == nullptr || (one.ifa_flags & IFF_UP) == 0)
    return 0;
  const int outside = (one.ifa_flags & IFF_LOOPBACK) == 0 ? 2 : 0;
  if (one.ifa_addr->sa_family == AF_INET)
    return outside + 2;
  if (one.ifa_addr->sa_family != AF_INET6)
    return 0;
  sockaddr_in6 six{};
  std::memcpy(&six, one.ifa_addr, sizeof six);
  return IN6_IS_ADDR_LINKLOCAL(&six.sin6_addr) ? 0 : outside + 1;
}

std::string printed(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof four);
    ::inet_ntop(AF_INET, &four.sin_addr, text, sizeof text);
  } else {
    sockaddr_in6 six{};
    std::memcpy(&six, &address, sizeof six);
    ::inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof text);
  }
  return text;
}

result<std::string> host_address() {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0)
    return errno_failure("getifaddrs", errno);
  const ifaddrs* best = nullptr;
  for (const auto* one = all; one != nullptr; one = one->ifa_next)
    if (rank(*one) > (best != nullptr ? rank(*best) : 0))
      best = one;
  auto text = best != nullptr ? printed(*best->ifa_addr) : std::string{};
  ::freeifaddrs(all);
  if (text.empty())
    return failure{errc::unavailable, "this machine has no IP address"};
  return text;
}

} // namespace

result<interceptor_ptr> make_host_interceptor(const host_options& options) {
  auto host = options.use_ip ? host_address() : host_name();
  if (!host)
    return host.error();
  return interceptor_ptr{
    std::make_unique<host_interceptor>(options, std::move(*host))};
}

} // namespace sluice
