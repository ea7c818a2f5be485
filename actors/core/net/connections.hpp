// The HTTP server's connections, so that its end need not wait for clients.
#pragma once

#include <httplib.h>

#include <chrono>
#include <mutex>
#include <set>

namespace sluice {

/// The library's server with a way to give up what clients have not sent yet.
/// One request for each connection.
class cuttable_server : public httplib::Server {
public:
  /// `timeout` is for one read or write on a connection.
  explicit cuttable_server(std::chrono::milliseconds timeout);

  /// Nothing more is read from any connection, now and later; answers under
  /// way are still written.
  void cut();

private:
  bool process_and_close_socket(socket_t fd) override;
  bool admit(int fd);

  std::chrono::milliseconds timeout_;
  std::mutex guard_;
  std::set<int> open_;
  bool cut_ = false;
};

} // namespace sluice
