// The rules of framing, byte by byte: the yardstick for the splitter.
#pragma once

#include "actors/core/file/line_splitter.hpp"

#include <string>
#include <vector>

namespace sluice::splitter_test {

/// The bodies of the lines of `text`, whose end is the end of the file.
inline std::vector<std::string> by_the_book(const std::string& text,
                                            split_options options) {
  std::vector<std::string> out;
  std::string line;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != '\n') {
      line += text[i];
      continue;
    }
    const bool ended = i < text.size();
    if (!ended && line.empty())
      break;
    while (line.size() > options.line_max
           && !(ended && line.size() == options.line_max + 1
                && line.back() == '\r')) {
      out.push_back(line.substr(0, options.line_max));
      line.erase(0, options.line_max);
    }
    if (ended && options.strip_cr && line.ends_with('\r'))
      line.pop_back();
    out.push_back(line);
    line.clear();
  }
  return out;
}

} // namespace sluice::splitter_test
