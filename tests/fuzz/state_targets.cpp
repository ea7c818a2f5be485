// What stands on disks and in Kafka: written by us, perhaps torn or damaged
// since, perhaps of another version.
#include "actors/core/base/crc32c.hpp"
#include "actors/core/event/codec.hpp"
#include "actors/core/file/start_file.hpp"
#include "actors/core/kafka/positions_topic.hpp"
#include "actors/core/store/dead_letter.hpp"
#include "actors/core/store/slot_file.hpp"
#include "tests/fuzz/targets.hpp"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sluice::fuzz {

namespace {

/// `content` with the checksum that makes it whole: damage that no checksum
/// finds is the parser's own business.
std::string summed(std::string_view content) {
  std::string out{content};
  put_u32(out, crc32c(out));
  return out;
}

stored_position position_of(parts& in) {
  stored_position p;
  p.at = {in.number(), in.number()};
  p.proof.tail_crc = static_cast<std::uint32_t>(in.number());
  p.proof.tail_length = static_cast<std::uint16_t>(in.byte());
  p.proof.size = in.number();
  p.proof.mtime_ns = static_cast<std::int64_t>(in.number());
  p.proof.lineage = in.text();
  p.proof.path = in.text();
  return p;
}

void position(std::string_view input) {
  for (const auto& bytes : {std::string{input}, summed(input)})
    if (const auto read = decode_position(bytes))
      expect(encode(*read) == bytes, "two spellings of one position");
  parts in{input};
  const auto made = position_of(in);
  const auto back = decode_position(encode(made));
  expect(back && *back == made, "a position does not come back");
}

/// Frames made of the input, then cut or bent.
void slot(std::string_view input) {
  static_cast<void>(decode_slot(input));
  parts in{input};
  const auto damage = in.number();
  const bool bend = in.byte() % 2 == 1;
  slot_content content{std::string{in.text()}, in.number(), {}};
  std::vector<std::size_t> ends;
  std::vector<slot_content> states;
  auto bytes = encode_snapshot(7, content);
  ends.push_back(bytes.size());
  states.push_back(content);
  while (!in.empty() && ends.size() < 8) {
    slot_delta d;
    d.length = in.number();
    for (auto n = in.byte() % 4; n > 0; --n)
      d.changed[origin{std::string{in.text()}}] = position_of(in);
    for (auto n = in.byte() % 3; n > 0; --n)
      d.finished.emplace_back(std::string{in.text()});
    bytes += encode_delta(7, static_cast<std::uint32_t>(ends.size()), d);
    apply(content, d);
    ends.push_back(bytes.size());
    states.push_back(content);
  }
  const auto at = damage % bytes.size();
  if (bend)
    bytes[at] = static_cast<char>(bytes[at] ^ (1 + damage / 256 % 255));
  else
    bytes.resize(at);
  const auto view = decode_slot(bytes);
  if (!view) {
    expect(view.error().kind == errc::unsupported, "a slot of a newer version");
    return;
  }
  std::size_t whole = 0;
  while (whole < ends.size() && ends[whole] <= at)
    ++whole;
  if (bend && whole + 1 < ends.size()) {
    expect(view->is == slot_view::state::damaged,
           "damage to confirmed content was taken for a torn append");
  } else if (whole == 0) {
    expect(view->is == slot_view::state::damaged, "a slot without a snapshot");
  } else {
    expect(view->is == slot_view::state::good
             && view->content == states[whole - 1],
           "a torn slot lost what was confirmed");
  }
}

void start(std::string_view input) {
  for (const auto& bytes :
       {std::string{input}, summed("sluice-start" + std::string{input})}) {
    const nameless_file file{bytes};
    const auto read = read_start_file(file.path());
    if (read)
      expect(read->has_value(), "a start file was taken for none");
    else
      expect(read.error().kind == errc::state_corrupt
               || read.error().kind == errc::unsupported,
             "a bad start file is not terminal: " + read.error().text);
  }
}

std::string from_base64(std::string_view text) {
  const std::string_view digits
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  unsigned have = 0;
  for (const char c : text) {
    if (c == '=')
      break;
    bits = bits << 6 | static_cast<std::uint32_t>(digits.find(c));
    have += 6;
    if (have >= 8) {
      have -= 8;
      out += static_cast<char>(bits >> have & 0xff);
    }
  }
  return out;
}

void letter(std::string_view input) {
  parts in{input};
  dead_letter one;
  one.from_origin = in.text();
  one.generation = in.number();
  one.from = in.number();
  one.to = in.number();
  one.route = in.text();
  one.reason = in.text();
  one.body = in.rest();
  const auto line = to_line(one);
  expect(line.find('\n') == line.size() - 1, "a letter is not one line");
  const auto read = nlohmann::json::parse(line, nullptr, false);
  expect(read.is_object(), "a letter is not JSON");
  const auto body = read.contains("body")
                      ? read["body"].get<std::string>()
                      : from_base64(read["body_base64"].get<std::string>());
  expect(body == one.body, "a letter has another body");
  expect(read["from"].get<std::uint64_t>() == one.from
           && read["to"].get<std::uint64_t>() == one.to
           && read["generation"].get<std::uint64_t>() == one.generation,
         "a letter has other bounds");
}

void topic(std::string_view input) {
  parts in{input};
  const route_id route{std::string{in.text()}};
  const origin name{std::string{in.text()}};
  const auto made = position_of(in);
  const auto lane = static_cast<std::uint32_t>(in.byte());
  const auto key = position_key(route, name);
  const auto value = encode(made);
  loaded_positions into;
  keep_record({0, 0, key, value}, route, lane, into);
  expect(into.damaged.empty() && into.positions.size() == 1
           && into.positions.begin()->first == name
           && into.positions.begin()->second == made,
         "a position is not found again by its key");
  keep_record({0, 1, key, {}}, route, lane, into);
  expect(into.positions.empty(), "a tombstone leaves a position");
  const lane_mark mark{made.at.offset, made.proof.size};
  const auto mark_name = mark_key(route, lane);
  keep_record({0, 2, mark_name, encode_mark(mark)}, route, lane, into);
  expect(into.mark == mark, "a lane's record does not come back");
  const auto other = in.text();
  const auto rest = in.rest();
  keep_record({0, 3, other, rest}, route, lane, into);
  keep_record({0, 4, key, summed(rest)}, route, lane, into);
  keep_record({0, 5, mark_name, summed(rest)}, route, lane, into);
}

void seen(std::string_view input) {
  static const std::filesystem::path state = [] {
    auto name = (std::filesystem::temp_directory_path() / "sluice-seen-XXXXXX")
                  .string();
    expect(::mkdtemp(name.data()) != nullptr, "no directory for the state");
    return std::filesystem::path{name};
  }();
  static const struct remover {
    ~remover() {
      std::error_code ignored;
      std::filesystem::remove_all(state, ignored);
    }
  } at_exit;
  for (const auto& bytes : {std::string{input}, summed(input)}) {
    std::ofstream{state / "seen", std::ios::binary} << bytes;
    const auto read = read_seen(state);
    if (read)
      expect(read->has_value(), "a guard file was taken for none");
    else
      expect(read.error().kind == errc::state_corrupt
               || read.error().kind == errc::unsupported,
             "a bad guard file is not terminal: " + read.error().text);
  }
}

} // namespace

std::span<const target> state_targets() {
  static constexpr target all[]
    = {{"position", position}, {"slot", slot},   {"start", start},
       {"letter", letter},     {"topic", topic}, {"seen", seen}};
  return all;
}

} // namespace sluice::fuzz
