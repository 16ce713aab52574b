#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/availability/always.hpp"
#include "protocol/model.hpp"
#include "protocol/network/instant.hpp"
#include "protocol/strategy/cheats.hpp"
#include "protocol/strategy/honest.hpp"
#include "protocol/strategy/verifiers.hpp"

// A market small enough to follow by hand. A segment is an hour on the reference device, a machine
// draws a kilowatt, and nothing else costs time or money unless a test says so.
namespace assay::protocol::fixture {

using namespace std::chrono_literals;

inline constexpr DeviceId kUnit{0};    ///< the reference device
inline constexpr DeviceId kDouble{1};  ///< takes twice as long
inline constexpr DeviceId kSmall{2};   ///< too small for the workload
inline constexpr BehaviourId kSkip{1};
inline constexpr WorkloadId kTrain{0};

/// Segments of an hour; exact costs; a comparison finds every segment that was skipped.
class TinyExecutor : public TrainingExecutor {
 public:
  struct Terms {
    bool bitwise = false;
    bool agrees_always = false;
    Share false_alarm;  ///< chance that a comparison rejects an honest segment
    std::uint64_t steps = 4;
    std::uint64_t operators = 4;
    sim::SimDuration rerun = 30min;
    sim::SimDuration referee = 1s;
    Bytes checkpoint;
  };
  explicit TinyExecutor(const Terms& terms) : terms_(terms) {}

  [[nodiscard]] std::uint32_t segments(sim::SimDuration on_reference) const override {
    return static_cast<std::uint32_t>((on_reference + 1h - 1ns) / 1h);
  }
  [[nodiscard]] Cost cost(const Work& work, DeviceId device) const override {
    const sim::SimDuration length = work.on_reference * (device == kDouble ? 2 : 1);
    return {length, {}, 1000.0 * sim::to_seconds(length)};
  }
  [[nodiscard]] double relative_time(WorkloadId, DeviceId device) const override {
    return device == kDouble ? 2.0 : 1.0;
  }
  [[nodiscard]] Cost reexecution(const Work& work, std::uint32_t segments,
                                 DeviceId device) const override {
    return cost({work.workload, work.on_reference / work.segments * segments, segments}, device);
  }
  [[nodiscard]] bool bitwise() const override { return terms_.bitwise; }
  [[nodiscard]] Cost rerun(const Work&, DeviceId) const override {
    return {terms_.rerun, {}, 1000.0 * sim::to_seconds(terms_.rerun)};
  }
  [[nodiscard]] Comparison compare(Chance chance, const SegmentTruth& truth,
                                   DeviceId checker) const override {
    sim::Draws draws =
        chance.open(Purpose::Noise, sim::mix(truth.lease_key, truth.segment, index(checker)));
    const bool alarm = draws.below(static_cast<std::uint64_t>(kWholePpb)) <
                       static_cast<std::uint64_t>(terms_.false_alarm.ppb);
    return verdict(terms_.agrees_always || (truth.behaviour == kHonest && !alarm));
  }
  [[nodiscard]] bool differs_bitwise(const SegmentTruth& truth) const override {
    return !terms_.agrees_always && truth.behaviour != kHonest;
  }
  [[nodiscard]] Comparison settle_by_distance(Chance, const SegmentTruth& truth) const override {
    return verdict(terms_.agrees_always || truth.behaviour == kHonest);
  }
  [[nodiscard]] double cost_share(BehaviourId behaviour) const override {
    return behaviour == kHonest ? 1.0 : 0.0;
  }
  [[nodiscard]] double harm(BehaviourId behaviour) const override {
    return behaviour == kHonest ? 0.0 : 0.25;
  }
  [[nodiscard]] BehaviourId behaviour(std::string_view name) const override {
    return name == "skip" ? kSkip : kHonest;
  }
  [[nodiscard]] std::uint64_t steps(const Work&) const override { return terms_.steps; }
  [[nodiscard]] std::uint64_t operators(WorkloadId) const override { return terms_.operators; }
  [[nodiscard]] sim::SimDuration referee_time(WorkloadId) const override { return terms_.referee; }
  [[nodiscard]] Bytes checkpoint_bytes(WorkloadId) const override { return terms_.checkpoint; }
  [[nodiscard]] std::vector<Provenance> provenance() const override { return {}; }

 private:
  static Comparison verdict(bool agrees) { return {agrees ? 0.0 : 2.0, agrees}; }
  Terms terms_;
};

/// Exactly these arrivals.
class ListedDemand final : public Demand {
 public:
  explicit ListedDemand(std::vector<Arrival> arrivals) : arrivals_(std::move(arrivals)) {
    for (std::size_t i = 0; i < arrivals_.size(); ++i) arrivals_[i].ordinal = i;
  }
  [[nodiscard]] std::unique_ptr<ArrivalStream> open(Chance, std::uint64_t first) const override {
    class Stream final : public ArrivalStream {
     public:
      Stream(const std::vector<Arrival>& arrivals, std::uint64_t first)
          : arrivals_(&arrivals), next_(first) {}
      std::optional<Arrival> next() override {
        if (next_ >= arrivals_->size()) return std::nullopt;
        return (*arrivals_)[next_++];
      }

     private:
      const std::vector<Arrival>* arrivals_;
      std::uint64_t next_;
    };
    return std::make_unique<Stream>(arrivals_, first);
  }
  [[nodiscard]] std::optional<std::uint64_t> arrivals() const override { return arrivals_.size(); }

 private:
  std::vector<Arrival> arrivals_;
};

/// Up, down, up, ... for these times, the last one for ever; with a mean instead of a list,
/// exponential times.
class ScriptedAvailability final : public Availability {
 public:
  explicit ScriptedAvailability(std::vector<sim::SimDuration> lengths)
      : lengths_(std::move(lengths)) {}
  explicit ScriptedAvailability(sim::SimDuration mean) : mean_(mean) {}
  [[nodiscard]] Interval interval(Chance chance, std::uint64_t machine, std::uint32_t k,
                                  int) const override {
    const bool up = k % 2 == 0;
    if (mean_ > sim::SimDuration{}) {
      sim::Draws draws = chance.open(Purpose::Availability, sim::mix(machine, k));
      const auto span = static_cast<std::uint64_t>(2 * mean_.count());
      return {up, sim::SimDuration{1 + static_cast<std::int64_t>(draws.below(span))}};
    }
    return {up, k < lengths_.size() ? lengths_[k] : sim::SimDuration::max()};
  }

 private:
  std::vector<sim::SimDuration> lengths_;
  sim::SimDuration mean_{};
};

/// Two regions; every transfer between them takes the same time, none within one.
class TwoRegions final : public Network {
 public:
  explicit TwoRegions(sim::SimDuration move)
      : regions_{{"here", 0, 0.5}, {"there", 0, 0.5}}, move_(move) {}
  [[nodiscard]] const std::vector<Region>& regions() const override { return regions_; }
  [[nodiscard]] sim::SimDuration move(RegionId from, RegionId to, Bytes) const override {
    return from == to ? sim::SimDuration{} : move_;
  }

 private:
  std::vector<Region> regions_;
  sim::SimDuration move_;
};

/// Does what the test says; what it does not say is honest.
class Scripted final : public Strategy {
 public:
  struct Script {
    WorkPlan work;
    bool executes = true;
    std::vector<Act> acts;  ///< by turn; the last one is repeated
    bool re_enters = true;
    bool bids = true;
    bool unstakes = false;  ///< after every commitment
  };
  explicit Scripted(Script script) : script_(std::move(script)) {}
  [[nodiscard]] std::optional<Usd> quote(const View&, const QuoteFacts& facts,
                                         const Bidding& bidding) const override {
    if (!script_.bids) return std::nullopt;
    return bidding.quote(facts);
  }
  [[nodiscard]] WorkPlan work(const View&, const WorkFacts&) const override { return script_.work; }
  [[nodiscard]] bool unstakes(const View&, const CommitFacts&) const override {
    return script_.unstakes;
  }
  [[nodiscard]] VerifyPlan verify(const View&, const VerifyFacts&) const override {
    return {script_.executes};
  }
  [[nodiscard]] Act move(const View& view, const MoveFacts& facts) const override {
    if (script_.acts.empty()) return Strategy::move(view, facts);
    const std::size_t turn = facts.phase == DisputePhase::Rerun ? 0 : std::size_t{facts.round} + 1;
    return script_.acts[std::min(turn, script_.acts.size() - 1)];
  }
  [[nodiscard]] bool re_enter(const View&) const override { return script_.re_enters; }

 private:
  Script script_;
};

[[nodiscard]] inline std::shared_ptr<const Strategy> honest() {
  return std::make_shared<Honest>(Honest::Params{});
}
[[nodiscard]] inline std::shared_ptr<const Strategy> scripted(Scripted::Script script) {
  return std::make_shared<Scripted>(std::move(script));
}
/// Skips all work and, accused, does these acts.
[[nodiscard]] inline std::shared_ptr<const Strategy> cheat(std::vector<Act> acts = {}) {
  Scripted::Script script;
  script.work.cheated = kWhole;
  script.acts = std::move(acts);
  return scripted(std::move(script));
}

[[nodiscard]] inline Group group(std::string name, Role role, std::uint32_t count = 1) {
  Group group;
  group.key = 0;
  for (const char c : name) group.key = sim::mix(group.key, static_cast<std::uint64_t>(c));
  group.name = std::move(name);
  group.role = role;
  group.count = count;
  group.strategy = honest();
  group.bidding = std::make_shared<Truthful>(Truthful::Params{});
  group.availability = std::make_shared<Always>(Always::Params{});
  group.cheats = {kSkip};
  group.hardware = {{kUnit, kWholePpb}};
  group.regions = {{RegionId{0}, kWholePpb}};
  return group;
}
/// A kWh costs 12.5 cents and an hour's wear 6.25 cents: an hour of work costs 18.75 cents.
[[nodiscard]] inline Group provider(std::string name, std::uint32_t count = 1) {
  Group result = group(std::move(name), Role::Provider, count);
  result.power_price = Usd::micro(125'000);
  result.wear = Usd::micro(62'500);
  result.stake_per_slot = Tokens::whole(100);
  result.balance = Tokens::whole(100);
  return result;
}
[[nodiscard]] inline Group verifier(std::string name, std::uint32_t count = 1) {
  Group result = group(std::move(name), Role::Verifier, count);
  result.balance = Tokens::whole(5);
  return result;
}
[[nodiscard]] inline Group requester(std::string name, std::uint32_t count = 1) {
  Group result = group(std::move(name), Role::Requester, count);
  result.hardware.clear();
  return result;
}

[[nodiscard]] inline Arrival job(sim::SimDuration at, sim::SimDuration work,
                                 std::uint32_t chains = 1) {
  Arrival arrival;
  arrival.at = sim::SimTime{at};
  arrival.work = work;
  arrival.gpus = chains;
  return arrival;
}

[[nodiscard]] inline std::shared_ptr<const Market> posted_price(Market::Terms terms,
                                                                Usd an_hour = Usd::micro(400'000)) {
  PostedPrice::Params params;
  params.terms = terms;
  params.price = UsdPerHour{an_hour};
  return std::make_shared<PostedPrice>(params);
}

/// Requesters' clouds cost a dollar an hour, and so much they would pay here; the posted price is
/// 40 cents; a token costs 10 cents. Nothing is verified until a test asks for it.
[[nodiscard]] inline Rules rules(std::vector<Arrival> arrivals, std::vector<Group> groups) {
  Rules rules;
  rules.setting.devices = {{"unit", "a", 1, 1, 1, Bytes{8}, Watts{1000}},
                           {"double", "a", 1, 1, 1, Bytes{8}, Watts{1000}},
                           {"small", "a", 1, 1, 1, Bytes{1}, Watts{1000}}};
  rules.setting.named = {kUnit, kDouble, kSmall};
  Workload train;
  train.name = "train";
  train.model = "tiny";
  train.share = kWhole;
  train.memory = Bytes{4};
  train.limit_low = kWhole;
  train.limit_high = kWhole;
  train.deadline_slack = 1000h;
  rules.setting.workloads = {train};
  rules.setting.reference = kUnit;
  rules.horizon = 2000h;
  rules.max_task = 24h;
  rules.demand = std::make_shared<ListedDemand>(std::move(arrivals));
  rules.network = std::make_shared<Instant>(Instant::Params{});
  rules.market = posted_price({4, 3, 1h});
  rules.execution = std::make_shared<TinyExecutor>(TinyExecutor::Terms{});
  rules.verification = std::make_shared<NoVerification>(NoVerification::Params{});
  Bisection::Params dispute;
  dispute.branching = 2;
  dispute.timeout = 24h;
  dispute.answer = 1min;
  dispute.bond = Tokens::whole(2);
  rules.dispute = std::make_shared<Bisection>(dispute);
  rules.slashing = std::make_shared<FixedShare>(FixedShare::Params{});
  rules.reputation = std::make_shared<NoReputation>(NoReputation::Params{});
  FixedToken::Params token;
  token.supply = Tokens::whole(1'000'000);
  token.price = TokenPrice{Usd::micro(100'000)};
  rules.token = std::make_shared<FixedToken>(token);
  rules.outside = {{"cloud", {Usd::whole(1)}}};
  for (const Group& group : groups) {
    if (group.role == Role::Requester) rules.setting.requesters += group.count;
  }
  rules.groups = std::move(groups);
  return rules;
}

/// Every claim is audited: `segments` of it by each of `verifiers`, for half the price.
[[nodiscard]] inline std::shared_ptr<const Verification> always_audit(int segments = 1,
                                                                      int verifiers = 1) {
  SpotCheck::Params params;
  params.rate = percent(100);
  params.segments = segments;
  params.verifiers = verifiers;
  params.pay = percent(50);
  return std::make_shared<SpotCheck>(params);
}
[[nodiscard]] inline std::shared_ptr<const Slashing> slashing(const FixedShare::Params& params) {
  return std::make_shared<FixedShare>(params);
}
[[nodiscard]] inline std::shared_ptr<const TrainingExecutor> executor(
    const TinyExecutor::Terms& terms) {
  return std::make_shared<TinyExecutor>(terms);
}

[[nodiscard]] inline std::shared_ptr<const Rules> share(Rules rules) {
  rules.index_classes();
  return std::make_shared<const Rules>(std::move(rules));
}

}  // namespace assay::protocol::fixture
