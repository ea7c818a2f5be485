// nlohmann's parser decides what is JSON; this file adds where things stand.
#include "config/json_text.hpp"

#include "config/read_config.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <string_view>

namespace sluice::config {

namespace {

using json = nlohmann::json;
using form = written_value::form;

// Follows the parser through the text: as it has accepted every token by the
// time it calls back, finding a token's bounds needs no grammar of its own.
class token_walk {
public:
  token_walk(const std::string& file, std::string_view text)
    : file_(file),
      text_(text) {
  }

  // The next token; the walk goes behind it.
  std::string_view next(location& at) {
    skip_between();
    at = {file_, line_, at_ - line_start_ + 1};
    const auto start = at_;
    if (at_ >= text_.size())
      return {};
    const char first = text_[at_++];
    if (first == '"') {
      while (at_ < text_.size() && text_[at_] != '"')
        at_ += text_[at_] == '\\' ? 2 : 1;
      ++at_;
    } else if (std::string_view{"{}[]"}.find(first) == std::string_view::npos) {
      while (at_ < text_.size()
             && std::string_view{"{}[],: \t\r\n/\""}.find(text_[at_])
                  == std::string_view::npos)
        ++at_;
    }
    return text_.substr(start, at_ - start);
  }

  // The place of a byte that the parser complains about.
  static location place(const std::string& file, std::string_view text,
                        std::size_t offset) {
    offset = std::min(offset, text.size());
    const auto before = text.substr(0, offset);
    const auto newline = before.rfind('\n');
    const auto line_start = newline == std::string_view::npos ? 0 : newline + 1;
    return {
      file,
      static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'))
        + 1,
      offset - line_start + 1};
  }

private:
  void skip_between() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '/') {
        const bool block = text_.substr(at_, 2) == "/*";
        const auto end = block ? text_.find("*/", at_ + 2)
                               : text_.find_first_of("\r\n", at_ + 2);
        const auto to = end == std::string_view::npos ? text_.size()
                                                      : end + (block ? 2 : 0);
        while (at_ < to)
          step();
      } else if (std::string_view{" \t\r\n,:"}.find(c)
                 != std::string_view::npos) {
        step();
      } else {
        return;
      }
    }
  }

  void step() {
    if (text_[at_++] == '\n') {
      ++line_;
      line_start_ = at_;
    }
  }

  const std::string& file_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t line_start_ = 0;
};

// "[json.exception.parse_error.101] parse error at line 1, column 2: syntax
// error while parsing value - unexpected …" without what we say ourselves.
std::string cause_of(std::string text) {
  if (const auto last = text.find("; last read: "); last != std::string::npos) {
    // What was expected instead stands behind the token.
    const auto expected = text.rfind("; expected ");
    text.erase(last, expected != std::string::npos && expected > last
                       ? expected - last
                       : std::string::npos);
  }
  if (const auto dash = text.find(" - "); dash != std::string::npos)
    return text.substr(dash + 3);
  if (const auto bracket = text.find("] "); bracket != std::string::npos)
    return text.substr(bracket + 2);
  return text;
}

class tree_builder final : public nlohmann::json_sax<json> {
public:
  tree_builder(const std::string& file, std::string_view text,
               const read_context& context)
    : file_(file),
      text_(text),
      walk_(file, text),
      context_(context) {
  }

  bool null() override {
    return scalar(form::null);
  }

  bool boolean(bool) override {
    return scalar(form::boolean);
  }

  bool number_integer(number_integer_t) override {
    return scalar(form::number);
  }

  bool number_unsigned(number_unsigned_t) override {
    return scalar(form::number);
  }

  bool number_float(number_float_t, const string_t&) override {
    return scalar(form::number);
  }

  bool string(string_t& text) override {
    written_value value;
    static_cast<void>(walk_.next(value.at));
    value.content = value.shown = text;
    place(std::move(value));
    return true;
  }

  bool binary(binary_t&) override {
    return false;
  }

  bool start_object(std::size_t) override {
    return open(form::table);
  }

  bool start_array(std::size_t) override {
    return open(form::list);
  }

  bool key(string_t& name) override {
    location at;
    static_cast<void>(walk_.next(at));
    const auto [first, fresh] = keys_.back().emplace(name, at.line);
    if (!fresh)
      context_.error(at, name,
                     "stands twice, first in line "
                       + std::to_string(first->second));
    open_.back()->members.push_back({name, at, {}, !fresh});
    return true;
  }

  bool end_object() override {
    return close();
  }

  bool end_array() override {
    return close();
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    const auto offset = position == 0 ? 0 : position - 1;
    // One character: a whole token could be a secret.
    const auto at = offset < text_.size()
                      ? " at " + in_quotes(text_.substr(offset, 1))
                      : std::string{};
    context_.error(token_walk::place(file_, text_, offset), {},
                   "is not JSON at byte " + std::to_string(position) + at + ": "
                     + cause_of(error.what()));
    return false;
  }

  written_value take() {
    return std::move(root_);
  }

private:
  bool scalar(form is) {
    written_value value;
    value.is = is;
    value.content = walk_.next(value.at);
    value.shown = value.content;
    place(std::move(value));
    return true;
  }

  bool open(form is) {
    written_value value;
    value.is = is;
    static_cast<void>(walk_.next(value.at));
    if (open_.size() >= file_depth_max) {
      context_.error(value.at, {},
                     "is nested deeper than " + std::to_string(file_depth_max)
                       + " levels");
      return false;
    }
    open_.push_back(place(std::move(value)));
    keys_.emplace_back();
    return true;
  }

  bool close() {
    location at;
    static_cast<void>(walk_.next(at));
    std::erase_if(open_.back()->members,
                  [](const written_member& member) { return member.again; });
    open_.pop_back();
    keys_.pop_back();
    return true;
  }

  // Pointers into the tree stay good: a container that is open is the last
  // element of its parent, and nothing is added beside it until it closes.
  written_value* place(written_value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    auto& parent = *open_.back();
    if (parent.is == form::list)
      return &parent.items.emplace_back(std::move(value));
    parent.members.back().value = std::move(value);
    return &parent.members.back().value;
  }

  const std::string& file_;
  std::string_view text_;
  token_walk walk_;
  const read_context& context_;
  written_value root_;
  std::vector<written_value*> open_;
  /// The keys of each open object, and the line of each.
  std::vector<std::map<std::string, std::size_t>> keys_;
};

} // namespace

std::optional<written_value> parse_json(const std::string& file,
                                        const std::string& text,
                                        const read_context& context) {
  // The parser takes it for the end and what follows for nothing.
  if (const auto nul = text.find('\0'); nul != std::string::npos) {
    context.error(token_walk::place(file, text, nul), {},
                  "is not JSON: has a NUL byte");
    return std::nullopt;
  }
  tree_builder builder{file, text, context};
  if (!json::sax_parse(text, &builder, json::input_format_t::json, true, true))
    return std::nullopt;
  return builder.take();
}

} // namespace sluice::config
