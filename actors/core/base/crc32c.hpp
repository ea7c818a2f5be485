// CRC32C (Castagnoli, reflected polynomial 0x82f63b78), as in RFC 3720 B.4.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice {

/// The checksum of `bytes`, continuing from `seed` (the checksum of what came
/// before; 0 at the start). crc32c("123456789") == 0xe3069283.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes,
                                   std::uint32_t seed = 0) noexcept;

} // namespace sluice
