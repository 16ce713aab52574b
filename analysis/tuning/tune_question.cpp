#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/campaign/axis.hpp"
#include "analysis/campaign/run_plan.hpp"
#include "analysis/tuning/tune.hpp"
#include "protocol/scenario/outline.hpp"
#include "protocol/scenario/units.hpp"

// What a question says on a command line.
namespace assay::analysis {
namespace {

[[noreturn]] void refuse(std::string_view option, const std::string& text) {
  throw protocol::ConfigError(protocol::Complaint{"", 0, 0, fmt::format("{}: {}", option, text)});
}

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

/// Whether a key takes values of type Q, whatever kind it belongs to.
template <class Q>
bool takes(const std::vector<protocol::KeyDoc>& keys) {
  const std::string type = protocol::expectation(protocol::notation<Q>());
  return std::any_of(keys.begin(), keys.end(),
                     [&type](const protocol::KeyDoc& key) { return key.type == type; });
}

}  // namespace

std::string VariedParameter::text(double value) const {
  // Six digits that count, and no more decimals than money may have.
  constexpr int kMostDecimals = 6;
  const double size = std::abs(value);
  const int before = size >= 1.0 ? static_cast<int>(std::floor(std::log10(size))) + 1 : 1;
  std::string number =
      fmt::format("{:.{}f}", value, whole ? 0 : std::clamp(kMostDecimals + 1 - before, 0, 6));
  if (number.find('.') != std::string::npos) {
    number.erase(number.find_last_not_of('0') + 1);
    if (number.back() == '.') number.pop_back();
  }
  return unit.empty() ? number : fmt::format("{} {}", number, unit);
}

std::string VariedParameter::set(double value) const {
  return fmt::format("{}={}", key, text(value));
}

std::string VariedParameter::shown(double value) const {
  std::string piece = text(value);
  const std::size_t space = piece.find(' ');
  if (space != std::string::npos) piece.replace(space, 1, "\u00a0");
  return piece;
}

VariedParameter parse_varied(const std::string& text) {
  protocol::Complaints complaints;
  const auto axis = parse_axis("--vary", text, complaints);
  complaints.throw_if_any();
  if (!axis || !axis->span || axis->span->count) {
    refuse("--vary", fmt::format("found {}, expected a key and the ends of its range, such as "
                                 "verification.rate=0..1",
                                 protocol::shown(text)));
  }
  static const std::vector<protocol::KeyDoc> all = protocol::outline(protocol::Scenario{});
  const auto keys = protocol::find_keys(all, axis->key);
  const bool has_value = std::any_of(
      keys.begin(), keys.end(), [](const protocol::KeyDoc& key) { return key.family.empty(); });
  if (!has_value) {
    const auto known = protocol::explain(all, axis->key);
    refuse("--vary", known ? fmt::format("found {}, which is no key with a value", axis->key)
                           : known.error());
  }
  VariedParameter varied{axis->key, axis->span->low.number, axis->span->high.number,
                         axis->span->high.unit, takes<std::int64_t>(keys)};
  const Quantity& low = axis->span->low;
  if (low.unit != varied.unit && !(low.unit.empty() && low.number == 0.0)) {
    refuse("--vary", fmt::format("{}: found ends in {} and {}, expected one unit", axis->key,
                                 low.unit.empty() ? "no unit" : low.unit,
                                 varied.unit.empty() ? "no unit" : varied.unit));
  }
  if (!(varied.low < varied.high)) {
    refuse("--vary", fmt::format("{}: found {}, expected the low end before the high one",
                                 axis->key, protocol::shown(text)));
  }
  if (varied.unit.empty() && takes<protocol::Share>(keys)) {
    varied.low *= 100;
    varied.high *= 100;
    varied.unit = "%";
  }
  return varied;
}

TuneConstraint parse_constraint(const std::string& text) {
  constexpr const char* kExpected = "a metric, < or >, and a number, such as 'attack_gain < 0'";
  const std::size_t sign = text.find_first_of("<>");
  if (sign == std::string::npos) {
    refuse("--subject-to", fmt::format("found {}, expected {}", protocol::shown(text), kExpected));
  }
  // A noisy mean is never known to equal its limit, so that `<=` says the same.
  const std::size_t after = sign + (text.compare(sign + 1, 1, "=") == 0 ? 2 : 1);
  TuneConstraint constraint;
  constraint.metric = trimmed(std::string_view(text).substr(0, sign));
  constraint.below = text[sign] == '<';
  const auto limit = as_quantity(trimmed(std::string_view(text).substr(after)));
  if (constraint.metric.empty() || !limit || (!limit->unit.empty() && limit->unit != "%")) {
    refuse("--subject-to", fmt::format("found {}, expected {}", protocol::shown(text), kExpected));
  }
  constraint.limit = limit->unit == "%" ? limit->number / 100 : limit->number;
  constraint.text = fmt::format("{} {} {}{}", constraint.metric, constraint.below ? '<' : '>',
                                limit->text, limit->unit.empty() ? "" : " %");
  return constraint;
}

void check_question(const std::filesystem::path& scenario, const MarketUnderStudy::Sets& sets,
                    const Deviation& deviation, const TuneQuestion& question) {
  const auto with = [&](const std::string& set) {
    MarketUnderStudy::Sets all = sets;
    all.push_back(set);
    return protocol::load_scenario(scenario, std::span<const std::string>(all));
  };
  protocol::Complaints complaints;
  for (auto varied = question.vary.begin(); varied != question.vary.end(); ++varied) {
    const auto same_key = [&](const VariedParameter& one) { return one.key == varied->key; };
    if (std::none_of(question.vary.begin(), varied, same_key)) continue;
    complaints.add(
        {"", 0, 0,
         fmt::format("--vary: found {} twice, expected one range for each key", varied->key)});
  }
  for (const VariedParameter& varied : question.vary) {
    for (const double end : {varied.low, varied.high}) {
      try {
        (void)with(varied.set(end));
      } catch (const protocol::ConfigError& error) {
        for (protocol::Complaint complaint : error.complaints()) {
          complaints.add({"", 0, 0, "--vary: " + complaint.text});
        }
      }
    }
  }
  complaints.throw_if_any();
  const auto loaded = protocol::load_scenario(scenario, std::span<const std::string>(sets));
  for (const std::string& strategy : question.against) {
    (void)honest_pair(loaded.scenario, {strategy, {}}, deviation);
  }
  const auto known = metrics_of(honest_pair(loaded.scenario, {"lazy", {}}, deviation));
  (void)find_metric(known, question.minimise, "--minimise");
  for (const TuneConstraint& asked : question.constraints) {
    if (asked.metric != kAttackGain) {
      (void)find_metric(known, asked.metric, "--subject-to", kAttackGain);
    }
  }
}

}  // namespace assay::analysis
