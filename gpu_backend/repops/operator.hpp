#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "gpu_backend/repops/value.hpp"
#include "sim/digest.hpp"

namespace assay::backend {

// The operators of a training step, each defined to the last bit. All tensors are dense, row-major
// float32; ids and labels are whole numbers stored as float32 (exact below 2^24). An operator is
// pure: it reads its inputs and writes every element of fresh outputs, and nothing overlaps.
//
// Whatever numbers come in, the outputs are defined: infinities and subnormal numbers go through
// the arithmetic, a NaN that is written is 0x7fc00000, and an id that is no whole number of the
// table reads as NaN and adds to no row.
//
// In the list: R rows, C channels, V vocabulary, T context, B batch, H heads, S side of a picture,
// K of a patch (odd), D distance of patches, and {dims} in the order of `Operator::dims`. A product
// of matrices adds up each output with `dot`, every other sum is a `sum32` (arithmetic.hpp).
// `reference.cpp` is the definition.

/// Appended to, never renumbered: the numbers are hashed.
enum class OperatorKind : std::uint32_t {
  Embedding = 1,          ///< {R,C,V,T}: ids[R], wte[V,C], wpe[T,C] -> wte[id] + wpe[row % T] [R,C]
  EmbeddingBackward = 2,  ///< {R,C,V,T}: ids, dy[R,C] -> dwte[V,C], dwpe[T,C]; adds rows in order
  Linear = 3,             ///< {R,K,N}: x[R,K], w[K,N], b[N] -> x w + b [R,N]
  MatmulNT = 4,           ///< {M,N,K}: a[M,K], b[N,K] -> a b^T [M,N]
  MatmulTN = 5,           ///< {M,N,K}: a[K,M], b[K,N] -> a^T b [M,N]
  ColumnSum = 6,          ///< {R,N}: x[R,N] -> sum over rows [N]
  LayerNorm = 7,          ///< {R,C} c{eps}: x, gain[C], bias[C] -> y[R,C], mean[R], rstd[R]
  LayerNormBackward = 8,  ///< {R,C}: dy, x, gain, mean, rstd -> dx, dgain[C], dbias[C]
  AttentionScores = 9,    ///< {B,T,C,H} c{scale}: qkv[B T,3C] -> scale q k^T [B,H,T,T], 0 where the
                          ///< key comes after the query
  AttentionScoresBackward = 10,  ///< {B,T,C,H} c{scale}: ds, qkv, dv[B T,C] -> dqkv[B T,3C]; ds is
                                 ///< 0 where the key comes after the query
  Softmax = 11,          ///< {R,N,period}: x -> p [R,N]; with a period, row r has the entries 0 to
                         ///< r % period and the rest is 0
  SoftmaxBackward = 12,  ///< {R,N,period}: p, dp -> dx
  AttentionMix = 13,     ///< {B,T,C,H}: p[B,H,T,T], qkv -> p v [B T,C]
  AttentionMixBackward = 14,  ///< {B,T,C,H}: dy[B T,C], p, qkv -> dp[B,H,T,T], dv[B T,C]
  Gelu = 15,                  ///< {n}: x -> y, the tanh form
  GeluBackward = 16,          ///< {n}: x, dy -> dx
  Add = 17,                   ///< {n}: a, b -> a + b
  Scale = 18,                 ///< {n} c{s}: a -> s a
  CrossEntropy = 19,          ///< {R,V}: logits, labels[R] -> losses[R], p[R,V]
  CrossEntropyBackward = 20,  ///< {R,V}: p, labels -> dlogits of the mean loss
  Mean = 21,                  ///< {n}: x -> y[1]
  Sgd = 22,  ///< {n} c{rate, momentum, decay}: w, v, g -> w', v' = momentum v + g + decay w
  AdamW =
      23,  ///< {n} c{rate, beta1, beta2, eps, decay}: w, m, v, g, corrections[2] = 1 - beta^step
           ///< -> w', m', v'
  Patches = 24,  ///< {B,S,C,K,D}: x[B,S,S,C] -> the K by K points around every D-th point of
                 ///< either side, P = 1 + (S-1)/D of them [B P P,K K C]; 0 beyond the edge
  PatchesBackward = 25,  ///< {B,S,C,K,D}: dy[B P P,K K C] -> dx[B,S,S,C]; adds in the order of K K
};

/// What is hashed beside the digests of the inputs. Dims and constants that a kind does not use are
/// 0.
struct Operator {
  OperatorKind kind = OperatorKind::Add;
  std::array<std::uint32_t, 6> dims{};
  std::array<float, 6> constants{};
  bool operator==(const Operator&) const = default;
};

using Input = std::span<const float>;
using Output = std::span<float>;

/// Elements of each input and output, in order. Throws std::invalid_argument for an unknown kind, a
/// dimension that is 0 or makes a tensor of more than 2^31 elements, heads that do not divide the
/// channels, a period longer than the row, a constant that is not finite, and unused numbers that
/// are not 0.
[[nodiscard]] std::vector<std::size_t> input_sizes(const Operator& op);
[[nodiscard]] std::vector<std::size_t> output_sizes(const Operator& op);

/// "linear", "attention-mix-backward"; "unknown" if it is none.
[[nodiscard]] std::string_view name_of(OperatorKind kind);

/// Whether it multiplies matrices, attention's among them: what a step's time is made of.
[[nodiscard]] bool is_product(OperatorKind kind);

/// Additions and multiplications of the operator, a fused one counting as two; a transcendental
/// function counts as one. What a referee pays for recomputing it.
[[nodiscard]] double flops(const Operator& op);

/// Throws std::invalid_argument unless inputs and outputs have just the sizes that `op` has.
void require_sizes(const Operator& op, std::span<const Input> inputs,
                   std::span<const Output> outputs);
/// The same for inputs that are values; returns the sizes of the outputs, whose number it checks.
[[nodiscard]] std::vector<std::size_t> require_values(const Operator& op, InputValues inputs,
                                                      std::size_t outputs);

/// Bytes a second between the processor's memory and a device's; 0: nothing is copied.
struct CopyRates {
  double to_device = 0.0;
  double from_device = 0.0;
};

/// Where a runner's work stands.
class Moment {
 public:
  virtual ~Moment() = default;
  /// Seconds of work since `earlier`, a moment of the same runner; waits until it is done.
  [[nodiscard]] virtual double since(const Moment& earlier) const = 0;
};

/// Carries operators out. All runners give the same bits. Not to be called from two threads at
/// once.
class OperatorRunner {
 public:
  virtual ~OperatorRunner() = default;
  /// Throws std::invalid_argument as `require_sizes`.
  virtual void run(const Operator& op, std::span<const Input> inputs,
                   std::span<const Output> outputs) = 0;

  /// The same on values: what `outputs` held is replaced. A device leaves the outputs where it
  /// computes them, and may still be computing them when this returns; where that fails, whoever
  /// looks at them is told. Unless overridden the numbers lie in the processor's memory.
  virtual void apply(const Operator& op, InputValues inputs, OutputValues outputs);
  /// `tensor_digest` (commitment/digests.hpp) of each value.
  [[nodiscard]] virtual std::vector<sim::Hash> digests(InputValues values);

  /// Measures how fast it copies; 0 where it computes in the processor's memory.
  [[nodiscard]] virtual CopyRates copy_rates() { return {}; }
  [[nodiscard]] virtual std::unique_ptr<Moment> now();
};

/// Plain loops, one output after another.
[[nodiscard]] std::unique_ptr<OperatorRunner> reference_runner();

/// The widest vectors that this machine has, on `threads` threads (at least 1).
[[nodiscard]] std::unique_ptr<OperatorRunner> cpu_runner(int threads);

}  // namespace assay::backend
