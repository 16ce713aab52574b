#include "gpu_backend/repops/arithmetic.hpp"
#include "gpu_backend/repops/cuda/device.hpp"
#include "gpu_backend/repops/cuda/kernels.hpp"

// Operators that make each element by itself: four elements to a thread, neighbours in a warp.

namespace assay::backend::cuda {
namespace {

constexpr unsigned kThreads = 256;
constexpr unsigned kPerThread = 4;

template <class Body>
__global__ void __launch_bounds__(kThreads) element_kernel(std::ptrdiff_t count, Body body) {
  const std::ptrdiff_t first =
      static_cast<std::ptrdiff_t>(blockIdx.x) * kThreads * kPerThread + threadIdx.x;
#pragma unroll
  for (unsigned k = 0; k < kPerThread; ++k) {
    const std::ptrdiff_t i = first + k * kThreads;
    if (i < count) body(i);
  }
}

template <class Body>
void for_each_element(const char* what, std::ptrdiff_t count, Body body) {
  constexpr std::ptrdiff_t kPerBlock = std::ptrdiff_t{kThreads} * kPerThread;
  launch(what, &element_kernel<Body>,
         dim3(static_cast<unsigned>((count + kPerBlock - 1) / kPerBlock)), dim3(kThreads), count,
         body);
}

struct Gelu {
  const float* x;
  float* y;
  __device__ void operator()(std::ptrdiff_t i) const {
    y[i] = repops::canonical(repops::gelu(x[i]));
  }
};

struct GeluBackward {
  const float* x;
  const float* dy;
  float* dx;
  __device__ void operator()(std::ptrdiff_t i) const {
    dx[i] = repops::canonical(repops::mul(dy[i], repops::gelu_slope(x[i])));
  }
};

struct Add {
  const float* a;
  const float* b;
  float* y;
  __device__ void operator()(std::ptrdiff_t i) const {
    y[i] = repops::canonical(repops::add(a[i], b[i]));
  }
};

struct Scale {
  float factor;
  const float* a;
  float* y;
  __device__ void operator()(std::ptrdiff_t i) const {
    y[i] = repops::canonical(repops::mul(factor, a[i]));
  }
};

struct CopyLines {
  std::ptrdiff_t width;
  const float* from;
  std::ptrdiff_t from_stride;
  float* to;
  std::ptrdiff_t to_stride;
  __device__ void operator()(std::ptrdiff_t i) const {
    const std::ptrdiff_t line = i / width;
    const std::ptrdiff_t place = i % width;
    to[line * to_stride + place] = repops::canonical(from[line * from_stride + place]);
  }
};

struct Sgd {
  float rate, momentum, decay;
  const float* w;
  const float* v;
  const float* g;
  float* new_w;
  float* new_v;
  __device__ void operator()(std::ptrdiff_t i) const {
    const float velocity = repops::fma(momentum, v[i], repops::fma(decay, w[i], g[i]));
    new_w[i] = repops::canonical(repops::fma(repops::negated(rate), velocity, w[i]));
    new_v[i] = repops::canonical(velocity);
  }
};

struct AdamW {
  AdamConstants c;
  const float* w;
  const float* m;
  const float* v;
  const float* g;
  const float* corrections;
  float* new_w;
  float* new_m;
  float* new_v;
  __device__ void operator()(std::ptrdiff_t i) const {
    const float scale_m = repops::div(1.0f, corrections[0]);
    const float scale_v = repops::div(1.0f, corrections[1]);
    const float first = repops::fma(c.beta1, m[i], repops::mul(repops::sub(1.0f, c.beta1), g[i]));
    const float second = repops::fma(
        c.beta2, v[i], repops::mul(repops::sub(1.0f, c.beta2), repops::mul(g[i], g[i])));
    const float step = repops::div(repops::mul(first, scale_m),
                                   repops::add(repops::sqrt(repops::mul(second, scale_v)), c.eps));
    new_w[i] = repops::canonical(
        repops::fma(repops::negated(c.rate), repops::fma(c.decay, w[i], step), w[i]));
    new_m[i] = repops::canonical(first);
    new_v[i] = repops::canonical(second);
  }
};

struct Patches {
  PatchShape s;
  std::ptrdiff_t places;
  const float* x;
  float* y;
  __device__ void operator()(std::ptrdiff_t i) const {
    const std::ptrdiff_t inside = i / s.channels % (s.kernel * s.kernel);
    const std::ptrdiff_t patch = i / (s.channels * s.kernel * s.kernel);
    const std::ptrdiff_t half = s.kernel / 2;
    const std::ptrdiff_t row = patch / places % places * s.distance + inside / s.kernel - half;
    const std::ptrdiff_t column = patch % places * s.distance + inside % s.kernel - half;
    const std::ptrdiff_t picture = patch / (places * places);
    if (row < 0 || column < 0 || row >= s.side || column >= s.side) {
      y[i] = 0.0f;
      return;
    }
    y[i] = repops::canonical(
        x[((picture * s.side + row) * s.side + column) * s.channels + i % s.channels]);
  }
};

struct PatchesBackward {
  PatchShape s;
  std::ptrdiff_t places;
  const float* dy;
  float* dx;
  __device__ void operator()(std::ptrdiff_t i) const {
    const std::ptrdiff_t point = i / s.channels;
    const std::ptrdiff_t picture = point / (s.side * s.side);
    float sum = 0.0f;
    for (std::ptrdiff_t inside = 0; inside < s.kernel * s.kernel; ++inside) {
      const std::ptrdiff_t row = point / s.side % s.side + s.kernel / 2 - inside / s.kernel;
      const std::ptrdiff_t column = point % s.side + s.kernel / 2 - inside % s.kernel;
      if (row < 0 || column < 0 || row >= s.side || column >= s.side || row % s.distance != 0 ||
          column % s.distance != 0) {
        continue;
      }
      const std::ptrdiff_t patch =
          (picture * places + row / s.distance) * places + column / s.distance;
      sum = repops::add(sum,
                        dy[(patch * s.kernel * s.kernel + inside) * s.channels + i % s.channels]);
    }
    dx[i] = repops::canonical(sum);
  }
};

}  // namespace

void patches(PatchShape shape, const float* x, float* y) {
  const std::ptrdiff_t places = (shape.side - 1) / shape.distance + 1;
  const std::ptrdiff_t count =
      shape.batch * places * places * shape.kernel * shape.kernel * shape.channels;
  for_each_element("patches", count, Patches{shape, places, x, y});
}

void patches_backward(PatchShape shape, const float* dy, float* dx) {
  const std::ptrdiff_t places = (shape.side - 1) / shape.distance + 1;
  const std::ptrdiff_t count = shape.batch * shape.side * shape.side * shape.channels;
  for_each_element("patches-backward", count, PatchesBackward{shape, places, dy, dx});
}

void gelu(std::ptrdiff_t count, const float* x, float* y) {
  for_each_element("gelu", count, Gelu{x, y});
}

void gelu_backward(std::ptrdiff_t count, const float* x, const float* dy, float* dx) {
  for_each_element("gelu-backward", count, GeluBackward{x, dy, dx});
}

void add(std::ptrdiff_t count, const float* a, const float* b, float* y) {
  for_each_element("add", count, Add{a, b, y});
}

void scale(std::ptrdiff_t count, float factor, const float* a, float* y) {
  for_each_element("scale", count, Scale{factor, a, y});
}

void copy_lines(std::ptrdiff_t lines, std::ptrdiff_t width, const float* from,
                std::ptrdiff_t from_stride, float* to, std::ptrdiff_t to_stride) {
  for_each_element("copying lines", lines * width,
                   CopyLines{width, from, from_stride, to, to_stride});
}

void sgd(std::ptrdiff_t count, float rate, float momentum, float decay, const float* w,
         const float* v, const float* g, float* new_w, float* new_v) {
  for_each_element("sgd", count, Sgd{rate, momentum, decay, w, v, g, new_w, new_v});
}

void adamw(std::ptrdiff_t count, AdamConstants constants, const float* w, const float* m,
           const float* v, const float* g, const float* corrections, float* new_w, float* new_m,
           float* new_v) {
  for_each_element("adamw", count, AdamW{constants, w, m, v, g, corrections, new_w, new_m, new_v});
}

}  // namespace assay::backend::cuda
