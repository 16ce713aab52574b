#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/execution/execution.hpp"
#include "protocol/execution/live_terms.hpp"
#include "protocol/execution/step_time.hpp"
#include "protocol/scenario/fields.hpp"
#include "protocol/setting.hpp"

namespace assay::protocol {

/// What both ways of execution let a scenario choose.
struct ExecutionMode {
  sim::SimDuration checkpoint_every = std::chrono::minutes(30);
  std::string mode = "tolerance";
  std::string band = "middle";
  LiveTerms live;  ///< its workload is empty where the scenario says nothing
  void describe(Fields& field);
  [[nodiscard]] bool is_bitwise() const { return mode == "bitwise"; }
};

/// The distance between two results, relative to the tolerance: log-normal, or the size of a
/// normal variate with mean zero.
struct DistanceLaw {
  double median = 0.0;
  double spread = 0.0;  ///< standard deviation of the logarithm, if log-normal
  bool normal = false;
};

/// What the result rests on for the reference device: its step time enters without an error band,
/// as work is counted in its hours and a band would only rename the hour.
[[nodiscard]] Provenance without_band(Provenance of_reference);

/// Execution by table: the time of a step of every workload on every device is known before the
/// run, so that a cost is a look-up and a product. Its two members, `analytic` and `profile`,
/// differ in where the table comes from.
class TableExecutor : public TrainingExecutor {
 public:
  /// A workload's model.
  struct Model {
    /// A step in one kind of arithmetic.
    struct Step {
      StepTime time;
      double low = 1.0;  ///< the error band of the time, as factors
      double high = 1.0;
      std::optional<double> watts;  ///< of the device while it trains so; none: its rated power
    };
    struct OnDevice {
      Step plain;
      Step bitwise;  ///< in arithmetic that gives every device the same bits
    };
    std::vector<OnDevice> steps;  ///< by DeviceId
    std::uint64_t operators = 1;  ///< of a step
    double largest_operator_flops = 0.0;
    Bytes checkpoint;
  };
  struct Behaviour {
    std::string name;
    double cost_share = 0.0;
    double harm = 1.0;
    DistanceLaw distance;
  };
  struct Tables {
    std::vector<Model> models;          ///< by WorkloadId
    std::vector<Behaviour> behaviours;  ///< by BehaviourId; the first is honest, its law is noise
    double hash_bytes_per_second = 6e9;
    double referee_flops_per_second = 85e9;
    double wall_watts_per_board_watt = 1.0;
    std::vector<Provenance> provenance;
  };

  [[nodiscard]] std::uint32_t segments(sim::SimDuration on_reference) const override;
  [[nodiscard]] Cost cost(const Work& work, DeviceId device) const override;
  [[nodiscard]] Cost reexecution(const Work& work, std::uint32_t segments,
                                 DeviceId device) const override;
  [[nodiscard]] double relative_time(WorkloadId workload, DeviceId device) const override;
  [[nodiscard]] bool bitwise() const override { return bitwise_; }
  [[nodiscard]] Cost rerun(const Work& work, DeviceId device) const override;
  [[nodiscard]] Comparison compare(Chance chance, const SegmentTruth& truth,
                                   DeviceId checker) const override;
  [[nodiscard]] bool differs_bitwise(const SegmentTruth& truth) const override;
  [[nodiscard]] Comparison settle_by_distance(Chance chance,
                                              const SegmentTruth& truth) const override;
  [[nodiscard]] const LiveTerms* live() const override {
    return live_.workload.empty() ? nullptr : &live_;
  }
  [[nodiscard]] double cost_share(BehaviourId behaviour) const override;
  [[nodiscard]] double harm(BehaviourId behaviour) const override;
  [[nodiscard]] BehaviourId behaviour(std::string_view name) const override;
  [[nodiscard]] std::uint64_t steps(const Work& work) const override;
  [[nodiscard]] std::uint64_t operators(WorkloadId workload) const override;
  [[nodiscard]] sim::SimDuration referee_time(WorkloadId workload) const override;
  [[nodiscard]] Bytes checkpoint_bytes(WorkloadId workload) const override;
  [[nodiscard]] std::vector<Provenance> provenance() const override { return provenance_; }

 protected:
  /// `tables.models` has one row a workload of `setting`, each with one step a device.
  TableExecutor(const Setting& setting, const ExecutionMode& mode, Tables tables);

 private:
  struct Law {
    double log_median = 0.0;
    double spread = 0.0;
    bool exact = true;  // distance zero, always
    bool normal = false;
    double deviation = 0.0;  // if normal
  };
  struct Row {
    sim::SimDuration hash{};  // of one checkpoint
    double reference_step_s = 1.0;
    std::uint64_t operators = 1;
    sim::SimDuration referee{};
    Bytes checkpoint;
  };
  /// Time on the device per time of plain training on the reference device, and power at the wall.
  struct Ratio {
    double time = 1.0;
    double watts = 0.0;
  };
  struct Ratios {
    Ratio plain;
    Ratio bitwise;
  };
  [[nodiscard]] const Ratios& ratios(WorkloadId workload, DeviceId device) const {
    return ratios_[index(workload) * devices_ + index(device)];
  }
  /// The work of `segments` of the task, with a checkpoint each, in plain or bitwise arithmetic.
  [[nodiscard]] Cost cost_of(const Work& work, std::uint32_t segments, DeviceId device,
                             bool in_bitwise) const;
  [[nodiscard]] Comparison drawn(Chance chance, const SegmentTruth& truth,
                                 std::uint64_t checker) const;

  sim::SimDuration checkpoint_every_;
  bool bitwise_;
  LiveTerms live_;
  std::size_t devices_;
  std::vector<Row> rows_;       // by workload
  std::vector<Ratios> ratios_;  // by workload, then device
  std::vector<Behaviour> behaviours_;
  std::vector<Law> laws_;  // by behaviour
  std::vector<Provenance> provenance_;
};

}  // namespace assay::protocol
