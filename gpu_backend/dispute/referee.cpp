#include "gpu_backend/dispute/referee.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <stdexcept>
#include <utility>

#include "gpu_backend/commitment/digests.hpp"
#include "gpu_backend/training/trainer.hpp"
#include "sim/check.hpp"

namespace assay::backend {
namespace {

/// One value for each of the two parties.
template <class T>
using Pair = std::array<T, 2>;

void require(bool holds, const std::string& what) {
  if (!holds) throw std::invalid_argument(what);
}

void check(const Segment& segment, std::uint32_t branching) {
  require(segment.steps > 0 && segment.interval > 0 && segment.steps % segment.interval == 0,
          fmt::format("a segment of {} steps has no checkpoint every {} steps", segment.steps,
                      segment.interval));
  require(branching >= 2 && branching <= 1024 && std::has_single_bit(branching),
          fmt::format("branching: got {}, expected a power of two from 2 to 1024", branching));
}

/// Levels of a binary tree that one round goes down.
std::uint32_t levels(std::uint32_t branching) {
  return static_cast<std::uint32_t>(std::bit_width(branching)) - 1;
}

/// A tree that both parties have committed to, each by a root of its own.
struct Trees {
  TreeKind kind = TreeKind::Checkpoints;
  std::uint64_t at = 0;
  Domain domain = Domain::CheckpointsRoot;
  std::uint64_t label = 0;
  std::size_t leaves = 0;
  Pair<Hash> roots{};
};

/// Where two trees first differ. All leaves before it are the same in both.
struct Difference {
  std::size_t index = 0;
  Pair<Hash> leaves{};
};

class Game {
 public:
  Game(const DisputeCase& dispute, Pair<Claimant> parties, std::uint32_t branching,
       OperatorRunner& runner)
      : case_(dispute),
        segment_(dispute.segment),
        parties_(parties),
        levels_(levels(branching)),
        runner_(runner),
        graph_(step_graph(dispute.workload)) {}

  /// Each stage says whether the game goes on; it ends with the first conviction.
  DisputeOutcome play() {
    if (parties_[0].claim == parties_[1].claim) return outcome_;
    (void)(find_checkpoint() && find_step() && commit_operators() && find_operator() &&
           open_operator() && compute_operator());
    SIM_CHECK(outcome_.liar != Liar::None);
    return outcome_;
  }

 private:
  /// Asks both; whoever is silent or answers something else is convicted.
  template <class Answer>
  std::optional<Pair<Answer>> ask_both(const Request& request) {
    ++outcome_.rounds;
    Pair<std::optional<Answer>> answers;
    Pair<std::optional<Reason>> faults;
    for (std::size_t side = 0; side < 2; ++side) {
      answers[side] = ask<Answer>(side, request, faults[side]);
    }
    if (!convict(faults)) return std::nullopt;
    return Pair<Answer>{*std::move(answers[0]), *std::move(answers[1])};
  }

  template <class Answer>
  std::optional<Answer> ask(std::size_t side, const Request& request,
                            std::optional<Reason>& fault) {
    outcome_.bytes += wire_bytes(request);
    std::optional<Reply> reply = parties_[side].party->answer(request);
    if (!reply) {
      fault = Reason::Silence;
      return std::nullopt;
    }
    outcome_.bytes += wire_bytes(*reply);
    if (auto* answer = std::get_if<Answer>(&*reply)) return std::move(*answer);
    fault = Reason::BadOpening;
    return std::nullopt;
  }

  /// Ends the game if somebody is at fault; true if nobody is.
  bool convict(const Pair<std::optional<Reason>>& faults) {
    if (!faults[0] && !faults[1]) return true;
    outcome_.liar = !faults[1] ? Liar::First : !faults[0] ? Liar::Second : Liar::Both;
    outcome_.reason = faults[0] ? *faults[0] : *faults[1];
    return false;
  }

  /// Goes down both trees to the first leaf that differs.
  std::optional<Difference> narrow(const Trees& trees) {
    auto level = static_cast<std::uint32_t>(tree_depth(trees.leaves));
    Difference at;
    bool top = true;
    do {
      const std::uint32_t down = std::min(level, levels_);
      const auto answers = ask_both<Nodes>(Descend{trees.kind, trees.at, level, at.index, down});
      if (!answers) return std::nullopt;
      Pair<std::optional<Reason>> faults;
      for (std::size_t side = 0; side < 2; ++side) {
        const std::vector<Hash>& nodes = (*answers)[side].nodes;
        const bool complete = nodes.size() == nodes_below(trees.leaves, level, at.index, down);
        if (!complete || over(trees, top, fold(nodes)) != (top ? trees.roots : at.leaves)[side]) {
          faults[side] = Reason::BadOpening;
        }
      }
      if (!convict(faults)) return std::nullopt;
      // What stands over them differs, so one of them does.
      const auto& [first, second] = *answers;
      std::size_t i = 0;
      while (first.nodes.at(i) == second.nodes.at(i)) ++i;
      at = {(at.index << down) + i, {first.nodes[i], second.nodes[i]}};
      level -= down;
      top = false;
    } while (level > 0);
    return at;
  }

  static Hash over(const Trees& trees, bool top, const Hash& node) {
    return top ? typed_root(trees.domain, trees.label, trees.leaves, node) : node;
  }

  bool find_checkpoint() {
    checkpoints_ = {TreeKind::Checkpoints,   0,
                    Domain::CheckpointsRoot, segment_.first_step,
                    segment_.checkpoints(),  {parties_[0].claim, parties_[1].claim}};
    const auto found = narrow(checkpoints_);
    if (!found) return false;
    checkpoint_ = found->index;
    after_ = found->leaves;
    return true;
  }

  bool find_step() {
    outcome_.step = segment_.first_step + checkpoint_ * segment_.interval;
    if (segment_.interval == 1) return true;
    const auto answers = ask_both<StepsCommitment>(CommitSteps{checkpoint_});
    if (!answers) return false;
    steps_ = {TreeKind::Steps, checkpoint_, Domain::StepsRoot, checkpoint_, segment_.interval, {}};
    Pair<std::optional<Reason>> faults;
    for (std::size_t side = 0; side < 2; ++side) {
      const StepsCommitment& answer = (*answers)[side];
      steps_.roots[side] = answer.root;
      if (!proves(steps_, side, steps_.leaves - 1, after_[side], answer.last)) {
        faults[side] = Reason::BadOpening;
      }
    }
    if (!convict(faults)) return false;
    const auto found = narrow(steps_);
    if (!found) return false;
    outcome_.step += found->index;
    after_ = found->leaves;
    return true;
  }

  static bool proves(const Trees& trees, std::size_t side, std::size_t index, const Hash& leaf,
                     const MerklePath& path) {
    return opens(trees.roots[side], trees.domain, trees.label, trees.leaves, index, leaf, path);
  }

  /// Both agree on the state before the step and not on the one after it.
  bool commit_operators() {
    const auto answers = ask_both<TraceCommitment>(CommitTrace{outcome_.step});
    if (!answers) return false;
    trace_ = {TreeKind::Trace,
              outcome_.step,
              Domain::TraceRoot,
              outcome_.step,
              graph_.operators.size() + 1,
              {}};
    Pair<std::optional<Reason>> faults;
    for (std::size_t side = 0; side < 2; ++side) {
      trace_.roots[side] = (*answers)[side].root;
      faults[side] = fault_of((*answers)[side], side);
    }
    if (!convict(faults)) return false;
    state_ = (*answers)[0].state;  // of the root that both have, so the other's is the same
    return true;
  }

  std::optional<Reason> fault_of(const TraceCommitment& answer, std::size_t side) const {
    if (answer.state.size() != graph_.next_state.size()) return Reason::BadOpening;
    const Hash before = state_root(outcome_.step, answer.state);
    const std::uint64_t done = outcome_.step - segment_.first_step;
    if (done == 0) {
      if (before != case_.start) return Reason::WrongStart;
    } else {
      const bool at_checkpoint = done % segment_.interval == 0;
      const std::uint64_t index =
          (at_checkpoint ? done / segment_.interval : done % segment_.interval) - 1;
      if (!proves(at_checkpoint ? checkpoints_ : steps_, side, index, before, answer.state_path)) {
        return Reason::BadOpening;
      }
    }
    const OperatorRecord& assembly = answer.assembly.record;
    if (assembly.address != graph_.assembly) return Reason::WrongOperator;
    const bool assembled = assembly.inputs.size() == graph_.next_state.size() &&
                           assembly.outputs == std::vector<Hash>{after_[side]} &&
                           state_root(outcome_.step + 1, assembly.inputs) == after_[side];
    if (!assembled ||
        !proves(trace_, side, trace_.leaves - 1, record_leaf(assembly), answer.assembly.path)) {
      return Reason::BadOpening;
    }
    return std::nullopt;
  }

  bool find_operator() {
    const auto found = narrow(trace_);
    if (!found) return false;
    outcome_.op = found->index;
    records_ = found->leaves;
    return true;
  }

  /// Both records must be of the graph's operator and of the inputs that the agreed records before
  /// it give.
  bool open_operator() {
    auto answers = ask_both<OperatorOpening>(OpenOperator{outcome_.step, outcome_.op});
    if (!answers) return false;
    Pair<std::optional<Reason>> faults;
    for (std::size_t side = 0; side < 2; ++side) faults[side] = fault_of((*answers)[side], side);
    if (!convict(faults)) return false;
    // The assembly's inputs were checked against roots that differ: one of them has been convicted.
    SIM_CHECK(outcome_.op < graph_.operators.size());
    inputs_ = std::move((*answers)[0].record.inputs);
    outputs_ = {std::move((*answers)[0].record.outputs), std::move((*answers)[1].record.outputs)};
    return true;
  }

  std::optional<Reason> fault_of(const OperatorOpening& answer, std::size_t side) const {
    const OperatorRecord& record = answer.record;
    const bool assembly = outcome_.op == graph_.operators.size();
    const std::vector<TensorId>& reads = graph_.inputs_of(outcome_.op);
    if (record_leaf(record) != records_[side]) return Reason::BadOpening;
    if (record.address != (assembly ? graph_.assembly : graph_.operators[outcome_.op].address)) {
      return Reason::WrongOperator;
    }
    const std::size_t writes = assembly ? 1 : graph_.operators[outcome_.op].outputs.size();
    if (record.inputs.size() != reads.size() || record.outputs.size() != writes) {
      return Reason::BadOpening;
    }
    const auto written = outputs_before(answer.sources, side);
    if (!written) return Reason::BadOpening;
    for (std::size_t i = 0; i < reads.size(); ++i) {
      if (record.inputs[i] != digest_of(reads[i], *written)) return Reason::WrongInputs;
    }
    return std::nullopt;
  }

  /// Digests by tensor of what the operators wrote that the disputed one reads from. Their records
  /// stand before the first difference, so they are those of both parties.
  std::optional<std::vector<std::pair<TensorId, Hash>>> outputs_before(
      const std::vector<ProvenRecord>& sources, std::size_t side) const {
    const std::vector<std::uint32_t> producers = graph_.producers_of(outcome_.op);
    if (sources.size() != producers.size()) return std::nullopt;
    std::vector<std::pair<TensorId, Hash>> written;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const auto& [op, record, path] = sources[i];
      const std::vector<TensorId>& outputs = graph_.operators[producers[i]].outputs;
      if (op != producers[i] || record.outputs.size() != outputs.size() ||
          !proves(trace_, side, op, record_leaf(record), path)) {
        return std::nullopt;
      }
      for (std::size_t k = 0; k < outputs.size(); ++k) {
        written.emplace_back(outputs[k], record.outputs[k]);
      }
    }
    return written;
  }

  Hash digest_of(TensorId tensor, const std::vector<std::pair<TensorId, Hash>>& written) const {
    if (graph_.producer[tensor] != StepGraph::kSource) {
      for (const auto& [id, digest] : written) {
        if (id == tensor) return digest;
      }
      SIM_CHECK(false);  // all producers are there
    }
    const GraphSource& source = graph_.sources[tensor];
    if (source.kind == SourceKind::StateTensor) return state_[source.index];
    return tensor_digest(source_value(case_.workload, case_.seed, source, outcome_.step));
  }

  /// The first party hands over the tensors: an honest one can, and their digests are agreed on.
  bool compute_operator() {
    ++outcome_.rounds;
    Pair<std::optional<Reason>> faults;
    const auto answer = ask<InputTensors>(0, OpenInputs{outcome_.step, outcome_.op}, faults[0]);
    const Operator& op = graph_.operators[outcome_.op].op;
    if (answer && !matches(*answer, input_sizes(op))) faults[0] = Reason::BadOpening;
    if (!convict(faults)) return false;

    std::vector<Tensor> results;
    for (const std::size_t size : output_sizes(op)) results.emplace_back(size);
    runner_.run(op, std::vector<Input>(answer->tensors.begin(), answer->tensors.end()),
                std::vector<Output>(results.begin(), results.end()));
    ++outcome_.operators_computed;
    outcome_.referee_flops += flops(op);
    std::vector<Hash> digests;
    for (const Tensor& result : results) digests.push_back(tensor_digest(result));
    for (std::size_t side = 0; side < 2; ++side) {
      if (outputs_[side] != digests) faults[side] = Reason::Recomputed;
    }
    return convict(faults);
  }

  bool matches(const InputTensors& answer, const std::vector<std::size_t>& sizes) const {
    if (answer.tensors.size() != sizes.size()) return false;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (answer.tensors[i].size() != sizes[i] || tensor_digest(answer.tensors[i]) != inputs_[i]) {
        return false;
      }
    }
    return true;
  }

  const DisputeCase& case_;
  const Segment& segment_;
  Pair<Claimant> parties_;
  std::uint32_t levels_;
  OperatorRunner& runner_;
  StepGraph graph_;
  DisputeOutcome outcome_;

  Trees checkpoints_, steps_, trace_;
  std::uint64_t checkpoint_ = 0;
  Pair<Hash> after_{};        // roots of the first states that differ
  std::vector<Hash> state_;   // digests of the agreed state before the step
  Pair<Hash> records_{};      // leaves of the disputed operator
  std::vector<Hash> inputs_;  // of it, agreed
  Pair<std::vector<Hash>> outputs_;
};

std::uint32_t narrowing_rounds(std::size_t leaves, std::uint32_t branching) {
  const std::size_t depth = tree_depth(leaves);
  const std::uint32_t step = levels(branching);
  return depth == 0 ? 1 : static_cast<std::uint32_t>((depth + step - 1) / step);
}

}  // namespace

std::string_view name_of(Reason reason) {
  constexpr std::array<std::string_view, 7> kNames{"agreement",   "silence",        "bad opening",
                                                   "wrong start", "wrong operator", "wrong inputs",
                                                   "recomputed"};
  return kNames.at(static_cast<std::size_t>(reason));
}

DisputeOutcome settle(const DisputeCase& dispute, const Claimant& first, const Claimant& second,
                      std::uint32_t branching, OperatorRunner& runner) {
  check(dispute.segment, branching);
  return Game(dispute, {first, second}, branching, runner).play();
}

std::uint32_t predicted_rounds(const Segment& segment, std::size_t operators,
                               std::uint32_t branching) {
  check(segment, branching);
  const std::uint32_t within_interval =
      segment.interval == 1 ? 0 : 1 + narrowing_rounds(segment.interval, branching);
  const std::uint32_t trace = 1 + narrowing_rounds(operators + 1, branching);
  return narrowing_rounds(segment.checkpoints(), branching) + within_interval + trace + 2;
}

}  // namespace assay::backend
