#include "config/substitution.hpp"

namespace sluice::config {

namespace {

// Deep enough for anybody, and the end of a property that names itself.
constexpr int nesting_max = 32;
constexpr std::size_t expanded_max = 1U << 20;
// Names that double each other do without end what makes no byte.
constexpr int names_max = 10'000;

struct expansion {
  const substitution_sources& sources;
  const property_lookup& properties;
  /// Why it failed; empty while it has not.
  std::string problem = {};
  std::string expected = {};
  bool used = false;
  int names = 0;

  std::optional<std::string> fail(std::string what, std::string wanted = {}) {
    if (problem.empty()) {
      problem = std::move(what);
      expected = std::move(wanted);
    }
    return std::nullopt;
  }

  // The index of the brace that closes the `${` before `from`.
  static std::size_t closing(std::string_view text, std::size_t from) {
    int open = 1;
    for (auto i = from; i < text.size(); ++i) {
      if (text[i] == '$' && i + 1 < text.size() && text[i + 1] == '{') {
        ++open;
        ++i;
      } else if (text[i] == '}' && --open == 0) {
        return i;
      }
    }
    return std::string_view::npos;
  }

  std::optional<std::string> expand(std::string_view text, int depth) {
    if (depth > nesting_max)
      return fail("is nested too deeply or refers to itself");
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
      if (text.substr(i, 3) == "$${") {
        out += "${";
        i += 3;
        continue;
      }
      if (text.substr(i, 2) != "${") {
        out += text[i++];
        continue;
      }
      const auto end = closing(text, i + 2);
      if (end == std::string_view::npos)
        return fail("has a ${ without its }");
      auto value = resolve(text.substr(i + 2, end - i - 2), depth);
      if (!value)
        return std::nullopt;
      out += *value;
      if (out.size() > expanded_max)
        return fail("grows beyond " + std::to_string(expanded_max)
                    + " bytes when substituted");
      i = end + 1;
    }
    return out;
  }

  // What stands between the braces: NAME, or NAME:-DEFAULT.
  std::optional<std::string> resolve(std::string_view inside, int depth) {
    used = true;
    if (++names > names_max)
      return fail("has too many ${…} in it when substituted");
    std::optional<std::string_view> fallback;
    int open = 0;
    for (std::size_t i = 0; i + 1 < inside.size(); ++i) {
      if (inside.substr(i, 2) == "${")
        ++open;
      else if (inside[i] == '}')
        --open;
      else if (open == 0 && inside.substr(i, 2) == ":-") {
        fallback = inside.substr(i + 2);
        inside = inside.substr(0, i);
        break;
      }
    }
    const auto name = expand(inside, depth + 1);
    if (!name)
      return std::nullopt;
    if (auto value = look_up(*name, depth))
      return value;
    if (!problem.empty())
      return std::nullopt;
    if (fallback)
      return expand(*fallback, depth + 1);
    return unresolved(*name);
  }

  std::optional<std::string> look_up(const std::string& name, int depth) {
    if (name.starts_with("env:"))
      return sources.environment ? sources.environment(name.substr(4))
                                 : std::nullopt;
    if (name.starts_with("file:"))
      return sources.file ? sources.file(name.substr(5)) : std::nullopt;
    if (name.starts_with("sys:")) {
      const auto found = sources.properties.find(name.substr(4));
      if (found == sources.properties.end())
        return std::nullopt;
      return found->second;
    }
    if (name.find(':') == std::string::npos && properties)
      if (const auto raw = properties(name))
        return expand(*raw, depth + 1);
    return std::nullopt;
  }

  std::optional<std::string> unresolved(const std::string& name) {
    const auto spelled = in_quotes("${" + name + "}");
    if (name.starts_with("env:"))
      return fail(spelled + " is not set",
                  "the environment variable " + name.substr(4)
                    + ", or a default: ${" + name + ":-…}");
    if (name.starts_with("file:"))
      return fail(spelled + " cannot be read", "a readable file");
    if (name.starts_with("sys:"))
      return fail(spelled + " is not set",
                  "-D" + name.substr(4) + "=… on the command line");
    if (name.find('[') != std::string::npos)
      return fail(spelled + " needs a config filter, which is not built",
                  "${env:NAME} or ${file:PATH}");
    return fail(spelled + " is not known",
                properties
                  ? "${env:NAME}, ${sys:NAME}, ${file:PATH} or a property of "
                    "this file"
                  : "${env:NAME}, ${sys:NAME} or ${file:PATH}");
  }
};

} // namespace

void substitute(written_value& value, const std::string& where,
                const substitution_sources& sources,
                const property_lookup& properties,
                const read_context& context) {
  if (value.content.find("${") == std::string::npos)
    return;
  expansion work{sources, properties};
  auto expanded = work.expand(value.content, 0);
  if (!expanded) {
    value.broken = true;
    context.error(value.at, where, work.problem, work.expected);
    return;
  }
  value.content = std::move(*expanded);
  value.from_outside = work.used;
  value.loose = value.loose || work.used;
}

} // namespace sluice::config
