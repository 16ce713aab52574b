#include "analysis/attack_set.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/outcome.hpp"
#include "protocol/model.hpp"
#include "protocol/scenario/rules_from.hpp"
#include "tests/catch.hpp"

namespace assay::analysis {
namespace {

protocol::LoadedScenario ring_market() {
  const std::vector<std::string> sets{"horizon=5 d"};
  return protocol::load_scenario(fmt::format("{}/scenarios/attacks/ring.yaml", ASSAY_SOURCE_DIR),
                                 sets);
}

RunOutcome run(const std::shared_ptr<const protocol::Rules>& rules) {
  protocol::Model model(rules, 11);
  model.run(sim::SimTime{rules->horizon});
  model.finish();
  return outcome(model);
}

const protocol::Group& group(const protocol::Rules& rules, std::string_view name) {
  const auto found = std::find_if(rules.groups.begin(), rules.groups.end(),
                                  [name](const protocol::Group& one) { return one.name == name; });
  REQUIRE(found != rules.groups.end());
  return *found;
}

}  // namespace

TEST_CASE("deviators are taken out of the honest groups, a share of each", "[analysis]") {
  const auto market = ring_market();
  const auto attacked = attacked_market(market.scenario, {"lazy", {}}, {});
  const auto& rules = *attacked.rules;
  CHECK(group(rules, "honest").count == 95);
  CHECK(group(rules, "honest-deviating").count == 5);
  CHECK(group(rules, "honest-deviating").strategy->hostile());
  // The scenario's own attackers are honest, and a share of them deviates too.
  CHECK(group(rules, "ring").count == 95);
  CHECK_FALSE(group(rules, "ring").strategy->hostile());
  CHECK(group(rules, "verifiers").count == 70);
  CHECK(deviating_groups(rules).size() == 2);

  const auto one =
      attacked_market(market.scenario, {"lazy", {}}, {protocol::percent(50), "honest"});
  CHECK(group(*one.rules, "honest-deviating").count == 50);
  CHECK(deviating_groups(*one.rules).size() == 1);
  const auto few = attacked_market(market.scenario, {"lazy", {}}, {protocol::Share{1}, "honest"});
  CHECK(group(*few.rules, "honest-deviating").count == 1);
}

TEST_CASE("a ring's providers and verifiers have one owner", "[analysis]") {
  const auto attacked = attacked_market(ring_market().scenario, {"ring", {{"share", "25 %"}}}, {});
  const auto& rules = *attacked.rules;
  CHECK(group(rules, "verifiers-deviating").count == 4);  // 5 % of 70, rounded
  CHECK(group(rules, "verifiers-deviating").principal ==
        group(rules, "honest-deviating").principal);
  CHECK(attacked.effective_yaml.find("share: 25 %") != std::string::npos);
  const auto groups = deviating_groups(rules);
  CHECK(rules.groups[groups.front()].role == protocol::Role::Provider);
  CHECK(rules.groups[groups.back()].role == protocol::Role::Verifier);
}

TEST_CASE("the honest pair is the market as it was, whatever is tried", "[analysis]") {
  const auto market = ring_market();
  const auto alone = protocol::reload(honest_market(market.scenario));
  for (const std::string& kind : catalogued_attacks()) {
    const auto& traits = protocol::traits_of<protocol::Strategy>(kind);
    if (traits.one_owner || (traits.provides && traits.verifies)) continue;
    CAPTURE(kind);
    const auto pair = honest_pair(market.scenario, {kind, {}}, {});
    // The same events in the same order with the same money, to the last bit: splitting a group
    // has moved nobody.
    CHECK(run(pair.rules).digest == run(alone.rules).digest);
    if (!traits.skips) continue;  // a verifier has nothing to approve where nobody cheats
    CHECK(run(attacked_market(market.scenario, {kind, {}}, {}).rules).digest !=
          run(alone.rules).digest);
  }
}

TEST_CASE("an attacked market is a scenario that can be written down and read", "[analysis]") {
  const auto attacked = attacked_market(ring_market().scenario, {"partial", {}}, {});
  const auto again = protocol::reload(attacked.scenario);
  CHECK(again.effective_yaml == attacked.effective_yaml);
  CHECK(run(again.rules).digest == run(attacked.rules).digest);
}

TEST_CASE("who cannot deviate is said", "[analysis]") {
  const auto market = ring_market();
  CHECK_THROWS_AS(attacked_market(market.scenario, {"lazy", {}}, {protocol::percent(5), "nobody"}),
                  protocol::ConfigError);
  const std::vector<std::string> sets{"actors.honest-deviating.first_member=94"};
  CHECK_THROWS_AS(
      protocol::reload(attacked_market(market.scenario, {"lazy", {}}, {}).scenario, sets),
      protocol::ConfigError);
}

}  // namespace assay::analysis
