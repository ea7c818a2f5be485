// k mistakes planted in a good file: exactly k located errors, each where its
// mistake stands, in both formats. The seed of a failure is printed.
#include "tests/config/workplace.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

using namespace sluice::config_test;

namespace sluice::config_test {

constexpr int triples = 6;

// A line of a good file, and ways to spoil it.
struct spoilable {
  std::string text;
  std::vector<std::string> spoilt = {};
  // Nothing else of the component can be judged when this line is wrong.
  bool decides = false;
  int component = -1;
};

using spoilable_file = std::vector<spoilable>;

spoilable json_option(const std::string& key, const std::string& value,
                      const std::vector<std::string>& wrong_values,
                      const std::string& misspelt, int component,
                      bool decides = false) {
  const std::string indent(10, ' ');
  spoilable out{indent + "\"" + key + "\": " + value, {}, decides, component};
  for (const auto& wrong : wrong_values)
    out.spoilt.push_back(indent + "\"" + key + "\": " + wrong);
  if (!misspelt.empty())
    out.spoilt.push_back(indent + "\"" + misspelt + "\": " + value);
  return out;
}

void add_component(spoilable_file& file, const std::string& name,
                   std::vector<spoilable> options, bool last) {
  file.push_back({"        \"" + name + "\": {"});
  for (std::size_t i = 0; i < options.size(); ++i) {
    const char* const comma = i + 1 < options.size() ? "," : "";
    options[i].text += comma;
    for (auto& each : options[i].spoilt)
      each += comma;
    file.push_back(std::move(options[i]));
  }
  file.push_back({last ? "        }" : "        },"});
}

std::string nth(const std::string& what, int i) {
  return what + std::to_string(i);
}

void add_json_sources(spoilable_file& file, const std::string& dir) {
  for (int i = 0; i < triples; ++i) {
    const int c = i;
    const auto in = "\"" + dir + "/in" + std::to_string(i) + "\"";
    add_component(
      file, nth("s", i),
      {json_option("type", "\"spooldir\"", {"\"spooldri\"", "\"x.y.Z\"", "7"},
                   "typ", c, true),
       json_option("path", in, {"5", "\"/no/such\"", "null", "\"${env:NO}\""},
                   "pth", c),
       json_option("suffix", "\".DONE\"", {"3", "\"\"", "[]"}, "sufix", c),
       json_option("order", "\"youngest\"", {"\"youngst\"", "true"}, "ordr", c),
       json_option("poll_interval", "\"1s\"", {"\"0s\"", "\"1x\"", "9"},
                   "pol_interval", c),
       json_option("interceptors", "[{\"type\": \"regex_filter\"}]",
                   {"[{\"type\": \"regex\"}]", "{}",
                    "[{\"type\": \"regex_filter\", \"regex\": \"(\"}]"},
                   "intercepters", c),
       json_option("channels", "[\"" + nth("c", i) + "\"]",
                   {"[\"nowhere\"]", "[]", "8", "\"${env:NO}\""}, "chanels",
                   c)},
      i + 1 == triples);
  }
}

void add_json_rest(spoilable_file& file, const std::string& dir) {
  file.push_back({"      },"});
  file.push_back({"      \"channels\": {"});
  for (int i = 0; i < triples; ++i)
    add_component(
      file, nth("c", i),
      {json_option("type", "\"memory\"", {"\"memroy\"", "\"file\"", "{}"},
                   "tpye", triples + i, true),
       json_option("capacity", "1000", {"0", "-1", "1.5", "\"9\"", "1e3"},
                   "capacty", triples + i),
       json_option("bytes", "\"16MiB\"", {"\"16\"", "16", "\"1PB\""}, "byts",
                   triples + i)},
      i + 1 == triples);
  file.push_back({"      },"});
  file.push_back({"      \"sinks\": {"});
  for (int i = 0; i < triples; ++i) {
    const int c = 2 * triples + i;
    if (i % 2 == 0)
      add_component(
        file, nth("k", i),
        {json_option("type", "\"logger\"", {"\"loger\"", "\"hdfs\""}, "tipe", c,
                     true),
         json_option("path", "\"" + dir + "/out" + std::to_string(i) + "\"",
                     {"\"/no/such/file\"", "{}", "\"" + dir + "\""}, "paht", c),
         json_option("channel", "\"" + nth("c", i) + "\"",
                     {"\"nowhere\"", "[\"a\", \"b\"]", "4"}, "chanel", c)},
        i + 1 == triples);
    else
      add_component(
        file, nth("k", i),
        {json_option("type", "\"kafka\"", {"\"kafak\""}, "tipe", c, true),
         json_option("brokers", "\"h:9092\"", {"\"h\"", "\"h:0\"", "7"},
                     "brokrs", c),
         json_option("topic", "\"t\"", {"\"a b\"", "[]"}, "topci", c),
         json_option("properties", "{\"client.id\": \"x\"}",
                     {"{\"clientid\": \"x\"}", "{\"acks\": \"1\"}", "5",
                      "{\"client.id\": null}"},
                     "propertes", c),
         json_option("delivery", "\"exactly_once\"", {"\"exactly\""}, "delivry",
                     c),
         json_option("channel", "\"" + nth("c", i) + "\"", {"\"nowhere\""},
                     "channl", c)},
        i + 1 == triples);
  }
}

spoilable_file good_json_file(const std::string& dir) {
  spoilable_file file{
    {"{"}, {"  \"agents\": {"}, {"    \"a\": {"}, {"      \"sources\": {"}};
  add_json_sources(file, dir);
  add_json_rest(file, dir);
  for (const char* line : {"      }", "    }", "  }", "}"})
    file.push_back({line});
  return file;
}

spoilable flume_option(const std::string& prefix, const std::string& key,
                       const std::string& value,
                       const std::vector<std::string>& wrong_values,
                       const std::string& misspelt, int component,
                       bool decides = false) {
  spoilable out{prefix + key + " = " + value, {}, decides, component};
  for (const auto& wrong : wrong_values)
    out.spoilt.push_back(prefix + key + " = " + wrong);
  if (!misspelt.empty())
    out.spoilt.push_back(prefix + misspelt + " = " + value);
  return out;
}

void add_flume_triple(spoilable_file& file, const std::string& dir, int i) {
  const auto s = "a.sources." + nth("s", i) + ".";
  const auto c = "a.channels." + nth("c", i) + ".";
  const auto k = "a.sinks." + nth("k", i) + ".";
  const int source = i;
  const int channel = triples + i;
  const int sink = 2 * triples + i;
  for (auto& each : spoilable_file{
         flume_option(s, "type", "spooldir", {"spooldri", "avro", "x.y.Z"},
                      "tipe", source, true),
         flume_option(s, "spoolDir", dir + "/in" + std::to_string(i),
                      {"/no/such", "${env:NO}", "${no}"}, "spoolDri", source),
         flume_option(s, "deletePolicy", "never", {"newer"}, "deletPolicy",
                      source),
         flume_option(s, "pollDelay", "500", {"0", "soon", "-3"}, "polDelay",
                      source),
         flume_option(s, "fileHeader", "true", {"yes"}, "fileHeadr", source),
         flume_option(s, "interceptors", "i", {"i j"}, "", source),
         flume_option(s, "interceptors.i.type", "regex_filter", {"regex"}, "",
                      100 + i, true),
         flume_option(s, "interceptors.i.regex", "^x", {"("},
                      "interceptors.i.regx", 100 + i),
         flume_option(s, "channels", nth("c", i), {"nowhere"}, "chanels",
                      source),
         flume_option(c, "type", "memory", {"memroy", "file"}, "tpye", channel,
                      true),
         flume_option(c, "capacity", "1000", {"0", "x", "1.5"}, "capacty",
                      channel),
         flume_option(c, "byteCapacity", "1000000", {"5 moons", "1"},
                      "byteCapacty", channel),
         flume_option(k, "type", "org.apache.flume.sink.kafka.KafkaSink",
                      {"org.example.Sink"}, "typ", sink, true),
         flume_option(k, "kafka.bootstrap.servers", "h:9092", {"h", "h:x"},
                      "kafka.bootstrap.server", sink),
         flume_option(k, "kafka.topic", "t", {"a b", "%{x}"}, "kafka.topci",
                      sink),
         flume_option(k, "kafka.producer.client.id", "x", {},
                      "kafka.producer.clientid", sink),
         flume_option(k, "channel", nth("c", i), {"nowhere", "a b"}, "chanel",
                      sink)})
    file.push_back(std::move(each));
}

spoilable_file good_flume_file(const std::string& dir) {
  std::string s;
  std::string c;
  std::string k;
  for (int i = 0; i < triples; ++i) {
    s += " " + nth("s", i);
    c += " " + nth("c", i);
    k += " " + nth("k", i);
  }
  spoilable_file file{{"# A good file."},
                      {"a.sources =" + s, {"a.sources =" + s + " s99"}},
                      {"a.channels =" + c},
                      {"a.sinks =" + k, {"a.sinks =" + k + " k0"}}};
  for (int i = 0; i < triples; ++i)
    add_flume_triple(file, dir, i);
  return file;
}

std::string text_of(const spoilable_file& file) {
  std::string out;
  for (const auto& line : file)
    out += line.text + "\n";
  return out;
}

// Spoils up to `k` lines; gives back their numbers.
std::set<std::size_t> spoil(spoilable_file& file, std::size_t k,
                            std::mt19937_64& random) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < file.size(); ++i)
    if (!file[i].spoilt.empty())
      order.push_back(i);
  std::shuffle(order.begin(), order.end(), random);
  std::set<std::size_t> lines;
  std::set<int> decided;
  std::set<int> touched;
  for (const auto i : order) {
    auto& line = file[i];
    if (lines.size() == k)
      break;
    if (line.component >= 0) {
      if (decided.contains(line.component)
          || (line.decides && touched.contains(line.component)))
        continue;
      touched.insert(line.component);
      if (line.decides)
        decided.insert(line.component);
    }
    line.text = line.spoilt[random() % line.spoilt.size()];
    lines.insert(i + 1);
  }
  return lines;
}

void plant(const workplace& here, std::uint64_t seed, bool native) {
  std::mt19937_64 random{seed};
  auto file = native ? good_json_file(here.dir) : good_flume_file(here.dir);
  const auto planted = spoil(file, 1 + random() % 12, random);
  const auto text = text_of(file);
  const auto read = native ? here.json(text) : here.flume(text);
  std::multiset<std::size_t> found;
  for (const auto& each : of_level(read, severity::error))
    found.insert(each.at.line);
  const std::multiset<std::size_t> wanted{planted.begin(), planted.end()};
  if (found == wanted)
    return;
  std::string lines;
  for (const auto line : planted)
    lines += "\n  " + std::to_string(line) + ": " + file[line - 1].text;
  BOOST_ERROR("seed " << seed << (native ? " native" : " flume") << ", planted:"
                      << lines << "\nfound:" << all_lines(read));
}

std::uint64_t first_seed() {
  const char* const given = std::getenv("SLUICE_SEED");
  return given == nullptr ? std::random_device{}()
                          : std::strtoull(given, nullptr, 10);
}

} // namespace sluice::config_test

BOOST_FIXTURE_TEST_SUITE(config_planted_mistakes, workplace)

BOOST_AUTO_TEST_CASE(k_planted_mistakes_are_exactly_k_located_errors) {
  for (int i = 0; i < triples; ++i)
    std::filesystem::create_directories(dir + "/in" + std::to_string(i));
  expect_clean(json(text_of(good_json_file(dir))));
  expect_clean(flume(text_of(good_flume_file(dir))));
  const auto seed = first_seed();
  BOOST_TEST_MESSAGE("SLUICE_SEED=" << seed);
  std::set<std::string> before;
  for (const auto& each : std::filesystem::directory_iterator{dir})
    before.insert(each.path());
  for (std::uint64_t i = 0; i < 1000; ++i) {
    plant(*this, seed + i, true);
    plant(*this, seed + i, false);
  }
  std::set<std::string> after;
  for (const auto& each : std::filesystem::directory_iterator{dir})
    after.insert(each.path());
  BOOST_TEST((before == after), "reading a configuration created something");
}

BOOST_AUTO_TEST_CASE(cut_and_flipped_files_never_hurt) {
  const auto seed = first_seed();
  BOOST_TEST_MESSAGE("SLUICE_SEED=" << seed);
  std::mt19937_64 random{seed};
  for (int i = 0; i < 1000; ++i) {
    for (const bool native : {true, false}) {
      auto text = native ? good_json() : good_flume();
      for (auto flips = random() % 8; flips > 0; --flips)
        text[random() % text.size()] = static_cast<char>(random());
      if (random() % 3 == 0)
        text.resize(random() % text.size());
      const auto read = native ? json(text) : flume(text);
      // Whatever it is, it is either usable or says why not.
      BOOST_TEST(read.usable() != read.found.has_errors());
      for (const auto& each : read.found.all())
        for (const char c : to_string(each))
          BOOST_TEST(static_cast<unsigned char>(c) >= 0x20U);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
