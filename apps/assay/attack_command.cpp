#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "analysis/numbers.hpp"
#include "analysis/report/attack_page.hpp"
#include "analysis/study_folder.hpp"
#include "analysis/tuning/resistance.hpp"
#include "apps/assay/commands.hpp"
#include "apps/assay/pages.hpp"
#include "apps/assay/running.hpp"
#include "apps/assay/study_options.hpp"

namespace assay::apps {
namespace {

using analysis::ResistanceRow;
using analysis::ResistanceTable;

std::string command_text(const AttackOptions& options) {
  std::string text = "assay attack " + shell_quoted(options.scenario);
  for (const std::string& set : options.sets) text += " --set " + shell_quoted(set);
  if (options.against != "all") text += " --against " + shell_quoted(options.against);
  if (options.replications) text += fmt::format(" --replications {}", *options.replications);
  if (options.seed) text += fmt::format(" --seed {}", *options.seed);
  text += fmt::format(" --confidence {} --share {}", shell_quoted(options.confidence),
                      shell_quoted(options.share));
  if (!options.group.empty()) text += " --group " + shell_quoted(options.group);
  if (options.deter) text += " --deter";
  return text;
}

std::string optional_text(const std::optional<analysis::Estimate>& estimate,
                          const analysis::Unit& unit) {
  return estimate ? analysis::estimate_text(*estimate, unit) : "–";
}

std::string deterrents_text(const ResistanceRow& row) {
  std::string text;
  for (const analysis::Deterrent& deterrent : row.deterrents) {
    const bool share = deterrent.key == "audit rate";
    const analysis::Unit unit = analysis::unit_of(share ? "share" : "tok");
    text += fmt::format("{}{} ", text.empty() ? "" : ", ", deterrent.key);
    if (deterrent.bracket) {
      text += analysis::estimate_text({*deterrent.value, deterrent.bracket}, unit) + " measured";
    } else if (deterrent.value) {
      const double shown = *deterrent.value * unit.scale;
      text += fmt::format("{} by {}", analysis::with_unit(analysis::significant(shown, 2), unit),
                          deterrent.method);
    } else {
      text += deterrent.method;
    }
  }
  return text;
}

void say(const ResistanceTable& table, const std::filesystem::path& folder) {
  fmt::print("{}\n\n", headline(table));
  const analysis::Unit usd = analysis::unit_of("USD");
  const analysis::Unit share = analysis::unit_of("share");
  const analysis::Unit days{1.0, "d"};
  std::vector<std::array<std::string, 7>> rows = {{"", "verdict", "gain per attacker",
                                                   "change of an honest profit", "griefing factor",
                                                   "caught", "until caught"}};
  for (const ResistanceRow& row : table.rows) {
    const std::string noun =
        row.parameters.empty() ? row.noun : fmt::format("{} ({})", row.noun, row.parameters);
    rows.push_back({noun, std::string(name_of(row.verdict)),
                    estimate_text(row.gain_usd, usd, analysis::Sign::Always),
                    estimate_text(row.others_usd, usd, analysis::Sign::Always),
                    optional_text(row.griefing_factor, analysis::unit_of("")),
                    optional_text(row.caught_share, share), optional_text(row.delay_d, days)});
  }
  for (const auto& row : rows) {
    fmt::print("{:<34} {:<12} {:<28} {:<28} {:<22} {:<24} {}\n", row[0], row[1], row[2], row[3],
               row[4], row[5], row[6]);
  }
  fmt::print("\n");
  for (const ResistanceRow& row : table.rows) {
    fmt::print("{} {}\n", row.sentence, row.theory);
    if (!row.deterrents.empty()) fmt::print("  deterred from: {}\n", deterrents_text(row));
  }
  if (!table.left_out.empty()) fmt::print("\nLeft out, because this market cannot play them:\n");
  for (const std::string& text : left_out_texts(table.left_out)) fmt::print("  {}\n", text);
  fmt::print(
      "\nThose who deviate: {}, held against the same market in which they do not; {} "
      "replications,\nintervals of the gain hold together at {}. {} runs.\nresults: {}\nseed: {}\n",
      deviators_text(table), table.facts.replications, analysis::percent_text(table.confidence),
      analysis::count(table.facts.runs), folder.string(), table.facts.seed);
}

}  // namespace

int attack(const AttackOptions& options) {
  analysis::ResistanceOptions asked;
  // All of them: those that this market cannot play are left out. One that is named must be played.
  if (options.against != "all") asked.against = strategies(options.against, "--against");
  asked.alpha = 1.0 - confidence(options.confidence);
  asked.deter = options.deter;
  const analysis::Deviation deviation{share(options.share, "--share"), options.group};

  std::vector<std::string> sets = options.sets;
  if (options.seed) sets.push_back(fmt::format("seed={}", *options.seed));
  const protocol::LoadedScenario loaded = protocol::load_scenario(options.scenario, sets);
  asked.replications = options.replications.value_or(std::max(8, loaded.scenario.replications));
  for (const std::string& strategy :
       asked.against.empty() ? analysis::catalogued_attacks() : asked.against) {
    (void)analysis::honest_pair(loaded.scenario, {strategy, {}}, deviation);
  }
  const std::filesystem::path folder =
      options.output.empty() ? std::filesystem::path("out") / ("attack-" + loaded.scenario.name)
                             : std::filesystem::path(options.output);

  const StopOnSignal stop;
  RunsLine line("attack");
  analysis::Campaign campaign = deviation_campaign(folder, options.jobs, stop, line);
  analysis::MarketUnderStudy market(campaign, options.scenario, sets, deviation);
  analysis::ResistanceTable table = analysis::resistance(market, asked);
  line.end();
  table.facts.threads = threads(options.jobs);
  table.facts.reused = table.facts.runs - line.computed();
  table.facts.wall_s = line.wall_s();
  table.facts.commands = {{"Repeats this table:", command_text(options)}};

  const std::string json = analysis::to_json(table);
  std::map<std::string, std::string> files{{"attack.json", json}};
  for (const ResistanceRow& row : table.rows) {
    files["attack-" + row.strategy + ".yaml"] = row.scenario;
  }
  if (const auto html = page([&](const auto& assets) { return render(table, assets); })) {
    files["report.html"] = *html;
  }
  analysis::replace_study(folder, files);
  if (options.json) {
    fmt::print("{}", json);
  } else {
    say(table, folder);
  }
  return 0;
}

}  // namespace assay::apps
