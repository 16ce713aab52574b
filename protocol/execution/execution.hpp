#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/chance.hpp"
#include "protocol/ids.hpp"
#include "protocol/scenario/quantities.hpp"
#include "sim/time.hpp"

namespace assay::protocol {

/// One task's work: what the reference device would need, of which workload, cut in how many
/// segments.
struct Work {
  WorkloadId workload{};
  sim::SimDuration on_reference{};
  std::uint32_t segments = 1;
};

/// What a device pays for a task done honestly.
struct Cost {
  sim::SimDuration length{};      ///< the whole task: steps, hashing and commitments
  sim::SimDuration commitment{};  ///< the part of `length` that hashes and commits
  double joules = 0.0;            ///< wall energy of the whole task
};

/// One segment of a claim as nature knows it. No mechanism and no actor ever sees one.
struct SegmentTruth {
  std::uint64_t lease_key = 0;
  std::uint32_t segment = 0;
  BehaviourId behaviour = kHonest;  ///< what was done in this segment
  WorkloadId workload{};
  DeviceId device{};  ///< on which it was done
};

/// What a re-execution of one segment says about the claim.
struct Comparison {
  double distance = 0.0;  ///< relative to the tolerance: above 1 does not agree
  bool agrees = true;
};

/// So many of `of` segments that had no part in setting a tolerance were rejected by it.
struct HeldOut {
  std::uint64_t rejected = 0;
  std::uint64_t of = 0;
};

/// Where a number comes from, for the report: one line per cost.
struct Provenance {
  std::string cost;    ///< what it is: "step time of gpt2-124m on RTX 3090"
  std::string kind;    ///< measured | transferred | published | analytic | chosen
  std::string source;  ///< device, file and citation
  double low = 1.0;    ///< error band as factors around the value used
  double high = 1.0;
  std::optional<HeldOut> held_out = std::nullopt;  ///< of a tolerance's verdicts
};

/// Where in a disputed segment two claims part.
struct Divergence {
  std::uint64_t step = 0;
  std::uint64_t operator_at = 0;  ///< of that step
};

struct LiveTerms;  // protocol/execution/live_terms.hpp

/// An executor that cannot answer: its worker is gone, its tape has no such line. It ends the whole
/// experiment: no other run of it would fare better.
class ExecutionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a training step costs and what a comparison with an honest re-execution says. The
/// implementation that runs real steps stands outside this layer.
class TrainingExecutor {
 public:
  static constexpr auto kFamily = "execution";
  virtual ~TrainingExecutor() = default;

  /// In how many segments a task of this much reference work is cut: one for every checkpoint.
  [[nodiscard]] virtual std::uint32_t segments(sim::SimDuration on_reference) const = 0;
  [[nodiscard]] virtual Cost cost(const Work& work, DeviceId device) const = 0;
  /// Time on `device` per time on the reference device of plain training, without checkpoints and
  /// without the price of reproducible arithmetic: what a cloud customer would see.
  [[nodiscard]] virtual double relative_time(WorkloadId workload, DeviceId device) const = 0;
  /// The time and energy that re-executing `segments` of the work's segments takes on `device`.
  [[nodiscard]] virtual Cost reexecution(const Work& work, std::uint32_t segments,
                                         DeviceId device) const = 0;
  /// Whether claims are comparable bit for bit; otherwise a tolerance decides, and a dispute begins
  /// with a bitwise re-execution of the segment by both parties.
  [[nodiscard]] virtual bool bitwise() const = 0;
  /// What that re-execution of one segment of the work takes on `device`.
  [[nodiscard]] virtual Cost rerun(const Work& work, DeviceId device) const = 0;
  /// The verdict of re-executing one segment on `checker`; a pure function of its arguments.
  [[nodiscard]] virtual Comparison compare(Chance chance, const SegmentTruth& truth,
                                           DeviceId checker) const = 0;
  /// Whether the referee of a dispute finds that the two parties' bits differ at one operator of
  /// this segment: bitwise re-execution, no noise.
  [[nodiscard]] virtual bool differs_bitwise(const SegmentTruth& truth) const = 0;
  /// Where the referee finds no different bits, the distance of the claim to the common end of the
  /// bitwise re-execution decides; as `compare`, with noise of the referee's own.
  [[nodiscard]] virtual Comparison settle_by_distance(Chance chance,
                                                      const SegmentTruth& truth) const = 0;

  /// Where the wrong one of two claims leaves the honest execution of this segment: the provider's
  /// if it cheated, else the one that a challenger has made up. `steps` and `operators` are what
  /// the dispute bisects. Drawn, where nobody executes the segment.
  [[nodiscard]] virtual Divergence divergence(Chance chance, const SegmentTruth& truth,
                                              std::uint64_t steps, std::uint64_t operators) const;
  /// What stands for a segment where segments are executed for real; null: nothing is said.
  [[nodiscard]] virtual const LiveTerms* live() const { return nullptr; }

  /// Share of the honest cost that this behaviour pays for a segment (0: nothing).
  [[nodiscard]] virtual double cost_share(BehaviourId behaviour) const = 0;
  /// The damage that one accepted segment of this behaviour does, in segments of honest work lost.
  [[nodiscard]] virtual double harm(BehaviourId behaviour) const = 0;
  /// The behaviour of this name ("skip"), as the profile's rows name it; throws ConfigError.
  [[nodiscard]] virtual BehaviourId behaviour(std::string_view name) const = 0;
  /// Steps of a segment and operators of a step: what a dispute bisects.
  [[nodiscard]] virtual std::uint64_t steps(const Work& work) const = 0;
  [[nodiscard]] virtual std::uint64_t operators(WorkloadId workload) const = 0;
  /// The time of one operator on the referee's CPU.
  [[nodiscard]] virtual sim::SimDuration referee_time(WorkloadId workload) const = 0;
  [[nodiscard]] virtual Bytes checkpoint_bytes(WorkloadId workload) const = 0;

  [[nodiscard]] virtual std::vector<Provenance> provenance() const = 0;
};

}  // namespace assay::protocol
