#include "protocol/dispute/dispute.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "sim/check.hpp"
#include "tests/catch.hpp"

namespace assay::protocol {
namespace {

Bisection bisection(int branching) {
  Bisection::Params params;
  params.branching = branching;
  return Bisection(params);
}

/// What a party does: `first` where it commits, `later` at the given one of its turns (counted from
/// the commitment as 0) and nothing but consistent answers at all others.
struct Plan {
  Act first = Act::Truth;
  Act later = Act::Truth;
  int at = -1;
  [[nodiscard]] Act act(int turn) const { return turn == 0 ? first : turn == at ? later : first; }
  /// Whether it never does anything but tell the truth.
  [[nodiscard]] bool honest() const { return first == Act::Truth && (at < 0 || later == first); }
};

struct Ending {
  DisputeState state;
  int turns = 0;  ///< messages of the parties
  bool referee = false;
};

/// Plays a dispute to its end. Where nothing differs, `distance_agrees` says what the life cycle
/// would: whether the claim is within the tolerance.
Ending play(const Bisection& dispute, const Dispute::Question& question, const Plan& defender,
            const Plan& challenger) {
  Ending end;
  end.state = dispute.open(question);
  int turn_of[2] = {question.rerun ? 0 : 1, question.rerun ? 0 : 1};
  while (end.state.phase != DisputePhase::Closed && end.state.phase != DisputePhase::Distance) {
    Act act = Act::Truth;
    if (end.state.phase == DisputePhase::Referee) {
      end.referee = true;
    } else {
      const Plan& plan = end.state.turn == Party::Defender ? defender : challenger;
      act = plan.act(turn_of[static_cast<std::size_t>(end.state.turn)]++);
      ++end.turns;
    }
    end.state = dispute.next(end.state, act);
  }
  return end;
}

std::uint32_t ceil_log(std::uint64_t base, std::uint64_t n) {
  std::uint32_t digits = 0;
  for (std::uint64_t reach = 1; reach < n; reach *= base) ++digits;
  return digits;
}

TEST_CASE("the rounds are ceil(log_N T) + ceil(log_N G) at worst, and never more", "[protocol]") {
  for (const int branching : {2, 3, 10, 16}) {
    for (const std::uint64_t steps : {1u, 2u, 3u, 7u, 10u, 16u, 17u, 100u, 257u}) {
      for (const std::uint64_t operators : {1u, 2u, 5u, 16u, 33u}) {
        CAPTURE(branching, steps, operators);
        const Bisection dispute = bisection(branching);
        const auto base = static_cast<std::uint64_t>(branching);
        const std::uint32_t worst = ceil_log(base, steps) + ceil_log(base, operators);
        std::uint32_t most = 0;
        std::uint32_t fewest = worst;
        for (std::uint64_t at = 0; at < steps; ++at) {
          for (std::uint64_t op = 0; op < operators; ++op) {
            Dispute::Question question;
            question.steps = steps;
            question.operators = operators;
            question.location = at;
            question.operator_at = op;
            const Ending end = play(dispute, question, {Act::Lie}, {});
            REQUIRE(end.referee);
            REQUIRE(end.state.closing == Closing::Refereed);
            // Two messages a round, and two commitments before.
            REQUIRE(end.turns == static_cast<int>(2 * end.state.rounds + 2));
            most = std::max(most, end.state.rounds);
            fewest = std::min(fewest, end.state.rounds);
          }
        }
        CHECK(most == worst);
        CHECK(fewest + 2 >= worst);  // parts are as equal as they can be
      }
    }
  }
}

TEST_CASE("narrowing keeps the place where the claims part", "[protocol]") {
  const Bisection dispute = bisection(4);
  for (std::uint64_t at = 0; at < 61; ++at) {
    Dispute::Question question;
    question.steps = 61;
    question.location = at;
    question.rerun = false;
    question.claim_differs = true;
    DisputeState state = dispute.open(question);
    REQUIRE(state.phase == DisputePhase::Steps);
    while (state.phase == DisputePhase::Steps) {
      REQUIRE(state.low <= at);
      REQUIRE(at < state.high);
      const std::uint64_t size = state.high - state.low;
      state = dispute.next(dispute.next(state, Act::Lie), Act::Truth);
      if (state.phase == DisputePhase::Steps) REQUIRE(state.high - state.low <= (size + 3) / 4);
    }
  }
}

TEST_CASE("acts and outcomes of a dispute, in every phase", "[protocol]") {
  // Steps 4 and operators 4 in halves: commitments (turn 0), then two rounds each (turns 1 to 4).
  const Bisection dispute = bisection(2);
  Dispute::Question question;
  question.steps = 4;
  question.operators = 4;
  question.location = 2;
  question.operator_at = 1;
  constexpr int kTurns = 5;
  const std::pair<Act, Closing> kEnders[] = {{Act::Concede, Closing::Conceded},
                                             {Act::Stall, Closing::TimedOut},
                                             {Act::Contradict, Closing::BadOpening}};

  SECTION("nobody breaks the rules: the commitments decide") {
    struct Row {
      Act defender, challenger;
      bool defender_wrong, challenger_wrong;
      std::uint32_t rounds;
      Closing closing;
    };
    const Row rows[] = {
        {Act::Lie, Act::Truth, true, false, 4, Closing::Refereed},
        {Act::Truth, Act::Lie, false, true, 4, Closing::Refereed},
        {Act::Lie, Act::Lie, true, true, 4, Closing::Refereed},
        // The same bits: the distance of the common end to the claim decides, not this machine.
        {Act::Truth, Act::Truth, false, false, 0, Closing::Open},
    };
    for (const Row& row : rows) {
      CAPTURE(&row - rows);
      const Ending end = play(dispute, question, {row.defender}, {row.challenger});
      CHECK((end.state.phase == DisputePhase::Distance) == (row.closing == Closing::Open));
      CHECK((end.state.defender_wrong != 0) == row.defender_wrong);
      CHECK((end.state.challenger_wrong != 0) == row.challenger_wrong);
      CHECK(end.state.rounds == row.rounds);
      CHECK(end.state.closing == row.closing);
    }
  }

  SECTION("whoever gives up, is silent or contradicts itself loses at once, at any turn") {
    for (const bool defends : {true, false}) {
      for (int turn = 0; turn < kTurns; ++turn) {
        for (const auto& [act, closing] : kEnders) {
          for (const Act first : {Act::Truth, Act::Lie}) {
            CAPTURE(defends, turn, static_cast<int>(act), static_cast<int>(first));
            Plan breaker{turn == 0 ? act : first, act, turn};
            // The other one answers so that the dispute goes on until then.
            const Plan rival{first == Act::Truth ? Act::Lie : Act::Truth};
            const Ending end = defends ? play(dispute, question, breaker, rival)
                                       : play(dispute, question, rival, breaker);
            REQUIRE(end.state.phase == DisputePhase::Closed);
            CHECK(end.state.closing == closing);
            CHECK((end.state.defender_wrong != 0) == defends);
            CHECK((end.state.challenger_wrong != 0) == !defends);
            CHECK(end.turns == 2 * turn + (defends ? 1 : 2));
          }
        }
      }
    }
  }

  SECTION("an honest party never loses, whatever the other one does and when") {
    std::vector<Plan> plans;
    for (const Act first : {Act::Truth, Act::Lie, Act::Contradict, Act::Stall, Act::Concede}) {
      plans.push_back({first});
      for (const Act later : {Act::Truth, Act::Lie, Act::Contradict, Act::Stall, Act::Concede}) {
        for (int turn = 1; turn < kTurns; ++turn) plans.push_back({first, later, turn});
      }
    }
    std::set<Closing> seen;
    for (std::uint64_t at = 0; at < question.steps; ++at) {
      for (std::uint64_t op = 0; op < question.operators; ++op) {
        question.location = at;
        question.operator_at = op;
        for (const Plan& plan : plans) {
          CAPTURE(at, op, static_cast<int>(plan.first), static_cast<int>(plan.later), plan.at);
          const Ending attacked = play(dispute, question, {}, plan);
          REQUIRE(attacked.state.defender_wrong == 0);
          const Ending accused = play(dispute, question, plan, {});
          REQUIRE(accused.state.challenger_wrong == 0);
          // And somebody always loses, unless both committed to the truth.
          const bool both_true = plan.first == Act::Truth;
          REQUIRE((attacked.state.phase == DisputePhase::Distance) == both_true);
          REQUIRE((attacked.state.challenger_wrong != 0) == !both_true);
          REQUIRE((accused.state.defender_wrong != 0) == !both_true);
          seen.insert(attacked.state.closing);
          seen.insert(accused.state.closing);
        }
      }
    }
    CHECK(seen == std::set<Closing>{Closing::Open, Closing::Conceded, Closing::TimedOut,
                                    Closing::BadOpening, Closing::Refereed});
  }
}

TEST_CASE("with comparable claims there is no rerun, and the claim itself is the commitment",
          "[protocol]") {
  const Bisection dispute = bisection(2);
  Dispute::Question question;
  question.steps = 4;
  question.operators = 2;
  question.rerun = false;

  SECTION("a false claim is refuted even if its provider answers with the truth from then on") {
    question.claim_differs = true;
    for (const Act act : {Act::Truth, Act::Lie}) {
      const Ending end = play(dispute, question, {act}, {});
      CHECK(end.state.defender_wrong == 1);
      CHECK(end.state.challenger_wrong == 0);
      CHECK(end.state.rounds == 3);
      CHECK(end.turns == 6);
    }
  }
  SECTION("a report that was made up loses against a true claim") {
    question.challenger_lies = true;
    const Ending end = play(dispute, question, {}, {});
    CHECK(end.state.defender_wrong == 0);
    CHECK(end.state.challenger_wrong == 1);
  }
  SECTION("both wrong") {
    question.claim_differs = true;
    question.challenger_lies = true;
    const Ending end = play(dispute, question, {}, {});
    CHECK(end.state.defender_wrong == 1);
    CHECK(end.state.challenger_wrong == 1);
  }
  SECTION("nothing differs: there is nothing to narrow") {
    CHECK(dispute.open(question).phase == DisputePhase::Distance);
  }
  SECTION("one step of one operator goes straight to the referee") {
    question.steps = 1;
    question.operators = 1;
    question.claim_differs = true;
    const DisputeState state = dispute.open(question);
    CHECK(state.phase == DisputePhase::Referee);
    CHECK(dispute.next(state, Act::Truth).defender_wrong == 1);
  }
}

TEST_CASE("a dispute that is over takes no more acts, and a place outside is a fault",
          "[protocol]") {
  const Bisection dispute = bisection(2);
  Dispute::Question question;
  const DisputeState closed = dispute.next(dispute.open(question), Act::Concede);
  REQUIRE(closed.phase == DisputePhase::Closed);
  CHECK_THROWS_AS(dispute.next(closed, Act::Truth), sim::InvariantViolation);
  question.location = 1;
  CHECK_THROWS_AS(dispute.open(question), sim::InvariantViolation);
  question.location = 0;
  question.operator_at = 1;
  CHECK_THROWS_AS(dispute.open(question), sim::InvariantViolation);
}

}  // namespace
}  // namespace assay::protocol
