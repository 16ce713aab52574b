#include "analysis/validation/validation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "analysis/statistics.hpp"
#include "protocol/scenario/nearest.hpp"
#include "sim/draws.hpp"

namespace assay::analysis {
namespace {

constexpr double kFalseAlarm = 0.01;
constexpr int kRepeatScale = 16;

struct Planned {
  const Validation* validation = nullptr;
  Values values;
};

std::string unknown(std::string_view what, const std::string& name,
                    const std::vector<std::string>& valid) {
  return fmt::format("{}: no such {}, expected {}{}", name, what, protocol::either(valid),
                     protocol::did_you_mean(name, valid));
}

std::vector<const Validation*> selected(std::span<const std::string> ids) {
  std::vector<std::string> known;
  for (const Validation& validation : validations()) known.push_back(validation.id);
  std::vector<const Validation*> chosen;
  for (const std::string& id : ids) {
    if (std::find(known.begin(), known.end(), id) == known.end()) {
      throw ValidationError(unknown("validation", id, known));
    }
  }
  for (const Validation& validation : validations()) {
    if (ids.empty() || std::find(ids.begin(), ids.end(), validation.id) != ids.end()) {
      chosen.push_back(&validation);
    }
  }
  return chosen;
}

bool has(const Validation& validation, const std::string& parameter) {
  return std::any_of(validation.parameters.begin(), validation.parameters.end(),
                     [&](const Parameter& p) { return p.name == parameter; });
}

void check(const Validation& validation, const Values& values) {
  for (const Parameter& parameter : validation.parameters) {
    const double value = values.at(parameter.name);
    const bool whole = value == std::floor(value);
    if (!(value >= parameter.low && value <= parameter.high) || (parameter.whole && !whole)) {
      throw ValidationError(fmt::format(
          "{}: {}: found {}, expected {} from {} to {}", validation.id, parameter.name, value,
          parameter.whole ? "a whole number" : "a number", parameter.low, parameter.high));
    }
  }
  if (validation.refuse) {
    if (const std::string why = validation.refuse(values); !why.empty()) {
      throw ValidationError(fmt::format("{}: {}", validation.id, why));
    }
  }
}

std::vector<Planned> plan(std::span<const std::string> ids, const Values& overrides) {
  const std::vector<const Validation*> chosen = selected(ids);
  std::vector<std::string> parameters;
  for (const Validation* validation : chosen) {
    for (const Parameter& parameter : validation->parameters) parameters.push_back(parameter.name);
  }
  for (const auto& [name, value] : overrides) {
    if (std::find(parameters.begin(), parameters.end(), name) == parameters.end()) {
      std::sort(parameters.begin(), parameters.end());
      parameters.erase(std::unique(parameters.begin(), parameters.end()), parameters.end());
      throw ValidationError(unknown("parameter", name, parameters));
    }
  }
  std::vector<Planned> cases;
  for (const Validation* validation : chosen) {
    if (overrides.empty()) {
      for (const Values& values : validation->cases) cases.push_back({validation, values});
      continue;
    }
    const bool has_all = std::all_of(overrides.begin(), overrides.end(), [&](const auto& item) {
      return has(*validation, item.first);
    });
    if (!has_all) continue;
    Values values = validation->cases.front();
    for (const auto& [name, value] : overrides) values[name] = value;
    cases.push_back({validation, values});
  }
  if (cases.empty()) throw ValidationError("no validation has all of these parameters");
  for (const Planned& planned : cases) check(*planned.validation, planned.values);
  return cases;
}

/// Two-sided p of being so many standard errors off.
double p_value(const ValidationCase& result) {
  if (result.measured.standard_error == 0.0) return result.z == 0.0 ? 1.0 : 0.0;
  const boost::math::students_t law(std::max(1, result.measured.replications - 1));
  return 2.0 * boost::math::cdf(boost::math::complement(law, std::abs(result.z)));
}

void measure(ValidationCase& result, const Planned& planned, std::uint64_t seed, int scale) {
  result.measured = planned.validation->measure(planned.values, seed, scale);
  const double off = result.measured.value - result.expected;
  if (result.measured.standard_error > 0.0) {
    result.z = off / result.measured.standard_error;
  } else {
    // Exact results agree to the last digits that a double holds.
    result.z = std::abs(off) <= 1e-12 * std::max(1.0, std::abs(result.expected)) ? 0.0 : off;
  }
}

}  // namespace

const std::vector<Validation>& validations() {
  static const std::vector<Validation> all = [] {
    std::vector<Validation> joined;
    for (const auto part : {sampling_validations, game_validations, queueing_validations,
                            price_validations, auction_validations, lottery_validations,
                            bribery_validations, verifier_validations, voting_validations}) {
      for (Validation& validation : part()) joined.push_back(std::move(validation));
    }
    std::stable_sort(joined.begin(), joined.end(), [](const Validation& a, const Validation& b) {
      const auto number = [](const std::string& id) { return std::stoi(id.substr(1)); };
      return number(a.id) < number(b.id);
    });
    return joined;
  }();
  return all;
}

std::vector<ValidationCase> validate(std::span<const std::string> ids, const Values& overrides,
                                     std::uint64_t seed,
                                     const std::function<void(const std::string& id)>& started) {
  const std::vector<Planned> cases = plan(ids, overrides);
  std::vector<ValidationCase> results;
  for (const Planned& planned : cases) {
    ValidationCase result;
    result.id = planned.validation->id;
    for (const Parameter& parameter : planned.validation->parameters) {
      result.parameters.emplace_back(parameter.name, planned.values.at(parameter.name));
    }
    result.expected = planned.validation->expected(planned.values);
    started(result.id);
    // Draws of its own: two cases on one station must not be wrong together.
    measure(result, planned, sim::mix(seed, results.size()), 1);
    results.push_back(std::move(result));
  }
  const auto judge = [&] {
    std::vector<double> p;
    for (const ValidationCase& result : results) p.push_back(p_value(result));
    const std::vector<HolmStep> steps = holm(p, kFalseAlarm);
    for (std::size_t i = 0; i < results.size(); ++i) results[i].pass = !steps[i].rejected;
  };
  judge();
  bool again = false;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].pass || results[i].measured.standard_error == 0.0) continue;
    results[i].repeated = true;
    again = true;
    started(results[i].id);
    // New draws: the sample that raised the alarm is no part of the second one.
    measure(results[i], cases[i], sim::mix(seed, cases.size() + i), kRepeatScale);
  }
  if (again) judge();
  return results;
}

}  // namespace assay::analysis
