// slab: the bytes that the events of a batch point into.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace sluice {

/// A block of bytes of fixed capacity, filled once and immutable once shared.
class slab {
public:
  explicit slab(std::size_t capacity);

  [[nodiscard]] char* data() noexcept {
    return bytes_.get();
  }

  [[nodiscard]] const char* data() const noexcept {
    return bytes_.get();
  }

  /// What it holds in memory, whether filled or not: what a channel charges.
  [[nodiscard]] std::size_t capacity() const noexcept {
    return capacity_;
  }

  [[nodiscard]] std::string_view view(std::size_t offset,
                                      std::size_t length) const noexcept {
    return {bytes_.get() + offset, length};
  }

private:
  // Not a vector: the bytes are read from a file and need no zeroing.
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_;
};

using slab_ptr = std::shared_ptr<const slab>;

/// Keeps a few slabs of one capacity for reuse, so that a reader at full speed
/// does not ask the kernel for fresh pages for every batch. Slabs outlive it
/// if they must. Thread-safe.
class slab_pool : public std::enable_shared_from_this<slab_pool> {
public:
  /// At most `spare_max` unused slabs are kept.
  [[nodiscard]] static std::shared_ptr<slab_pool> make(std::size_t spare_max);

  /// A slab of at least `capacity` bytes that returns here when its last
  /// reference is gone.
  [[nodiscard]] std::shared_ptr<slab> take(std::size_t capacity);

private:
  explicit slab_pool(std::size_t spare_max) : spare_max_(spare_max) {
  }

  void give_back(std::unique_ptr<slab> used);

  std::mutex guard_;
  std::vector<std::unique_ptr<slab>> spare_;
  std::size_t spare_max_;
};

} // namespace sluice
