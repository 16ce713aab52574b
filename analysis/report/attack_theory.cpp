#include "analysis/report/attack_theory.hpp"

#include "analysis/closed_forms.hpp"

namespace assay::analysis {

double found_if_audited(const CheatTermsOfTask& terms) {
  const double blind =
      undetected_by_colluders(terms.colluding, static_cast<double>(terms.verifiers));
  return detection(terms.cheated, static_cast<double>(terms.segments)) * (1.0 - blind);
}

double gain_of_task_usd(const CheatTermsOfTask& terms) {
  const double at_risk = terms.reward_usd + terms.stake_usd;
  return terms.cheated * terms.cost_usd - terms.rate * found_if_audited(terms) * at_risk;
}

std::optional<double> break_even_rate(const CheatTermsOfTask& terms) {
  const double loss = found_if_audited(terms) * (terms.reward_usd + terms.stake_usd);
  if (!(loss > 0.0)) return std::nullopt;
  return terms.cheated * terms.cost_usd / loss;
}

std::optional<double> turning_factor(const CheatTermsOfTask& terms, double part) {
  const double saved = terms.cheated * terms.cost_usd * part;
  if (!(saved > 0.0)) return std::nullopt;
  const double factor = 1.0 - gain_of_task_usd(terms) / saved;
  if (!(factor > 0.0)) return std::nullopt;
  return factor;
}

double caught_after(const CheatTermsOfTask& terms, double tasks) {
  return detection(terms.rate * found_if_audited(terms), tasks);
}

}  // namespace assay::analysis
