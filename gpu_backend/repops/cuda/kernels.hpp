#pragma once
/// The operators' kernels, as the host calls them: every pointer is to device memory, nothing is
/// checked, and each call only starts its kernels. They give the bits of `reference.cpp`; what may
/// be spread over threads is the outputs, never the terms of one of them.
/// C++17: nvcc reads this header too.

#include <cstddef>

namespace assay::backend::cuda {

/// A matrix whose lines are `stride` floats apart, one for each head of each batch element.
struct Operand {
  const float* data = nullptr;
  std::ptrdiff_t stride = 0;
  std::ptrdiff_t batch_stride = 0;
  std::ptrdiff_t head_stride = 0;
};

/// Which way operands lie: a[rows,depth] b[depth,columns]; b as [columns,depth]; a as [depth,rows].
enum class Form { NN, NT, TN };

/// What becomes of a dot product before it is written.
enum class Finish {
  Plain,
  AddBias,      ///< + bias[column]
  Scale,        ///< scale *
  CausalScale,  ///< scale *, and 0 where the column comes after the row
};

/// c[rows,columns] = a b for each batch element and head.
struct Product {
  Form form = Form::NN;
  int rows = 0;
  int columns = 0;
  int depth = 0;
  Operand a;
  Operand b;
  float* c = nullptr;
  std::ptrdiff_t c_stride = 0;
  std::ptrdiff_t c_batch_stride = 0;
  std::ptrdiff_t c_head_stride = 0;
  int batches = 1;
  int heads = 1;
  Finish finish = Finish::Plain;
  float scale = 0.0f;
  const float* bias = nullptr;
};

/// How a product is spread over a device: the edge of its tiles, and whether the chunks of its
/// depth go to different blocks. No choice changes a bit.
struct Spread {
  int tile = 64;
  bool by_chunks = false;
};
/// The choice that is expected to be the fastest on a device of `processors` multiprocessors.
[[nodiscard]] Spread spread_of(const Product& product, int processors);

void multiply(const Product& product, Spread spread);

void embed(int rows, int channels, int vocabulary, int context, const float* ids,
           const float* tokens, const float* positions, float* y);
void embed_backward(int rows, int channels, int vocabulary, int context, const float* ids,
                    const float* dy, float* dtokens, float* dpositions);

void column_sum(int rows, int columns, const float* x, float* sums);
void mean(int count, const float* x, float* y);
void layer_norm(int rows, int channels, float eps, const float* x, const float* gain,
                const float* bias, float* y, float* means, float* rstds);
void layer_norm_backward_rows(int rows, int channels, const float* dy, const float* x,
                              const float* gain, const float* means, const float* rstds, float* dx);
void layer_norm_backward_columns(int rows, int channels, const float* dy, const float* x,
                                 const float* means, const float* rstds, float* dgain,
                                 float* dbias);

void softmax(int rows, int columns, int period, const float* x, float* p);
void softmax_backward(int rows, int columns, int period, const float* p, const float* dp,
                      float* dx);
void cross_entropy(int rows, int vocabulary, const float* logits, const float* labels,
                   float* losses, float* p);
void cross_entropy_backward(int rows, int vocabulary, const float* p, const float* labels,
                            float* dlogits);

void gelu(std::ptrdiff_t count, const float* x, float* y);
void gelu_backward(std::ptrdiff_t count, const float* x, const float* dy, float* dx);
void add(std::ptrdiff_t count, const float* a, const float* b, float* y);
void scale(std::ptrdiff_t count, float factor, const float* a, float* y);
/// Lines of `width` floats from one stride to another.
void copy_lines(std::ptrdiff_t lines, std::ptrdiff_t width, const float* from,
                std::ptrdiff_t from_stride, float* to, std::ptrdiff_t to_stride);

void sgd(std::ptrdiff_t count, float rate, float momentum, float decay, const float* w,
         const float* v, const float* g, float* new_w, float* new_v);
/// The constants of `OperatorKind::AdamW`, in its order.
struct AdamConstants {
  float rate, beta1, beta2, eps, decay;
};
void adamw(std::ptrdiff_t count, AdamConstants constants, const float* w, const float* m,
           const float* v, const float* g, const float* corrections, float* new_w, float* new_m,
           float* new_v);

/// Square pictures, and patches of odd side around every `distance`-th of their points.
struct PatchShape {
  std::ptrdiff_t batch, side, channels, kernel, distance;
};
void patches(PatchShape shape, const float* x, float* y);
void patches_backward(PatchShape shape, const float* dy, float* dx);

/// Up to 64 KiB of a tensor, from an address that is a multiple of 16.
struct Leaf {
  const unsigned* data;
  unsigned words;
};
/// The SHA-256 of a byte that is 0 and of each leaf, 8 words each, as OpenSSL writes it.
void hash_leaves(std::size_t count, const Leaf* leaves, unsigned* digests);

}  // namespace assay::backend::cuda
