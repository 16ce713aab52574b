#pragma once

#include "gpu_backend/repops/cpu/lanes.hpp"
#include "gpu_backend/repops/cpu/work.hpp"

// Operators in which each output comes from the inputs at its own place.
namespace assay::backend::repops::ASSAY_ISA {

/// function(slice) writes what is in a slice.
template <class Function>
ASSAY_EXACT void for_elements(const Work& work, const Part& part, Function function) {
  const Range range = share(work.dims[0], 1024, part);
  for_slices(range.first, range.end, function);
}

template <class Function>
void map(const Work& work, const Part& part, Function function) {
  for_elements(work, part,
               [&](Slice slice) { put(work.out[0], slice, function(load(work.in[0], slice))); });
}

template <class Function>
void map_two(const Work& work, const Part& part, Function function) {
  for_elements(work, part, [&](Slice slice) {
    put(work.out[0], slice, function(load(work.in[0], slice), load(work.in[1], slice)));
  });
}

inline void sgd(const Work& work, const Part& part) {
  const Lanes down(-work.constants[0]);
  const Lanes momentum(work.constants[1]);
  const Lanes decay(work.constants[2]);
  for_elements(work, part, [&](Slice slice) {
    const Lanes w = load(work.in[0], slice);
    const Lanes v = fma(momentum, load(work.in[1], slice), fma(decay, w, load(work.in[2], slice)));
    put(work.out[0], slice, fma(down, v, w));
    put(work.out[1], slice, v);
  });
}

inline void adamw(const Work& work, const Part& part) {
  const Lanes down(-work.constants[0]);
  const Lanes beta1(work.constants[1]);
  const Lanes beta2(work.constants[2]);
  const Lanes eps(work.constants[3]);
  const Lanes decay(work.constants[4]);
  const Lanes rest1(sub(1.0f, work.constants[1]));
  const Lanes rest2(sub(1.0f, work.constants[2]));
  const Lanes scale_m(div(1.0f, work.in[4][0]));
  const Lanes scale_v(div(1.0f, work.in[4][1]));
  for_elements(work, part, [&](Slice slice) {
    const Lanes w = load(work.in[0], slice);
    const Lanes g = load(work.in[3], slice);
    const Lanes m = fma(beta1, load(work.in[1], slice), mul(rest1, g));
    const Lanes v = fma(beta2, load(work.in[2], slice), mul(rest2, mul(g, g)));
    const Lanes step = div(mul(m, scale_m), add(sqrt(mul(v, scale_v)), eps));
    put(work.out[0], slice, fma(down, fma(decay, w, step), w));
    put(work.out[1], slice, m);
    put(work.out[2], slice, v);
  });
}

}  // namespace assay::backend::repops::ASSAY_ISA
