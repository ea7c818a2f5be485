#include "actors/core/file/rotation.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice {

std::string_view rotated_from(std::string_view name) {
  const auto last = name.find_last_not_of("0123456789.-");
  if (last == std::string_view::npos)
    return {};
  // What follows the last other character: it begins with a dot or a dash
  // after any digits that belong to the name itself ("app2.log" has none).
  auto cut = name.find_first_of(".-", last + 1);
  if (cut == std::string_view::npos)
    return {};
  if (name.find_first_of("0123456789", cut) == std::string_view::npos)
    return {};
  return name.substr(0, cut);
}

bool rotated_of(std::string_view name, std::string_view stem) {
  if (name.size() <= stem.size() + 1 || !name.starts_with(stem))
    return false;
  const auto tail = name.substr(stem.size());
  return (tail.front() == '.' || tail.front() == '-')
         && tail.find_first_not_of("0123456789.-") == std::string_view::npos
         && tail.find_first_of("0123456789") != std::string_view::npos;
}

rotated_names::rotated_names(predicate matches) : matches_(std::move(matches)) {
}

rotated_names rotated_names::none() {
  rotated_names out;
  out.none_ = true;
  return out;
}

bool rotated_names::possible(std::string_view name) const {
  return !none_ && (matches_ ? matches_(name) : !rotated_from(name).empty());
}

bool rotated_names::of(std::string_view name, std::string_view stem,
                       bool only) const {
  if (none_ || name == stem)
    return false;
  if (!matches_)
    return rotated_of(name, stem);
  return (only || name.starts_with(stem)) && matches_(name);
}

namespace {

result<bool> same_bytes(int a, int b, std::uint64_t from, std::size_t count) {
  std::array<char, witness_length_max> x{};
  std::array<char, witness_length_max> y{};
  const auto got_x = read_at(a, x.data(), count, from);
  if (!got_x)
    return got_x.error();
  const auto got_y = read_at(b, y.data(), count, from);
  if (!got_y)
    return got_y.error();
  return *got_x == count && *got_y == count
         && std::equal(x.begin(), x.begin() + count, y.begin());
}

} // namespace

result<bool> is_copy(int later, int original, copy_evidence why) {
  const auto copy = facts_of(later);
  const auto source = facts_of(original);
  if (!copy)
    return copy.error();
  if (!source)
    return source.error();
  if (copy->size == 0 || copy->size > source->size)
    return false;
  // Files of one log begin alike (a header): only one that was made after the
  // other can be its copy. What was rotated away is older.
  const bool unchanged = why == copy_evidence::live
                         && copy->born_ns > source->born_ns
                         && source->ctime_ns <= copy->born_ns;
  if (why != copy_evidence::seen
      && (copy->born_ns < source->born_ns
          || (copy->size < witness_length_max && !unchanged)))
    return false;
  return same_beginning(later, original, copy->size);
}

bool same_beginning(int a, int b, std::uint64_t common) {
  const std::size_t count = std::min<std::uint64_t>(common, witness_length_max);
  const auto head = same_bytes(a, b, 0, count);
  if (!head || !*head)
    return false;
  const auto tail = same_bytes(a, b, common - count, count);
  return tail && *tail;
}

bool older(const sibling& a, const sibling& b) {
  if (a.mtime_ns != b.mtime_ns)
    return a.mtime_ns < b.mtime_ns;
  const auto tail = [](const std::string& name) {
    return std::string_view{name}.substr(rotated_from(name).size());
  };
  const auto x = tail(a.name);
  const auto y = tail(b.name);
  constexpr std::size_t counter_length_max = 4;
  if (x.size() <= counter_length_max && y.size() <= counter_length_max)
    return x.size() != y.size() ? x.size() > y.size() : x > y;
  return x < y;
}

} // namespace sluice
