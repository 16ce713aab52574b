#include "protocol/execution/table_executor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "protocol/scenario/error.hpp"
#include "protocol/scenario/nearest.hpp"
#include "sim/check.hpp"
#include "sim/distributions.hpp"
#include "sim/math.hpp"

namespace assay::protocol {
namespace {

constexpr std::array<std::string_view, 2> kModes{"tolerance", "bitwise"};
constexpr std::array<std::string_view, 3> kBands{"low", "middle", "high"};

/// The referee compares on hardware of its own: no DeviceId, which has 16 bits.
constexpr std::uint64_t kReferee = 1 << 16;

/// Half of all normal variates lie within so many standard deviations.
constexpr double kMedianOfNormal = 0.6744897501960817;

}  // namespace

void ExecutionMode::describe(Fields& field) {
  field("checkpoint_every", checkpoint_every,
        range<sim::SimDuration>(std::chrono::seconds(1), std::chrono::hours(24 * 365)),
        "Reference work between two checkpoints; each is hashed and committed and ends a segment.");
  field("mode", mode, kModes,
        "How a result is compared: within a tolerance, or bit for bit at the price of slower "
        "arithmetic.");
  field("band", band, kBands,
        "Where in its error band every step time lies, but that of the reference device, in whose "
        "hours work is measured. `assay run --cost-errors` runs all three.");
  field.when(is_bitwise(), [&] {
    field("live", live, "What `assay run --execution live` executes for each segment.");
  });
}

Provenance without_band(Provenance of_reference) {
  of_reference.low = of_reference.high = 1.0;
  of_reference.source += "; without an error band, as work is counted in its hours";
  return of_reference;
}

TableExecutor::TableExecutor(const Setting& setting, const ExecutionMode& mode, Tables tables)
    : checkpoint_every_(mode.checkpoint_every),
      bitwise_(mode.is_bitwise()),
      live_(mode.live),
      devices_(setting.devices.size()),
      behaviours_(std::move(tables.behaviours)),
      provenance_(std::move(tables.provenance)) {
  SIM_CHECK(tables.models.size() == setting.workloads.size());
  SIM_CHECK(!behaviours_.empty());
  for (const Model& model : tables.models) {
    SIM_CHECK(model.steps.size() == devices_);
    const double reference = model.steps.at(index(setting.reference)).plain.time.total();
    for (std::size_t i = 0; i < devices_; ++i) {
      const bool nominal = mode.band == "middle" || i == index(setting.reference);
      const auto ratio = [&](const Model::Step& step) {
        const double error = nominal ? 1.0 : mode.band == "low" ? step.low : step.high;
        const double board = step.watts.value_or(setting.devices[i].power.value);
        return Ratio{step.time.total() / reference * error,
                     board * tables.wall_watts_per_board_watt};
      };
      ratios_.push_back(Ratios{ratio(model.steps[i].plain), ratio(model.steps[i].bitwise)});
    }
    const auto bytes = static_cast<double>(model.checkpoint.count);
    rows_.push_back(
        Row{sim::duration_up(bytes / tables.hash_bytes_per_second), reference, model.operators,
            sim::duration_up(model.largest_operator_flops / tables.referee_flops_per_second),
            model.checkpoint});
  }
  for (const Behaviour& behaviour : behaviours_) {
    const DistanceLaw& law = behaviour.distance;
    const bool exact = law.median == 0.0;
    laws_.push_back(Law{exact ? 0.0 : sim::log(law.median), law.spread, exact, law.normal,
                        law.median / kMedianOfNormal});
  }
}

std::uint32_t TableExecutor::segments(sim::SimDuration on_reference) const {
  const std::int64_t whole = on_reference / checkpoint_every_;
  const std::int64_t count =
      whole + (on_reference % checkpoint_every_ == sim::SimDuration{} ? 0 : 1);
  SIM_CHECK(count <= std::numeric_limits<std::uint32_t>::max());
  return static_cast<std::uint32_t>(std::max<std::int64_t>(count, 1));
}

Cost TableExecutor::cost_of(const Work& work, std::uint32_t segments, DeviceId device,
                            bool in_bitwise) const {
  const Ratios& both = ratios(work.workload, device);
  const Ratio& ratio = in_bitwise ? both.bitwise : both.plain;
  const double share = static_cast<double>(segments) / static_cast<double>(work.segments);
  const double compute_ns = static_cast<double>(work.on_reference.count()) * share * ratio.time;
  constexpr double kLongest = 9.1e18;  // 288 years
  SIM_CHECK(compute_ns <= kLongest);
  const sim::SimDuration commitment = rows_[index(work.workload)].hash * segments;
  const sim::SimDuration length =
      sim::SimDuration{static_cast<std::int64_t>(std::ceil(compute_ns))} + commitment;
  return {length, commitment, sim::to_seconds(length) * ratio.watts};
}

Cost TableExecutor::cost(const Work& work, DeviceId device) const {
  return cost_of(work, work.segments, device, bitwise_);
}

Cost TableExecutor::reexecution(const Work& work, std::uint32_t segments, DeviceId device) const {
  return cost_of(work, segments, device, bitwise_);
}

Cost TableExecutor::rerun(const Work& work, DeviceId device) const {
  return cost_of(work, 1, device, true);
}

double TableExecutor::relative_time(WorkloadId workload, DeviceId device) const {
  return ratios(workload, device).plain.time;
}

Comparison TableExecutor::drawn(Chance chance, const SegmentTruth& truth,
                                std::uint64_t checker) const {
  const bool honest = truth.behaviour == kHonest;
  if (bitwise_ && honest) return {0.0, true};
  const Law& law = laws_[index(truth.behaviour)];
  if (law.exact) return {0.0, true};
  // Noise depends on who checks; how far a cheat lies off is its segment's own, and all who check
  // it find the same.
  sim::Draws draws =
      honest ? chance.open(Purpose::Noise, sim::mix(truth.lease_key, truth.segment, checker))
             : chance.open(Purpose::CheatDistance, sim::mix(truth.lease_key, truth.segment));
  if (law.normal) {
    const double distance = std::abs(law.deviation * sim::normal(draws));
    return {distance, !bitwise_ && distance <= 1.0};
  }
  const double logarithm = law.log_median + law.spread * sim::normal(draws);
  // Bit for bit, any difference is one. The distance keeps the scale that the tolerance would have.
  return {sim::exp(logarithm), !bitwise_ && logarithm <= 0.0};
}

Comparison TableExecutor::compare(Chance chance, const SegmentTruth& truth,
                                  DeviceId checker) const {
  return drawn(chance, truth, index(checker));
}

bool TableExecutor::differs_bitwise(const SegmentTruth& truth) const {
  return truth.behaviour != kHonest && !laws_[index(truth.behaviour)].exact;
}

Comparison TableExecutor::settle_by_distance(Chance chance, const SegmentTruth& truth) const {
  return drawn(chance, truth, kReferee);
}

double TableExecutor::cost_share(BehaviourId behaviour) const {
  return behaviours_.at(index(behaviour)).cost_share;
}

double TableExecutor::harm(BehaviourId behaviour) const {
  return behaviours_.at(index(behaviour)).harm;
}

BehaviourId TableExecutor::behaviour(std::string_view name) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < behaviours_.size(); ++i) {
    if (behaviours_[i].name == name) return static_cast<BehaviourId>(i);
    names.push_back(behaviours_[i].name);
  }
  throw ConfigError(Complaint{"", 0, 0,
                              fmt::format("found behaviour '{}', expected {}{}", shown(name),
                                          either(names), did_you_mean(name, names))});
}

std::uint64_t TableExecutor::steps(const Work& work) const {
  const double segment_s = sim::to_seconds(work.on_reference) / static_cast<double>(work.segments);
  const double steps = std::ceil(segment_s / rows_[index(work.workload)].reference_step_s);
  return static_cast<std::uint64_t>(std::max(steps, 1.0));
}

std::uint64_t TableExecutor::operators(WorkloadId workload) const {
  return rows_[index(workload)].operators;
}

sim::SimDuration TableExecutor::referee_time(WorkloadId workload) const {
  return rows_[index(workload)].referee;
}

Bytes TableExecutor::checkpoint_bytes(WorkloadId workload) const {
  return rows_[index(workload)].checkpoint;
}

}  // namespace assay::protocol
