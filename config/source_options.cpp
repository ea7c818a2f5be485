// The sources, and what they can be told.
#include "config/option_tables.hpp"

namespace sluice::config {

namespace {

using verdict = foreign_key::verdict;

// What every source of lines has.
std::vector<option> line_options() {
  return {
    {.key = "max_line",
     .kind = option_kind::size,
     .fallback = "960KiB",
     .help = "The longest line; a longer one is split at each multiple of it.",
     .minimum = 16,
     .maximum = 64LL << 20},
    {.key = "max_line_policy",
     .kind = option_kind::choice,
     .fallback = "split",
     .help = "What becomes of a longer line.",
     .choices = {"split"}},
    {.key = "crlf",
     .kind = option_kind::choice,
     .fallback = "strip",
     .help = "What becomes of a CR before the LF.",
     .choices = {"strip", "keep"}},
    {.key = "poll_interval",
     .kind = option_kind::duration,
     .fallback = "500ms",
     .help = "How often to look where the kernel does not tell.",
     .minimum = 1,
     .maximum = 3'600'000},
    {.key = "batch_events",
     .kind = option_kind::integer,
     .help = "The most events of a batch. Unset: batches go by bytes and time.",
     .flume = {{.key = "batchSize"}},
     .minimum = 1,
     .maximum = 1'000'000'000},
  };
}

// What every source that follows a file has.
std::vector<option> follow_options() {
  auto out = line_options();
  out.push_back(
    {.key = "rotated",
     .kind = option_kind::pattern,
     .help = "The names of rotated files, as a pattern for the whole name; of "
             "several tailed files, the one belongs whose name it begins with. "
             "`none` turns them off. Unset: the file's name and then [.-] with "
             "digits, dots and dashes."});
  out.push_back({.key = "rotate_wait",
                 .kind = option_kind::duration,
                 .fallback = "1s",
                 .help = "How long a rotated file may still grow.",
                 .minimum = 0,
                 .maximum = 3'600'000});
  return out;
}

std::vector<option> with(std::vector<option> own, std::vector<option> shared) {
  own.insert(own.end(), shared.begin(), shared.end());
  return own;
}

option& row_of(std::vector<option>& rows, const std::string& key) {
  for (auto& row : rows)
    if (row.key == key)
      return row;
  return rows.back();
}

option header_flag(const char* key, const char* flume, const char* help) {
  return {.key = key,
          .kind = option_kind::boolean,
          .fallback = "false",
          .help = help,
          .flume = {{.key = flume}}};
}

option header_key(const char* key, const char* flume, const char* fallback) {
  return {.key = key,
          .fallback = fallback,
          .help = "The name of that header.",
          .flume = {{.key = flume}}};
}

std::vector<option> spooldir_own_options() {
  return {
    {.key = "path",
     .kind = option_kind::path,
     .required = true,
     .help = "The directory that finished files are moved into.",
     .flume = {{.key = "spoolDir"}}},
    {.key = "create",
     .kind = option_kind::boolean,
     .fallback = "false",
     .help = "Create the directory when it is missing."},
    {.key = "include",
     .kind = option_kind::pattern,
     .fallback = "^.*$",
     .help = "The names to take; matched against the whole name.",
     .flume = {{.key = "includePattern"}}},
    {.key = "ignore",
     .kind = option_kind::pattern,
     .fallback = "^$",
     .help = "The names to leave; wins over `include`.",
     .flume = {{.key = "ignorePattern"}}},
    {.key = "suffix",
     .fallback = ".COMPLETED",
     .help = "Added to the name of a file that is delivered.",
     .flume = {{.key = "fileSuffix"}}},
    {.key = "on_complete",
     .kind = option_kind::choice,
     .fallback = "rename",
     .help = "What becomes of a file that is delivered.",
     .flume = {{.key = "deletePolicy",
                .words = {{"never", "rename"}, {"immediate", "delete"}}}},
     .choices = {"rename", "delete"}},
    {.key = "order",
     .kind = option_kind::choice,
     .fallback = "oldest",
     .help = "Which file comes first, by the time of its last change.",
     .flume = {{.key = "consumeOrder",
                .words = {{"oldest", "oldest"}, {"youngest", "youngest"}}}},
     .choices = {"oldest", "youngest"}},
    header_flag("file_header", "fileHeader",
                "Write the file's path to a header."),
    header_key("file_header_key", "fileHeaderKey", "file"),
    header_flag("basename_header", "basenameHeader",
                "Write the file's name to a header."),
    header_key("basename_header_key", "basenameHeaderKey", "basename"),
  };
}

component_spec spooldir() {
  auto shared = line_options();
  row_of(shared, "max_line").flume
    = {{.key = "deserializer.maxLineLength", .unit = "B"},
       {.key = "bufferMaxLineLength", .unit = "B"}};
  row_of(shared, "poll_interval").flume = {{.key = "pollDelay", .unit = "ms"}};
  return {
    .at = station::source,
    .type = "spooldir",
    .aliases = {"org.apache.flume.source.SpoolDirectorySource"},
    .options = with(spooldir_own_options(), std::move(shared)),
    .summary = "Files that are moved whole into a directory.",
    .foreign
    = {{.key = "trackerDir",
        .text = "is not used: positions are kept in the state directory"},
       {.key = "trackingPolicy",
        .harmless = {"rename"},
        .says = verdict::error,
        .text = "tracking by a directory of markers is not built; positions "
                "are kept in the state directory, and on_complete is rename "
                "or delete"},
       {.key = "recursiveDirectorySearch",
        .harmless = {"false"},
        .says = verdict::error,
        .text = "a search below the directory is not built; name each "
                "directory in a source of its own"},
       {.key = "maxBackoff",
        .text = "is not needed: a source waits until its channel has room"},
       {.key = "inputCharset",
        .harmless = {"UTF-8"},
        .text = "changes nothing: bytes travel as they are, in any charset"},
       {.key = "deserializer.outputCharset",
        .harmless = {"UTF-8"},
        .text = "changes nothing: bytes travel as they are, in any charset"},
       {.key = "decodeErrorPolicy",
        .text = "is not needed: bytes travel as they are, so nothing is "
                "decoded and nothing fails"},
       {.key = "deserializer",
        .harmless
        = {"LINE", "org.apache.flume.serialization.LineDeserializer$Builder"},
        .says = verdict::error,
        .text = "only LINE is built"},
       {.key = "bufferMaxLines", .text = "is not used, in Flume neither"}}};
}

component_spec taildir() {
  auto shared = follow_options();
  row_of(shared, "max_line").flume = {};
  std::vector<option> own{
    {.key = "groups",
     .kind = option_kind::table,
     .required = true,
     .help = "Groups of files: a name and a directory with a regular "
             "expression for the file's whole name.",
     .flume = {{.key = "filegroups.*"}}},
    {.key = "group_names",
     .kind = option_kind::list,
     .help = "Which groups of a Flume file are used.",
     .flume = {{.key = "filegroups"}},
     .flume_only = true},
    {.key = "exclude",
     .kind = option_kind::pattern,
     .help = "Names that belong to no group; matched against the whole name."},
    {.key = "start",
     .kind = option_kind::choice,
     .fallback = "beginning",
     .help = "Where the first start begins in files that are there. Later "
             "starts go on from the position, new files from the beginning.",
     .flume = {{.key = "skipToEnd",
                .words = {{"true", "end"}, {"false", "beginning"}}}},
     .choices = {"beginning", "end"}},
    {.key = "flume_positions",
     .kind = option_kind::path,
     .help = "The position file of Flume's TAILDIR. The first start begins in "
             "each of its files where Flume stopped; later starts do not look "
             "at it.",
     .flume = {{.key = "positionFile"}}},
    {.key = "headers",
     .kind = option_kind::table,
     .help = "Headers for the events of a group, as GROUP.HEADER.",
     .flume = {{.key = "headers.*"}}},
    header_flag("file_header", "fileHeader",
                "Write the file's path to a header."),
    header_key("file_header_key", "fileHeaderKey", "file"),
  };
  const std::string time_text
    = "is not needed: files are followed by the kernel's notices, and "
      "positions move with each commit";
  return {.at = station::source,
          .type = "taildir",
          .aliases = {"org.apache.flume.source.taildir.TaildirSource"},
          .options = with(std::move(own), std::move(shared)),
          .summary = "Files that grow and are rotated.",
          .foreign
          = {{.key = "byteOffsetHeader",
              .harmless = {"false"},
              .says = verdict::error,
              .text = "a header with the offset is not built"},
             {.key = "idleTimeout", .text = time_text},
             {.key = "writePosInterval", .text = time_text},
             {.key = "maxBatchCount",
              .text = "is not needed: files take turns batch by batch"},
             {.key = "backoffSleepIncrement", .text = time_text},
             {.key = "maxBackoffSleep", .text = time_text},
             {.key = "cachePatternMatching", .text = time_text}}};
}

component_spec exec() {
  return {
    .at = station::source,
    .type = "exec",
    .aliases = {"org.apache.flume.source.ExecSource"},
    .options = with({{.key = "command",
                      .kind = option_kind::list,
                      .required = true,
                      .help = "`tail -F FILE`, which is run as a followed "
                              "file; -n and -c say where the first start "
                              "begins (the last 10 lines).",
                      .flume = {{.key = "command"}}}},
                    follow_options()),
    .summary = "The lines that `tail -F` would print.",
    .foreign
    = {{.key = "shell",
        .says = verdict::error,
        .text = "commands of a shell are not built yet; write `tail -F FILE` "
                "without one"},
       {.key = "restart",
        .text = "is not needed: the file is followed by the source itself, "
                "which is restarted whatever happens"},
       {.key = "restartThrottle",
        .text = "is not needed: restarts wait 0.1 s and longer each time"},
       {.key = "logStdErr", .text = "is not needed: no command is run"},
       {.key = "batchTimeout",
        .text = "is not needed: a batch leaves after 10 ms"},
       {.key = "charset",
        .harmless = {"UTF-8"},
        .text = "changes nothing: bytes travel as they are, in any charset"}}};
}

} // namespace

std::vector<component_spec> source_specs() {
  return {spooldir(), taildir(), exec()};
}

} // namespace sluice::config
