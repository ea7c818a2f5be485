// The interceptors and selectors, and what they can be told.
#include "config/option_tables.hpp"

namespace sluice::config {

namespace {

option preserve(const char* fallback) {
  return {.key = "preserve",
          .kind = option_kind::boolean,
          .fallback = fallback,
          .help = "Keep a header that is there already.",
          .flume = {{.key = "preserveExisting"}}};
}

std::string flume_class(const std::string& name) {
  return "org.apache.flume.interceptor." + name + "$Builder";
}

} // namespace

std::vector<component_spec> interceptor_specs() {
  return {
    {.at = station::interceptor,
     .type = "regex_filter",
     .aliases = {flume_class("RegexFilteringInterceptor")},
     .options
     = {{.key = "regex",
         .kind = option_kind::pattern,
         .fallback = ".*",
         .help = "Looked for anywhere in the body.",
         .flume = {{.key = "regex"}}},
        {.key = "exclude",
         .kind = option_kind::boolean,
         .fallback = "false",
         .help = "true drops the events that match, false those that do not.",
         .flume = {{.key = "excludeEvents"}}}},
     .summary = "Keeps or drops events by a regular expression."},
    {.at = station::interceptor,
     .type = "timestamp",
     .aliases = {flume_class("TimestampInterceptor")},
     .options = {{.key = "header",
                  .fallback = "timestamp",
                  .help = "The header that gets the time, in ms since 1970.",
                  .flume = {{.key = "headerName"}, {.key = "header"}}},
                 preserve("false")},
     .summary = "Writes the time at which an event was read to a header."},
    {.at = station::interceptor,
     .type = "host",
     .aliases = {flume_class("HostInterceptor")},
     .options = {{.key = "header",
                  .fallback = "host",
                  .help = "The header that gets the host.",
                  .flume = {{.key = "hostHeader"}}},
                 {.key = "use_ip",
                  .kind = option_kind::boolean,
                  .fallback = "true",
                  .help = "The host's address instead of its name.",
                  .flume = {{.key = "useIP"}}},
                 preserve("false")},
     .summary = "Writes this host's address or name to a header."},
    {.at = station::interceptor,
     .type = "static",
     .aliases = {flume_class("StaticInterceptor")},
     .options = {{.key = "key",
                  .fallback = "key",
                  .help = "The header.",
                  .flume = {{.key = "key"}}},
                 {.key = "value",
                  .fallback = "value",
                  .help = "What the header gets.",
                  .flume = {{.key = "value"}}},
                 preserve("true")},
     .summary = "Writes the same header to every event."},
  };
}

std::vector<component_spec> selector_specs() {
  return {
    {.at = station::selector,
     .type = "replicating",
     .aliases = {"org.apache.flume.channel.ReplicatingChannelSelector"},
     .summary = "Every event goes to every channel of its source.",
     .foreign
     = {{.key = "optional",
         .says = foreign_key::verdict::error,
         .text = "optional channels are not built yet; a channel that may "
                 "lose events must be left out"}}},
  };
}

} // namespace sluice::config
