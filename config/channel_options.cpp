// The channels, and what they can be told.
#include "config/option_tables.hpp"

namespace sluice::config {

std::vector<component_spec> channel_specs() {
  return {
    {.at = station::channel,
     .type = "memory",
     .aliases = {"org.apache.flume.channel.MemoryChannel"},
     .options
     = {{.key = "capacity",
         .kind = option_kind::integer,
         .help = "How many events the channel holds. Unset: only bytes count.",
         .flume = {{.key = "capacity"}},
         .minimum = 1,
         .maximum = 1'000'000'000},
        {.key = "bytes",
         .kind = option_kind::size,
         .fallback = "16MiB",
         .help = "How much memory the events in the channel may hold.",
         .flume = {{.key = "byteCapacity", .unit = "B"}},
         .minimum = 64LL << 10,
         .maximum = 1LL << 40},
        {.key = "transaction_capacity",
         .kind = option_kind::integer,
         .help = "What no batchSize of a Flume file may exceed.",
         .flume = {{.key = "transactionCapacity"}},
         .minimum = 1,
         .maximum = 1'000'000'000,
         .flume_only = true}},
     .summary = "Holds events in memory; nothing is lost with it, because "
                "upstream keeps what is not committed.",
     .foreign
     = {{.key = "keep-alive",
         .text = "is not needed: a source waits for room as long as it takes, "
                 "and a sink commits by time"},
        {.key = "byteCapacityBufferPercentage",
         .text = "is not needed: headers are counted as they are"}}},
  };
}

} // namespace sluice::config
