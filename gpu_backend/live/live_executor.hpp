#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "gpu_backend/live/answers.hpp"
#include "gpu_backend/live/live_setting.hpp"
#include "protocol/execution/execution.hpp"

namespace assay::backend {

/// Execution whose verdicts are real: whether a claim agrees with its re-execution, and where two
/// claims part, come from training steps that were executed. What the work costs and how long it
/// takes in the market stays what the scenario's table says.
class LiveExecutor final : public protocol::TrainingExecutor {
 public:
  using Cost = protocol::Cost;
  using Work = protocol::Work;
  /// `provenance`: of the verdicts, beside the table's own.
  LiveExecutor(std::shared_ptr<const protocol::TrainingExecutor> table, LiveSetting setting,
               std::shared_ptr<Answers> answers, protocol::Provenance provenance)
      : table_(std::move(table)),
        setting_(std::move(setting)),
        answers_(std::move(answers)),
        provenance_(std::move(provenance)) {}

  /// Equal bits agree, at distance 0. Any other claim does not, and is as far off as the table
  /// says, by which nothing is decided.
  [[nodiscard]] protocol::Comparison compare(protocol::Chance chance,
                                             const protocol::SegmentTruth& truth,
                                             protocol::DeviceId checker) const override;
  [[nodiscard]] bool differs_bitwise(const protocol::SegmentTruth& truth) const override;
  [[nodiscard]] protocol::Divergence divergence(protocol::Chance chance,
                                                const protocol::SegmentTruth& truth,
                                                std::uint64_t steps,
                                                std::uint64_t operators) const override;
  [[nodiscard]] std::uint64_t steps(const Work& /*work*/) const override { return setting_.steps; }
  [[nodiscard]] std::uint64_t operators(protocol::WorkloadId /*workload*/) const override {
    return setting_.operators;
  }
  [[nodiscard]] bool bitwise() const override { return true; }

  [[nodiscard]] std::uint32_t segments(sim::SimDuration on_reference) const override {
    return table_->segments(on_reference);
  }
  [[nodiscard]] Cost cost(const Work& work, protocol::DeviceId device) const override {
    return table_->cost(work, device);
  }
  [[nodiscard]] double relative_time(protocol::WorkloadId workload,
                                     protocol::DeviceId device) const override {
    return table_->relative_time(workload, device);
  }
  [[nodiscard]] Cost reexecution(const Work& work, std::uint32_t segments,
                                 protocol::DeviceId device) const override {
    return table_->reexecution(work, segments, device);
  }
  [[nodiscard]] Cost rerun(const Work& work, protocol::DeviceId device) const override {
    return table_->rerun(work, device);
  }
  /// Never asked for in bitwise mode, where whoever differs is known before.
  [[nodiscard]] protocol::Comparison settle_by_distance(
      protocol::Chance chance, const protocol::SegmentTruth& truth) const override {
    return table_->settle_by_distance(chance, truth);
  }
  [[nodiscard]] const protocol::LiveTerms* live() const override { return table_->live(); }
  [[nodiscard]] double cost_share(protocol::BehaviourId behaviour) const override {
    return table_->cost_share(behaviour);
  }
  [[nodiscard]] double harm(protocol::BehaviourId behaviour) const override {
    return table_->harm(behaviour);
  }
  [[nodiscard]] protocol::BehaviourId behaviour(std::string_view name) const override {
    return table_->behaviour(name);
  }
  [[nodiscard]] sim::SimDuration referee_time(protocol::WorkloadId workload) const override {
    return table_->referee_time(workload);
  }
  [[nodiscard]] protocol::Bytes checkpoint_bytes(protocol::WorkloadId workload) const override {
    return table_->checkpoint_bytes(workload);
  }
  [[nodiscard]] std::vector<protocol::Provenance> provenance() const override;

 private:
  [[nodiscard]] Question question(const protocol::SegmentTruth& truth) const;

  std::shared_ptr<const protocol::TrainingExecutor> table_;
  LiveSetting setting_;
  std::shared_ptr<Answers> answers_;
  protocol::Provenance provenance_;
};

}  // namespace assay::backend
