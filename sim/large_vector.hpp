#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

namespace assay::sim {

/// Allocates what is large on large pages where the system offers them. Rows that are visited in no
/// order wait for the page table as long as for the row itself; large pages need a 512th of its
/// entries.
template <class T>
struct LargePages {
  using value_type = T;
  LargePages() = default;
  template <class Other>
  LargePages(const LargePages<Other>&) {}  // NOLINT(google-explicit-constructor): as allocators do

  T* allocate(std::size_t count) {
    constexpr std::size_t kPage = std::size_t{2} << 20;
    static_assert(alignof(T) <= kPage);
    if (count > (SIZE_MAX - kPage) / sizeof(T)) throw std::bad_array_new_length();
    std::size_t bytes = count * sizeof(T);
    std::size_t alignment = alignof(std::max_align_t);
    if (alignof(T) > alignment) alignment = alignof(T);
    if (bytes >= kPage) alignment = kPage;
    bytes = (bytes + alignment - 1) / alignment * alignment;
    void* memory = std::aligned_alloc(alignment, bytes);
    if (memory == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
    // A wish: where it is not granted, the pages are small.
    if (alignment == kPage) static_cast<void>(madvise(memory, bytes, MADV_HUGEPAGE));
#endif
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t) { std::free(memory); }

  friend constexpr bool operator==(LargePages, LargePages) { return true; }
};

/// A vector that may hold a million rows.
template <class T>
using LargeVector = std::vector<T, LargePages<T>>;

}  // namespace assay::sim
