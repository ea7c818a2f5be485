// The one file that knows PCRE2.
#include "actors/core/text/pattern.hpp"

#include <algorithm>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace sluice {

/// What PCRE2 gave us, and what a match needs beside it.
struct pattern::compiled {
  pcre2_code* code = nullptr;
  pcre2_match_context* limits = nullptr;
  pcre2_match_data* scratch = nullptr;
  pcre2_jit_stack* stack = nullptr;
  bool jit = false;

  compiled() = default;
  compiled(const compiled&) = delete;
  compiled& operator=(const compiled&) = delete;

  ~compiled() {
    pcre2_match_data_free(scratch);
    pcre2_jit_stack_free(stack);
    pcre2_match_context_free(limits);
    pcre2_code_free(code);
  }
};

void pattern::compiled_deleter::operator()(compiled* c) const noexcept {
  std::default_delete<compiled>{}(c);
}

namespace {

constexpr std::size_t jit_stack_first = std::size_t{32} * 1024;
constexpr std::size_t jit_stack_max = std::size_t{1024} * 1024;

std::string pcre2_words(int error) {
  PCRE2_UCHAR words[256];
  if (pcre2_get_error_message(error, words, sizeof words) < 0)
    return "error " + std::to_string(error);
  return reinterpret_cast<const char*>(words);
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x80;
  });
}

/// Compiles `regex`, or says where and why it is wrong.
result<pcre2_code*> compile_code(std::string_view regex, bool dot_all) {
  auto* how = pcre2_compile_context_create(nullptr);
  SLUICE_CHECK(how != nullptr, "no memory for a regular expression");
  pcre2_set_newline(how, PCRE2_NEWLINE_ANYCRLF);
  // An expression of megabytes is a mistake; it would also compile for long.
  pcre2_set_max_pattern_length(how, std::size_t{64} * 1024);
  int error = 0;
  std::size_t at = 0;
  const std::uint32_t flags
    = (is_ascii(regex) ? PCRE2_NEVER_UTF : PCRE2_UTF | PCRE2_MATCH_INVALID_UTF)
      | (dot_all ? PCRE2_DOTALL : 0);
  auto* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(regex.data()),
                             regex.size(), flags, &error, &at, how);
  pcre2_compile_context_free(how);
  if (code == nullptr)
    return failure{errc::config, "regular expression, character "
                                   + std::to_string(at + 1) + ": "
                                   + pcre2_words(error)};
  return code;
}

} // namespace

result<pattern> pattern::compile(std::string_view regex) {
  return compile(regex, options{});
}

result<pattern> pattern::compile(std::string_view regex, options chosen) {
  auto code = compile_code(regex, chosen.dot_all);
  if (!code)
    return code.error();
  pattern p;
  p.text_ = regex;
  p.compiled_.reset(std::make_unique<compiled>().release());
  auto& c = *p.compiled_;
  c.code = *code;
  c.scratch = pcre2_match_data_create(1, nullptr);
  c.limits = pcre2_match_context_create(nullptr);
  SLUICE_CHECK(c.scratch != nullptr && c.limits != nullptr,
               "no memory for a regular expression");
  pcre2_set_match_limit(c.limits, chosen.match_limit);
  pcre2_set_heap_limit(c.limits, chosen.heap_limit);
  // Both can say no: where memory must not be made executable, and for an
  // expression that begins with (*NO_JIT).
  std::size_t machine_code = 0;
  c.jit = chosen.jit && pcre2_jit_compile(c.code, PCRE2_JIT_COMPLETE) == 0
          && pcre2_pattern_info(c.code, PCRE2_INFO_JITSIZE, &machine_code) == 0
          && machine_code > 0;
  if (c.jit) {
    c.stack = pcre2_jit_stack_create(jit_stack_first, jit_stack_max, nullptr);
    pcre2_jit_stack_assign(c.limits, nullptr, c.stack);
  }
  // In UTF-8 an element is not a byte.
  if (chosen.shortcut && !chosen.dot_all && is_ascii(regex))
    p.prefix_ = anchored_prefix::parse(regex);
  return p;
}

bool pattern::is_jit() const noexcept {
  return compiled_->jit;
}

pattern::outcome pattern::run(std::string_view subject,
                              std::uint32_t flags) const {
  const auto& c = *compiled_;
  const auto* bytes = reinterpret_cast<PCRE2_SPTR>(subject.data());
  if (bytes == nullptr)
    bytes = reinterpret_cast<PCRE2_SPTR>("");
  int found = 0;
  // The short way in has no checks and takes no flags.
  if (c.jit && flags == 0)
    found = pcre2_jit_match(c.code, bytes, subject.size(), 0, 0, c.scratch,
                            c.limits);
  else
    found = pcre2_match(c.code, bytes, subject.size(), 0, flags, c.scratch,
                        c.limits);
  // Machine code has less stack than the interpreter has heap.
  if (found == PCRE2_ERROR_JIT_STACKLIMIT)
    found = pcre2_match(c.code, bytes, subject.size(), 0, flags | PCRE2_NO_JIT,
                        c.scratch, c.limits);
  // 0: a match with more groups than the scratch has room for.
  if (found >= 0)
    return outcome::match;
  return found == PCRE2_ERROR_NOMATCH ? outcome::no_match : outcome::limit;
}

pattern::outcome pattern::search(std::string_view subject) const {
  if (!prefix_.empty()) {
    if (!prefix_.begins(subject))
      return outcome::no_match;
    if (prefix_.decides())
      return outcome::match;
  }
  return run(subject, 0);
}

bool pattern::matches_all(std::string_view subject) const {
  return run(subject, PCRE2_ANCHORED | PCRE2_ENDANCHORED) == outcome::match;
}

std::string pattern_library_version() {
  char words[64] = {};
  return pcre2_config(PCRE2_CONFIG_VERSION, words) < 0 ? "unknown" : words;
}

} // namespace sluice
