#include "gpu_backend/training/cheat.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>
#include <utility>

#include "gpu_backend/repops/environment.hpp"
#include "protocol/scenario/nearest.hpp"

namespace assay::backend {
namespace {

constexpr std::array<std::string_view, 7> kNames{"honest",
                                                 "skip",
                                                 "stale-checkpoint",
                                                 "fewer-micro-batches",
                                                 "fabricated-gradients",
                                                 "tampered-operator",
                                                 "low-precision"};

void require(bool holds, const std::string& what) {
  if (!holds) throw std::invalid_argument(what);
}

/// Each step by itself with the cheat's share, and one where that gave none.
std::vector<std::uint64_t> share_of_steps(const Cheat& cheat, const Segment& segment) {
  require(cheat.fraction > 0.0 && cheat.fraction <= 1.0,
          fmt::format("{}: got a fraction of {}, expected above 0 and up to 1", name_of(cheat.kind),
                      cheat.fraction));
  std::vector<std::uint64_t> steps;
  for (std::uint64_t step = segment.first_step; step < segment.end(); ++step) {
    if (draws_for(cheat, Purpose::CheatStep, step).uniform() < cheat.fraction)
      steps.push_back(step);
  }
  if (steps.empty()) {
    auto draws = draws_for(cheat, Purpose::CheatPlace, segment.first_step);
    steps.push_back(segment.first_step + draws.below(segment.steps));
  }
  return steps;
}

/// The cheat's one step: as given, or drawn from `first` on.
std::uint64_t one_step(const Cheat& cheat, const Segment& segment, std::uint64_t first) {
  require(first < segment.end(),
          fmt::format("{} needs a segment of two steps or more", name_of(cheat.kind)));
  auto draws = draws_for(cheat, Purpose::CheatPlace, segment.first_step);
  const std::uint64_t step = cheat.step.value_or(first + draws.below(segment.end() - first));
  require(step >= first && step < segment.end(),
          fmt::format("{}: got step {}, expected {} to {}", name_of(cheat.kind), step, first,
                      segment.end() - 1));
  return step;
}

/// The operator to tamper with: as given, or one on which the next state depends.
std::uint64_t one_operator(const Cheat& cheat, const Segment& segment, const StepGraph& graph) {
  if (cheat.op) {
    require(*cheat.op < graph.operators.size(),
            fmt::format("{}: got operator {}, a step has {}", name_of(cheat.kind), *cheat.op,
                        graph.operators.size()));
    return *cheat.op;
  }
  const std::vector<bool> feeds = feeds_state(graph);
  auto draws = draws_for(cheat, Purpose::CheatPlace, ~segment.first_step);
  std::uint64_t op = draws.below(feeds.size());
  while (!feeds[op]) op = draws.below(feeds.size());
  return op;
}

}  // namespace

std::vector<std::string> cheat_names() { return {kNames.begin(), kNames.end()}; }

std::string_view name_of(CheatKind kind) { return kNames.at(static_cast<std::size_t>(kind)); }

CheatKind cheat_kind(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found != kNames.end()) return static_cast<CheatKind>(found - kNames.begin());
  const std::vector<std::string> names = cheat_names();
  throw std::invalid_argument(fmt::format("there is no way to train called '{}'{}; expected {}",
                                          name, protocol::did_you_mean(name, names),
                                          protocol::either(names)));
}

bool is_of_one_step(CheatKind kind) {
  return kind == CheatKind::StaleCheckpoint || kind == CheatKind::TamperedOperator;
}

sim::Draws draws_for(const Cheat& cheat, Purpose purpose, std::uint64_t key) {
  return {cheat.seed, static_cast<std::uint32_t>(purpose), key};
}

void fill_with_noise(std::span<float> gradient, sim::Draws draws) {
  for (float& value : gradient) value = static_cast<float>(0.02 * (draws.uniform() - 0.5));
}

float tampered(float value, sim::Draws& draws) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) ^ (1u << draws.below(23)));
}

Workload fewer_micro_batches(Workload workload) {
  workload.micro_batches /= 2;
  return workload;
}

std::vector<std::uint64_t> touched_steps(const Cheat& cheat, const Segment& segment,
                                         const Workload& workload) {
  switch (cheat.kind) {
    case CheatKind::Honest:
      break;
    case CheatKind::FewerMicroBatches:
      require(workload.micro_batches > 1, fmt::format("{}: workload {} has one micro-batch",
                                                      name_of(cheat.kind), workload.name));
      return share_of_steps(cheat, segment);
    case CheatKind::Skip:
    case CheatKind::FabricatedGradients:
    case CheatKind::LowPrecision:
      return share_of_steps(cheat, segment);
    case CheatKind::StaleCheckpoint:
      return {one_step(cheat, segment, segment.first_step + 1)};
    case CheatKind::TamperedOperator:
      return {one_step(cheat, segment, segment.first_step)};
  }
  return {};
}

Conduct::Conduct(Trainer& trainer, Segment segment, const Cheat& cheat, State start)
    : trainer_(&trainer), segment_(segment), cheat_(cheat), start_(std::move(start)) {
  require(segment.steps > 0 && segment.interval > 0 && segment.steps % segment.interval == 0,
          fmt::format("a segment of {} steps has no checkpoint every {} steps", segment.steps,
                      segment.interval));
  require(start_.step == segment.first_step,
          fmt::format("the segment begins at step {}, its first state is of step {}",
                      segment.first_step, start_.step));
  require(cheat.kind != CheatKind::LowPrecision,
          fmt::format("{}: the reproducible operators compute in fp32 only", name_of(cheat.kind)));
  touched_ = touched_steps(cheat, segment, trainer.workload());
  if (cheat.kind == CheatKind::FewerMicroBatches) {
    fewer_.emplace(fewer_micro_batches(trainer.workload()), trainer.seed(), trainer.runner());
  }
  if (cheat.kind == CheatKind::TamperedOperator) {
    operator_ = one_operator(cheat, segment, trainer.graph());
  }
}

bool Conduct::touches(std::uint64_t step) const {
  return std::binary_search(touched_.begin(), touched_.end(), step);
}

StepResult Conduct::advance(State state) {
  if (!touches(state.step)) return trainer_->step(std::move(state));
  switch (cheat_.kind) {
    case CheatKind::Skip:
      ++state.step;
      return {std::move(state), 0.0f};
    case CheatKind::StaleCheckpoint: {
      State stale = start_;
      stale.step = state.step;
      return trainer_->step(std::move(stale));
    }
    case CheatKind::FewerMicroBatches:
      return fewer_->step(std::move(state));
    case CheatKind::FabricatedGradients:
      return {fabricated(std::move(state)), 0.0f};
    default:
      return trainer_->step(std::move(state), tampering({}));
  }
}

State Conduct::fabricated(State state) const {
  const repops::StandardEnvironment environment;
  const StepGraph& graph = trainer_->graph();
  State next;
  next.step = state.step + 1;
  next.tensors.resize(state.tensors.size());
  for (const std::uint32_t op : graph.producers_of(graph.operators.size())) {
    const GraphOperator& update = graph.operators[op];
    std::vector<Value> tensors;
    for (const TensorId id : update.inputs) {
      if (graph.producer[id] != StepGraph::kSource) {  // the gradient
        Tensor noise(graph.tensor_sizes[id]);
        fill_with_noise(noise, draws_for(cheat_, Purpose::CheatNoise, sim::mix(state.step, op)));
        tensors.emplace_back(std::move(noise));
      } else if (const GraphSource& source = graph.sources[id];
                 source.kind == SourceKind::StateTensor) {
        tensors.push_back(std::move(state.tensors[source.index]));
      } else {
        tensors.push_back(source_value(trainer_->workload(), trainer_->seed(), source, state.step));
      }
    }
    std::vector<const Value*> inputs;
    for (const Value& tensor : tensors) inputs.push_back(&tensor);
    std::vector<Value*> outputs;
    for (const TensorId id : update.outputs) {
      const auto place = std::find(graph.next_state.begin(), graph.next_state.end(), id);
      outputs.push_back(&next.tensors[static_cast<std::size_t>(place - graph.next_state.begin())]);
    }
    trainer_->runner().apply(update.op, inputs, outputs);
  }
  return next;
}

StepResult Conduct::explain(State state, const OperatorHook& hook) {
  if (!touches(state.step)) return trainer_->step(std::move(state), hook);
  if (cheat_.kind == CheatKind::TamperedOperator) {
    return trainer_->step(std::move(state), tampering(hook));
  }
  const StepResult claimed = advance(state);
  const StepGraph& graph = trainer_->graph();
  const auto pretend = [&](std::size_t op, InputValues inputs, OutputValues outputs) {
    const std::vector<TensorId>& ids = graph.operators[op].outputs;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto place = std::find(graph.next_state.begin(), graph.next_state.end(), ids[i]);
      if (place == graph.next_state.end()) continue;
      const auto index = static_cast<std::size_t>(place - graph.next_state.begin());
      *outputs[i] = claimed.state.tensors[index];
    }
    if (hook) hook(op, inputs, outputs);
  };
  StepResult result = trainer_->step(std::move(state), pretend);
  result.loss = claimed.loss;
  return result;
}

OperatorHook Conduct::tampering(const OperatorHook& hook) const {
  return [this, hook](std::size_t op, InputValues inputs, OutputValues outputs) {
    if (op == operator_) {
      auto draws = draws_for(cheat_, Purpose::CheatBit, touched_.front());
      const std::span<float> output = outputs[draws.below(outputs.size())]->edit();
      float& value = output[draws.below(output.size())];
      value = tampered(value, draws);
    }
    if (hook) hook(op, inputs, outputs);
  };
}

}  // namespace assay::backend
