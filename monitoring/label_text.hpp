// What may stand in a label's value: Prometheus refuses all but UTF-8.
#pragma once

#include <string>

namespace sluice {

/// `text` itself when it is UTF-8, else with \xNN for the bytes that are not.
[[nodiscard]] std::string label_text(const std::string& text);

} // namespace sluice
