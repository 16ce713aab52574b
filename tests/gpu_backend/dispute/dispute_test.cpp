#include "gpu_backend/dispute/referee.hpp"
#include "tests/catch.hpp"
#include "tests/gpu_backend/dispute/arena.hpp"

using namespace assay;
using namespace assay::backend;

namespace {

const Workload kMlp = little(Family::Mlp, OptimizerKind::Sgd);
const Workload kGpt = little(Family::Gpt, OptimizerKind::AdamW);

struct Settled {
  DisputeOutcome outcome;
  std::uint32_t runs = 0;
};

Settled settled(const Arena& arena, const Claimant& first, const Claimant& second,
                std::uint32_t branching = 4) {
  CountingRunner referee;
  const DisputeOutcome outcome = settle(arena.dispute(), first, second, branching, referee);
  CHECK(referee.runs == outcome.operators_computed);
  CHECK(referee.runs <= 1);
  return {outcome, referee.runs};
}

/// Plays honest against liar in both orders: the liar loses, and the game is the same.
DisputeOutcome caught(Arena& arena, const Claimant& liar, std::uint32_t branching = 4) {
  const auto first = settled(arena, arena.honest.claimant(), liar, branching).outcome;
  const auto second = settled(arena, liar, arena.honest.claimant(), branching).outcome;
  CHECK(first.liar == Liar::Second);
  CHECK(second.liar == Liar::First);
  CHECK(first.step == second.step);
  CHECK(first.op == second.op);
  CHECK(first.rounds == second.rounds);
  return first;
}

}  // namespace

TEST_CASE("two honest workers have nothing to dispute", "[dispute]") {
  Arena arena(kGpt, {0, 4, 2});
  const auto other = arena.worker({});
  const DisputeOutcome outcome = settled(arena, arena.honest.claimant(), other->claimant()).outcome;
  CHECK(outcome.liar == Liar::None);
  CHECK(outcome.reason == Reason::Agreement);
  CHECK(outcome.rounds == 0);
  CHECK(outcome.bytes == 0);
}

TEST_CASE("a tampered operator is found, and nothing else is recomputed", "[dispute]") {
  Arena arena(kGpt, {3, 6, 3});
  for (const std::uint64_t op : {0u, 7u, 20u, 50u}) {
    const std::uint64_t step = 3 + op % 6;
    const auto liar =
        arena.worker({.kind = CheatKind::TamperedOperator, .seed = 5, .step = step, .op = op});
    const DisputeOutcome outcome = caught(arena, liar->claimant());
    CAPTURE(op);
    CHECK(outcome.reason == Reason::Recomputed);
    CHECK(outcome.step == step);
    CHECK(outcome.op == op);
    CHECK(outcome.operators_computed == 1);
    CHECK(outcome.referee_flops == flops(arena.honest.trainer.graph().operators[op].op));
    CHECK(outcome.rounds == predicted_rounds(arena.segment, arena.operators(), 4));
  }
}

TEST_CASE("every way to cheat is convicted at its first wrong step", "[dispute]") {
  for (const Workload& workload : {kMlp, kGpt}) {
    Arena arena(workload, {2, 8, 4});
    for (const CheatKind kind :
         {CheatKind::Skip, CheatKind::StaleCheckpoint, CheatKind::FewerMicroBatches,
          CheatKind::FabricatedGradients, CheatKind::TamperedOperator}) {
      const auto liar = arena.worker({.kind = kind, .fraction = 0.3, .seed = 8});
      std::uint64_t first = 2;
      while (!liar->conduct.touches(first)) ++first;
      const DisputeOutcome outcome = caught(arena, liar->claimant());
      CAPTURE(name_of(kind));
      CHECK(outcome.reason == Reason::Recomputed);
      CHECK(outcome.step == first);
    }
  }
}

TEST_CASE("who trains on other data, another model or from another state is convicted for it",
          "[dispute]") {
  Arena arena(kGpt, {2, 4, 2});
  const auto with = [&](const Workload& workload, std::uint64_t seed, const State& start) {
    Worker liar(workload, seed, arena.segment, {}, start);
    return caught(arena, liar.claimant());
  };
  // Other batches: the operator that reads them first. It wrote something else as well.
  const DisputeOutcome batch = with(kGpt, arena.seed + 1, arena.start);
  CHECK(batch.reason == Reason::WrongInputs);
  CHECK(batch.op == 0);
  CHECK(batch.rounds == predicted_rounds(arena.segment, arena.operators(), 4) - 1);
  // A larger rate: the updates, and so the assembly, are other operators.
  Workload faster = kGpt;
  faster.constants.rate *= 2.0f;
  CHECK(with(faster, arena.seed, arena.start).reason == Reason::WrongOperator);
  // Fewer micro-batches by a graph of one's own.
  Workload fewer = kGpt;
  fewer.micro_batches = 1;
  CHECK(with(fewer, arena.seed, arena.start).reason == Reason::WrongOperator);
  // Another first state.
  State other = arena.start;
  other.tensors[3].edit()[0] += 0.5f;
  const DisputeOutcome start = with(kGpt, arena.seed, other);
  CHECK(start.reason == Reason::WrongStart);
  CHECK(start.step == 2);
}

TEST_CASE("records that do not fit the graph convict who wrote them", "[dispute]") {
  Arena arena(kMlp, {1, 4, 1});
  const StepGraph& graph = arena.honest.trainer.graph();
  const std::size_t end = graph.operators.size();
  const auto forged = [&](const Forger::Forge& forge) {
    Forger liar(arena, 3, 2, forge);
    return caught(arena, liar.claimant());
  };
  const Hash other = tensor_digest(std::vector<float>{2.0f});

  // All operators are told as they were, but the next state is not what they wrote.
  const DisputeOutcome state = forged([](auto&) {});
  CHECK(state.reason == Reason::WrongInputs);
  CHECK(state.op == end);
  CHECK(state.step == 3);
  CHECK(state.operators_computed == 0);

  for (const std::size_t op : {std::size_t{0}, end / 2, end - 1}) {
    CAPTURE(op);
    const DisputeOutcome address = forged([&](auto& records) { records[op].address = other; });
    CHECK(address.reason == Reason::WrongOperator);
    CHECK(address.op == op);
    const DisputeOutcome input = forged([&](auto& records) { records[op].inputs[0] = other; });
    CHECK(input.reason == Reason::WrongInputs);
    CHECK(input.op == op);
    const DisputeOutcome output = forged([&](auto& records) { records[op].outputs[0] = other; });
    CHECK(output.reason == Reason::Recomputed);
    CHECK(output.op == op);
    const DisputeOutcome longer =
        forged([&](auto& records) { records[op].outputs.push_back(other); });
    CHECK(longer.reason == Reason::BadOpening);
    const DisputeOutcome shorter = forged([&](auto& records) { records[op].inputs.pop_back(); });
    CHECK(shorter.reason == Reason::BadOpening);
  }
  // An assembly that does not make the state that was claimed.
  for (const Forger::Forge& forge : {Forger::Forge([&](auto& r) { r.back().inputs[1] = other; }),
                                     Forger::Forge([&](auto& r) { r.back().inputs.pop_back(); }),
                                     Forger::Forge([&](auto& r) { r.back().outputs = {other}; })}) {
    CHECK(forged(forge).reason == Reason::BadOpening);
  }
  const DisputeOutcome swapped = forged([&](auto& records) { std::swap(records[4], records[5]); });
  CHECK(swapped.reason == Reason::WrongOperator);
  CHECK(swapped.op == 4);
}

TEST_CASE("a silent party loses at any point, and two of them both", "[dispute]") {
  Arena arena(kMlp, {0, 4, 2});
  const auto liar = arena.worker({.kind = CheatKind::Skip, .seed = 1});
  const std::uint32_t rounds = predicted_rounds(arena.segment, arena.operators(), 2);
  // The first party has an answer to each round, the second none in the last.
  for (std::uint32_t speaks = 0; speaks < rounds; ++speaks) {
    std::uint32_t asked = 0;
    Altered silent(liar->party, [&](const Request&, std::optional<Reply>& reply) {
      if (asked++ >= speaks) reply.reset();
    });
    const Claimant claimant{liar->party.claim().root, &silent};
    const DisputeOutcome outcome = settled(arena, claimant, arena.honest.claimant(), 2).outcome;
    CHECK(outcome.liar == Liar::First);
    CHECK(outcome.reason == Reason::Silence);
    CHECK(outcome.rounds == speaks + 1);
    CHECK(outcome.operators_computed == 0);
  }
  const auto say_nothing = [](const Request&, std::optional<Reply>& reply) { reply.reset(); };
  Altered one(liar->party, say_nothing);
  Altered other(arena.honest.party, say_nothing);
  const DisputeOutcome both =
      settled(arena, {liar->party.claim().root, &one}, {arena.honest.party.claim().root, &other})
          .outcome;
  CHECK(both.liar == Liar::Both);
  CHECK(both.reason == Reason::Silence);
}

TEST_CASE("an answer of another kind, too short or too long is a bad opening", "[dispute]") {
  Arena arena(kGpt, {0, 4, 2});
  const auto liar = arena.worker({.kind = CheatKind::FabricatedGradients, .seed = 3});
  const auto with = [&](auto change) {
    Altered odd(liar->party,
                [&](const Request&, std::optional<Reply>& reply) { std::visit(change, *reply); });
    return settled(arena, {liar->party.claim().root, &odd}, arena.honest.claimant()).outcome;
  };
  const auto expect = [](const DisputeOutcome& outcome) {
    CHECK(outcome.liar == Liar::First);
    CHECK(outcome.reason == Reason::BadOpening);
  };
  const auto drop_last = [](auto& list) { list.pop_back(); };
  expect(with([&](auto& reply) {
    if constexpr (requires { reply.nodes; }) drop_last(reply.nodes);
  }));
  expect(with([&](auto& reply) {
    if constexpr (requires { reply.nodes; }) reply.nodes.clear();
  }));
  expect(with([&](auto& reply) {
    if constexpr (requires { reply.nodes; }) reply.nodes.push_back(reply.nodes.front());
  }));
  expect(with([&](auto& reply) {
    if constexpr (requires { reply.last; }) drop_last(reply.last);
  }));
  expect(with([&](auto& reply) {
    if constexpr (requires { reply.state; }) drop_last(reply.state);
  }));
  expect(with([&](auto& reply) {
    if constexpr (requires { reply.assembly; }) drop_last(reply.assembly.record.inputs);
  }));
  expect(with([&](auto& reply) {
    if constexpr (requires { reply.sources; }) drop_last(reply.sources);
  }));
  expect(with([&](auto& reply) {
    if constexpr (requires { reply.tensors; }) drop_last(reply.tensors);
  }));
  expect(with([&](auto& reply) {
    if constexpr (requires { reply.tensors; }) drop_last(reply.tensors.front());
  }));
  expect(with([&](auto& reply) {
    if constexpr (requires { reply.tensors; }) reply.tensors.front().front() += 1.0f;
  }));
  Altered mixed(liar->party,
                [](const Request&, std::optional<Reply>& reply) { reply = InputTensors{}; });
  expect(settled(arena, {liar->party.claim().root, &mixed}, arena.honest.claimant()).outcome);
}

TEST_CASE("a source that is swapped for another agreed record is a bad opening", "[dispute]") {
  Arena arena(kGpt, {0, 2, 1});
  const StepGraph& graph = arena.honest.trainer.graph();
  const std::uint64_t op = 30;
  const std::uint32_t source = graph.producers_of(op).front();
  // An operator of as many outputs that reads `stand_in` too, so that its record can be had.
  std::uint64_t reader = 0;
  std::uint32_t stand_in = source;
  while (stand_in == source ||
         graph.operators[stand_in].outputs.size() != graph.operators[source].outputs.size()) {
    ++reader;
    if (!graph.producers_of(reader).empty()) stand_in = graph.producers_of(reader).front();
  }
  const auto liar =
      arena.worker({.kind = CheatKind::TamperedOperator, .seed = 2, .step = 1, .op = op});
  for (const bool with_proof : {false, true}) {
    Altered forging(liar->party, [&](const Request&, std::optional<Reply>& reply) {
      auto* opening = std::get_if<OperatorOpening>(&*reply);
      if (opening == nullptr) return;
      const auto other = liar->party.answer(OpenOperator{1, reader});
      const ProvenRecord& proven = std::get<OperatorOpening>(*other).sources.front();
      REQUIRE(proven.op == stand_in);
      if (with_proof) {
        opening->sources.front() = proven;
      } else {
        opening->sources.front().record = proven.record;
      }
    });
    const DisputeOutcome outcome =
        settled(arena, arena.honest.claimant(), {liar->party.claim().root, &forging}).outcome;
    CHECK(outcome.liar == Liar::Second);
    CHECK(outcome.reason == Reason::BadOpening);
  }
}

TEST_CASE("no bit of any answer can be changed", "[dispute]") {
  Arena arena(kMlp, {2, 8, 4});
  // The segment's first step, one in the middle of an interval, the first of the second interval.
  for (const std::uint64_t step : {2u, 4u, 6u}) {
    // A low bit may be lost before the checkpoint; one that is not is found at once.
    Cheat cheat{.kind = CheatKind::TamperedOperator, .step = step, .op = 53};
    auto liar = arena.worker(cheat);
    while (liar->party.claim().root == arena.honest.party.claim().root) {
      REQUIRE(++cheat.seed < 100);
      liar = arena.worker(cheat);
    }
    const std::uint32_t rounds = predicted_rounds(arena.segment, arena.operators(), 4);
    std::size_t changes = 0;
    for (std::uint32_t question = 0; question < rounds; ++question) {
      bool more = true;
      for (std::size_t place = 0; more; ++place) {
        std::uint32_t asked = 0;
        bool first_state = false;
        bool address = false;
        Altered flipping(liar->party, [&](const Request&, std::optional<Reply>& reply) {
          if (asked++ != question) return;
          Places places;
          std::visit(places, *reply);
          more = place < places.hashes.size() + places.numbers.size();
          if (place < places.hashes.size()) {
            Hash& hash = *places.hashes[place];
            hash[place % 32] ^= std::byte{1} << place % 8;
            if (const auto* trace = std::get_if<TraceCommitment>(&*reply)) {
              address = &hash == &trace->assembly.record.address;
              first_state = step == 2 && &hash >= trace->state.data() &&
                            &hash < trace->state.data() + trace->state.size();
            }
          } else if (more) {
            *places.numbers[place - places.hashes.size()] += 1.0f;
          }
        });
        const Claimant lying{liar->party.claim().root, &flipping};
        const DisputeOutcome outcome = settled(arena, lying, arena.honest.claimant()).outcome;
        if (!more) break;  // the answer has no further place
        ++changes;
        CAPTURE(step, question, place);
        REQUIRE(outcome.liar == Liar::First);
        CHECK(outcome.reason == (first_state ? Reason::WrongStart
                                 : address   ? Reason::WrongOperator
                                             : Reason::BadOpening));
        CHECK(outcome.rounds == question + 1);
      }
    }
    CHECK(changes > 50);
  }
}

TEST_CASE("of two liars the one who is wrong first loses, or both do", "[dispute]") {
  Arena arena(kMlp, {0, 6, 2});
  const auto tampered = [&](std::uint64_t step, std::uint64_t op, std::uint64_t seed) {
    return arena.worker(
        {.kind = CheatKind::TamperedOperator, .seed = seed, .step = step, .op = op});
  };
  const auto early = tampered(1, 4, 1);
  const auto late = tampered(4, 2, 1);
  const auto same_place = tampered(1, 4, 7);
  CHECK(settled(arena, early->claimant(), late->claimant()).outcome.liar == Liar::First);
  CHECK(settled(arena, late->claimant(), early->claimant()).outcome.liar == Liar::Second);
  const DisputeOutcome both = settled(arena, early->claimant(), same_place->claimant()).outcome;
  CHECK(both.liar == Liar::Both);
  CHECK(both.step == 1);
  CHECK(both.op == 4);
}

TEST_CASE("the rounds of a game are known before it begins", "[dispute]") {
  // 8 checkpoints, 8 steps between them and 99 operators with the assembly, 16 parts a round:
  // 1 + (1 + 1) + (1 + 2) + the record + the tensors.
  CHECK(predicted_rounds({0, 64, 8}, 98, 16) == 8);
  // Two parts: 3 + (1 + 3) + (1 + 7) + 2.
  CHECK(predicted_rounds({0, 64, 8}, 98, 2) == 17);
  // A checkpoint a step: no interval to narrow. 6 + (1 + 7) + 2.
  CHECK(predicted_rounds({0, 64, 1}, 98, 2) == 16);
  // One step in all: its only leaf is still to be shown.
  CHECK(predicted_rounds({0, 1, 1}, 98, 128) == 1 + 2 + 2);
  CHECK_THROWS_WITH(predicted_rounds({0, 7, 2}, 98, 2),
                    Catch::Matchers::Matches(".*7 steps has no checkpoint every 2 steps.*"));
  for (const std::uint32_t branching : {0u, 1u, 3u, 2048u}) {
    CHECK_THROWS_WITH(predicted_rounds({0, 4, 2}, 98, branching),
                      Catch::Matchers::Matches("branching: got .*"));
  }
}
