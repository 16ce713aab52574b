#include "gpu_backend/calibration/distances.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <utility>

#include "gpu_backend/calibration/tolerance.hpp"
#include "gpu_backend/training/cheat.hpp"
#include "gpu_backend/worker/remote_segment.hpp"

namespace assay::backend {
namespace {

using Clock = std::chrono::steady_clock;

WorkerClient::Terms terms_of(const WorkerKind& kind, WorkerClient::Terms terms) {
  terms.name = kind.name;
  terms.command = kind.command;
  return terms;
}

std::vector<float> weights_of(const State& state, const Workload& workload) {
  std::vector<float> all;
  const std::size_t tensors = parameters(workload).size();
  for (std::size_t i = 0; i < tensors; ++i) {
    all.insert(all.end(), state.tensors[i].begin(), state.tensors[i].end());
  }
  return all;
}

/// The workers of one case.
class Comparison {
 public:
  Comparison(const ComparedCase& compared, const std::vector<WorkerKind>& kinds,
             const WorkerClient::Terms& terms)
      : workload_(workload(compared.workload)) {
    result_.of = compared;
    for (const WorkerKind& kind : kinds) {
      result_.kinds.push_back(kind.name);
      workers_.push_back(std::make_unique<WorkerClient>(terms_of(kind, terms)));
    }
  }

  /// One segment, trained by an honest claimer and a checker, and, where it is held out, in all the
  /// ways of cheating.
  void add(std::uint32_t seed, bool held_out, std::uint64_t later) {
    SegmentTask segment;
    segment.workload = result_.of.workload;
    segment.precision = result_.of.precision;
    segment.seed = segment.cheat_seed = seed;
    segment.steps = segment.interval = result_.of.interval;
    segment.first_step = seed % 2 == 0 ? 0 : later;
    const std::size_t kinds = workers_.size();
    const std::size_t claiming = seed / 2 % kinds;
    const std::size_t checking = (claiming + 1 + seed / 2 / kinds % (kinds - 1)) % kinds;
    WorkerClient& claimer = *workers_[claiming];
    const State start = start_of(segment);
    const std::vector<float> before = weights_of(start, workload_);
    const std::vector<float> check = end_of(*workers_[checking], start, segment);
    const auto distance = [&] {
      return share_of_movement(before, check, end_of(claimer, start, segment));
    };
    (held_out ? result_.honest_held_out : result_.honest).push_back(distance());
    if (!held_out) return;
    for (const std::string& cheat : cheat_names()) {
      const bool refused = std::find(refused_.begin(), refused_.end(), cheat) != refused_.end();
      if (cheat == "honest" || refused) continue;
      segment.cheat = cheat;
      try {
        distances_of(cheat).push_back(distance());
      } catch (const WorkerError& error) {
        if (error.fault() != WorkerFault::Refused) throw;
        refused_.push_back(cheat);
        result_.left_out.emplace_back(error.what());
      }
    }
  }

  ComparedSegments take() {
    // A cheat that was refused has no distances.
    std::erase_if(result_.cheats, [](const auto& cheat) { return cheat.distances.empty(); });
    return std::move(result_);
  }

 private:
  /// The state of an honest training after the steps before `segment`.
  State start_of(const SegmentTask& segment) {
    if (segment.first_step == 0) return initial_state(workload_, segment.seed);
    SegmentTask before = segment;
    before.first_step = 0;
    before.steps = before.interval = segment.first_step;
    return run_segment(*workers_.front(), before, {}, true).states.back();
  }

  std::vector<float> end_of(WorkerClient& worker, const State& start, const SegmentTask& segment) {
    const std::vector<Input> tensors(start.tensors.begin(), start.tensors.end());
    return weights_of(run_segment(worker, segment, tensors, true).states.back(), workload_);
  }

  std::vector<double>& distances_of(const std::string& cheat) {
    for (ComparedSegments::Cheat& known : result_.cheats) {
      if (known.name == cheat) return known.distances;
    }
    return result_.cheats.emplace_back(ComparedSegments::Cheat{cheat, {}}).distances;
  }

  Workload workload_;
  std::vector<std::unique_ptr<WorkerClient>> workers_;  // one for each kind
  std::vector<std::string> refused_;
  ComparedSegments result_;
};

}  // namespace

std::vector<WorkerKind> kinds_apart(const std::vector<WorkerKind>& kinds, bool bitwise,
                                    const ComparedCase& tried, const WorkerClient::Terms& terms,
                                    const std::atomic<bool>& stop,
                                    std::vector<std::string>& left_out) {
  SegmentTask task;
  task.workload = tried.workload;
  task.precision = tried.precision;
  task.steps = task.interval = tried.interval;
  std::vector<Hash> roots;
  std::vector<WorkerKind> apart, alike;
  std::vector<std::string> names_alike;
  for (const WorkerKind& kind : kinds) {
    if (stop) throw Stopped{};
    WorkerClient worker(terms_of(kind, terms));
    try {
      const Hash root = run_segment(worker, task, {}, false).claim.root;
      const bool known = std::find(roots.begin(), roots.end(), root) != roots.end();
      roots.push_back(root);
      (known ? alike : apart).push_back(kind);
      if (known) names_alike.push_back(kind.name);
    } catch (const WorkerError& error) {
      if (error.fault() != WorkerFault::Refused) throw;
      left_out.emplace_back(error.what());
    }
  }
  if (!alike.empty()) {
    left_out.push_back(fmt::format("on {} in {}, for the same bits as another one: {}",
                                   tried.workload, tried.precision, fmt::join(names_alike, " | ")));
  }
  if (bitwise && apart.size() > 1) {
    throw std::runtime_error(fmt::format("{} and {} give different bits, and both are bitwise",
                                         apart[0].name, apart[1].name));
  }
  if (apart.size() != 1) return apart;
  // Equal bits are a finding of their own: distances of zero.
  if (!alike.empty() || bitwise) {
    apart.push_back(alike.empty() ? apart.front() : alike.front());
    return apart;
  }
  left_out.push_back(fmt::format("distances of {} in {}: {} has nothing to be compared with",
                                 tried.workload, tried.precision, apart.front().name));
  return {};
}

ComparedSegments compare_segments(const ComparedCase& compared,
                                  const std::vector<WorkerKind>& kinds, const ComparisonPlan& plan,
                                  const WorkerClient::Terms& terms, const std::atomic<bool>& stop,
                                  const std::function<void(double)>& report) {
  constexpr std::uint32_t kEvery = 3;  // segments, one of which sets the tolerance
  const auto begun = Clock::now();
  const std::uint32_t most = plan.held_out * kEvery / (kEvery - 1);
  const std::uint32_t least = plan.least_held_out * kEvery / (kEvery - 1);
  Comparison comparison(compared, kinds, terms);
  for (std::uint32_t seed = 0; seed < most; ++seed) {
    if (stop) throw Stopped{};
    // Only the clock ends it early, and nothing that was seen of the distances.
    const double spent = std::chrono::duration<double>(Clock::now() - begun).count() / plan.seconds;
    if (seed >= least && spent > 1.0) break;
    report(std::min(1.0, std::max(static_cast<double>(seed) / most, spent)));
    comparison.add(seed, seed % kEvery != 0, plan.later);
  }
  return comparison.take();
}

}  // namespace assay::backend
