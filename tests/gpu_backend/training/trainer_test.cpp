#include "gpu_backend/training/trainer.hpp"

#include <cfenv>
#include <cmath>

#include "gpu_backend/training/corpus.hpp"
#include "sim/draws.hpp"
#include "tests/catch.hpp"
#include "tests/gpu_backend/training/exact_model.hpp"

using namespace assay;
using namespace assay::backend;

namespace {

/// Small enough for finite differences, with two of everything.
Workload small(Family family) {
  Workload w;
  w.name = "small";
  w.family = family;
  w.layers = 2;
  w.channels = 8;
  w.heads = family == Family::Gpt ? 2 : 1;
  w.context = 5;
  w.vocabulary = 11;
  w.batch = 2;
  w.micro_batches = 2;
  w.data = DataSource::Random;
  if (family == Family::ResNet) {
    w.layers = 1;
    w.channels = 3;
    w.context = 4;  // halved twice
    w.data = DataSource::Pictures;
  }
  return w;
}

exact::Parameters exact_parameters(const Workload& w, const State& state) {
  exact::Parameters all;
  const std::vector<Parameter> list = parameters(w);
  for (std::size_t p = 0; p < list.size(); ++p) {
    all[list[p].name] = {state.tensors[p].begin(), state.tensors[p].end()};
  }
  return all;
}

/// A state in the middle of a training, so that no bias is zero and no gain is one.
State warmed_up(const Workload& w, OperatorRunner& runner) {
  Trainer trainer(w, 3, runner);
  State state = initial_state(w, 3);
  while (state.step < 20) state = trainer.step(std::move(state)).state;
  return state;
}

}  // namespace

TEST_CASE("a step's gradients are the slopes of the exact loss", "[training]") {
  const auto runner = reference_runner();
  for (const Family family : {Family::Mlp, Family::Gpt, Family::ResNet}) {
    Workload w = small(family);
    w.optimizer = OptimizerKind::Sgd;
    w.constants = {.rate = 0.1f, .momentum = 0.5f};
    State state = warmed_up(w, *runner);
    const std::vector<Parameter> list = parameters(w);
    // Without momentum's past and without decay, the next moment is the gradient.
    for (std::size_t p = 0; p < list.size(); ++p) {
      state.tensors[list.size() + p] = Tensor(list[p].size());
    }
    Trainer trainer(w, 3, *runner);
    const StepResult result = trainer.step(state);
    exact::Parameters at = exact_parameters(w, state);
    CHECK(double{result.loss} == Approx(exact::loss(w, at, 3, state.step)).epsilon(1e-6));

    sim::Draws draws(5, 1, 1);
    for (std::size_t p = 0; p < list.size(); ++p) {
      const Value& gradient = result.state.tensors[list.size() + p];
      double largest = 0.0;
      for (const float slope : gradient) largest = std::max(largest, std::abs(double{slope}));
      CHECK(largest > 0.0);
      for (int sample = 0; sample < 12; ++sample) {
        const auto i = static_cast<std::size_t>(draws.below(gradient.size()));
        double& value = at[list[p].name][i];
        const double middle = value;
        value = middle + 0x1p-14;
        const double above = exact::loss(w, at, 3, state.step);
        value = middle - 0x1p-14;
        const double below = exact::loss(w, at, 3, state.step);
        value = middle;
        CAPTURE(list[p].name, i);
        // fp32 sums of some hundred terms: 1e-5 of the tensor's largest slope.
        CHECK(std::abs((above - below) * 0x1p13 - double{gradient[i]}) <= 1e-5 * largest + 1e-7);
      }
    }
  }
}

TEST_CASE("training on the corpus reduces the loss", "[training]") {
  // What knowing only how often each letter stands in the text would reach.
  std::map<char, double> counts;
  for (const char letter : corpus()) ++counts[letter];
  double frequencies = 0.0;
  const auto length = static_cast<double>(corpus().size());
  for (const auto& [letter, count] : counts)
    frequencies -= count / length * std::log(count / length);

  const auto runner = cpu_runner(1);
  for (const char* name : {"mlp-tiny", "mlp-tiny-sgd", "gpt-tiny", "gpt-tiny-sgd"}) {
    Trainer trainer(workload(name), 1, *runner);
    State state = initial_state(trainer.workload(), 1);
    double first = 0.0;
    double last = 0.0;
    constexpr std::uint64_t kSteps = 250;
    while (state.step < kSteps) {
      const std::uint64_t step = state.step;
      StepResult result = trainer.step(std::move(state));
      state = std::move(result.state);
      if (step < 20) first += double{result.loss} / 20.0;
      if (step >= kSteps - 50) last += double{result.loss} / 50.0;
    }
    CAPTURE(name, first, last, frequencies);
    // AdamW learns to use the context, SGD at least the frequencies in the time given.
    CHECK(last < (std::string(name).ends_with("-sgd") ? frequencies + 0.1 : frequencies - 0.3));
    CHECK(first > frequencies + 0.5);
  }
}

TEST_CASE("training on pictures tells their classes", "[training]") {
  const auto runner = cpu_runner(1);
  for (const char* name : {"resnet-tiny", "resnet-tiny-sgd"}) {
    Trainer trainer(workload(name), 1, *runner);
    State state = initial_state(trainer.workload(), 1);
    double last = 0.0;
    while (state.step < 250) {
      StepResult result = trainer.step(std::move(state));
      state = std::move(result.state);
      if (state.step > 200) last += double{result.loss} / 50.0;
    }
    CAPTURE(name, last);
    CHECK(last < 0.5 * std::log(10.0));  // half of what knowing nothing costs
  }
}

TEST_CASE("a step holds the state and what is still read, not all that it ever wrote",
          "[training]") {
  const auto runner = cpu_runner(1);
  for (const char* name : {"mlp-tiny", "gpt-tiny", "gpt-tiny-sgd"}) {
    const Workload w = workload(name);
    Trainer trainer(w, 1, *runner);
    const StepGraph& graph = trainer.graph();
    // A tensor lives from its operator, or the beginning, to its last reader.
    std::size_t expected = 0;
    std::size_t all = 0;
    for (std::uint32_t op = 0; op < graph.operators.size(); ++op) {
      std::size_t held = 0;
      for (TensorId id = 0; id < graph.tensor_sizes.size(); ++id) {
        const bool begun = graph.producer[id] == StepGraph::kSource || graph.producer[id] <= op;
        if (begun && graph.last_use[id] >= op) held += graph.tensor_sizes[id];
      }
      expected = std::max(expected, held);
    }
    for (const std::size_t size : graph.tensor_sizes) all += size;
    CAPTURE(name, expected, all);
    CHECK(trainer.step(initial_state(w, 1)).peak_numbers == expected);
    CHECK(expected < all * 2 / 3);
  }
}

TEST_CASE("what a hook changes is what the step goes on with", "[training]") {
  const auto runner = reference_runner();
  const Workload w = workload("mlp-tiny");
  Trainer trainer(w, 1, *runner);
  const State start = initial_state(w, 1);
  const StepResult honest = trainer.step(start);
  CHECK(trainer.step(start).state == honest.state);
  std::size_t calls = 0;
  const StepResult seen =
      trainer.step(start, [&](std::size_t, InputValues, OutputValues) { ++calls; });
  CHECK(seen.state == honest.state);
  CHECK(calls == trainer.graph().operators.size());
  const StepResult changed =
      trainer.step(start, [](std::size_t op, InputValues, OutputValues outputs) {
        if (op == 0) outputs[0]->edit()[0] += 1.0f;
      });
  CHECK_FALSE(changed.state == honest.state);
}

TEST_CASE("the bias corrections are 1 - beta^t", "[training]") {
  const Workload w = workload("gpt-tiny");
  const GraphSource source{SourceKind::BiasCorrection, 0, 2};
  for (const std::uint64_t step : {0u, 1u, 6u, 1000u}) {
    const Tensor value = source_value(w, 1, source, step);
    const auto t = static_cast<double>(step + 1);
    CHECK(double{value[0]} == Approx(1.0 - std::pow(double{w.constants.beta1}, t)).epsilon(1e-7));
    CHECK(double{value[1]} == Approx(1.0 - std::pow(double{w.constants.beta2}, t)).epsilon(1e-7));
  }
}

TEST_CASE("a caller that rounds otherwise trains to the same bits", "[training]") {
  const auto runner = cpu_runner(1);
  const auto two_steps = [&] {
    Trainer trainer(workload("gpt-tiny"), 1, *runner);
    return trainer.step(trainer.step(initial_state(trainer.workload(), 1)).state).state;
  };
  const State expected = two_steps();
  const int before = std::fegetround();
  std::fesetround(FE_UPWARD);
  const State state = two_steps();
  std::fesetround(before);
  CHECK(state == expected);
}

TEST_CASE("a state that is not the workload's is refused", "[training]") {
  const auto runner = reference_runner();
  Trainer trainer(workload("mlp-tiny"), 1, *runner);
  State state = initial_state(trainer.workload(), 1);
  state.tensors.pop_back();
  CHECK_THROWS_WITH(trainer.step(state), Catch::Matchers::Matches(".*got a state of .* tensors.*"));
  state.tensors.emplace_back(Tensor(3));
  CHECK_THROWS_WITH(trainer.step(state), Catch::Matchers::Matches(".*has 3 numbers.*"));
  Workload odd = workload("gpt-tiny");
  odd.heads = 3;
  CHECK_THROWS_WITH(Trainer(odd, 1, *runner), Catch::Matchers::Matches(".*do not divide.*"));
}
