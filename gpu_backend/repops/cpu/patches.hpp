#pragma once

#include "gpu_backend/repops/cpu/rows.hpp"
#include "gpu_backend/repops/cpu/work.hpp"

// Patches of pictures: a point's channels lie side by side, and go together.
namespace assay::backend::repops::ASSAY_ISA {

inline void patches(const Work& work, const Part& part) {
  const std::size_t side = work.dims[1];
  const std::size_t channels = work.dims[2];
  const std::size_t kernel = work.dims[3];
  const std::size_t distance = work.dims[4];
  const std::size_t places = (side - 1) / distance + 1;
  const Range mine = share(work.dims[0] * places * places, 1, part);
  for (std::size_t patch = mine.first; patch < mine.end; ++patch) {
    const std::size_t picture = patch / (places * places);
    float* to = work.out[0] + patch * kernel * kernel * channels;
    for (std::size_t inside = 0; inside < kernel * kernel; ++inside, to += channels) {
      // Beyond the left or upper edge the difference wraps around to a great number.
      const std::size_t row = patch / places % places * distance + inside / kernel - kernel / 2;
      const std::size_t column = patch % places * distance + inside % kernel - kernel / 2;
      if (row >= side || column >= side) {
        clear(to, 0, channels);
        continue;
      }
      const float* const from = work.in[0] + ((picture * side + row) * side + column) * channels;
      for_slices(0, channels, [&](Slice slice) { put(to, slice, load(from, slice)); });
    }
  }
}

inline void patches_backward(const Work& work, const Part& part) {
  const std::size_t side = work.dims[1];
  const std::size_t channels = work.dims[2];
  const std::size_t kernel = work.dims[3];
  const std::size_t distance = work.dims[4];
  const std::size_t places = (side - 1) / distance + 1;
  const Range points = share(work.dims[0] * side * side, 1, part);
  for (std::size_t point = points.first; point < points.end; ++point) {
    const std::size_t picture = point / (side * side);
    for_slices(0, channels, [&](Slice slice) {
      Lanes sum(0.0f);
      for (std::size_t inside = 0; inside < kernel * kernel; ++inside) {
        // Where the patch's own point would be, if there is one: negative numbers wrap around.
        const std::size_t row = point / side % side + kernel / 2 - inside / kernel;
        const std::size_t column = point % side + kernel / 2 - inside % kernel;
        if (row >= side || column >= side || row % distance != 0 || column % distance != 0) {
          continue;
        }
        const std::size_t patch = (picture * places + row / distance) * places + column / distance;
        sum = add(sum, load(work.in[0] + (patch * kernel * kernel + inside) * channels, slice));
      }
      put(work.out[0] + point * channels, slice, sum);
    });
  }
}

}  // namespace assay::backend::repops::ASSAY_ISA
