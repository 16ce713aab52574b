// Kernels that the lint must object to, each for the reason in its name, and one that it must not.

extern "C" {

__global__ void clean(const float* x, float* y) {
  const int i = threadIdx.x;
  y[i] = __fsqrt_rn(__fdiv_rn(__fmaf_rn(x[i], x[i + 1], x[i + 2]), __fadd_rn(x[i], 1.0f)));
}

__global__ void contracts(const float* x, float* y) { y[0] = x[0] * x[1] + x[2]; }

__global__ void approximates(const float* x, float* y) { y[0] = __expf(x[0]); }

__global__ void divides_fast(const float* x, float* y) { y[0] = __fdividef(x[0], x[1]); }

__global__ void roots_fast(const float* x, float* y) { y[0] = rsqrtf(x[0]); }

__global__ void flushes(const float* x, float* y) {
  asm("add.rn.ftz.f32 %0, %1, %2;" : "=f"(y[0]) : "f"(x[0]), "f"(x[1]));
}

__global__ void rounds_by_mood(const float* x, float* y) {
  asm("add.f32 %0, %1, %2;" : "=f"(y[0]) : "f"(x[0]), "f"(x[1]));
}

__global__ void adds_atomically(const float* x, float* y) { atomicAdd(y, x[threadIdx.x]); }

__global__ void widens(const float* x, float* y) {
  y[0] = static_cast<float>(static_cast<double>(x[0]) + 1.0 / 3.0);
}

__global__ void picks_the_larger(const float* x, float* y) { y[0] = fmaxf(x[0], x[1]); }

}  // extern "C"
