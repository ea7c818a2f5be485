// A component's options against its table: known, once, of their kind, all
// that are needed; then the fallbacks.
#include "config/read_options.hpp"

#include "actors/core/base/check.hpp"
#include "config/words.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace sluice::config {

namespace {

constexpr std::size_t hints_max = 1000;

// "headers.*" takes "headers.g.k" and leaves "g.k".
std::optional<std::string> rest_of(const std::string& pattern,
                                   const std::string& key) {
  if (!pattern.ends_with(".*"))
    return pattern == key ? std::optional<std::string>{""} : std::nullopt;
  const auto prefix = pattern.substr(0, pattern.size() - 1);
  if (!key.starts_with(prefix) || key.size() == prefix.size())
    return std::nullopt;
  return key.substr(prefix.size());
}

struct match {
  const option* row = nullptr;
  const flume_key* by = nullptr;
  /// What of the key is left for a table.
  std::string rest;
};

match find_row(const component_spec& spec, const std::string& key,
               dialect how) {
  if (how == dialect::flume)
    for (const auto& row : spec.options)
      for (const auto& flume : row.flume)
        if (const auto rest = rest_of(flume.key, key))
          return {&row, &flume, *rest};
  for (const auto& row : spec.options) {
    if (row.flume_only)
      continue;
    if (row.key == key)
      return {&row, nullptr, {}};
    // Our own tables in a Flume file: `properties.linger.ms = 5`.
    if (how == dialect::flume && row.kind == option_kind::table)
      if (const auto rest = rest_of(row.key + ".*", key))
        return {&row, nullptr, *rest};
  }
  return {};
}

const foreign_key* find_foreign(const component_spec& spec,
                                const std::string& key) {
  for (const auto& foreign : spec.foreign)
    if (rest_of(foreign.key, key))
      return &foreign;
  return nullptr;
}

class options_reader {
public:
  options_reader(const written_component& from, const component_spec& spec,
                 const read_context& context, std::set<std::string>& misspelt)
    : from_(from),
      spec_(spec),
      context_(context),
      misspelt_(misspelt) {
    out_.stands_at(from.at);
  }

  options read() {
    for (const auto& member : from_.options)
      take(member);
    for (auto& [row, value] : tables_)
      finish_table(*row, value);
    for (const auto& row : spec_.options)
      fall_back(row);
    return std::move(out_);
  }

private:
  [[nodiscard]] std::string where(const std::string& key) const {
    return from_.where.empty() ? key : from_.where + "." + key;
  }

  void take(const written_member& member) {
    const auto found = find_row(spec_, member.key, context_.how);
    if (found.row == nullptr) {
      unknown(member);
      return;
    }
    const auto& row = *found.row;
    tried_.insert(row.key);
    if (!found.rest.empty()) {
      collect(row, found.rest, member);
      return;
    }
    if (out_.is_set(row.key)) {
      context_.error(member.key_at, where(member.key),
                     "sets the same as " + out_.spelled(row.key));
      return;
    }
    if (row.kind == option_kind::secret && !member.value.from_outside)
      context_.warning(member.value.at, where(member.key),
                       "is a secret in the file; ${env:NAME} or ${file:PATH} "
                       "keep it out");
    auto value
      = read_value(row, found.by, member.value, where(member.key), context_);
    if (!value)
      return;
    if (!row.no_effect.empty())
      context_.warning(member.key_at, where(member.key), row.no_effect);
    out_.set(row.key, std::move(*value), member.value.at, member.key);
    if (row.kind == option_kind::table)
      keep_places(row.key, {}, member.value);
  }

  // One entry of a table that is written key by key.
  void collect(const option& row, const std::string& name,
               const written_member& member) {
    for (auto& [known, table] : tables_) {
      if (known == &row) {
        table.members.push_back({name, member.key_at, member.value});
        return;
      }
    }
    written_value table;
    table.is = written_value::form::table;
    table.at = member.value.at;
    table.shown = member.key.substr(0, member.key.size() - name.size() - 1);
    table.members.push_back({name, member.key_at, member.value});
    tables_.emplace_back(&row, std::move(table));
  }

  void finish_table(const option& row, const written_value& table) {
    auto value = read_value(row, nullptr, table, where(table.shown), context_);
    if (!value)
      return;
    out_.set(row.key, std::move(*value), table.at, table.shown);
    keep_places(row.key, {}, table);
  }

  void keep_places(const std::string& key, const std::string& prefix,
                   const written_value& table) {
    for (const auto& member : table.members) {
      out_.set_place(key, prefix + member.key,
                     {member.value.at, member.value.from_outside});
      keep_places(key, prefix + member.key + ".", member.value);
    }
  }

  void unknown(const written_member& member) {
    const auto* foreign = find_foreign(spec_, member.key);
    if (foreign != nullptr && context_.how == dialect::flume) {
      const auto& word = member.value.content;
      if (member.value.broken
          || std::any_of(
            foreign->harmless.begin(), foreign->harmless.end(),
            [&](const std::string& fine) { return same_word(fine, word); }))
        return;
      if (foreign->says == foreign_key::verdict::error)
        context_.error(member.key_at, where(member.key), foreign->text);
      else
        context_.warning(member.key_at, where(member.key), foreign->text);
      return;
    }
    const auto meant = guess(member.key);
    context_.error(member.key_at, where(member.key), "unknown option", {},
                   meant);
    // A misspelt option is one mistake, not also a missing one.
    if (const auto row = find_row(spec_, meant, context_.how).row)
      tried_.insert(row->key);
    else
      misspelt_.insert(meant);
  }

  [[nodiscard]] std::string guess(const std::string& key) const {
    // Whoever makes that many mistakes is not helped by hints.
    if (context_.found->error_count() > hints_max)
      return {};
    auto names = from_.structure;
    for (const auto& row : spec_.options) {
      if (!row.flume_only)
        names.push_back(row.key);
      for (const auto& flume : row.flume) {
        if (context_.how == dialect::flume)
          names.push_back(flume.key);
        else if (flume.key == key && !row.flume_only)
          return row.key;
      }
    }
    return nearest(key, names);
  }

  void fall_back(const option& row) {
    if (out_.is_set(row.key))
      return;
    const bool flume = context_.how == dialect::flume;
    auto fallback = row.fallback;
    if (flume && row.flume_fallback && !tried_.contains(row.key)) {
      fallback = row.flume_fallback;
      context_.warning(from_.at, from_.where,
                       "has no " + name_in_file(row) + "; Flume's default "
                         + in_quotes(*fallback) + " holds");
    } else if (row.required && !tried_.contains(row.key)) {
      context_.error(from_.at, from_.where, "has no " + name_in_file(row),
                     expected_of(row));
      return;
    }
    if (!fallback)
      return;
    written_value value;
    value.content = value.shown = *fallback;
    value.loose = true;
    // A fallback is a constant of ours; only the pattern hook is left out, as
    // it may not be able to say anything about them.
    const outside_checks none;
    diagnostics wrong;
    const read_context own{dialect::native, &none, &wrong};
    auto read = read_value(row, nullptr, value, row.key, own);
    SLUICE_CHECK(read.has_value(), spec_.type + "." + row.key);
    out_.set_fallback(row.key, std::move(*read));
  }

  [[nodiscard]] std::string name_in_file(const option& row) const {
    return context_.how == dialect::flume && !row.flume.empty()
             ? row.flume.front().key
             : row.key;
  }

  const written_component& from_;
  const component_spec& spec_;
  const read_context& context_;
  std::set<std::string>& misspelt_;
  options out_;
  std::set<std::string> tried_;
  std::vector<std::pair<const option*, written_value>> tables_;
};

} // namespace

void read_context::error(const location& at, const std::string& where,
                         std::string what, std::string expected,
                         std::string did_you_mean) const {
  found->add({severity::error, at, where, std::move(what), std::move(expected),
              std::move(did_you_mean)});
}

void read_context::warning(const location& at, const std::string& where,
                           std::string what) const {
  found->add({severity::warning, at, where, std::move(what), {}, {}});
}

void read_context::info(const location& at, const std::string& where,
                        std::string what) const {
  found->add({severity::info, at, where, std::move(what), {}, {}});
}

options read_options(const written_component& from, const component_spec& spec,
                     const read_context& context,
                     std::set<std::string>& misspelt) {
  return options_reader{from, spec, context, misspelt}.read();
}

const written_value* written_value::find(const std::string& key) const {
  for (const auto& member : members)
    if (member.key == key)
      return &member.value;
  return nullptr;
}

} // namespace sluice::config
