#include "actors/core/net/hop_message.hpp"

#include "actors/core/base/crc32c.hpp"
#include "actors/core/event/codec.hpp"

#include <utility>

namespace sluice {

namespace {

enum class kind : std::uint8_t {
  hello = 1,
  welcome,
  put,
  ack,
  moved,
  retry,
  refused,
  bye,
  released,
  finished,
};

constexpr std::size_t head_bytes = 4 + 1 + 1;
constexpr std::size_t sum_bytes = 4;
constexpr std::size_t frame_min = head_bytes + sum_bytes;

void put_flag(std::string& out, bool v) {
  put_u8(out, v ? 1 : 0);
}

void put_names(std::string& out, const std::vector<origin>& names) {
  put_u32(out, static_cast<std::uint32_t>(names.size()));
  for (const auto& o : names)
    put_text(out, o.value());
}

/// Writes the content of each kind of message and tells which it is.
struct writer {
  std::string& out;

  kind operator()(const hop_hello& m) const {
    put_u64(out, m.attempt);
    put_u8(out, m.oldest);
    put_u8(out, m.newest);
    put_text(out, m.stream);
    put_u64(out, m.term);
    return kind::hello;
  }

  kind operator()(const hop_welcome& m) const {
    put_u64(out, m.attempt);
    put_u64(out, m.term);
    put_u64(out, m.session);
    put_u64(out, m.credit);
    put_text(out, m.cluster_id);
    put_text(out, m.sink);
    put_u32(out, m.page);
    put_flag(out, m.last);
    put_u32(out, static_cast<std::uint32_t>(m.origins.size()));
    for (const auto& s : m.origins) {
      put_text(out, s.name.value());
      put_text(out, encode(s.committed));
      put_flag(out, s.held.has_value());
      if (s.held)
        put_text(out, encode(*s.held));
    }
    return kind::welcome;
  }

  kind operator()(const hop_put& m) const {
    put_u64(out, m.session);
    put_u64(out, m.n);
    put_flag(out, m.last);
    put_text(out, m.bytes);
    return kind::put;
  }

  kind operator()(const hop_ack& m) const {
    put_u64(out, m.session);
    put_u64(out, m.n);
    put_u64(out, m.credit);
    put_u32(out, static_cast<std::uint32_t>(m.committed.size()));
    for (const auto& [o, p] : m.committed) {
      put_text(out, o.value());
      put_text(out, encode(p));
    }
    put_names(out, m.forgotten);
    return kind::ack;
  }

  kind operator()(const hop_moved& m) const {
    put_u64(out, m.attempt);
    put_u64(out, m.session);
    put_u32(out, static_cast<std::uint32_t>(m.addresses.size()));
    for (const auto& a : m.addresses)
      put_text(out, a);
    return kind::moved;
  }

  kind operator()(const hop_retry& m) const {
    put_u64(out, m.attempt);
    put_u64(out, m.session);
    put_u32(out, static_cast<std::uint32_t>(m.wait.count()));
    put_text(out, m.why);
    return kind::retry;
  }

  kind operator()(const hop_refused& m) const {
    put_u64(out, m.attempt);
    put_u8(out, static_cast<std::uint8_t>(m.kind));
    put_text(out, m.why);
    return kind::refused;
  }

  kind operator()(const hop_bye& m) const {
    put_u64(out, m.session);
    return kind::bye;
  }

  kind operator()(const hop_released& m) const {
    put_u64(out, m.session);
    return kind::released;
  }

  kind operator()(const hop_finished& m) const {
    put_u64(out, m.session);
    put_names(out, m.origins);
    return kind::finished;
  }
};

/// Reads the content of a frame; what is missing or makes no sense leaves
/// `sound` false.
class reader {
public:
  explicit reader(std::string_view content) : in_(content) {
  }

  [[nodiscard]] bool sound() const {
    return in_.ok() && in_.left().empty() && !wrong_;
  }

  hop_message read(kind k) {
    switch (k) {
    case kind::hello:
      return hello();
    case kind::welcome:
      return welcome();
    case kind::put:
      return put();
    case kind::ack:
      return ack();
    case kind::moved:
      return moved();
    case kind::retry:
      return retry();
    case kind::refused:
      return refused();
    case kind::bye:
      return hop_bye{in_.u64()};
    case kind::released:
      return hop_released{in_.u64()};
    case kind::finished:
      return finished();
    }
    wrong_ = true;
    return hop_bye{};
  }

private:
  bool flag() {
    const auto v = in_.u8();
    wrong_ = wrong_ || v > 1;
    return v == 1;
  }

  stored_position stored() {
    auto p = decode_position(in_.text());
    if (p)
      return *std::move(p);
    wrong_ = true;
    return {};
  }

  /// How many things follow. Each is read only while all is well, and takes
  /// bytes: a number that is too large ends with the bytes.
  template <class Each>
  void repeat(Each each) {
    for (auto n = in_.u32(); n > 0 && in_.ok() && !wrong_; --n)
      each();
  }

  std::vector<origin> names() {
    std::vector<origin> out;
    repeat([&] { out.emplace_back(std::string{in_.text()}); });
    return out;
  }

  hop_message hello() {
    hop_hello m;
    m.attempt = in_.u64();
    m.oldest = in_.u8();
    m.newest = in_.u8();
    m.stream = in_.text();
    m.term = in_.u64();
    wrong_ = wrong_ || m.attempt == 0 || m.oldest > m.newest;
    return m;
  }

  hop_message welcome() {
    hop_welcome m;
    m.attempt = in_.u64();
    m.term = in_.u64();
    m.session = in_.u64();
    m.credit = in_.u64();
    m.cluster_id = in_.text();
    m.sink = in_.text();
    m.page = in_.u32();
    m.last = flag();
    repeat([&] {
      hop_standing s;
      s.name = origin{std::string{in_.text()}};
      s.committed = stored();
      if (flag())
        s.held = stored();
      wrong_ = wrong_ || (s.held && s.held->at < s.committed.at);
      m.origins.push_back(std::move(s));
    });
    wrong_ = wrong_ || m.attempt == 0 || m.session == 0;
    return m;
  }

  hop_message put() {
    hop_put m;
    m.session = in_.u64();
    m.n = in_.u64();
    m.last = flag();
    m.bytes = in_.text();
    return m;
  }

  hop_message ack() {
    hop_ack m;
    m.session = in_.u64();
    m.n = in_.u64();
    m.credit = in_.u64();
    repeat([&] {
      origin o{std::string{in_.text()}};
      // In the order of the names, so that there is one spelling.
      wrong_
        = wrong_ || (!m.committed.empty() && m.committed.rbegin()->first >= o);
      m.committed.emplace_hint(m.committed.end(), std::move(o), stored());
    });
    m.forgotten = names();
    return m;
  }

  hop_message moved() {
    hop_moved m;
    m.attempt = in_.u64();
    m.session = in_.u64();
    repeat([&] { m.addresses.emplace_back(in_.text()); });
    return m;
  }

  hop_message retry() {
    hop_retry m;
    m.attempt = in_.u64();
    m.session = in_.u64();
    m.wait = std::chrono::milliseconds{in_.u32()};
    m.why = in_.text();
    return m;
  }

  hop_message refused() {
    hop_refused m;
    m.attempt = in_.u64();
    const auto kind_of_it = in_.u8();
    m.kind = static_cast<errc>(kind_of_it);
    m.why = in_.text();
    wrong_ = wrong_ || kind_of_it > static_cast<std::uint8_t>(errc::unsupported)
             || !is_terminal(m.kind);
    return m;
  }

  hop_message finished() {
    hop_finished m;
    m.session = in_.u64();
    m.origins = names();
    return m;
  }

  byte_reader in_;
  bool wrong_ = false;
};

failure corrupt(const char* what) {
  return failure{errc::state_corrupt, std::string{"a frame "} + what};
}

} // namespace

std::string encode(const hop_message& m) {
  std::string out;
  if (const auto* p = std::get_if<hop_put>(&m))
    out.reserve(hop_put_overhead + p->bytes.size());
  out.resize(head_bytes);
  const auto k = std::visit(writer{out}, m);
  std::string head;
  put_u32(head, static_cast<std::uint32_t>(out.size() - 4 + sum_bytes));
  put_u8(head, hop_version_newest);
  put_u8(head, static_cast<std::uint8_t>(k));
  out.replace(0, head_bytes, head);
  put_u32(out, crc32c(out));
  return out;
}

result<hop_message> decode_frame(std::string_view frame) {
  if (frame.size() < frame_min || frame.size() > hop_frame_max)
    return corrupt("of an impossible length");
  const auto content = frame.substr(0, frame.size() - sum_bytes);
  byte_reader sum{frame.substr(content.size())};
  byte_reader head{content};
  if (head.u32() != frame.size() - 4)
    return corrupt("is not as long as it says");
  if (sum.u32() != crc32c(content))
    return corrupt("fails its checksum");
  const auto version = head.u8();
  if (version > hop_version_newest)
    return failure{errc::unsupported, "a frame of version "
                                        + std::to_string(version)
                                        + " comes from a newer sluice"};
  if (version < hop_version_oldest)
    return corrupt("of no version");
  const auto k = static_cast<kind>(head.u8());
  reader in{head.left()};
  auto m = in.read(k);
  if (!in.sound())
    return corrupt("contradicts itself");
  return m;
}

void hop_frames::append(std::string_view bytes) {
  bytes_.erase(0, at_);
  at_ = 0;
  bytes_ += bytes;
}

result<std::optional<std::string_view>> hop_frames::next() {
  const auto left = std::string_view{bytes_}.substr(at_);
  if (left.size() < 4)
    return std::optional<std::string_view>{};
  byte_reader in{left};
  const auto length = std::size_t{in.u32()} + 4;
  if (length < frame_min || length > hop_frame_max)
    return corrupt("of an impossible length");
  if (left.size() < length)
    return std::optional<std::string_view>{};
  at_ += length;
  return std::optional{left.substr(0, length)};
}

} // namespace sluice
