#include "protocol/execution/analytic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "protocol/scenario/error.hpp"
#include "protocol/scenario/nearest.hpp"

namespace assay::protocol {
namespace {

// Measured steps lie between the pure roofline and twice its time.
constexpr double kLow = 0.7;
constexpr double kHigh = 1.5;

StepTime roofline(const Analytic::ModelParams& model, const Analytic::Params& params,
                  const Device& device) {
  return {model.flops / (device.matrix_flops * params.matrix_efficiency.as_double()),
          static_cast<double>(model.traffic.count) /
              (device.bytes_per_second * params.memory_efficiency.as_double()),
          static_cast<double>(model.operators) * sim::to_seconds(params.launch)};
}

TableExecutor::Tables tables(const Analytic::Params& params, const Setting& setting) {
  TableExecutor::Tables tables;
  tables.hash_bytes_per_second = params.hash_rate.value;
  tables.referee_flops_per_second = params.referee_flops;
  tables.wall_watts_per_board_watt = params.wall_power.as_double();
  tables.behaviours = {
      {"honest", 1.0, 0.0, {params.noise, params.noise_spread, params.noise_law == "normal"}},
      {"skip", 0.0, 1.0, {params.skip_distance, params.skip_spread}}};
  const auto named_fp8 = [](const Analytic::CheatParams& cheat) { return cheat.name == "fp8"; };
  // The row of scenarios/data/profile_published.json, where its source stands.
  if (std::none_of(params.cheats.begin(), params.cheats.end(), named_fp8)) {
    tables.behaviours.push_back({"fp8", 0.8, 0.2, {0.64, 0.33}});
  }
  for (const Analytic::CheatParams& cheat : params.cheats) {
    for (const TableExecutor::Behaviour& other : tables.behaviours) {
      if (other.name != cheat.name) continue;
      throw ConfigError(Complaint{
          "", 0, 0,
          fmt::format("execution.cheats: found '{}' again, expected another name", cheat.name)});
    }
    tables.behaviours.push_back(
        {cheat.name, cheat.cost_share.as_double(), cheat.harm, {cheat.distance, cheat.spread}});
  }
  for (const Workload& workload : setting.workloads) {
    const Analytic::ModelParams* found = nullptr;
    std::vector<std::string> names;
    for (const Analytic::ModelParams& model : params.models) {
      if (model.name == workload.model) found = &model;
      names.push_back(model.name);
    }
    if (found == nullptr) {
      throw ConfigError(Complaint{
          "", 0, 0,
          fmt::format("workloads.{}.model: found '{}', expected a name of execution.models{}",
                      workload.name, shown(workload.model), did_you_mean(workload.model, names))});
    }
    TableExecutor::Model model;
    model.operators = static_cast<std::uint64_t>(found->operators);
    model.largest_operator_flops = found->largest_operator_flops;
    model.checkpoint = Bytes{static_cast<std::int64_t>(
        found->parameters * static_cast<double>(params.checkpoint_per_parameter.count))};
    for (const Device& device : setting.devices) {
      const StepTime plain = roofline(*found, params, device);
      const StepTime exact = bitwise(plain, Products::Half, device, params.order_factor);
      model.steps.push_back(
          {{plain, kLow, kHigh, std::nullopt}, {exact, kLow, kHigh, std::nullopt}});
    }
    for (const DeviceId device : setting.named) {
      Provenance line{
          fmt::format("step time of {} on {}", found->name, setting.devices[index(device)].name),
          "analytic", "roofline with the scenario's efficiencies, rates from the catalogue", kLow,
          kHigh};
      tables.provenance.push_back(device == setting.reference ? without_band(std::move(line))
                                                              : std::move(line));
    }
    tables.models.push_back(std::move(model));
  }
  tables.provenance.push_back(
      Provenance{"honest distance and cheats", "analytic", "the scenario's own parameters"});
  return tables;
}

}  // namespace

void Analytic::ModelParams::describe(Fields& field) {
  field("name", name, "The name that workloads use.", kRequired);
  field("parameters", parameters, range(1.0, 1e13), "Number of the model's parameters.");
  field("flops", flops, range(1.0, 1e21), "Matrix floating-point operations of one step.");
  field("traffic", traffic, range(Bytes{0}, Bytes{1'000'000'000'000'000}),
        "Memory traffic of the operators of one step that memory bounds.");
  field("operators", operators, range<std::int64_t>(1, 1'000'000'000), "Operators of one step.");
  field("largest_operator_flops", largest_operator_flops, range(0.0, 1e18),
        "Floating-point operations of the largest operator, which a referee may have to repeat.");
}

void Analytic::CheatParams::describe(Fields& field) {
  field("name", name, "The name that strategies use.", kRequired);
  field("cost_share", cost_share, range(percent(0), percent(100)),
        "What a segment costs this way, as a share of the honest cost.", kRequired);
  field("harm", harm, range(0.0, 1e3), "Segments of honest work lost by accepting one of these.");
  field("distance", distance, range(0.0, 1e6), "Median distance, relative to the tolerance.",
        kRequired);
  field("spread", spread, range(0.0, 10.0),
        "Standard deviation of the logarithm of that distance.");
}

void Analytic::Params::describe(Fields& field) {
  static constexpr std::array<std::string_view, 2> kLaws{"log-normal", "normal"};
  mode.describe(field);
  field("matrix_efficiency", matrix_efficiency, range(percent(1), percent(100)),
        "Share of the matrix peak that matrix products reach.");
  field("memory_efficiency", memory_efficiency, range(percent(1), percent(100)),
        "Share of the memory bandwidth that memory-bound operators reach.");
  field("launch", launch, range<sim::SimDuration>(sim::SimDuration{}, std::chrono::seconds(1)),
        "Time to start one operator.");
  field("checkpoint_per_parameter", checkpoint_per_parameter, range(Bytes{0}, Bytes{1024}),
        "Bytes of a checkpoint per parameter (fp32 weights and two moments: 12).");
  field("hash_rate", hash_rate, range(BytesPerSecond{1e3}, BytesPerSecond{1e15}),
        "Rate at which a provider hashes a checkpoint.");
  field("referee_flops", referee_flops, range(1e6, 1e18),
        "Floating-point operations a second of the referee's processor.");
  field("wall_power", wall_power, range(percent(100), percent(1000)),
        "Wall power of a machine as a share of its boards' rated power.");
  field("order_factor", order_factor, range(1.0, 100.0),
        "Slowdown of matrix products whose sums keep one order (bitwise mode).");
  field("noise_law", noise_law, kLaws,
        "Law of the honest distance: log-normal, or the size of a normal variate with mean zero.");
  field("noise", noise, range(0.0, 1.0), "Median honest distance, relative to the tolerance.");
  field("noise_spread", noise_spread, range(0.0, 10.0),
        "Standard deviation of the logarithm of the honest distance, if that is log-normal.");
  field("skip_distance", skip_distance, range(0.0, 1e6),
        "Median distance of a skipped segment, relative to the tolerance.");
  field("skip_spread", skip_spread, range(0.0, 10.0),
        "Standard deviation of the logarithm of that distance.");
  field("cheats", cheats,
        "Ways to cheat besides skipping, that strategies can name; fp8 is one unless it is given.");
  field("models", models, "What a step of each model does.");
}

Analytic::Analytic(const Params& params, const Setting& setting)
    : TableExecutor(setting, params.mode, tables(params, setting)) {}

}  // namespace assay::protocol
