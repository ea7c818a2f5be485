// version: of sluice and of every library it runs with.
#pragma once

#include <map>
#include <string>

namespace sluice {

/// Names and versions; "version" is sluice's own.
[[nodiscard]] std::map<std::string, std::string> library_versions();

/// One line each, sluice first, to standard output.
void print_versions();

} // namespace sluice
