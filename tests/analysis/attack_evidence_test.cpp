#include "analysis/attack_evidence.hpp"

#include "tests/catch.hpp"

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
  CHECK(words_for(actor("lazy", "lazy")).noun == "lazy work");
  CHECK(words_for(actor("lazy", "lazy")).subject == "A provider who skips all work");
  CHECK(words_for(actor("labs", "partial")).noun == "partial work of labs");
  CHECK(words_for(actor("labs", "partial")).subject == "A provider who skips 30 % of its work");
  CHECK(words_for(actor("ring", "ring")).subject == "Each of the 1,200 providers of the ring");
}

TEST_CASE("every strategy has its words, and the parameters it is searched by exist",
          "[analysis]") {
  for (const auto& member : protocol::members<protocol::Strategy>()) {
    CAPTURE(member.kind);
    CHECK_FALSE(member.traits.noun.empty());
    CHECK_FALSE(words_for(actor("some", member.kind)).subject.empty());
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
