#include "gpu_backend/training/cheat.hpp"

#include <array>
#include <cmath>
#include <memory>

#include "tests/catch.hpp"

using namespace assay;
using namespace assay::backend;

namespace {

/// How often each operator was run.
class CountingRunner final : public OperatorRunner {
 public:
  void run(const Operator& op, std::span<const Input> inputs,
           std::span<const Output> outputs) override {
    ++runs;
    inner_->run(op, inputs, outputs);
  }
  std::size_t runs = 0;

 private:
  std::unique_ptr<OperatorRunner> inner_ = cpu_runner(1);
};

constexpr Segment kSegment{4, 8, 2};
constexpr std::array kCheats{CheatKind::Skip, CheatKind::StaleCheckpoint,
                             CheatKind::FewerMicroBatches, CheatKind::FabricatedGradients,
                             CheatKind::TamperedOperator};

struct Fixture {
  explicit Fixture(const char* name) : trainer(workload(name), 1, runner) {
    start = initial_state(trainer.workload(), 1);
    while (start.step < kSegment.first_step) start = trainer.step(std::move(start)).state;
  }
  [[nodiscard]] Conduct conduct(const Cheat& cheat, Segment segment = kSegment) {
    return {trainer, segment, cheat, start};
  }
  [[nodiscard]] State honest(std::uint64_t step) {
    State state = start;
    while (state.step < step) state = trainer.step(std::move(state)).state;
    return state;
  }

  CountingRunner runner;
  Trainer trainer;
  State start;
};

State trained(Conduct conduct) {
  State state = conduct.start();
  while (state.step < conduct.segment().end()) state = conduct.advance(std::move(state)).state;
  return state;
}

std::vector<std::uint64_t> touched(const Conduct& conduct) {
  std::vector<std::uint64_t> steps;
  for (std::uint64_t step = 0; step < 100; ++step) {
    if (conduct.touches(step)) steps.push_back(step);
  }
  return steps;
}

}  // namespace

TEST_CASE("cheats have names, and a misspelt one is answered with the nearest", "[training]") {
  for (const std::string& name : cheat_names()) CHECK(name_of(cheat_kind(name)) == name);
  CHECK(cheat_names().size() == 7);
  CHECK(cheat_kind("tampered-operator") == CheatKind::TamperedOperator);
  CHECK_THROWS_WITH(cheat_kind("skips"), Catch::Matchers::Matches(".*did you mean 'skip'.*"));
}

TEST_CASE("a cheat is a function of its seed", "[training]") {
  Fixture at("gpt-tiny");
  const State honest = trained(at.conduct({}));
  CHECK(honest == at.honest(12));
  for (const CheatKind kind : kCheats) {
    CAPTURE(name_of(kind));
    const Cheat cheat{.kind = kind, .fraction = 0.5, .seed = 3};
    const State state = trained(at.conduct(cheat));
    CHECK(state.step == 12);
    CHECK(trained(at.conduct(cheat)) == state);
    CHECK_FALSE(state == honest);
    // Another seed moves what is drawn.
    Cheat other = cheat;
    other.seed = 4;
    CHECK_FALSE(trained(at.conduct(other)) == state);
  }
}

TEST_CASE("what a cheat explains is what it did", "[training]") {
  for (const char* name : {"mlp-tiny-sgd", "gpt-tiny"}) {
    Fixture at(name);
    const StepGraph& graph = at.trainer.graph();
    for (const CheatKind kind : kCheats) {
      CAPTURE(name, name_of(kind));
      Conduct conduct = at.conduct({.kind = kind, .fraction = 0.5, .seed = 2});
      const std::uint64_t step = touched(conduct).front();
      const State before = at.honest(step);
      const State after = conduct.advance(before).state;
      CHECK(after.step == step + 1);
      CHECK_FALSE(after == at.honest(step + 1));
      std::vector<Value> told(graph.next_state.size());
      std::size_t operators = 0;
      const auto listen = [&](std::size_t op, InputValues /*inputs*/, OutputValues outputs) {
        CHECK(op == operators++);
        for (std::size_t t = 0; t < told.size(); ++t) {
          for (std::size_t i = 0; i < outputs.size(); ++i) {
            if (graph.next_state[t] == graph.operators[op].outputs[i]) told[t] = *outputs[i];
          }
        }
      };
      CHECK(conduct.explain(before, listen).state == after);
      CHECK(operators == graph.operators.size());
      CHECK(told == after.tensors);
    }
  }
}

TEST_CASE("each cheat does what it is called", "[training]") {
  Fixture at("gpt-tiny");
  const std::size_t all = at.trainer.graph().operators.size();
  const auto advanced = [&](const Cheat& cheat, const State& before) {
    Conduct conduct = at.conduct(cheat);
    REQUIRE(conduct.touches(before.step));
    at.runner.runs = 0;
    return conduct.advance(before).state;
  };
  const State before = at.honest(6);

  State skipped = before;
  ++skipped.step;
  CHECK(advanced({.kind = CheatKind::Skip}, before) == skipped);
  CHECK(at.runner.runs == 0);

  State stale = at.start;
  stale.step = 6;
  const State redone = at.trainer.step(stale).state;
  CHECK(advanced({.kind = CheatKind::StaleCheckpoint, .step = 6}, before) == redone);

  (void)advanced({.kind = CheatKind::FewerMicroBatches}, before);
  CHECK(at.runner.runs < all * 2 / 3);
  (void)advanced({.kind = CheatKind::FabricatedGradients}, before);
  CHECK(at.runner.runs == parameters(at.trainer.workload()).size());

  const State tampered =
      advanced({.kind = CheatKind::TamperedOperator, .step = 6, .op = all - 1}, before);
  const State honest = at.trainer.step(before).state;
  std::size_t different = 0;
  for (std::size_t t = 0; t < honest.tensors.size(); ++t) {
    for (std::size_t i = 0; i < honest.tensors[t].size(); ++i) {
      different += honest.tensors[t][i] != tampered.tensors[t][i] ? 1 : 0;
    }
  }
  CHECK(different == 1);  // the last operator updates: its bit goes nowhere else
}

TEST_CASE("a share of the steps is touched, and never none", "[training]") {
  Fixture at("mlp-tiny");
  const Segment segment{4, 400, 400};
  for (const double fraction : {0.1, 0.5}) {
    Conduct conduct(at.trainer, segment, {.kind = CheatKind::Skip, .fraction = fraction, .seed = 1},
                    at.start);
    double count = 0.0;
    for (std::uint64_t step = segment.first_step; step < segment.end(); ++step) {
      count += conduct.touches(step) ? 1.0 : 0.0;
    }
    // Four standard deviations of a binomial law.
    CHECK(std::abs(count - 400.0 * fraction) <
          4.0 * std::sqrt(400.0 * fraction * (1.0 - fraction)));
  }
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Conduct rarely = at.conduct({.kind = CheatKind::Skip, .fraction = 1e-9, .seed = seed});
    REQUIRE(touched(rarely).size() == 1);
    CHECK(touched(rarely).front() >= 4);
    CHECK(touched(rarely).front() < 12);
  }
  CHECK(touched(at.conduct({.kind = CheatKind::Skip})).size() == 8);
  CHECK(touched(at.conduct({})).empty());
}

TEST_CASE("a cheat without room is refused", "[training]") {
  Fixture at("mlp-tiny");
  const auto refused = [&](const Cheat& cheat, const char* why, Segment segment = kSegment) {
    CHECK_THROWS_WITH(at.conduct(cheat, segment), Catch::Matchers::Matches(why));
  };
  for (const double fraction : {0.0, -0.1, 1.01}) {
    refused({.kind = CheatKind::Skip, .fraction = fraction}, "skip: got a fraction of .*");
  }
  refused({.kind = CheatKind::StaleCheckpoint}, "stale-checkpoint needs a segment of two.*",
          {4, 1, 1});
  refused({.kind = CheatKind::StaleCheckpoint, .step = 4}, ".*got step 4, expected 5 to 11");
  refused({.kind = CheatKind::TamperedOperator, .step = 12}, ".*got step 12, expected 4 to 11");
  refused({.kind = CheatKind::TamperedOperator, .op = 1000}, ".*got operator 1000, a step has .*");
  refused({}, "a segment of 8 steps has no checkpoint every 3 steps", {4, 8, 3});
  refused({}, ".*begins at step 5, its first state is of step 4", {5, 8, 2});

  Workload single = workload("mlp-tiny");
  single.micro_batches = 1;
  Trainer trainer(single, 1, at.runner);
  CHECK_THROWS_WITH(
      Conduct(trainer, Segment{}, {.kind = CheatKind::FewerMicroBatches}, initial_state(single, 1)),
      Catch::Matchers::Matches(".*has one micro-batch"));
}
