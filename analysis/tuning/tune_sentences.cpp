#include "analysis/tuning/tune_sentences.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/numbers.hpp"
#include "analysis/tuning/stretch.hpp"

namespace assay::analysis {

std::string headline_text(const Tuning& tuning, const TuneQuestion& question,
                          const std::string& why) {
  std::vector<std::string> asked;
  for (const TuneConstraint& one : question.constraints) asked.push_back(one.text);
  std::vector<std::string> values;
  for (std::size_t i = 0; i < tuning.parameters.size(); ++i) {
    const TunedParameter& one = tuning.parameters[i];
    if (one.value) {
      values.push_back(fmt::format("{} = {}", one.key, question.vary[i].shown(*one.value)));
    }
  }
  std::vector<std::string> ranges;
  for (const VariedParameter& one : question.vary) {
    ranges.push_back(
        fmt::format("{} from {} to {}", one.key, one.shown(one.low), one.shown(one.high)));
  }
  switch (tuning.verdict) {
    case TuneVerdict::Found:
      return fmt::format("{} is the cheapest that keeps {}: {} {}, with {} confidence.",
                         list_text(values), list_text(asked), lower_first(tuning.title),
                         estimate_text(*tuning.cost, unit_of(tuning.unit)),
                         percent_text(tuning.confidence));
    case TuneVerdict::Infeasible:
      return fmt::format("No {} keeps {}: {}.", list_text(ranges), list_text(tuning.clash), why);
    case TuneVerdict::Undecided:
      break;
  }
  return fmt::format("This search cannot tell which {} keeps {}: {}.", list_text(ranges),
                     list_text(asked), why);
}

std::string breaks_first_text(const Tuning& tuning, const TuneQuestion& question,
                              std::span<const double> answers) {
  if (tuning.constraints.empty()) return "";
  // In units of the parameter where a search has found the place, else in standard errors.
  const ConstraintEvidence* nearest = nullptr;
  for (const ConstraintEvidence& evidence : tuning.constraints) {
    if (!evidence.fails) continue;
    if (nearest == nullptr ||
        std::abs(*evidence.fails - answers.front()) < std::abs(*nearest->fails - answers.front())) {
      nearest = &evidence;
    }
  }
  if (nearest != nullptr) {
    const VariedParameter& varied = question.vary.front();
    const double answer = answers.front();
    const double way = *nearest->fails - answer;
    // Nothing is a share of zero.
    const std::string far =
        answer == 0.0 ? varied.shown(std::abs(way)) : percent_text(std::abs(way / answer));
    return fmt::format("{} breaks first: it is known to fail at {}, {} {} the answer.",
                       nearest->text, varied.shown(*nearest->fails), far,
                       way < 0 ? "below" : "above");
  }
  const auto tightest =
      std::min_element(tuning.constraints.begin(), tuning.constraints.end(),
                       [](const auto& a, const auto& b) { return a.distance_se < b.distance_se; });
  return fmt::format("{} breaks first: it stands {} standard errors from its limit.",
                     tightest->text, shortest(tightest->distance_se, 2));
}

std::string search_text(const ConstraintEvidence& evidence, const VariedParameter& varied) {
  if (!evidence.holds) return evidence.search;
  return fmt::format("holds at {}, fails at {}", varied.shown(*evidence.holds),
                     varied.shown(*evidence.fails));
}

std::string failures_text(const std::string& text, const Bracket& bracket,
                          const VariedParameter& varied) {
  std::vector<std::string> places;
  if (bracket.ending == BracketEnding::FailsEverywhere) {
    std::vector<double> tried;
    for (const Tested& step : bracket.steps) tried.push_back(step.x);
    std::sort(tried.begin(), tried.end());
    for (const double x : tried) places.push_back(varied.shown(x));
    return fmt::format("{} fails wherever it was tried, at {}", text, list_text(places));
  }
  for (const Stretch& one : stretches(bracket, Answer::Fails)) {
    places.push_back(one.low == one.high ? fmt::format("at {}", varied.shown(one.low))
                                         : fmt::format("from {} to {}", varied.shown(one.low),
                                                       varied.shown(one.high)));
  }
  return fmt::format("{} fails {}", text, list_text(places));
}

std::string doubt_text(const ConstraintEvidence& evidence, const Tested& tested,
                       const std::string& place) {
  const TestedPart& part = tested.parts[tested.worst];
  if (std::all_of(tested.parts.begin(), tested.parts.end(),
                  [](const TestedPart& one) { return one.idle; })) {
    return fmt::format("no attack did anything at {} in {} replications", place, part.asked);
  }
  if (part.observations < 2) {
    return fmt::format("{} has a value in {} of {} replications at {}", evidence.metric,
                       part.observations, part.asked, place);
  }
  if (part.constant) {
    return fmt::format(
        "{} is the same in all {} replications at {}, and {} are needed to rely on that",
        evidence.metric, part.observations, place, kConstantFrom);
  }
  return fmt::format(
      "at {} the distance of {} from its limit stays within its noise after {} "
      "replications",
      place, evidence.metric, part.observations);
}

}  // namespace assay::analysis
