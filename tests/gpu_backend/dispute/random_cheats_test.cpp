// Hundreds of disputes with cheats of a random kind at a random place. What must hold in all: the
// honest one never loses, the liar is named, the rounds are the predicted ones, and the referee
// computes one operator at the most.
#include <map>

#include "tests/catch.hpp"
#include "tests/gpu_backend/dispute/arena.hpp"

using namespace assay;
using namespace assay::backend;

namespace {

constexpr std::uint64_t kGames = 320;

/// How a liar behaves in the game, beside having cheated.
enum class Manner : std::uint8_t {
  Consistent,  ///< stands by what it computed
  Silent,      ///< from a random question on
  Flips,       ///< flips a bit of a random answer: an inconsistent opening or a forged proof
  TwoLiars,    ///< against another liar
  WrongClaim   ///< accuses with a claim that is made up
};

std::vector<std::unique_ptr<Arena>> arenas() {
  std::vector<std::unique_ptr<Arena>> all;
  for (const Workload& w :
       {little(Family::Mlp, OptimizerKind::Sgd), little(Family::Mlp, OptimizerKind::AdamW),
        little(Family::Gpt, OptimizerKind::Sgd), little(Family::Gpt, OptimizerKind::AdamW)}) {
    all.push_back(std::make_unique<Arena>(w, Segment{0, 6, 2}));
    all.push_back(std::make_unique<Arena>(w, Segment{3, 5, 1}));
    all.push_back(std::make_unique<Arena>(w, Segment{1, 8, 8}));
  }
  return all;
}

Altered::Change flip(std::uint64_t question, std::uint64_t seed) {
  return [question, seed, asked = std::uint64_t{0}](const Request&,
                                                    std::optional<Reply>& reply) mutable {
    if (asked++ != question || !reply) return;
    sim::Draws draws(seed, 2, question);
    Places places;
    std::visit(places, *reply);
    if (!places.numbers.empty()) {
      *places.numbers[draws.below(places.numbers.size())] += 1.0f;
    } else {
      Hash& hash = *places.hashes[draws.below(places.hashes.size())];
      hash[draws.below(32)] ^= std::byte{1} << draws.below(8);
    }
  };
}

Altered::Change fall_silent(std::uint64_t question) {
  return [question, asked = std::uint64_t{0}](const Request&, std::optional<Reply>& reply) mutable {
    if (asked++ >= question) reply.reset();
  };
}

Cheat random_cheat(sim::Draws& draws) {
  Cheat cheat;
  cheat.kind = static_cast<CheatKind>(1 + draws.below(5));
  cheat.fraction = 0.05 + 0.9 * draws.uniform();
  cheat.seed = draws.bits();
  return cheat;
}

/// The first state on which two ways to train differ: the step before it.
std::uint64_t first_difference(Worker& a, Worker& b) {
  State left = a.conduct.start();
  State right = left;
  for (std::uint64_t step = left.step; step < a.conduct.segment().end(); ++step) {
    left = a.conduct.advance(std::move(left)).state;
    right = b.conduct.advance(std::move(right)).state;
    if (!(left == right)) return step;
  }
  return a.conduct.segment().end();
}

}  // namespace

TEST_CASE("over hundreds of random cheats the honest one never loses", "[dispute]") {
  const auto all = arenas();
  std::map<Reason, int> reasons;
  int played = 0;
  for (std::uint64_t game = 0; played < static_cast<int>(kGames); ++game) {
    sim::Draws draws(2026, 1, game);
    Arena& arena = *all[draws.below(all.size())];
    const auto manner = static_cast<Manner>(draws.below(5));
    const std::uint32_t branching = 2u << draws.below(5);
    const std::uint32_t predicted = predicted_rounds(arena.segment, arena.operators(), branching);
    const auto liar = arena.worker(random_cheat(draws));
    Claimant lying = liar->claimant();
    // A bit that changes nothing in the state is no lie that anybody could be paid for.
    if (lying.claim == arena.honest.party.claim().root) continue;
    ++played;

    std::unique_ptr<Altered> altered;
    std::unique_ptr<Worker> second;
    Claimant other = arena.honest.claimant();
    const std::uint64_t question = draws.below(predicted);
    if (manner == Manner::Silent) {
      altered = std::make_unique<Altered>(liar->party, fall_silent(question));
    } else if (manner == Manner::Flips) {
      altered = std::make_unique<Altered>(liar->party, flip(question, draws.bits()));
    } else if (manner == Manner::TwoLiars) {
      second = arena.worker(random_cheat(draws));
      other = second->claimant();
    } else if (manner == Manner::WrongClaim) {
      lying.claim[draws.below(32)] ^= std::byte{1} << draws.below(8);
    }
    if (altered) lying.party = altered.get();
    const bool liar_first = draws.below(2) == 0;

    CountingRunner referee;
    const DisputeOutcome outcome = settle(arena.dispute(), liar_first ? lying : other,
                                          liar_first ? other : lying, branching, referee);
    ++reasons[outcome.reason];
    CAPTURE(game, static_cast<int>(manner), branching, liar_first, question, outcome.step,
            outcome.op, name_of(outcome.reason));
    CHECK(outcome.rounds <= predicted);
    CHECK(referee.runs == outcome.operators_computed);
    CHECK(referee.runs <= 1);
    if (outcome.reason == Reason::Recomputed) {
      CHECK(outcome.rounds == predicted);
      CHECK(referee.runs == 1);
      const auto& operators = arena.honest.trainer.graph().operators;
      CHECK(outcome.referee_flops == flops(operators.at(outcome.op).op));
    }
    if (manner == Manner::TwoLiars) {
      // Two of a kind may lie alike. Otherwise at least one of them is named.
      CHECK((outcome.liar == Liar::None) == (lying.claim == other.claim));
      continue;
    }
    CHECK(outcome.liar == (liar_first ? Liar::First : Liar::Second));
    if (manner == Manner::Consistent) {
      CHECK(outcome.reason == Reason::Recomputed);
      CHECK(outcome.step == first_difference(*liar, arena.honest));
    } else if (manner == Manner::WrongClaim) {
      CHECK(outcome.reason == Reason::BadOpening);
      CHECK(outcome.rounds == 1);
    } else if (manner == Manner::Silent && (liar_first || question + 1 < predicted)) {
      // Only the first is asked the last question.
      CHECK(outcome.reason == Reason::Silence);
      CHECK(outcome.rounds == question + 1);
    }
  }
  // All ways for a game to end that cheats of these kinds have were met.
  CHECK(reasons[Reason::Recomputed] > 50);
  CHECK(reasons[Reason::Silence] > 20);
  CHECK(reasons[Reason::BadOpening] > 50);
}

TEST_CASE("a single tampered bit is traced to its operator, wherever it is", "[dispute]") {
  Arena arena(little(Family::Gpt, OptimizerKind::AdamW), {0, 2, 2});
  const std::vector<bool> feeds = feeds_state(arena.honest.trainer.graph());
  int found = 0;
  for (std::uint64_t op = 0; op < arena.operators(); ++op) {
    const auto liar =
        arena.worker({.kind = CheatKind::TamperedOperator, .seed = op, .step = op % 2, .op = op});
    CountingRunner referee;
    const DisputeOutcome outcome =
        settle(arena.dispute(), arena.honest.claimant(), liar->claimant(), 16, referee);
    if (outcome.liar == Liar::None) {
      CHECK(liar->party.claim().root == arena.honest.party.claim().root);
      continue;
    }
    CAPTURE(op);
    ++found;
    CHECK(feeds[op]);
    CHECK(outcome.liar == Liar::Second);
    CHECK(outcome.step == op % 2);
    CHECK(outcome.op == op);
    CHECK(referee.runs == 1);
  }
  // Some bits are lost in rounding; most are not.
  CHECK(found > static_cast<int>(arena.operators()) / 2);
}

namespace {

/// Answers every question from a random one on with hashes and tensors of random numbers and sizes,
/// of the right kind most of the time.
class Babbler final : public Party {
 public:
  Babbler(Party& inner, std::uint64_t sane, std::uint64_t seed)
      : inner_(inner), sane_(sane), draws_(seed, 3, 0) {}

  std::optional<Reply> answer(const Request& request) override {
    if (asked_++ < sane_) return inner_.answer(request);
    const std::size_t kind = draws_.below(8) == 0 ? draws_.below(5) : request.index();
    switch (kind) {
      case 0:
        return StepsCommitment{hash(), hashes()};
      case 1:
        return TraceCommitment{hash(), hashes(), hashes(), proven()};
      case 2:
        return Nodes{hashes()};
      case 3: {
        OperatorOpening opening{record(), {}};
        for (std::uint64_t i = draws_.below(5); i > 0; --i) opening.sources.push_back(proven());
        return opening;
      }
      default: {
        InputTensors inputs;
        for (std::uint64_t i = draws_.below(6); i > 0; --i) {
          inputs.tensors.emplace_back(draws_.below(40), 0.5f);
        }
        return inputs;
      }
    }
  }

 private:
  Hash hash() {
    Hash random;
    for (std::byte& byte : random) byte = static_cast<std::byte>(draws_.below(256));
    return random;
  }
  std::vector<Hash> hashes() {
    std::vector<Hash> list(draws_.below(40));
    for (Hash& one : list) one = hash();
    return list;
  }
  OperatorRecord record() { return {hash(), hashes(), hashes()}; }
  ProvenRecord proven() { return {draws_.below(100), record(), hashes()}; }

  Party& inner_;
  std::uint64_t sane_;
  std::uint64_t asked_ = 0;
  sim::Draws draws_;
};

}  // namespace

TEST_CASE("whatever a party babbles, it loses to an honest one", "[dispute]") {
  Arena arena(little(Family::Gpt, OptimizerKind::AdamW), {2, 8, 4});
  const auto liar = arena.worker({.kind = CheatKind::Skip, .fraction = 0.5, .seed = 1});
  const std::uint32_t predicted = predicted_rounds(arena.segment, arena.operators(), 4);
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const std::uint64_t sane = seed % predicted;
    Babbler babbler(liar->party, sane, seed);
    CountingRunner referee;
    const DisputeOutcome outcome = settle(arena.dispute(), {liar->party.claim().root, &babbler},
                                          arena.honest.claimant(), 4, referee);
    CAPTURE(seed, sane);
    CHECK(outcome.liar == Liar::First);
    CHECK(outcome.rounds == sane + 1);
    CHECK(referee.runs == 0);
    // Between two of them somebody loses.
    Babbler other(arena.honest.party, sane / 2, ~seed);
    const DisputeOutcome both = settle(arena.dispute(), {liar->party.claim().root, &babbler},
                                       {arena.honest.party.claim().root, &other}, 4, referee);
    CHECK(both.liar != Liar::None);
  }
}
