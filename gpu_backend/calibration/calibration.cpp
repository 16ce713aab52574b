#include "gpu_backend/calibration/calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <future>
#include <limits>
#include <mutex>
#include <tuple>
#include <utility>

#include "gpu_backend/training/cheat.hpp"
#include "gpu_backend/worker/client.hpp"

namespace assay::backend {
namespace {

using Clock = std::chrono::steady_clock;

double quantile(std::vector<double> sample, double p) {
  std::sort(sample.begin(), sample.end());
  const double at = p * static_cast<double>(sample.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sample.size() - 1);
  return sample[below] + (at - static_cast<double>(below)) * (sample[above] - sample[below]);
}

/// What a measurement takes beside the steps that are kept: a first try, and those that are
/// watched.
constexpr double kAroundSteps = 2.0;

/// What a clock cannot tell from honest work is left out.
std::vector<std::string> timed_cheats() {
  std::vector<std::string> cheats = cheat_names();
  std::erase_if(cheats, [](const std::string& name) {
    const CheatKind kind = cheat_kind(name);
    return kind == CheatKind::Honest || is_of_one_step(kind);
  });
  return cheats;
}

/// Those of which distances are recorded, each once.
std::vector<std::string> compared_workloads(const CalibrationTask& task) {
  std::vector<std::string> names;
  for (const ComparedCase& compared : task.compared) {
    if (std::find(names.begin(), names.end(), compared.workload) == names.end()) {
      names.push_back(compared.workload);
    }
  }
  return names;
}

/// All that are timed: what cheats save is known against honest steps of the same workload.
std::vector<std::string> timed_workloads(const CalibrationTask& task) {
  std::vector<std::string> names = task.workloads;
  for (const std::string& compared : compared_workloads(task)) {
    if (std::find(names.begin(), names.end(), compared) == names.end()) names.push_back(compared);
  }
  return names;
}

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
    const std::vector<std::string> workloads = timed_workloads(task_);
    const std::vector<std::string> compared = compared_workloads(task_);
    for (const std::string& workload : workloads) {
      const bool cheats = std::find(compared.begin(), compared.end(), workload) != compared.end();
      for (const std::string& precision : precisions) {
        time(native, task_.native, false, {workload, precision});
        if (!cheats) continue;
        for (const std::string& cheat : timed_cheats()) {
          time(native, task_.native, false, {workload, precision, 2, cheat, 1.0});
        }
      }
    }
    if (task_.bitwise) {
      WorkerClient bitwise(terms(*task_.bitwise));
      result_.bitwise = bitwise.ask(Describe{}).info;
      for (const std::string& workload : workloads) {
        time(bitwise, *task_.bitwise, true, {workload, "fp32"});
      }
    }
    if (task_.compared.empty() || precisions.empty()) return std::move(result_);
    compare(precisions);
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

  // ---- Times --------------------------------------------------------------------------------

  /// Tries a few steps to learn how long they take, then as many as the time allows. Where those
  /// few took that long they are the measurement.
  void time(WorkerClient& worker, const WorkerKind& kind, bool bitwise, MeasureTask task) {
    if (stop_) throw Stopped{};
    report_({spent_s_ / expected_seconds(task_),
             fmt::format("{} in {} on {}{}", task.workload, task.precision, kind.name,
                         task.cheat == "honest" ? "" : ", " + task.cheat)});
    spent_s_ += kAroundSteps * task_.seconds;
    TimedSteps timed;
    timed.backend = bitwise ? result_.bitwise->backend : result_.native.backend;
    timed.bitwise = bitwise;
    timed.workload = task.workload;
    timed.precision = task.precision;
    timed.cheat = task.cheat;
    const auto measure = [&](double steps) {
      task.steps = static_cast<std::uint32_t>(steps);
      const auto begun = Clock::now();
      const std::optional<double> before = meter_ ? meter_->joules() : std::nullopt;
      timed.measurement = worker.ask(Measure{task}).measurement;
      const std::optional<double> after = meter_ ? meter_->joules() : std::nullopt;
      const double wall_s = std::chrono::duration<double>(Clock::now() - begun).count();
      timed.watts.reset();
      if (before && after) timed.watts = (*after - *before) / wall_s;
    };
    try {
      constexpr double kFew = 3.0;
      measure(kFew);
      const std::vector<double>& first = timed.measurement.step_s;
      const double affordable =
          task_.seconds / std::max(*std::min_element(first.begin(), first.end()), 1e-6);
      if (affordable > kFew) {
        measure(std::clamp(affordable, kFew + 1.0, static_cast<double>(task_.most_steps)));
      }
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
    std::tie(timed.low_s, timed.high_s) = range_of_tenths(steps);
    const auto quarter = static_cast<std::ptrdiff_t>(std::max<std::size_t>(steps.size() / 4, 1));
    timed.drift = quantile({steps.end() - quarter, steps.end()}, 0.5) /
                      quantile({steps.begin(), steps.begin() + quarter}, 0.5) -
                  1.0;
    result_.times.push_back(std::move(timed));
  }

  // ---- Distances ----------------------------------------------------------------------------

  struct Case {
    ComparedCase of;
    std::vector<WorkerKind> kinds;
    double share = 0.0;  // of it is done
    ComparedSegments compared{};
  };

  /// Cases have workers of their own, so that several can be compared at once.
  void compare(const std::vector<std::string>& precisions) {
    std::vector<WorkerKind> all{task_.native};
    all.insert(all.end(), task_.others.begin(), task_.others.end());
    std::vector<Case> cases;
    for (const std::string& precision : precisions) {
      for (const std::string& workload : compared_workloads(task_)) {
        const auto kinds = kinds_apart(all, task_.native_is_bitwise, {workload, precision, 8},
                                       terms(task_.native), stop_, result_.left_out);
        for (ComparedCase compared : task_.compared) {
          compared.precision = precision;
          if (compared.workload == workload && !kinds.empty()) {
            cases.push_back({std::move(compared), kinds});
          }
        }
      }
    }
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
      try {
        for (std::size_t i = next++; i < cases.size(); i = next++) compare(cases, i);
      } catch (...) {
        next = cases.size();  // nobody begins another one
        throw;
      }
    };
    std::vector<std::future<void>> others;
    for (unsigned i = 1; i < task_.comparisons_at_once; ++i) {
      others.push_back(std::async(std::launch::async, work));
    }
    std::exception_ptr failure;
    const auto finish = [&failure](const auto& part) {
      try {
        part();
      } catch (...) {
        if (!failure) failure = std::current_exception();
      }
    };
    finish(work);
    for (std::future<void>& other : others) finish([&other] { other.get(); });
    if (failure) std::rethrow_exception(failure);
    for (Case& one : cases) {
      for (const std::string& what : one.compared.left_out) result_.left_out.push_back(what);
      result_.comparisons.push_back(std::move(one.compared));
    }
  }

  void compare(std::vector<Case>& cases, std::size_t i) {
    const ComparedCase& of = cases[i].of;
    const auto report = [&](double share) {
      const std::lock_guard lock(reporting_);
      cases[i].share = share;
      double done = 0.0;
      for (const Case& one : cases) done += one.share;
      const double expected = expected_seconds(task_);
      const double before = spent_s_ / expected;
      report_({before + (1.0 - before) * done / static_cast<double>(cases.size()),
               fmt::format("{} in {}, distances after {} steps", of.workload, of.precision,
                           of.interval)});
    };
    cases[i].compared =
        compare_segments(of, cases[i].kinds, task_.comparison, terms(task_.native), stop_, report);
    report(1.0);
  }

  const CalibrationTask& task_;
  EnergyMeter* meter_;
  const std::atomic<bool>& stop_;
  const std::function<void(const CalibrationProgress&)>& report_;
  double spent_s_ = 0.0;  // of what is expected
  std::mutex reporting_;
  Calibration result_;
};

}  // namespace

std::pair<double, double> range_of_tenths(const std::vector<double>& steps) {
  const std::size_t size = (steps.size() + 9) / 10;
  double low = std::numeric_limits<double>::infinity();
  double high = 0.0;
  for (std::size_t at = 0; at < steps.size(); at += size) {
    const auto begin = steps.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = steps.begin() + static_cast<std::ptrdiff_t>(std::min(at + size, steps.size()));
    const double median = quantile({begin, end}, 0.5);
    low = std::min(low, median);
    high = std::max(high, median);
  }
  return {low, high};
}

std::vector<double> without_warm_up(const std::vector<double>& step_s) {
  const std::size_t first = std::min(1 + (step_s.size() - 1) / 10, step_s.size() - 1);
  return {step_s.begin() + static_cast<std::ptrdiff_t>(first), step_s.end()};
}

double expected_seconds(const CalibrationTask& task) {
  const std::size_t compared = task.compared.size() * task.precisions.size();
  const std::size_t timed =
      timed_workloads(task).size() * (task.precisions.size() + (task.bitwise ? 1 : 0)) +
      compared_workloads(task).size() * task.precisions.size() * timed_cheats().size();
  return kAroundSteps * task.seconds * static_cast<double>(timed) +
         task.comparison.seconds * static_cast<double>(compared) / task.comparisons_at_once;
}

std::optional<Calibration> calibrate(
    const CalibrationTask& task, EnergyMeter* meter, const std::atomic<bool>& stop,
    const std::function<void(const CalibrationProgress&)>& report) {
  try {
    Calibration done = Calibrator(task, meter, stop, report).run();
    // What is refused once is refused again.
    std::vector<std::string> once;
    for (std::string& what : done.left_out) {
      if (std::find(once.begin(), once.end(), what) == once.end()) once.push_back(std::move(what));
    }
    done.left_out = std::move(once);
    return done;
  } catch (const Stopped&) {
    return std::nullopt;
  }
}

}  // namespace assay::backend
