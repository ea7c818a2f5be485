// Findings: kept once, in the file's order, shown in one line each.
#include "config/diagnostic.hpp"

#include "actors/core/base/log.hpp"

#include <algorithm>
#include <cctype>
#include <tuple>

namespace sluice::config {

namespace {

constexpr std::size_t quoted_max = 100;

// Letter case and the two joiners say nothing about what was meant.
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (c != '-' && c != '_')
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// Edits (insert, delete, replace, swap of neighbours) from one to the other.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> d(
    a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j)
    d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min(
        {d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

auto order_of(const diagnostic& x) {
  return std::tie(x.at.file, x.at.line, x.at.column);
}

} // namespace

std::string to_string(const diagnostic& found) {
  std::string out = found.at.file;
  if (found.at.line != 0)
    out += ":" + std::to_string(found.at.line) + ":"
           + std::to_string(found.at.column);
  out += ": ";
  if (found.level == severity::warning)
    out += "warning: ";
  else if (found.level == severity::info)
    out += "info: ";
  if (!found.where.empty())
    out += found.where + ": ";
  out += found.what;
  if (!found.expected.empty())
    out += ", expected " + found.expected;
  if (!found.did_you_mean.empty())
    out += ", did you mean " + found.did_you_mean + "?";
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      c = '?';
  return out;
}

void diagnostics::add(diagnostic found) {
  if (!known_.insert(to_string(found)).second)
    return;
  if (found.level == severity::error)
    ++errors_;
  found_.push_back(std::move(found));
}

std::vector<diagnostic> diagnostics::all() const {
  auto out = found_;
  std::stable_sort(out.begin(), out.end(),
                   [](const diagnostic& a, const diagnostic& b) {
                     return order_of(a) < order_of(b);
                   });
  return out;
}

std::string nearest(std::string_view name,
                    const std::vector<std::string>& names) {
  const auto meant = plain(name);
  if (meant.size() > quoted_max)
    return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, meant.size() / 3) + 1;
  for (const auto& candidate : names) {
    const auto d = distance(meant, plain(candidate));
    if (d < best_distance && d < std::max<std::size_t>(candidate.size(), 2)) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

std::string in_quotes(std::string_view text) {
  const bool cut = text.size() > quoted_max;
  return '"' + log::escaped(text.substr(0, quoted_max)) + (cut ? "…" : "")
         + '"';
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names)
    out += (out.empty() ? "" : ", ") + name;
  return out;
}

} // namespace sluice::config
