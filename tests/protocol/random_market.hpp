#pragma once

#include "protocol/scenario/choice.hpp"
#include "protocol/settlement/geometric_brownian.hpp"
#include "protocol/strategy/rule_table.hpp"
#include "protocol/verification/planted_faults.hpp"
#include "protocol/verification/proof_of_sampling.hpp"
#include "protocol/verification/replication.hpp"
#include "tests/protocol/market_fixture.hpp"

// Random markets for property tests: every mechanism, honest actors and cheats of all kinds, scarce
// tokens, machines that come and go. A seed names one.
namespace assay::protocol::fixture {

class RandomMarket {
 public:
  explicit RandomMarket(std::uint64_t seed) : draws_(seed, 1'000, 0) {}

  [[nodiscard]] Rules rules() {
    std::vector<Group> groups = {provider("hosts", number(2, 6)),    provider("labs", number(1, 2)),
                                 provider("cheats", number(1, 3)),   provider("ring", number(1, 2)),
                                 verifier("checkers", number(1, 3)), verifier("insiders", 1),
                                 requester("users", number(1, 4))};
    for (Group& group : groups) randomise(group);
    // Last, so that all others are the same identities whatever it plays.
    groups.push_back(verifier("liars", 1));
    randomise(groups.back());
    groups.back().strategy = random_liar();
    groups[2].strategy = random_cheat();
    groups[2].cheats.assign(groups[2].strategy->cheats().size(), kSkip);
    Ring::Params ring;
    ring.share = percent(number(50, 100));
    ring.terms.defence = one_of<std::string>({"concede", "lie", "stall", "contradict"});
    for (Group* member : {&groups[3], &groups[5]}) {
      member->strategy = std::make_shared<Ring>(ring);
      member->principal = "ring";
    }
    Rules rules = fixture::rules(random_jobs(), std::move(groups));
    rules.horizon = 240h;
    rules.warm_up = one_of<sim::SimDuration>({0h, 48h});
    rules.max_task = one_of<sim::SimDuration>({4h, 12h, 24h});
    add_workloads(rules);
    add_mechanisms(rules);
    return rules;
  }

 private:
  std::uint32_t number(std::uint32_t low, std::uint32_t high) {
    return low + static_cast<std::uint32_t>(draws_.below(high - low + 1));
  }
  bool coin() { return draws_.below(2) == 0; }
  template <class T>
  T one_of(std::vector<T> values) {
    return values[draws_.below(values.size())];
  }

  void randomise(Group& group) {
    group.regions = {{RegionId{0}, kWholePpb / 2}, {RegionId{1}, kWholePpb / 2}};
    if (group.role == Role::Verifier) {
      group.hardware = {{one_of<DeviceId>({kUnit, kDouble}), kWholePpb}};
      group.stake_per_slot = Tokens::whole(number(0, 10));
      group.balance = group.stake_per_slot + Tokens::whole(number(0, 20));  // sometimes too few
      return;
    }
    if (group.role == Role::Requester) return;
    group.hardware = {{kUnit, kWholePpb / 2}, {kDouble, kWholePpb / 4}, {kSmall, kWholePpb / 4}};
    group.slots = static_cast<std::uint8_t>(number(1, 3));
    group.stake_per_slot = Tokens::whole(number(0, 100));
    group.balance = group.stake_per_slot * group.slots + Tokens::whole(number(0, 200));
    if (coin()) group.availability = std::make_shared<ScriptedAvailability>(1h * number(2, 30));
    Markup::Params markup;
    markup.markup = percent(number(0, 300));
    Shading::Params shading;
    shading.highest = UsdPerHour{Usd::micro(number(0, 1'000) * 1'000)};
    if (coin())
      group.bidding = std::make_shared<Markup>(markup);
    else if (coin())
      group.bidding = std::make_shared<Shading>(shading);
    if (coin()) group.wear_span = Usd::micro(number(0, 100) * 1'000);
  }

  std::shared_ptr<const Strategy> random_cheat() {
    if (coin()) {  // one of those that the market is shipped with, at its defaults
      std::vector<std::string_view> kinds;
      for (const Entry<Strategy>& member : members<Strategy>()) {
        if (member.traits.provides && !member.traits.one_owner) kinds.push_back(member.kind);
      }
      const std::string_view kind = one_of(kinds);
      return kind == RuleTable::kKind ? random_table() : Choice<Strategy>(kind).build(Setting{});
    }
    Scripted::Script script;
    script.work = {percent(number(1, 100)), coin(), coin()};
    if (coin()) {
      script.work.quits_after = percent(number(0, 100));
      script.work.elsewhere = Usd::micro(number(0, 300'000));
    }
    script.unstakes = draws_.below(4) == 0;
    for (std::uint32_t i = number(1, 4); i > 0; --i) {
      script.acts.push_back(static_cast<Act>(draws_.below(5)));
    }
    return scripted(script);
  }

  std::shared_ptr<const Strategy> random_liar() {
    switch (number(0, 3)) {
      case 0:
        return std::make_shared<RubberStamp>(RubberStamp::Params{});
      case 1:
        return std::make_shared<Copier>(Copier::Params{1min * number(0, 600)});
      case 2: {
        FalseChallenger::Params params;
        params.rate = percent(number(10, 100));
        params.defence = one_of<std::string>({"concede", "lie", "stall", "contradict"});
        params.dawdle = coin();
        return std::make_shared<FalseChallenger>(params);
      }
      default:
        return std::make_shared<SybilVerifiers>(
            SybilVerifiers::Params{static_cast<int>(number(1, 4))});
    }
  }

  /// Some of these rules, in this order.
  std::shared_ptr<const Strategy> random_table() {
    RuleTable::Params params;
    params.hurry = coin();
    for (const RuleTable::RuleText& rule : std::vector<RuleTable::RuleText>{
             {"quote", "cost < 0.3 USD and accepted > 1", "bid 70 % of cost"},
             {"quote", "age > 4 d and handed-back > 2", "pass"},
             {"work", "accepted < 2", "work"},
             {"work", "since-audit < 10 h and time > 20 h", "work"},
             {"work", "price > 2 USD and stake >= 20 tok", "cheat fp8 80 %"},
             {"work", "chance < 30 %", "quit after 40 % for 0.2 USD/h"},
             {"work", "free > 3 tok and segments > 1", "skip 50 % each"},
             {"unstake", "cheated and unbonding = 0 tok", "unstake"},
             {"verify", "own", "approve"},
             {"move", "cheated and round < 3", "lie"},
             {"move", "cheated", "concede"},
             {"re-enter", "convictions > 0 and reputation < 90 %", "leave"}}) {
      if (coin()) params.rules.push_back(rule);
    }
    return std::make_shared<RuleTable>(params);
  }

  std::vector<Arrival> random_jobs() {
    std::vector<Arrival> arrivals;
    sim::SimDuration at{};
    for (std::uint32_t i = number(10, 50); i > 0; --i) {
      at += 1min * number(0, 600);
      Arrival arrival = job(at, 1min * number(1, 2'000), number(1, 3));
      if (coin()) arrival.workload = WorkloadId{static_cast<std::uint16_t>(number(0, 1))};
      arrivals.push_back(arrival);
    }
    return arrivals;  // the last ones may lie beyond the horizon
  }

  void add_workloads(Rules& rules) {
    Workload& train = rules.setting.workloads[0];
    train.share = percent(60);
    train.limit_low = percent(number(30, 80));
    train.limit_high = percent(100);
    train.deadline_factor = 2.0;
    train.deadline_slack = 1h * number(1, 72);
    Workload small = train;
    small.name = "small";
    small.share = percent(40);
    small.memory = Bytes{1};
    rules.setting.workloads.push_back(small);
    rules.outside = {{"near", {Usd::whole(1), Usd::micro(800'000)}},
                     {"far", {Usd::micro(700'000), Usd::whole(1)}}};
  }

  /// Spot checks in half of the markets; in the others something else.
  std::shared_ptr<const Verification> random_verification(const SpotCheck::Params& check) {
    switch (number(0, 7)) {
      case 0: {
        PlantedFaults::Params params;
        params.check = check;
        params.planted = percent(number(0, 100));
        params.jackpot.jackpot = Tokens::whole(number(0, 50));
        params.jackpot.tax = percent(number(0, 100));
        params.jackpot.missed = percent(one_of<std::int64_t>({0, 100}));
        return std::make_shared<PlantedFaults>(params);
      }
      case 1: {
        ProofOfSampling::Params params;
        params.rate = check.rate;
        params.validators = check.verifiers;
        params.delay = check.delay;
        params.terms = check.terms;
        return std::make_shared<ProofOfSampling>(params);
      }
      case 2: {
        Replication::Params params;
        params.quorum = static_cast<int>(number(1, 3));
        params.replicas = params.quorum + static_cast<int>(number(0, 2));
        params.most = params.replicas + static_cast<int>(number(0, 3));
        params.adaptive = coin();
        params.trusted_after = 1;
        params.outvoted.convict = coin();
        return std::make_shared<Replication>(params);
      }
      case 3: {
        WeightedVoting::Params params;
        params.trust = static_cast<int>(number(1, 10));
        params.most = static_cast<int>(number(1, 6));
        params.outvoted.convict = coin();
        return std::make_shared<WeightedVoting>(params);
      }
      default:
        return std::make_shared<SpotCheck>(check);
    }
  }

  void add_mechanisms(Rules& rules) {
    if (coin())
      rules.network = std::make_shared<TwoRegions>(1min * number(0, 120));
    else
      rules.network = std::make_shared<TwoRegions>(0h);
    const Market::Terms terms{static_cast<int>(number(1, 6)), static_cast<int>(number(1, 5)),
                              1min * number(1, 600)};
    Lottery::Params lottery;
    lottery.terms = terms;
    lottery.tickets = coin() ? Lottery::Tickets::Head : Lottery::Tickets::Stake;
    lottery.pays = Lottery::Pays::Limit;
    switch (number(0, 3)) {
      case 0:
        rules.market = posted_price(terms, Usd::micro(number(100, 900) * 1'000));
        break;
      case 1:
        rules.market = std::make_shared<FirstPrice>(FirstPrice::Params{terms});
        break;
      case 2:
        rules.market = std::make_shared<SecondPrice>(SecondPrice::Params{terms});
        break;
      case 3:
        rules.market = std::make_shared<Lottery>(lottery);
        break;
    }
    TinyExecutor::Terms execution;
    execution.bitwise = coin();
    execution.false_alarm = coin() ? percent(20) : Share{};
    execution.steps = number(1, 40);
    execution.operators = number(1, 40);
    execution.rerun = 1min * number(0, 60);
    rules.execution = executor(execution);
    SpotCheck::Params check;
    check.rate = percent(number(20, 100));
    check.segments = static_cast<int>(number(1, 4));
    check.verifiers = static_cast<int>(number(1, 3));
    check.pay = percent(number(0, 200));
    check.terms.reveal = coin() ? Reveal::Open : Reveal::Sealed;
    check.terms.draw = coin() ? VerifierDraw::Stake : VerifierDraw::Head;
    check.terms.false_approval = percent(one_of<std::int64_t>({0, 50, 100}));
    check.delay = 1h * one_of<int>({0, 0, 5, 50});
    rules.verification = random_verification(check);
    Bisection::Params dispute;
    dispute.branching = static_cast<int>(number(2, 5));
    dispute.timeout = 1h * number(2, 24);
    dispute.answer = 1min * number(0, 30);
    dispute.bond = Tokens::whole(number(0, 10));
    dispute.hold_slot = coin();
    rules.dispute = std::make_shared<Bisection>(dispute);
    FixedShare::Params slash;
    slash.share = percent(number(0, 100));
    slash.reporter_share = percent(number(0, 100));
    slash.burn_share = percent(number(0, 100));
    slash.fault_fee = coin() ? percent(number(0, 50)) : Share{};
    slash.unbonding = 1h * number(0, 100);
    slash.hold = coin();
    slash.re_entry = 1h * number(0, 60);
    rules.slashing = slashing(slash);
    if (coin()) {
      ExponentialAverage::Params average;
      average.weight = percent(number(0, 50));
      average.handed_back = percent(number(0, 100));
      rules.reputation = std::make_shared<ExponentialAverage>(average);
    }
    // All that is endowed, and not always enough on top for every escrow.
    FixedToken::Params token;
    token.supply = Tokens::whole(one_of<std::int64_t>({500, 5'000, 1'000'000}));
    for (const Group& group : rules.groups) token.supply += group.balance * group.count;
    token.price = TokenPrice{Usd::micro(number(1, 300) * 1'000)};
    rules.token = std::make_shared<FixedToken>(token);
    if (coin()) {
      GeometricBrownian::Params walk;
      walk.terms = token;
      walk.volatility = percent(number(0, 500));
      walk.step = 1h * number(1, 24);
      rules.token = std::make_shared<GeometricBrownian>(walk);
    }
  }

  sim::Draws draws_;
};

[[nodiscard]] inline Rules random_rules(std::uint64_t seed) { return RandomMarket(seed).rules(); }

}  // namespace assay::protocol::fixture
