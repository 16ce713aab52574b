#include "analysis/attack_evidence.hpp"

#include <fmt/format.h>

#include "protocol/scenario/load.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::analysis {
namespace {

protocol::ActorGroup actor(std::string name, std::string_view kind) {
  protocol::ActorGroup actor;
  actor.name = std::move(name);
  actor.count = 1'200;
  actor.strategy.choose(kind);
  return actor;
}

}  // namespace

TEST_CASE("an attack's words come from its strategy and its group", "[analysis]") {
  const protocol::ScratchFolder folder;
  const auto market = protocol::load_scenario(folder.write("small.yaml", protocol::kSmallMarket));
  const auto words_for = [&](const protocol::ActorGroup& actor) {
    return analysis::words_for(actor, *market.rules->execution);
  };
  CHECK(words_for(actor("lazy", "lazy")).noun == "lazy work");
  CHECK(words_for(actor("lazy", "lazy")).subject == "A provider who skips all work");
  CHECK(words_for(actor("labs", "partial")).noun == "partial work of labs");
  CHECK(words_for(actor("labs", "partial")).subject == "A provider who skips 30 % of its work");
  CHECK(words_for(actor("ring", "ring")).subject == "Each of the 1,200 providers of the ring");
}

TEST_CASE("a cheat is called by what it does", "[analysis]") {
  const auto study = protocol::load_scenario(
      fmt::format("{}/scenarios/studies/live-dispute.yaml", ASSAY_SOURCE_DIR));
  const auto words_of = [](const protocol::LoadedScenario& market, std::size_t group) {
    return words_for(market.scenario.actors[group], *market.rules->execution);
  };
  // As workers execute it.
  CHECK(words_of(study, 2).noun == "fabricated gradients of made-up");
  CHECK(words_of(study, 3).noun == "stale checkpoints of forgetful");
  CHECK(words_of(study, 4).noun == "tampered operators of bad-memory");
  CHECK(words_of(study, 4).subject ==
        "A provider who hands in tampered operators for 100 % of its work");
  // Without them, by its row of the cost table.
  const protocol::ScratchFolder folder;
  const auto small = protocol::load_scenario(folder.write("small.yaml", protocol::kSmallMarket));
  CHECK(words_for(study.scenario.actors[3], *small.rules->execution).noun ==
        "stale work of forgetful");
  CHECK(words_for(actor("low-precision", "low-precision"), *small.rules->execution).noun ==
        "low-precision work");
}

TEST_CASE("theory counts who approves unseen as verifiers are drawn, and is none of votes",
          "[analysis]") {
  const protocol::ScratchFolder folder;
  const std::filesystem::path file = folder.write("small.yaml", protocol::kSmallMarket);
  constexpr std::size_t kLazy = 1;
  using Sets = std::vector<std::string>;
  const auto terms = [&](const Sets& sets) {
    const protocol::LoadedScenario loaded = protocol::load_scenario(file, sets);
    return terms_of(loaded.scenario, *loaded.rules, kLazy, {1.0, 2.0});
  };
  CHECK(terms({})->colluding == 0.0);
  CHECK(terms({"actors.verifiers.strategy=rubber-stamp"})->colluding == 1.0);
  // Three honest verifiers of 40 tok beside two stamps of 10 tok: by head 2/5, by stake 20/140.
  std::string text = protocol::kSmallMarket;
  const std::size_t at = text.find("count: 5,");
  REQUIRE(at != std::string::npos);
  text.replace(at, 8, "count: 3");
  text +=
      "  - {name: stamps, role: verifier, count: 2, strategy: rubber-stamp, hardware: RTX 3090, "
      "stake_per_slot: 10 tok, balance: 100 tok}\n";
  folder.write("small.yaml", text);
  CHECK(terms({})->colluding == Approx(0.4));
  CHECK(terms({"verification.draw=stake"})->colluding == Approx(20.0 / 140.0));
  CHECK_FALSE(terms({"verification={kind: replication}"}));
}

TEST_CASE("every strategy has its words, and the parameters it is searched by exist",
          "[analysis]") {
  const protocol::ScratchFolder folder;
  const auto market = protocol::load_scenario(folder.write("small.yaml", protocol::kSmallMarket));
  for (const auto& member : protocol::members<protocol::Strategy>()) {
    CAPTURE(member.kind);
    CHECK_FALSE(member.traits.noun.empty());
    CHECK_FALSE(words_for(actor("some", member.kind), *market.rules->execution).subject.empty());
    CHECK((member.traits.provides || member.traits.verifies));
    for (const protocol::SearchedParameter& searched : member.traits.searched) {
      if (searched.key.empty()) continue;
      protocol::Choice<protocol::Strategy> choice(member.kind);
      CHECK(parameter_text(choice, searched.key));
      CHECK(searched.low < searched.high);
    }
  }
}

}  // namespace assay::analysis
