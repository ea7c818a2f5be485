// Keeps or leaves out the events in which a regular expression is found.
#include "actors/core/base/log.hpp"
#include "actors/core/text/pattern.hpp"
#include "actors/interceptor/interceptor.hpp"

#include <utility>
#include <vector>

namespace sluice {

namespace {

class regex_filter : public interceptor {
public:
  regex_filter(pattern regex, bool exclude)
    : regex_(std::move(regex)),
      wanted_(exclude ? pattern::outcome::no_match : pattern::outcome::match) {
  }

  batch_ptr apply(const batch_ptr& b) override {
    kept_.clear();
    kept_.reserve(b->events.size());
    refused_.clear();
    auto rejected = b->rejected.begin();
    for (std::uint32_t i = 0; i < b->events.size(); ++i) {
      if (rejected != b->rejected.end() && rejected->event == i) {
        // Somebody's dead letter already: no longer ours to judge.
        ++rejected;
        kept_.push_back(i);
        continue;
      }
      const auto found = regex_.search(b->body(b->events[i]));
      if (found == wanted_) {
        kept_.push_back(i);
      } else if (found == pattern::outcome::limit) {
        kept_.push_back(i);
        refused_.push_back({i, "regex_limit"});
      }
    }
    figures_.filtered += b->events.size() - kept_.size();
    figures_.rejected += refused_.size();
    return keep_only(with_rejected(b, refused_), kept_);
  }

private:
  pattern regex_;
  pattern::outcome wanted_;
  // Kept from batch to batch for their memory.
  std::vector<std::uint32_t> kept_;
  std::vector<rejection> refused_;
};

} // namespace

result<interceptor_ptr> make_regex_filter(const regex_filter_options& options) {
  auto regex = pattern::compile(options.regex);
  if (!regex)
    return regex.error();
  if (!regex->is_jit())
    log::warning("regex_filter",
                 "this system does not let PCRE2 make machine code (systemd's "
                 "MemoryDenyWriteExecute?): filtering is slower");
  return interceptor_ptr{
    std::make_unique<regex_filter>(std::move(*regex), options.exclude)};
}

} // namespace sluice
