#include "analysis/report/sentences.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/numbers.hpp"
#include "analysis/range.hpp"
#include "analysis/results.hpp"

namespace assay::analysis {
namespace {

const Unit kUsd = unit_of("USD");
const Unit kShare = unit_of("share");

std::string text_of(const PerReplication& samples, const Unit& unit,
                    const Interval& range = kAnywhere) {
  return estimate_text(within(range, mean_estimate(samples)), unit);
}

std::string html_of(const PerReplication& samples, const Unit& unit,
                    const Interval& range = kAnywhere) {
  return muted_bracket(text_of(samples, unit, range));
}

bool any_verdict(const PageContext& page, Verdict verdict) {
  return std::any_of(
      page.judgements.begin(), page.judgements.end(),
      [verdict](const Judgement& judgement) { return judgement.verdict == verdict; });
}

KeyFigure key_figure(std::string label, const PerReplication& samples, const Unit& unit,
                     const Interval& range, std::string reference) {
  const auto text = rounded(within(range, mean_estimate(samples)), unit);
  return {std::move(label), with_unit(text.value, unit), text.bracket(), std::move(reference)};
}

/// `41.0 % [40.3, 41.7] below`: the price against the cloud's median, which is an input.
std::string against_cloud(const ReportData& data) {
  PerReplication gap;
  for (const double price : data.price_usd_per_hour) {
    gap.push_back(1.0 - price / *data.cloud_median_usd_per_hour);
  }
  const bool above = mean(gap) < 0;
  for (auto& value : gap) value = above ? -value : value;
  return fmt::format("{} {}", text_of(gap, kShare), above ? "above" : "below");
}

std::vector<CostBand> bands(const ReportData& data) {
  std::vector<CostBand> all;
  for (const auto& cost : data.costs) all.push_back(cost.band);
  return all;
}

/// `0.06` of `0.053`: a tenth beyond, written as a scenario takes it.
std::string rate_value(double rate) {
  const double percent = rate * 100;
  const double step = std::pow(10.0, std::floor(std::log10(percent)) - 1);
  return fmt::format("{:g}%", std::ceil(percent / step - 1e-9) * step);
}

std::string several(std::int64_t n, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count(n), n == 1 ? one : many);
}

/// What becomes of the gains' intervals under the error bands of step times.
std::string gains_with_errors(const ReportData& data) {
  std::vector<std::string> gains;
  for (const auto& attack : data.attacks) {
    for (const ReportCostError& row : data.cost_errors) {
      if (row.name != gain_metric(attack.strategy)) continue;
      const Unit unit = unit_of(row.unit);
      gains.push_back(
          fmt::format("{}{} {} {}{}", gains.empty() ? "the gain of " : "that of ",
                      attack.evidence.noun, gains.empty() ? "lies in" : "in",
                      with_unit(rounded_around(row.chance, row.both, unit).bracket(), unit),
                      loses_its_sign(row) ? " (zero inside)" : ""));
    }
  }
  if (gains.empty()) return R"( <a href="#costs">Costs</a> has it with the errors of costs, too.)";
  return fmt::format(" With the error bands of step times, {}.", escape(list_text(gains)));
}

/// What real training steps have shown.
std::string executed_text(const Executed& executed) {
  std::string text = fmt::format(
      "{} of {} had other bits than honest work",
      executed.differing == 0 ? "None" : count(executed.differing),
      several(executed.segments, "claim that was executed", "claims that were executed"));
  const auto lost = [&executed](std::string_view loser, bool honest) {
    return std::count_if(
        executed.disputes.begin(), executed.disputes.end(), [&](const ExecutedDispute& dispute) {
          return dispute.loser == loser && (dispute.behaviour == "honest") == honest;
        });
  };
  std::vector<std::string> convicted;
  const auto add = [&convicted](std::int64_t n, std::string_view one, std::string_view many) {
    if (n > 0) convicted.push_back(several(n, one, many));
  };
  add(lost("provider", false), "cheating provider", "cheating providers");
  add(lost("challenger", true) + lost("challenger", false), "false challenger",
      "false challengers");
  add(lost("provider", true), "honest provider", "honest providers");
  if (!convicted.empty()) {
    text +=
        fmt::format("; the {} convicted {}",
                    executed.disputes.size() == 1
                        ? std::string("one dispute")
                        : count(static_cast<std::int64_t>(executed.disputes.size())) + " disputes",
                    list_text(convicted));
    if (lost("provider", true) == 0) text += " and no honest provider";
  }
  return text + ".";
}

}  // namespace

std::string page_headline(const PageContext& page) {
  const ReportData& data = page.data;
  std::vector<AttackEvidence> evidence;
  for (const auto& attack : data.attacks) evidence.push_back(attack.evidence);
  const std::string verdicts = headline(evidence, page.judgements, data.setting);
  if (!data.executed) return verdicts;
  const std::string executed = executed_text(*data.executed);
  const bool told = any_verdict(page, Verdict::Deterred) || any_verdict(page, Verdict::Pays) ||
                    any_verdict(page, Verdict::BreaksEven);
  if (told || !any_verdict(page, Verdict::Undecided)) return executed + " " + verdicts;
  return executed + fmt::format(" {} over {} cannot tell what cheating earns.",
                                several(data.replications, "replication", "replications"),
                                days_text(page.measured_d()));
}

std::vector<std::string> warnings(const PageContext& page) {
  const auto& data = page.data;
  std::vector<std::string> lines;
  if (!data.books_balance) {
    lines.push_back(
        "<strong>The books do not balance.</strong> Money appeared or vanished in this run: no "
        "number "
        "on this page can be relied on.");
  }
  if (data.replications < data.replications_asked) {
    lines.push_back(
        fmt::format("<strong>The run was cut short.</strong> {} of {} replications finished; the "
                    "page shows those.",
                    data.replications, data.replications_asked));
  }
  if (!data.honest_profit_usd.empty()) {
    const auto honest = mean_estimate(data.honest_profit_usd);
    if (honest.interval && honest.interval->high < 0) {
      const Estimate loss{-honest.value, Interval{-honest.interval->high, -honest.interval->low}};
      lines.push_back(fmt::format(
          "<strong>Honest providers lose money:</strong> {} each over {}.{}",
          escape(estimate_text(loss, kUsd)), days_text(page.measured_d()),
          any_verdict(page, Verdict::Deterred) ? " A deterred attack loses against that loss."
                                               : ""));
    }
  }
  if (data.cloud_median_usd_per_hour && !data.price_usd_per_hour.empty()) {
    const auto price = mean_estimate(data.price_usd_per_hour);
    if (price.interval && price.interval->low > *data.cloud_median_usd_per_hour) {
      lines.push_back(fmt::format(
          "<strong>The network is dearer than the cloud:</strong> {} against a median of {} per "
          "{}-hour.",
          escape(estimate_text(price, kUsd)),
          with_unit(significant(*data.cloud_median_usd_per_hour, 3), kUsd),
          escape(data.reference_device)));
    }
  }
  return lines;
}

std::vector<KeyFigure> key_figures(const PageContext& page) {
  const auto& data = page.data;
  std::vector<KeyFigure> figures;
  if (!data.accepted_bad_share.empty()) {
    figures.push_back(
        key_figure("Accepted work that was bad", data.accepted_bad_share, kShare, kPartOfWhole,
                   data.offered_bad_share.empty()
                       ? "by value"
                       : "of tasks handed in: " +
                             escape(text_of(data.offered_bad_share, kShare, kPartOfWhole))));
  }
  if (!data.price_usd_per_hour.empty()) {
    figures.push_back(key_figure(
        fmt::format("Price per {}-hour", escape(data.reference_device)), data.price_usd_per_hour,
        kUsd, kNotNegative,
        data.cloud_median_usd_per_hour
            ? fmt::format("cloud: {}; {}", significant(*data.cloud_median_usd_per_hour, 3),
                          escape(against_cloud(data)))
            : "no cloud to compare"));
  }
  if (!data.won_share.empty()) {
    figures.push_back(key_figure("Work won from the cloud", data.won_share, kShare, kPartOfWhole,
                                 "by GPU-hours asked for"));
  }
  if (!data.honest_profit_usd_per_gpu_hour.empty()) {
    std::string reference;
    if (!data.honest_cost_usd_per_gpu_hour.empty()) {
      const auto margin =
          ratio_of_means(data.honest_profit_usd_per_gpu_hour, data.honest_cost_usd_per_gpu_hour);
      reference = escape(estimate_text(margin, kShare)) + " of what power and wear cost";
    }
    figures.push_back(key_figure("Honest profit per GPU-hour", data.honest_profit_usd_per_gpu_hour,
                                 kUsd, kAnywhere, reference));
  }
  for (const auto& detection : data.detection) {
    if (detection.median_d.empty()) continue;
    auto reference = escape(detection.strategy);
    if (detection.theory_median_d) {
      reference += "; theory: " + significant(*detection.theory_median_d, 2);
    }
    figures.push_back(key_figure("Days until caught, median", detection.median_d, Unit{},
                                 kNotNegative, std::move(reference)));
    break;
  }
  if (!data.overhead_share.empty()) {
    figures.push_back(key_figure(term("overhead", "Verification overhead"), data.overhead_share,
                                 kShare, kNotNegative,
                                 "running all work twice: " + percent_text(1.0)));
  }
  return figures;
}

std::string what_slips_through(const PageContext& page) {
  const auto& bad = page.data.accepted_bad_share;
  if (bad.empty()) return "";
  std::string text =
      fmt::format("{} of accepted work, by value, was bad.", html_of(bad, kShare, kPartOfWhole));
  if (any_verdict(page, Verdict::Deterred)) {
    text += " Deterred means that cheating loses; the cheats of this scenario cheat regardless.";
  }
  return text;
}

std::string who_else_pays(const PageContext& page) {
  const auto& data = page.data;
  std::string text;
  if (data.honest_audits > 0 && data.honest_slashes == 0) {
    const double bound = binomial_upper(0, data.honest_audits);
    text = fmt::format(
        "Honest providers were slashed in 0 of {} audits (below {}, with {} confidence).",
        count(data.honest_audits), with_unit(significant(100 * bound, 1), kShare),
        percent_text(1 - kAlpha));
  } else if (data.honest_audits > 0) {
    const double rate =
        static_cast<double>(data.honest_slashes) / static_cast<double>(data.honest_audits);
    const Estimate slashed{rate, clopper_pearson(data.honest_slashes, data.honest_audits)};
    text = fmt::format("<strong>Honest providers were slashed in {} of {} audits.</strong>",
                       escape(estimate_text(slashed, kShare)), count(data.honest_audits));
  } else {
    text = "No honest work was audited, so no honest provider was slashed.";
  }
  if (!data.overhead_share.empty()) {
    text += fmt::format(" Verification adds {} of compute.",
                        html_of(data.overhead_share, kShare, kNotNegative));
  }
  return text;
}

std::string how_sure(const PageContext& page) {
  const auto n = page.data.replications;
  const auto level = percent_text(1 - kAlpha);
  if (n < 2) {
    return "1 replication: no interval can be given, and every number on this page is that of one "
           "draw.";
  }
  std::string text = fmt::format("{} replications", n);
  const bool paired =
      !page.data.attacks.empty() && !page.data.attacks.front().evidence.gains_usd.empty();
  if (paired) {
    text += ", each attack paired with staying honest under the same draws";
  }
  text += ".";
  const auto tested =
      std::count_if(page.judgements.begin(), page.judgements.end(), [](const Judgement& judgement) {
        return judgement.verdict != Verdict::NotTested && judgement.verdict != Verdict::NoVerdict;
      });
  if (tested > 1) {
    text += fmt::format(" The {} verdicts hold together with {} confidence (Holm).", tested, level);
  } else if (tested == 1) {
    text += fmt::format(" The verdict holds with {} confidence.", level);
  }
  text += fmt::format(" Every {} holds chance at {}", term("interval"), level);
  if (page.data.cost_errors.empty()) return text + ", not errors of costs.";
  return text + "." + gains_with_errors(page.data);
}

bool is_gain(const ReportCostError& row) { return row.name.rfind("gain_", 0) == 0; }

bool loses_its_sign(const ReportCostError& row) {
  const auto off_zero = [](const Interval& interval) {
    return interval.low > 0.0 || interval.high < 0.0;
  };
  return row.chance.interval && off_zero(*row.chance.interval) && !off_zero(row.both);
}

std::string what_turns(const PageContext& page) {
  std::vector<std::string> decided;
  std::vector<std::string> unknown;
  for (std::size_t i = 0; i < page.judgements.size(); ++i) {
    if (!is_decided(page.judgements[i].verdict)) continue;
    const auto& attack = page.data.attacks[i];
    (attack.turns_known ? decided : unknown).push_back(attack.evidence.noun);
  }
  if (page.data.costs.empty()) return "";
  std::string text;
  if (!decided.empty() || unknown.empty()) {
    text = escape(what_could_turn_it(decided, bands(page.data)));
  }
  if (!unknown.empty()) {
    text += fmt::format("{}For {} no closed form says which costs would.", text.empty() ? "" : " ",
                        escape(list_text(unknown)));
  }
  const auto silent = static_cast<std::size_t>(
      std::count_if(page.data.costs.begin(), page.data.costs.end(),
                    [](const ReportCost& cost) { return !has_band(cost.band); }));
  if (silent > 0) {
    text += fmt::format(" {} {} no error band.", capitalised(number_word(silent)),
                        silent == 1 ? "cost states" : "costs state");
  }
  return text + R"( <a href="#costs">Costs</a>)";
}

std::optional<NextStep> next_step(const PageContext& page) {
  const auto& data = page.data;
  const auto command = [&](const std::string& options) {
    return fmt::format("assay run {} {}", data.scenario_path, options);
  };
  std::int64_t more = 0;
  std::optional<double> highest;
  bool pays = false;
  bool tested = false;
  for (std::size_t i = 0; i < page.judgements.size(); ++i) {
    const auto& judgement = page.judgements[i];
    if (judgement.verdict == Verdict::NotTested) continue;
    tested = true;
    if (judgement.verdict == Verdict::NoVerdict && std::isfinite(judgement.gain_usd.value))
      more = std::max<std::int64_t>(more, 8);
    if (judgement.replications_to_decide) more = std::max(more, *judgement.replications_to_decide);
    pays = pays || judgement.verdict == Verdict::Pays;
    const auto& rate = data.attacks[i].evidence.theory.break_even_rate;
    if (rate) highest = std::max(highest.value_or(0.0), *rate);
  }
  if (!tested) return std::nullopt;
  if (more > 0) {
    return NextStep{"A verdict needs more replications:",
                    command(fmt::format("--replications {}", more))};
  }
  if (!data.rate_can_be_set) return std::nullopt;
  const double set = data.setting.rate;
  const double beyond = highest.value_or(1.0) * 1.1;
  const bool theory_helps = highest && beyond < 1.0;
  if (pays) {
    const bool above = theory_helps && beyond > set;
    const double rate = above ? beyond : std::min(1.0, set > 0.0 ? 2 * set : 0.05);
    return NextStep{
        above ? "By theory no attack tried pays from a tenth above the highest break-even on; "
                "the run that tests it:"
              : "Whether more audits end it is told by",
        command("--set verification.rate=" + rate_value(rate))};
  }
  if (!any_verdict(page, Verdict::Deterred) || set == 0.0) return std::nullopt;
  const bool below = theory_helps && beyond < set;
  return NextStep{
      below ? "By theory fewer audits would do, a tenth above the highest break-even; the run "
              "that tests it:"
            : "Whether half as many audits would do is told by",
      command("--set verification.rate=" + rate_value(below ? beyond : set / 2))};
}

std::string basis_of(const PageContext& page, std::size_t attack) {
  const auto& shown = page.data.attacks[attack];
  if (!is_decided(page.judgements[attack].verdict) || !shown.turns_known) return "";
  return rests_on_costs(shown.evidence.noun, bands(page.data)) ? "rests on costs" : "firm";
}

std::vector<std::string> what_trust_costs(const PageContext& page) {
  const auto& data = page.data;
  std::vector<std::string> paragraphs;
  if (!data.overhead_share.empty()) {
    std::string text =
        fmt::format("For every 100 operations sold, {} more are spent on trust.",
                    muted_bracket(text_of(data.overhead_share, {100.0, ""}, kNotNegative)));
    if (data.setting.rate > 0 && data.audited_segments > 0 && data.segments_per_task > 0) {
      text += fmt::format(" Audits repeat {} of tasks, but only {} of {} {} of each.",
                          percent_text(data.setting.rate), data.audited_segments,
                          shortest(data.segments_per_task), term("segment", "segments"));
    }
    paragraphs.push_back(text);
  }
  if (!data.honest_profit_usd_per_gpu_hour.empty()) {
    paragraphs.push_back(fmt::format("Honest providers keep {} per GPU-hour after power and wear.",
                                     html_of(data.honest_profit_usd_per_gpu_hour, kUsd)));
  }
  return paragraphs;
}

}  // namespace assay::analysis
