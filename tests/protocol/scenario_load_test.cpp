#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "protocol/scenario/load.hpp"
#include "protocol/scenario/rules_from.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::protocol {
namespace {

using namespace std::chrono_literals;

/// What is said about `text`, without the folder's name; empty where nothing is wrong.
std::string said(const ScratchFolder& folder, const std::filesystem::path& file,
                 const std::vector<std::string>& sets = {}) {
  try {
    (void)load_scenario(file, sets);
    return "";
  } catch (const ConfigError& error) {
    std::string text = error.what();
    const std::string prefix = folder.path().string() + "/";
    for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }
}

TEST_CASE("a scenario becomes the rules of a market", "[protocol]") {
  const ScratchFolder folder;
  const LoadedScenario loaded = load_scenario(folder.write("small.yaml", kSmallMarket));
  const Rules& rules = *loaded.rules;
  CHECK(rules.horizon == sim::SimDuration(48h));
  CHECK(rules.setting.requesters == 6);
  REQUIRE(rules.groups.size() == 4);
  CHECK(rules.groups[0].name == "gamers");
  CHECK(rules.groups[0].principal.empty());
  REQUIRE(rules.groups[0].hardware.size() == 2);
  CHECK(rules.setting.devices[index(rules.groups[0].hardware[1].id)].name ==
        "NVIDIA GeForce RTX 3090");
  CHECK(rules.groups[1].strategy->hostile());
  CHECK(rules.groups[1].slots == 2);
  REQUIRE(rules.groups[1].regions.size() == 2);
  CHECK(rules.groups[1].regions[0].ppb == kWholePpb / 2);
  // Left out, the regions are the network's, and their parts sum to one exactly.
  std::int64_t sum = 0;
  for (const auto& part : rules.groups[3].regions) sum += part.ppb;
  const auto& regions = rules.network->regions();
  CHECK(static_cast<std::ptrdiff_t>(rules.groups[3].regions.size()) ==
        std::count_if(regions.begin(), regions.end(),
                      [](const Network::Region& region) { return region.share > 0.0; }));
  CHECK(sum == kWholePpb);
  CHECK(rules.outside.size() == 1);
  // The scenario, the catalogue, two files of the network, the profile.
  CHECK(loaded.inputs.size() == 5);
  for (const InputFile& input : loaded.inputs) CHECK(input.sha256.size() == 64);
}

TEST_CASE("the honest twin differs in its strategies alone", "[protocol]") {
  const ScratchFolder folder;
  const LoadedScenario loaded = load_scenario(folder.write("small.yaml", kSmallMarket));
  const auto twin = honest_twin(*loaded.rules);
  REQUIRE(twin->groups.size() == loaded.rules->groups.size());
  for (std::size_t i = 0; i < twin->groups.size(); ++i) {
    CHECK(!twin->groups[i].strategy->hostile());
    CHECK(twin->groups[i].key == loaded.rules->groups[i].key);
  }
  CHECK(loaded.rules->groups[1].strategy->hostile());
}

TEST_CASE("the effective scenario loads as the same scenario", "[protocol]") {
  const ScratchFolder folder;
  const LoadedScenario loaded = load_scenario(folder.write("small.yaml", kSmallMarket),
                                              std::vector<std::string>{"actors.lazy.count=9"});
  const LoadedScenario again = load_scenario(folder.write("effective.yaml", loaded.effective_yaml));
  CHECK(again.effective_yaml == loaded.effective_yaml);
  CHECK(again.rules->groups[1].count == 9);
}

TEST_CASE("what keys must have in common is checked with their places", "[protocol]") {
  const ScratchFolder folder;
  const std::filesystem::path file = folder.write("small.yaml", kSmallMarket);
  struct Case {
    std::vector<std::string> sets;
    const char* said;
  };
  const Case cases[] = {
      {{"warm_up=2 d"},
       "--set warm_up=2 d:9: warm_up: found 2 d, expected less than the horizon (2 d)"},
      {{"horizon=6 h"},
       "small.yaml:6:10: warm_up: found 6 h, expected less than the horizon (6 h)"},
      {{"actors.lazy.balance=79.999999 tok"},
       "--set actors.lazy.balance=79.999999 tok:21: actors.lazy.balance: found 79.999999 tok, "
       "expected at least the stake of 2 slots of 40 tok"},
      {{"actors.lazy.strategy=ring"},
       "small.yaml:42:5: actors.lazy.principal: found own, expected the name of the one owner of "
       "the ring"},
      {{"token.supply=1000 tok"},
       "small.yaml:32:8: token: found a supply of 1000 tok, expected at least the balances of all "
       "actors, 15300 tok"},
      {{"workloads.gpt.share=99 %"},
       "small.yaml:13:3: workloads: found shares that sum to 99 %, expected 100 %"},
      {{"workloads.gpt.limit.low=101 %"},
       "small.yaml:17:12: workloads.gpt.limit: found 101 % to 100 %, expected low before high"},
      {{"actors.verifiers.role=requester"},
       "small.yaml:51:49: actors.verifiers.hardware: found an unknown key, expected name, role, "
       "count, regions, balance or members_of\n"
       "small.yaml:51:69: actors.verifiers.stake_per_slot: found an unknown key, expected name, "
       "role, count, regions, balance or members_of"},
      {{"slashing.reporter_share=51 %"},
       "small.yaml:30:11: slashing: found reporter_share and burn_share that sum to over 100 %, "
       "expected at most 100 %"},
      {{"actors.lazy.regions={europa: 100 %}"},
       "--set actors.lazy.regions={europa: 100 %}:30: actors.lazy.regions.europa: found no region "
       "of this name, expected "},
      {{"actors.lazy.hardware=RTX 3091"},
       "--set actors.lazy.hardware=RTX 3091:22: actors.lazy.hardware.RTX 3091: found device 'RTX "
       "3091', "
       "expected a name of the catalogue (did you mean 'RTX 3090'?)"},
      {{"reference_device=RTX"}, "--set reference_device=RTX:18: reference_device: found device"},
      {{"workloads.gpt.model=gpt-5"},
       "found no model 'gpt-5' (of workload 'gpt'), expected gpt2-124m"},
      {{"workloads.gpt.memory=25 GiB"},
       "--set workloads.gpt.memory=25 GiB:22: workloads.gpt.memory: found 25 GiB, which no "
       "provider's device has"},
      {{"token.supply=500000000000 tok", "token.price=100 USD/tok"},
       "found a supply of 500000000000 tok that is worth 5e+13 USD, expected at most 4e+12 USD"},
      // 9.2e18 microseconds are 106.5 days of a million slots and eight.
      {{"actors.gamers.count=1000000", "horizon=107 d"},
       "--set horizon=107 d:9: horizon: found 107 d, expected at most 106.5 d for 1000008 slots"},
      {{"verification.verifiers=6"},
       "small.yaml:28:15: verification: found 6 verifiers for an audit, expected at most the 5 "
       "that there are"},
      {{"market={kind: lottery}", "actors.gamers.stake_per_slot=0 tok",
        "actors.lazy.stake_per_slot=0 tok"},
       "market.tickets: found stake, but no provider stakes anything: none could win"},
      {{"cloud={}"}, "--set cloud={}:7: cloud: found none of `prices` and `price`, expected one"},
      {{"actors=[]"},
       "--set actors=[]:8: actors: found no provider, expected at least one\n"
       "--set actors=[]:8: actors: found no requester, expected at least one\n"
       "--set actors=[]:8: actors: found no verifier, expected at least one for "
       "spot-check"},
  };
  for (const Case& c : cases) {
    INFO(c.sets.front());
    const std::string text = said(folder, file, c.sets);
    INFO(text);
    CHECK(!text.empty());
    CHECK(text.find(c.said) != std::string::npos);
  }
}

TEST_CASE("names that nobody has are refused in a mix with their places", "[protocol]") {
  const ScratchFolder folder;
  std::string text = kSmallMarket;
  text.replace(text.find("RTX 3060"), 8, "RTX 30600");
  text.replace(text.find("europe: 50"), 6, "europa");
  const std::string complaints = said(folder, folder.write("small.yaml", text));
  INFO(complaints);
  CHECK(complaints.find("small.yaml:37:27: actors.gamers.hardware.RTX 30600: found device "
                        "'RTX 30600'") == 0);
}

TEST_CASE("a dispute must leave time to re-run a segment", "[protocol]") {
  const std::vector<std::string> too_short{"dispute.kind=bisection", "dispute.timeout=2 s",
                                           "dispute.answer=1 s"};
  try {
    (void)load_scenario(ASSAY_SOURCE_DIR "/scenarios/attacks/lazy.yaml", too_short);
    FAIL("two seconds are not enough");
  } catch (const ConfigError& error) {
    CHECK(std::string(error.what()).find("dispute.timeout: found 2 s, but to re-run a segment") !=
          std::string::npos);
  }
  const std::vector<std::string> long_enough{"dispute.kind=bisection", "dispute.timeout=10 h"};
  CHECK(load_scenario(ASSAY_SOURCE_DIR "/scenarios/attacks/lazy.yaml", long_enough).rules);
}

TEST_CASE("the time-out covers an honest answer and the longest segment", "[protocol]") {
  const ScratchFolder folder;
  const std::filesystem::path file = folder.write("small.yaml", kSmallMarket);
  using Sets = std::vector<std::string>;
  const Sets bitwise{"execution.mode=bitwise", "dispute.kind=bisection", "dispute.timeout=1 min"};
  const auto with = [](Sets sets, const char* one) {
    sets.emplace_back(one);
    return sets;
  };
  CHECK(said(folder, file, with(bitwise, "dispute.answer=61 s"))
            .find("dispute.timeout: found 60 s, expected at least the 61 s that an honest answer "
                  "takes") != std::string::npos);
  CHECK(load_scenario(file, with(bitwise, "dispute.answer=1 min")).rules);
  // With checkpoints every 30 min the longest task of 31 min has segments of 15.5 min, but one of
  // 30 min has one of 30 min: whatever time-out the latter needs, the former needs it too.
  Sets sets{"execution.checkpoint_every=30 min", "dispute.kind=bisection"};
  const auto fits = [&](const char* longest, int timeout_s) {
    Sets all = with(sets, longest);
    all.push_back(fmt::format("dispute.timeout={} s", timeout_s));
    return said(folder, file, all).empty();
  };
  int needed = 1;
  while (!fits("max_task=30 min", needed)) needed += 60;
  CHECK(needed > 30 * 60);
  CHECK_FALSE(fits("max_task=31 min", needed - 60));
  CHECK(fits("max_task=31 min", needed));
}

TEST_CASE("included files are laid under the scenario", "[protocol]") {
  const ScratchFolder folder;
  folder.write("small.yaml", kSmallMarket);
  folder.write("attack.yaml", "verification: {rate: 10 %}\nhorizon: 3 d\n");
  const LoadedScenario loaded = load_scenario(folder.write(
      "top.yaml", "include: [small.yaml, attack.yaml]\nname: top\nverification: {segments: 5}\n"));
  CHECK(loaded.scenario.name == "top");
  CHECK(loaded.scenario.horizon == sim::SimDuration(72h));
  CHECK(loaded.rules->verification->audit_rate() == percent(10));
  CHECK(loaded.rules->verification->most_reexecutions() == 5);
  CHECK(std::count_if(loaded.inputs.begin(), loaded.inputs.end(), [&](const InputFile& input) {
          return input.path.starts_with(folder.path().string());
        }) == 3);

  // Complaints name the file that has the key.
  folder.write("attack.yaml", "verification: {rate: 101 %}\n");
  CHECK(said(folder, folder.path() / "top.yaml") ==
        "attack.yaml:1:22: verification.rate: found 101 %, expected 0 % to 100 %");
  CHECK(said(folder, folder.write("none.yaml", "name: x\ninclude: nowhere.yaml\n"))
            .find("none.yaml:2:10: include: nowhere.yaml: found no such file") == 0);
  CHECK(said(folder, folder.write("self.yaml", "include: self.yaml\n"))
            .find("self.yaml:1:10: include: found self.yaml, which includes this file") == 0);
  folder.write("a.yaml", "include: b.yaml\n");
  folder.write("b.yaml", "include: a.yaml\n");
  CHECK(said(folder, folder.path() / "a.yaml")
            .find("b.yaml:1:10: include: found a.yaml, which includes this file") == 0);
  // Two to the thirtieth files are too many, and that is seen soon.
  for (int i = 0; i < 30; ++i) {
    folder.write(fmt::format("n{}.yaml", i),
                 fmt::format("include: [n{0}.yaml, n{0}.yaml]\n", i + 1));
  }
  folder.write("n30.yaml", "seed: 1\n");
  CHECK(said(folder, folder.path() / "n0.yaml").find("found more than 64 files") !=
        std::string::npos);
}

}  // namespace
}  // namespace assay::protocol
