#pragma once

#include "protocol/execution/table_executor.hpp"

namespace assay::protocol {

/// Execution by formula: a roofline with stated efficiencies. Each operator class takes its work
/// over the peak rate that bounds it times the share of the peak that such operators reach. Pure
/// rooflines are 15 to 50 % optimistic, so that the efficiencies carry the truth; they default to
/// the middle of what op profiles of A40, A100 and H100 show (0.58 to 0.88 of the matrix peak,
/// 0.3 to 1.0 of the bandwidth; Agrawal et al., "Vidur", MLSys 2024, its published profiles).
class Analytic final : public TableExecutor {
 public:
  static constexpr auto kKind = "analytic";
  static constexpr auto kSummary = "Roofline: work over peak rates times stated efficiencies.";
  /// What a step of a model does. The defaults are GPT-2 with 124 M parameters on 65,536 tokens.
  struct ModelParams {
    std::string name;
    double parameters = 124e6;
    double flops = 5.6e13;
    Bytes traffic{90'000'000'000};
    std::int64_t operators = 2900;
    double largest_operator_flops = 5.06e12;
    void describe(Fields& field);
  };
  /// A cheat besides skipping.
  struct CheatParams {
    std::string name;
    Share cost_share;
    double harm = 1.0;
    double distance = 1.0;
    double spread = 0.1;
    void describe(Fields& field);
  };
  struct Params {
    ExecutionMode mode;
    Share matrix_efficiency = percent(73);
    Share memory_efficiency = percent(65);
    sim::SimDuration launch = std::chrono::microseconds(5);
    Bytes checkpoint_per_parameter{12};
    BytesPerSecond hash_rate{6e9};
    double referee_flops = 85e9;
    Share wall_power = percent(138);
    double order_factor = 1.3;
    std::string noise_law = "log-normal";
    double noise = 0.2;
    double noise_spread = 0.33;
    double skip_distance = 2.0;
    double skip_spread = 0.1;
    std::vector<CheatParams> cheats;
    std::vector<ModelParams> models;
    void describe(Fields& field);
  };
  /// Throws ConfigError for a workload whose model is not in `params.models`, and for a cheat whose
  /// name is taken.
  Analytic(const Params& params, const Setting& setting);
};

}  // namespace assay::protocol
