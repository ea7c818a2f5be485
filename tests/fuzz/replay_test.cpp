// The corpora, which hold every input that once broke something, and random
// changes of them, in an ordinary build.
#include "tests/fuzz/targets.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <vector>

namespace sluice::fuzz {

namespace {

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::vector<std::filesystem::path> corpus_of(const std::string& name) {
  std::vector<std::filesystem::path> out;
  const auto folder = std::filesystem::path{SLUICE_CORPUS} / name;
  if (std::filesystem::is_directory(folder))
    for (const auto& each : std::filesystem::directory_iterator{folder})
      out.push_back(each.path());
  std::sort(out.begin(), out.end());
  return out;
}

/// Changes a few bytes, cuts, repeats, or crosses with another input.
std::string mutated(std::string text, const std::string& other,
                    std::mt19937_64& random) {
  for (auto n = 1 + random() % 4; n > 0; --n) {
    const auto at = text.empty() ? 0 : random() % text.size();
    switch (random() % 6) {
    case 0:
      text.insert(at, 1, static_cast<char>(random()));
      break;
    case 1:
      text.erase(at, 1 + random() % 8);
      break;
    case 2:
      text.resize(at);
      break;
    case 3:
      text.insert(at, text.substr(at, random() % 16));
      break;
    case 4:
      if (!other.empty())
        text.insert(at, other.substr(random() % other.size(), random() % 64));
      break;
    default:
      if (!text.empty())
        text[at] = static_cast<char>(random());
    }
  }
  return text;
}

std::string in_hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes.substr(0, 2'000)) {
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

void run(const target& each, const std::string& input, const std::string& of) {
  try {
    each.run(input);
  } catch (const std::exception& broken) {
    BOOST_ERROR(each.name << ", " << of << ": " << broken.what() << "; input "
                          << in_hex(input));
  }
}

/// How many random changes of each corpus; SLUICE_FUZZ_MUTATIONS asks for more.
std::size_t mutations() {
  const char* wanted = std::getenv("SLUICE_FUZZ_MUTATIONS");
  return wanted != nullptr ? std::stoul(wanted) : 2'000;
}

void replay(std::span<const target> targets) {
  constexpr std::uint64_t seed = 20'261'127;
  std::cout << "seed " << seed << '\n';
  for (const auto& each : targets) {
    std::mt19937_64 random{seed};
    const auto files = corpus_of(each.name);
    BOOST_TEST(!files.empty(), each.name << " has no corpus");
    std::vector<std::string> inputs{{}};
    for (const auto& file : files) {
      inputs.push_back(content_of(file));
      run(each, inputs.back(), file.filename().string());
    }
    for (std::size_t i = 0; i < mutations(); ++i)
      run(each,
          mutated(inputs[random() % inputs.size()],
                  inputs[random() % inputs.size()], random),
          "mutation " + std::to_string(i));
  }
}

} // namespace

} // namespace sluice::fuzz

using namespace sluice::fuzz;

BOOST_AUTO_TEST_SUITE(fuzz_corpora)

BOOST_AUTO_TEST_CASE(configurations_and_commands_are_read_as_promised) {
  replay(config_targets());
}

BOOST_AUTO_TEST_CASE(what_another_node_says_is_taken_whole_or_refused) {
  replay(hop_targets());
}

BOOST_AUTO_TEST_CASE(state_is_read_whole_or_refused) {
  replay(state_targets());
}

BOOST_AUTO_TEST_CASE(lines_and_what_decides_about_them_agree_in_every_way) {
  replay(text_targets());
}

BOOST_AUTO_TEST_SUITE_END()
