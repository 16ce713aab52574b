#include "gpu_backend/calibration/calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <utility>

#include "gpu_backend/calibration/tolerance.hpp"
#include "gpu_backend/training/cheat.hpp"
#include "gpu_backend/worker/client.hpp"

namespace assay::backend {
namespace {

using Clock = std::chrono::steady_clock;

/// The interrupt, on its way out of the measurement.
struct Stopped {};

double quantile(std::vector<double> sample, double p) {
  std::sort(sample.begin(), sample.end());
  const double at = p * static_cast<double>(sample.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sample.size() - 1);
  return sample[below] + (at - static_cast<double>(below)) * (sample[above] - sample[below]);
}

/// Weights, as a worker sent them or as they were at the start.
std::vector<float> weights_of(std::span<const std::span<const float>> state,
                              const Workload& workload) {
  std::vector<float> all;
  const std::size_t tensors = parameters(workload).size();
  for (std::size_t i = 0; i < tensors; ++i) {
    all.insert(all.end(), state[i].begin(), state[i].end());
  }
  return all;
}

/// A state that lies in shared memory, or in this process.
struct Start {
  std::unique_ptr<SharedTensors> shared;  // null: the training's first one
  std::vector<float> weights;
};

class Calibrator {
 public:
  Calibrator(const CalibrationTask& task, EnergyMeter* meter, const std::atomic<bool>& stop,
             const std::function<void(const CalibrationProgress&)>& report)
      : task_(task), meter_(meter), stop_(stop), report_(report) {}

  Calibration run() {
    WorkerClient native(terms(task_.native));
    result_.native = native.ask(Describe{}).info;
    result_.native_is_bitwise = task_.native_is_bitwise;
    std::vector<std::string> precisions;
    for (const std::string& precision : task_.precisions) {
      const auto& offered = result_.native.precisions;
      if (std::find(offered.begin(), offered.end(), precision) != offered.end()) {
        precisions.push_back(precision);
      } else {
        result_.left_out.push_back(
            fmt::format("{} in {}: it does not offer it", task_.native.name, precision));
      }
    }
    const std::size_t of_native = task_.workloads.size() * precisions.size();
    const std::size_t cheats = cheat_names().size() - 1;
    const std::size_t seeds = task_.calibration_seeds + task_.held_out_seeds;
    all_ = of_native + (task_.bitwise ? task_.workloads.size() : 0) + cheats +
           task_.compared.size() * precisions.size() * task_.intervals.size() * seeds;

    for (const std::string& workload : task_.workloads) {
      for (const std::string& precision : precisions) {
        time(native, task_.native, false, {workload, precision});
      }
    }
    if (task_.bitwise) {
      WorkerClient bitwise(terms(*task_.bitwise));
      result_.bitwise = bitwise.ask(Describe{}).info;
      for (const std::string& workload : task_.workloads) {
        time(bitwise, *task_.bitwise, true, {workload, "fp32"});
      }
    }
    if (task_.compared.empty() || precisions.empty()) return std::move(result_);
    for (const std::string& cheat : cheat_names()) {
      if (cheat == "honest") continue;
      time(native, task_.native, false,
           {task_.compared.front(), precisions.front(), 2, cheat, 1.0});
    }
    for (const std::string& precision : precisions) {
      choose_kinds(precision);
      for (const std::string& workload : task_.compared) {
        for (const std::uint64_t interval : task_.intervals) compare(workload, precision, interval);
      }
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] WorkerClient::Terms terms(const WorkerKind& kind) const {
    WorkerClient::Terms terms;
    terms.name = kind.name;
    terms.command = kind.command;
    terms.patience = std::chrono::duration<double>(task_.patience_s);
    return terms;
  }

  void next(const std::string& doing) {
    if (stop_) throw Stopped{};
    report_({done_, all_, doing});
    ++done_;
  }

  // ---- Times --------------------------------------------------------------------------------

  /// Tries a few steps to learn how long they take, then as many as the time allows.
  void time(WorkerClient& worker, const WorkerKind& kind, bool bitwise, MeasureTask task) {
    next(fmt::format("{} in {} on {}{}", task.workload, task.precision, kind.name,
                     task.cheat == "honest" ? "" : ", " + task.cheat));
    TimedSteps timed;
    timed.backend = bitwise ? result_.bitwise->backend : result_.native.backend;
    timed.bitwise = bitwise;
    timed.workload = task.workload;
    timed.precision = task.precision;
    timed.cheat = task.cheat;
    try {
      task.steps = 3;
      const std::vector<double> first = worker.ask(Measure{task}).measurement.step_s;
      const double step_s = std::max(*std::min_element(first.begin(), first.end()), 1e-6);
      task.steps = static_cast<std::uint32_t>(
          std::clamp(task_.seconds / step_s, 4.0, static_cast<double>(task_.most_steps)));
      const auto begun = Clock::now();
      const std::optional<double> before = meter_ ? meter_->joules() : std::nullopt;
      timed.measurement = worker.ask(Measure{task}).measurement;
      const std::optional<double> after = meter_ ? meter_->joules() : std::nullopt;
      const double wall_s = std::chrono::duration<double>(Clock::now() - begun).count();
      if (before && after) timed.watts = (*after - *before) / wall_s;
    } catch (const WorkerError& error) {
      if (error.fault() != WorkerFault::Refused) throw;
      result_.left_out.emplace_back(error.what());
      return;
    }
    const std::vector<double> steps = without_warm_up(timed.measurement.step_s);
    timed.steps = steps.size();
    timed.median_s = quantile(steps, 0.5);
    timed.p05_s = quantile(steps, 0.05);
    timed.p95_s = quantile(steps, 0.95);
    const auto quarter = static_cast<std::ptrdiff_t>(std::max<std::size_t>(steps.size() / 4, 1));
    timed.drift = quantile({steps.end() - quarter, steps.end()}, 0.5) /
                      quantile({steps.begin(), steps.begin() + quarter}, 0.5) -
                  1.0;
    result_.times.push_back(std::move(timed));
  }

  // ---- Distances ----------------------------------------------------------------------------

  /// Workers that give the same bits stand for one; where all do, two of them show it.
  void choose_kinds(const std::string& precision) {
    kinds_.clear();
    workers_.clear();
    std::vector<WorkerKind> kinds{task_.native};
    kinds.insert(kinds.end(), task_.others.begin(), task_.others.end());
    SegmentTask task;
    task.workload = task_.compared.front();
    task.precision = precision;
    task.steps = task.interval = task_.intervals.back();
    std::vector<Hash> roots;
    std::vector<WorkerKind> alike;
    for (const WorkerKind& kind : kinds) {
      if (stop_) throw Stopped{};
      WorkerClient worker(terms(kind));
      try {
        const Hash root = worker.ask(RunSegment{task, false, {}}).result.claim.root;
        const bool known = std::find(roots.begin(), roots.end(), root) != roots.end();
        roots.push_back(root);
        (known ? alike : kinds_).push_back(kind);
      } catch (const WorkerError& error) {
        if (error.fault() == WorkerFault::Refused) {
          result_.left_out.emplace_back(error.what());
          continue;
        }
        throw;
      }
    }
    for (const WorkerKind& kind : alike) {
      result_.left_out.push_back(
          fmt::format("{} in {}: the same bits as another one", kind.name, precision));
    }
    if (task_.native_is_bitwise && kinds_.size() > 1) {
      throw std::runtime_error(fmt::format("{} and {} give different bits, and both are bitwise",
                                           kinds_[0].name, kinds_[1].name));
    }
    // Equal bits are a finding of their own: distances of zero.
    if (kinds_.size() == 1) kinds_.push_back(alike.empty() ? kinds_.front() : alike.front());
    for (const WorkerKind& kind : kinds_) {
      workers_.push_back(std::make_unique<WorkerClient>(terms(kind)));
    }
  }

  /// The state of an honest training after `steps` steps.
  Start start_of(const Workload& workload, const SegmentTask& segment) {
    Start start;
    if (segment.first_step == 0) {
      const State first = initial_state(workload, segment.seed);
      const std::vector<std::span<const float>> tensors(first.tensors.begin(), first.tensors.end());
      start.weights = weights_of(tensors, workload);
      return start;
    }
    SegmentTask before = segment;
    before.first_step = 0;
    before.steps = before.interval = segment.first_step;
    workers_.front()->ask(RunSegment{before, true, {}}, {}, &start.shared);
    start.weights = weights_of(start.shared->tensors(), workload);
    return start;
  }

  std::vector<float> end_of(WorkerClient& worker, const Workload& workload, const Start& start,
                            const SegmentTask& segment) {
    RunSegment request{segment, true, {}};
    std::vector<std::span<const float>> tensors;
    if (start.shared) tensors = start.shared->tensors();
    for (const auto& tensor : tensors) request.tensor_sizes.push_back(tensor.size());
    std::unique_ptr<SharedTensors> state;
    worker.ask(request, tensors, &state);
    return weights_of(state->tensors(), workload);
  }

  /// For each seed one segment, claimed by one kind of worker and checked by another: every pair
  /// has its turn, and no two distances share a training.
  void compare(const std::string& name, const std::string& precision, std::uint64_t interval) {
    ComparedSegments compared{name, precision, interval, {}, {}, {}, {}};
    for (const WorkerKind& kind : kinds_) compared.kinds.push_back(kind.name);
    const Workload trained = workload(name);
    const std::size_t kinds = workers_.size();
    const std::uint32_t seeds = task_.calibration_seeds + task_.held_out_seeds;
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
      next(fmt::format("{} in {}, distances after {} steps", name, precision, interval));
      SegmentTask segment;
      segment.workload = name;
      segment.precision = precision;
      segment.seed = seed;
      segment.cheat_seed = seed;
      segment.steps = segment.interval = interval;
      segment.first_step = seed % 2 == 0 ? 0 : task_.later;
      const std::size_t claiming = seed / 2 % kinds;
      const std::size_t checking = (claiming + 1 + seed / 2 / kinds % (kinds - 1)) % kinds;
      WorkerClient& claimer = *workers_[claiming];
      const Start start = start_of(trained, segment);
      const std::vector<float> check = end_of(*workers_[checking], trained, start, segment);
      const double honest =
          share_of_movement(start.weights, check, end_of(claimer, trained, start, segment));
      if (seed < task_.calibration_seeds) {
        compared.honest.push_back(honest);
        continue;
      }
      compared.honest_held_out.push_back(honest);
      for (const std::string& cheat : cheat_names()) {
        if (cheat == "honest" || refused(name, precision, interval, cheat)) continue;
        segment.cheat = cheat;
        try {
          const std::vector<float> claim = end_of(claimer, trained, start, segment);
          distances_of(compared, cheat).push_back(share_of_movement(start.weights, check, claim));
        } catch (const WorkerError& error) {
          if (error.fault() != WorkerFault::Refused) throw;
          refusals_.push_back({name, precision, interval, cheat});
          result_.left_out.emplace_back(error.what());
        }
      }
    }
    result_.comparisons.push_back(std::move(compared));
  }

  static std::vector<double>& distances_of(ComparedSegments& compared, const std::string& cheat) {
    for (ComparedSegments::Cheat& known : compared.cheats) {
      if (known.name == cheat) return known.distances;
    }
    return compared.cheats.emplace_back(ComparedSegments::Cheat{cheat, {}}).distances;
  }

  struct Refusal {
    std::string workload, precision;
    std::uint64_t interval;
    std::string cheat;
    bool operator==(const Refusal&) const = default;
  };
  [[nodiscard]] bool refused(const std::string& workload, const std::string& precision,
                             std::uint64_t interval, const std::string& cheat) const {
    return std::find(refusals_.begin(), refusals_.end(),
                     Refusal{workload, precision, interval, cheat}) != refusals_.end();
  }

  const CalibrationTask& task_;
  EnergyMeter* meter_;
  const std::atomic<bool>& stop_;
  const std::function<void(const CalibrationProgress&)>& report_;
  std::size_t done_ = 0;
  std::size_t all_ = 0;
  std::vector<WorkerKind> kinds_;
  std::vector<std::unique_ptr<WorkerClient>> workers_;  // one for each of them
  std::vector<Refusal> refusals_;
  Calibration result_;
};

}  // namespace

std::vector<double> without_warm_up(const std::vector<double>& step_s) {
  const std::size_t first = std::min(1 + (step_s.size() - 1) / 10, step_s.size() - 1);
  return {step_s.begin() + static_cast<std::ptrdiff_t>(first), step_s.end()};
}

std::optional<Calibration> calibrate(
    const CalibrationTask& task, EnergyMeter* meter, const std::atomic<bool>& stop,
    const std::function<void(const CalibrationProgress&)>& report) {
  try {
    return Calibrator(task, meter, stop, report).run();
  } catch (const Stopped&) {
    return std::nullopt;
  }
}

}  // namespace assay::backend
