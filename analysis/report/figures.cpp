#include "analysis/report/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "analysis/numbers.hpp"
#include "sim/check.hpp"

namespace assay::analysis {
namespace {

std::vector<AttackEvidence> evidence_of(const ReportData& data) {
  std::vector<AttackEvidence> evidence;
  for (const auto& attack : data.attacks) evidence.push_back(attack.evidence);
  return evidence;
}

/// Honest first, then the attacks in their order, then whatever else was followed.
std::vector<std::string> strategies_of(const ReportData& data) {
  std::vector<std::string> names = {"honest"};
  for (const auto& attack : data.attacks) names.push_back(attack.strategy);
  for (const auto& series : data.profit_usd) names.push_back(series.strategy);
  for (const auto& stages : data.stages) names.push_back(stages.strategy);
  return names;
}

}  // namespace

PageContext::PageContext(const ReportData& shown)
    : data(shown),
      judgements(judge(evidence_of(shown), shown.setting)),
      styles(strategy_styles(strategies_of(shown))) {}

const StrategyStyle& PageContext::style(const std::string& strategy) const {
  const auto found = styles.find(strategy);
  SIM_CHECK(found != styles.end());
  return found->second;
}

std::string number_word(std::size_t n) {
  constexpr std::array<std::string_view, 13> kWords = {"no",   "one",    "two",   "three", "four",
                                                       "five", "six",    "seven", "eight", "nine",
                                                       "ten",  "eleven", "twelve"};
  return n < kWords.size() ? std::string(kWords.at(n)) : count(static_cast<std::int64_t>(n));
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string days_text(double days) {
  const auto number = shortest(days);
  return with_unit(number, {1.0, number == "1" ? "day" : "days"});
}

std::string band_note(const ReportData& data, std::string_view of) {
  if (data.replications < 2) return "";
  return fmt::format(" Band: {} interval{}.", percent_text(1 - kAlpha), of);
}

std::string verdict_role(Verdict verdict) {
  if (verdict == Verdict::Deterred) return "deterred";
  if (verdict == Verdict::Pays) return "pays";
  return "undecided";
}

std::string verdict_sign(Verdict verdict) {
  if (verdict == Verdict::Deterred) return "▼";
  if (verdict == Verdict::Pays) return "▲";
  return "●";
}

std::string verdict_shape(Verdict verdict) {
  if (verdict == Verdict::Deterred) return "triangle-down";
  if (verdict == Verdict::Pays) return "triangle-up";
  return "circle";
}

Table number_table(std::string_view first, const std::vector<std::string>& names,
                   const std::vector<NumberColumn>& columns) {
  Table table;
  table.columns.emplace_back(first);
  for (const auto& name : names) table.rows.push_back({name});
  for (const auto& column : columns) {
    SIM_CHECK(column.values.size() == names.size());
    table.columns.push_back(column.title);
    double largest = 0.0;
    bool whole = true;
    for (const double value : column.values) {
      if (!std::isfinite(value)) continue;
      largest = std::max(largest, std::abs(value));
      whole = whole && value == std::floor(value);
    }
    const int exponent = largest > 0.0 ? static_cast<int>(std::floor(std::log10(largest))) : 0;
    const int decimals = whole ? 0 : std::clamp(3 - exponent, 0, 8);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const double value = column.values[i];
      table.rows[i].push_back(std::isfinite(value) ? fixed(value, decimals) : "–");
    }
  }
  return table;
}

}  // namespace assay::analysis
