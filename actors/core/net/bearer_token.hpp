// The bearer token: the secret that every changing request must show.
#pragma once

#include "actors/core/base/result.hpp"

#include <string>
#include <string_view>

namespace sluice {

/// The token in the file `path`. A missing file is made (mode 0600) with 256
/// random bits in hexadecimal; whoever dies here leaves a complete file or
/// none. Refused (`config`): a file of somebody else, one that group or others
/// may touch, no regular file, a token shorter than 16 characters or with
/// characters that a header cannot carry.
[[nodiscard]] result<std::string> bearer_token(const std::string& path);

/// True when the value of an Authorization header shows `token`. Takes the same
/// time wherever they differ. An empty token is shown by nobody.
[[nodiscard]] bool shows_token(std::string_view authorization,
                               std::string_view token);

} // namespace sluice
