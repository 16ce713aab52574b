#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/numbers.hpp"
#include "analysis/report/tune_page.hpp"
#include "analysis/study_folder.hpp"
#include "analysis/tuning/tune.hpp"
#include "apps/assay/commands.hpp"
#include "apps/assay/pages.hpp"
#include "apps/assay/running.hpp"
#include "apps/assay/study_options.hpp"

namespace assay::apps {
namespace {

using analysis::ConstraintEvidence;
using analysis::Tuning;

std::string command_text(const TuneOptions& options) {
  std::string text = "assay tune " + shell_quoted(options.scenario);
  text += " --minimise " + shell_quoted(options.minimise);
  for (const std::string& one : options.constraints) text += " --subject-to " + shell_quoted(one);
  for (const std::string& one : options.vary) text += " --vary " + shell_quoted(one);
  for (const std::string& set : options.sets) text += " --set " + shell_quoted(set);
  text += fmt::format(" --against {} --confidence {} --share {} --precision {}",
                      shell_quoted(options.against), shell_quoted(options.confidence),
                      shell_quoted(options.share), shell_quoted(options.precision));
  if (!options.group.empty()) text += " --group " + shell_quoted(options.group);
  if (options.replications) text += fmt::format(" --replications {}", *options.replications);
  if (options.evaluations != TuneOptions{}.evaluations) {
    text += fmt::format(" --evaluations {}", options.evaluations);
  }
  if (options.seed) text += fmt::format(" --seed {}", *options.seed);
  return text;
}

std::string limit_text(const ConstraintEvidence& evidence) {
  const analysis::Unit unit = analysis::unit_of(evidence.unit);
  return fmt::format("{} {}", evidence.below ? "<" : ">",
                     analysis::with_unit(analysis::shortest(evidence.limit * unit.scale), unit));
}

/// `64 replications`; of a metric that some do not have, `60 replications, 4 more without it`.
std::string replications_text(int having, int left_out) {
  return fmt::format("{} replications{}", having,
                     left_out > 0 ? fmt::format(", {} more without it", left_out) : "");
}

/// What the tests saw, where no answer came of them.
void say_steps(const ConstraintEvidence& evidence, const Tuning& tuning) {
  for (const analysis::TuneStep& step : evidence.steps) {
    const analysis::TunedParameter& varied = tuning.parameters.front();
    fmt::print("    at {:<14} {:<10} {}, {}{}\n",
               analysis::with_unit(analysis::shortest(step.value, 4), {1.0, varied.unit}),
               step.answer, estimate_text(step.estimate, analysis::unit_of(evidence.unit)),
               replications_text(step.replications, step.left_out),
               step.worst.empty() ? "" : "; worst: " + step.worst);
  }
}

void say(const Tuning& tuning, const std::filesystem::path& folder) {
  fmt::print("{}\n\n", tuning.headline);
  for (const ConstraintEvidence& evidence : tuning.constraints) {
    if (tuning.verdict != analysis::TuneVerdict::Found && !evidence.steps.empty()) {
      fmt::print("  {:<28} {}\n", evidence.text, evidence.search);
      say_steps(evidence, tuning);
      continue;
    }
    fmt::print("  {:<28} {:<10} {} {}, {}{}\n", evidence.text, evidence.answer,
               estimate_text(evidence.estimate, analysis::unit_of(evidence.unit)),
               limit_text(evidence), replications_text(evidence.replications, evidence.left_out),
               evidence.worst.empty() ? "" : "; worst: " + evidence.worst);
  }
  for (const analysis::TunedAttack& attack : tuning.attacks) {
    if (!attack.acted) {
      fmt::print("  left out: {} did nothing wherever it was tested\n", attack.noun);
    }
  }
  for (const std::string& text : left_out_texts(tuning.left_out)) {
    fmt::print("  left out, because this market cannot play it: {}\n", text);
  }
  if (!tuning.constraints.empty()) fmt::print("\n");
  if (!tuning.breaks_first.empty()) fmt::print("{}\n", tuning.breaks_first);
  if (!tuning.theory.text.empty()) fmt::print("{}\n", tuning.theory.text);
  fmt::print("{} runs, {} of them reused, in {:.0f} s\nresults: {}\nseed: {}\n",
             analysis::count(tuning.facts.runs), analysis::count(tuning.facts.reused),
             tuning.facts.wall_s, folder.string(), tuning.facts.seed);
}

}  // namespace

int tune(const TuneOptions& options) {
  analysis::TuneQuestion question;
  question.minimise = options.minimise;
  for (const std::string& one : options.constraints) {
    question.constraints.push_back(analysis::parse_constraint(one));
  }
  for (const std::string& one : options.vary) {
    question.vary.push_back(analysis::parse_varied(one));
  }
  question.against = strategies(options.against, "--against");
  question.alpha = 1.0 - confidence(options.confidence);
  question.precision = share(options.precision, "--precision").as_double();
  question.evaluations = options.evaluations;
  if (options.replications) {
    question.looks.most = *options.replications;
    question.looks.first = std::min(question.looks.first, question.looks.most);
  }
  question.replications = std::min(question.replications, question.looks.most);

  std::vector<std::string> sets = options.sets;
  if (options.seed) sets.push_back(fmt::format("seed={}", *options.seed));
  const protocol::LoadedScenario loaded = protocol::load_scenario(options.scenario, sets);
  const std::filesystem::path folder =
      options.output.empty() ? std::filesystem::path("out") / ("tune-" + loaded.scenario.name)
                             : std::filesystem::path(options.output);

  const analysis::Deviation deviation{share(options.share, "--share"), options.group};
  analysis::check_question(options.scenario, sets, deviation, question);

  const StopOnSignal stop;
  RunsLine line("tune");
  analysis::Campaign campaign = deviation_campaign(folder, options.jobs, stop, line);
  analysis::MarketUnderStudy market(campaign, options.scenario, sets, deviation);
  Tuning tuning = analysis::tune(market, question, [&line](const std::string& text) {
    line.end();
    fmt::print(stderr, "tune: {}\n", text);
  });
  line.end();
  tuning.facts.threads = threads(options.jobs);
  tuning.facts.reused = tuning.facts.runs - line.computed();
  tuning.facts.wall_s = line.wall_s();
  tuning.facts.commands = {{"Repeats this search:", command_text(options)}};

  const std::string json = analysis::to_json(tuning);
  std::map<std::string, std::string> files{{"tune.json", json}};
  if (!tuning.scenario.empty()) files["tuned.yaml"] = tuning.scenario;
  if (const auto html = page([&](const auto& assets) { return render(tuning, assets); })) {
    files["report.html"] = *html;
  }
  analysis::replace_study(folder, files);
  if (options.json) {
    fmt::print("{}", json);
  } else {
    say(tuning, folder);
  }
  return 0;
}

}  // namespace assay::apps
