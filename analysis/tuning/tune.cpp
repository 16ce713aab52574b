#include "analysis/tuning/tune.hpp"

#include <array>

#include "analysis/tuning/tuner.hpp"
#include "sim/check.hpp"

namespace assay::analysis {

std::string_view name_of(TuneVerdict verdict) {
  static constexpr std::array<std::string_view, 3> kNames = {"found", "infeasible", "undecided"};
  return kNames.at(static_cast<std::size_t>(verdict));
}

Tuning tune(MarketUnderStudy& market, const TuneQuestion& question,
            const std::function<void(const std::string&)>& say) {
  SIM_CHECK(!question.vary.empty());
  return Tuner(market, question, say).run();
}

}  // namespace assay::analysis
