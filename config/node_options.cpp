// The keys that stand outside of components.
#include "config/option_tables.hpp"

namespace sluice::config {

const component_spec& node_spec() {
  static const component_spec spec{
    .type = "node",
    .options = {
      {.key = "node",
       .help = "The name of this node; it is part of every route's identity. "
               "Unset: derived from the machine and the state directory."},
      {.key = "cluster",
       .fallback = "default",
       .help = "The name of the cluster; it is part of every route's "
               "identity."},
      {.key = "state_dir",
       .kind = option_kind::path,
       .help = "Where positions, starts and dead letters are kept."},
    },
    .summary = "One running process."};
  return spec;
}

const component_spec& metrics_spec() {
  static const component_spec spec{
    .type = "metrics",
    .options = {
      {.key = "address",
       .fallback = "127.0.0.1",
       .help = "The address that /metrics, /healthz and /readyz listen on."},
      {.key = "port",
       .kind = option_kind::integer,
       .required = true,
       .help = "The port; 0 takes any free one.",
       .minimum = 0,
       .maximum = 65535},
    },
    .summary = "Where the node shows its metrics."};
  return spec;
}

const component_spec& agent_spec() {
  static const component_spec spec{
    .type = "agent",
    .options = {
      {.key = "delivery",
       .kind = option_kind::choice,
       .help = "A demand on every route of the agent; a configuration that "
               "cannot meet it is refused.",
       .choices = {"at_least_once", "exactly_once"}},
    },
    .summary = "Sources, channels and sinks that belong together."};
  return spec;
}

} // namespace sluice::config
