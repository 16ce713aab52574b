#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gpu_backend/training/purpose.hpp"
#include "gpu_backend/training/trainer.hpp"
#include "sim/draws.hpp"

// Ways to train a segment, honest and others. Each is a function of its values and the segment, so
// that whoever repeats it does the same.
namespace assay::backend {

/// Steps `first_step`, ..., `first_step + steps - 1`. The state is committed after every `interval`
/// steps, which divides `steps`.
struct Segment {
  std::uint64_t first_step = 0;
  std::uint64_t steps = 1;
  std::uint64_t interval = 1;

  [[nodiscard]] std::uint64_t checkpoints() const { return steps / interval; }
  [[nodiscard]] std::uint64_t end() const { return first_step + steps; }
  bool operator==(const Segment&) const = default;
};

enum class CheatKind : std::uint8_t {
  Honest,
  Skip,                 ///< leaves steps out: the state stays as it was
  StaleCheckpoint,      ///< once goes on from the segment's first state, as after a lost one
  FewerMicroBatches,    ///< averages over half of the micro-batches (two or more are needed)
  FabricatedGradients,  ///< updates with noise instead of gradients
  TamperedOperator,     ///< changes one bit of one number that one operator wrote
  LowPrecision          ///< computes in bfloat16 what it claims to have computed in fp32
};

struct Cheat {
  CheatKind kind = CheatKind::Honest;
  /// Share of the steps that are skipped, fed with fewer micro-batches or with noise, or computed
  /// in a lower precision, each drawn on its own; at least one is. In (0, 1].
  double fraction = 1.0;
  /// From which all draws come.
  std::uint64_t seed = 0;
  /// The one step of StaleCheckpoint and TamperedOperator, and the operator of the latter; drawn
  /// where they are not given.
  std::optional<std::uint64_t> step = std::nullopt;
  std::optional<std::uint64_t> op = std::nullopt;
};

/// "honest", "skip", "stale-checkpoint", "fewer-micro-batches", "fabricated-gradients",
/// "tampered-operator", "low-precision".
[[nodiscard]] std::vector<std::string> cheat_names();
[[nodiscard]] std::string_view name_of(CheatKind kind);
/// Throws std::invalid_argument with the nearest name.
[[nodiscard]] CheatKind cheat_kind(std::string_view name);

/// Whether it does otherwise in one step of a segment only, whatever its fraction.
[[nodiscard]] bool is_of_one_step(CheatKind kind);

/// The steps of the segment in which this cheat does something else than training, ascending.
/// Throws std::invalid_argument where the cheat has no room: a step outside of the segment, a
/// single micro-batch of which to leave out some, a stale checkpoint in a segment of one step.
[[nodiscard]] std::vector<std::uint64_t> touched_steps(const Cheat& cheat, const Segment& segment,
                                                       const Workload& workload);

/// The workload with half of its micro-batches.
[[nodiscard]] Workload fewer_micro_batches(Workload workload);

/// What a cheat draws: a stream for each purpose and key.
[[nodiscard]] sim::Draws draws_for(const Cheat& cheat, Purpose purpose, std::uint64_t key);
/// A made-up gradient.
void fill_with_noise(std::span<float> gradient, sim::Draws draws);
/// The number with one bit of its fraction changed, so that a number stays a number.
[[nodiscard]] float tampered(float value, sim::Draws& draws);

/// A worker that trains a segment in one of these ways by the reproducible operators.
class Conduct {
 public:
  /// `trainer` must outlive it; `start` is the state at the segment's first step. Throws
  /// std::invalid_argument as `touched_steps`, and for LowPrecision, which these operators have
  /// not.
  Conduct(Trainer& trainer, Segment segment, const Cheat& cheat, State start);

  [[nodiscard]] const Segment& segment() const { return segment_; }
  [[nodiscard]] Trainer& trainer() const { return *trainer_; }
  [[nodiscard]] const State& start() const { return start_; }

  /// The state after the step at which `state` stands. `loss` is what this worker would report: a
  /// skipped step repeats no computation, so it has none and reports 0.
  [[nodiscard]] StepResult advance(State state);

  /// The same step told operator by operator: runs all of them, and `hook` sees the inputs and
  /// outputs that this worker claims. Its lies are consistent: the outputs of the claimed operators
  /// give the state that `advance` gives.
  [[nodiscard]] StepResult explain(State state, const OperatorHook& hook);

  /// Whether the step at which a state of `step` stands is touched.
  [[nodiscard]] bool touches(std::uint64_t step) const;

 private:
  [[nodiscard]] State fabricated(State state) const;
  [[nodiscard]] OperatorHook tampering(const OperatorHook& hook) const;

  Trainer* trainer_;
  Segment segment_;
  Cheat cheat_;
  State start_;
  std::vector<std::uint64_t> touched_;  // ascending
  std::optional<Trainer> fewer_;        // of a workload with half of the micro-batches
  std::uint64_t operator_ = 0;          // that is tampered with
};

}  // namespace assay::backend
