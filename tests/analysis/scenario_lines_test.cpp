#include "analysis/report/scenario_lines.hpp"

#include <map>

#include "protocol/scenario/load.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::analysis {
namespace {

using Marks = std::map<std::string, std::string>;

/// The lines that carry a default, with it.
Marks marks(std::string_view yaml) {
  Marks found;
  for (const ScenarioLine& line : scenario_lines(yaml)) {
    if (!line.default_text.empty()) found[line.text] = line.default_text;
  }
  return found;
}

TEST_CASE("a scenario's lines carry the defaults that they differ from", "[analysis]") {
  const char* yaml =
      "assay: 1\n"
      "name: lazy\n"  // must be given
      "question: \"Why?\"\n"
      "seed: 1\n"
      "replications: 9\n"
      "reputation:\n"
      "  kind: none\n"  // the default kind
      "verification:\n"
      "  kind: spot-check\n"  // must be given
      "  rate: 5 %\n"
      "  segments: 2\n"
      "actors:\n"
      "  - name: gamers\n"
      "    role: provider\n"
      "    hardware:\n"
      "      RTX 3060: 30 %\n"
      "      RTX 3090: 70 %\n"
      "    regions:\n"
      "      europe: 100 %\n"  // may be left out
      "    strategy:\n"
      "      kind: lazy\n";
  const Marks found = marks(yaml);
  CHECK(found.at("  segments: 2") == "3");
  CHECK(found.at("    regions:") == "none");
  CHECK(found.at("      kind: lazy") == "honest");
  CHECK(found.count("replications: 9") == 1);
  for (const char* kept :
       {"name: lazy", "question: \"Why?\"", "seed: 1", "  kind: none", "  kind: spot-check",
        "  rate: 5 %", "  - name: gamers", "      RTX 3060: 30 %"}) {
    INFO(kept);
    CHECK(found.count(kept) == 0);
  }
}

TEST_CASE("a parameter's default is that of the kind that was chosen", "[analysis]") {
  // The rate's default is 5 % of spot checks and 2 % in proof of sampling.
  CHECK(marks("verification:\n  kind: spot-check\n  rate: 5 %\n").empty());
  const Marks sampled = marks("verification:\n  kind: proof-of-sampling\n  rate: 5 %\n");
  CHECK(sampled == Marks{{"  rate: 5 %", "2 %"}});
}

TEST_CASE("every line of an effective scenario is kept as it is", "[analysis]") {
  const protocol::ScratchFolder folder;
  const auto loaded = protocol::load_scenario(folder.write("small.yaml", protocol::kSmallMarket),
                                              std::vector<std::string>{"slashing.share=40 %"});
  std::string text;
  for (const ScenarioLine& line : scenario_lines(loaded.effective_yaml)) text += line.text + "\n";
  CHECK(text == loaded.effective_yaml);
  const Marks found = marks(loaded.effective_yaml);
  CHECK(found.at("  share: 40 %") == "100 %");
  CHECK(found.count("  reporter_share: 10 %") == 0);
}

TEST_CASE("what is no scenario has lines without defaults", "[analysis]") {
  CHECK(scenario_lines("").empty());
  const auto lines = scenario_lines("free text\n\n- a: \n   odd: 1");
  REQUIRE(lines.size() == 4);
  for (const ScenarioLine& line : lines) CHECK(line.default_text.empty());
}

}  // namespace
}  // namespace assay::analysis
