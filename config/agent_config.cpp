#include "config/agent_config.hpp"

#include "actors/core/base/check.hpp"

namespace sluice::config {

template <class T>
const T& options::get(const std::string& key) const {
  static const T none{};
  const auto found = entries_.find(key);
  if (found == entries_.end())
    return none;
  const auto* value = std::get_if<T>(&found->second.value);
  SLUICE_CHECK(value != nullptr, "option " + key + " is of another kind");
  return *value;
}

const std::string& options::text(const std::string& key) const {
  return get<std::string>(key);
}

bool options::flag(const std::string& key) const {
  return get<bool>(key);
}

std::int64_t options::integer(const std::string& key) const {
  return get<std::int64_t>(key);
}

double options::number(const std::string& key) const {
  return get<double>(key);
}

std::uint64_t options::size(const std::string& key) const {
  return get<byte_count>(key).bytes;
}

std::chrono::milliseconds options::duration(const std::string& key) const {
  return get<std::chrono::milliseconds>(key);
}

const string_list& options::list(const std::string& key) const {
  return get<string_list>(key);
}

const string_table& options::table(const std::string& key) const {
  return get<string_table>(key);
}

bool options::is_set(const std::string& key) const {
  const auto found = entries_.find(key);
  return found != entries_.end() && found->second.written;
}

bool options::has(const std::string& key) const {
  return entries_.contains(key);
}

location options::at(const std::string& key) const {
  return is_set(key) ? entries_.at(key).at : component_at_;
}

std::string options::spelled(const std::string& key) const {
  return is_set(key) ? entries_.at(key).spelled_key : key;
}

options::entry_place options::place_of(const std::string& key,
                                       const std::string& name) const {
  const auto found = places_.find({key, name});
  return found == places_.end() ? entry_place{at(key)} : found->second;
}

void options::set_place(const std::string& key, const std::string& name,
                        entry_place place) {
  places_[{key, name}] = std::move(place);
}

void options::set(const std::string& key, option_value value, location at,
                  std::string spelled_key) {
  entries_[key]
    = {std::move(value), true, std::move(at), std::move(spelled_key)};
}

void options::set_fallback(const std::string& key, option_value value) {
  entries_[key] = {std::move(value), false, {}, key};
}

} // namespace sluice::config
