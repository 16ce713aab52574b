#include "gpu_backend/calibration/calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <future>
#include <limits>
#include <mutex>
#include <tuple>
#include <utility>

#include "gpu_backend/training/cheat.hpp"
#include "gpu_backend/worker/client.hpp"
#include "sim/math.hpp"

namespace assay::backend {
namespace {

using Clock = std::chrono::steady_clock;

Clock::time_point moment_of(double monotonic_seconds) {
  return Clock::time_point(std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(monotonic_seconds)));
}

/// What a measurement takes beside the steps that are kept: a first try, and those that are
/// watched.
constexpr double kAroundSteps = 2.0;

/// A measurement with the median of each time and rate over all rounds; what does not vary is the
/// first one's.
Measurement median_of(const std::vector<Measurement>& rounds) {
  Measurement all = rounds.front();
  for (double Measurement::*const figure :
       {&Measurement::matrix_s, &Measurement::memory_s, &Measurement::overhead_s,
        &Measurement::commit_s, &Measurement::hash_bytes_per_s, &Measurement::copy_to_bytes_per_s,
        &Measurement::copy_from_bytes_per_s}) {
    std::vector<double> values;
    for (const Measurement& round : rounds) values.push_back(round.*figure);
    all.*figure = sim::sample_quantile(std::move(values), 0.5);
  }
  return all;
}

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
    std::optional<WorkerClient> bitwise;
    if (task_.bitwise) {
      bitwise.emplace(terms(*task_.bitwise));
      result_.bitwise = bitwise->ask(Describe{}).info;
    }
    const std::vector<std::string> compared = compared_workloads(task_);
    for (const std::string& workload : timed_workloads(task_)) {
      const bool cheats = std::find(compared.begin(), compared.end(), workload) != compared.end();
      std::vector<Timing> timings;
      for (const std::string& precision : precisions) {
        timings.push_back({&native, &task_.native, false, {workload, precision}});
        if (!cheats) continue;
        for (const std::string& cheat : timed_cheats()) {
          timings.push_back({&native, &task_.native, false, {workload, precision, 2, cheat, 1.0}});
        }
      }
      if (bitwise) timings.push_back({&*bitwise, &*task_.bitwise, true, {workload, "fp32"}});
      time(timings);
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

  /// Steps that are to be timed, and their measurements so far.
  struct Timing {
    WorkerClient* worker;
    const WorkerKind* kind;
    bool bitwise;
    MeasureTask task;
    double steps = 0.0;  // of all rounds
    bool refused = false;
    std::vector<Measurement> rounds{};
    std::vector<double> watts{};
    WorkingClocks clocks{};
  };

  /// Times all conducts and back ends of a workload, a round of each by turns, so that what else
  /// the machine does meanwhile slows all of them alike: what a cheat saves and what bitwise
  /// arithmetic costs are ratios. First each tries a few steps to learn how many the time allows;
  /// where those few took that long they are the measurement.
  void time(std::vector<Timing>& timings) {
    constexpr double kFew = 3.0;
    constexpr double kRounds = 4.0;
    constexpr double kFewestOfARound = 10.0;
    for (Timing& timing : timings) {
      measure(timing, kFew);
      spent_s_ += kAroundSteps * task_.seconds / 2.0;
      if (timing.refused) continue;
      const std::vector<double>& tried = timing.rounds.front().step_s;
      const double affordable =
          task_.seconds / std::max(*std::min_element(tried.begin(), tried.end()), 1e-6);
      timing.steps = std::min(affordable, static_cast<double>(task_.most_steps));
      if (timing.steps > kFew) timing.rounds.clear();
    }
    for (double round = 0.0; round < kRounds; ++round) {
      for (Timing& timing : timings) {
        spent_s_ += kAroundSteps * task_.seconds / 2.0 / kRounds;
        const double rounds = std::clamp(std::floor(timing.steps / kFewestOfARound), 1.0, kRounds);
        if (timing.refused || timing.steps <= kFew || round >= rounds) continue;
        measure(timing, std::max(timing.steps / rounds, kFew + 1.0));
      }
    }
    for (Timing& timing : timings) {
      if (!timing.refused) result_.times.push_back(timed(std::move(timing)));
    }
  }

  void measure(Timing& timing, double steps) {
    if (stop_) throw Stopped{};
    const MeasureTask& task = timing.task;
    report_({spent_s_ / expected_seconds(task_),
             fmt::format("{} in {} on {}{}", task.workload, task.precision, timing.kind->name,
                         task.cheat == "honest" ? "" : ", " + task.cheat)});
    timing.task.steps = static_cast<std::uint32_t>(steps);
    std::optional<MeterWatch> watch;
    if (meter_ != nullptr) watch.emplace(*meter_);
    try {
      timing.rounds.push_back(timing.worker->ask(Measure{task}).measurement);
    } catch (const WorkerError& error) {
      if (error.fault() != WorkerFault::Refused) throw;
      result_.left_out.emplace_back(error.what());
      timing.refused = true;
      return;
    }
    if (!watch) return;
    const auto seen = watch->end();
    const auto from = moment_of(timing.rounds.back().from_s);
    const auto to = moment_of(timing.rounds.back().to_s);
    if (const auto watts = watts_between(seen, from, to)) timing.watts.push_back(*watts);
    timing.clocks.add(clocks_between(seen, from, to));
  }

  /// All rounds of one.
  TimedSteps timed(Timing timing) {
    TimedSteps timed;
    timed.backend = timing.bitwise ? result_.bitwise->backend : result_.native.backend;
    timed.bitwise = timing.bitwise;
    timed.workload = timing.task.workload;
    timed.precision = timing.task.precision;
    timed.cheat = timing.task.cheat;
    timed.measurement = median_of(timing.rounds);
    std::vector<double> steps;
    for (const Measurement& round : timing.rounds) {
      const std::vector<double> warm = without_warm_up(round.step_s);
      steps.insert(steps.end(), warm.begin(), warm.end());
    }
    timed.steps = steps.size();
    timed.median_s = sim::sample_quantile(steps, 0.5);
    timed.p05_s = sim::sample_quantile(steps, 0.05);
    timed.p95_s = sim::sample_quantile(steps, 0.95);
    std::tie(timed.low_s, timed.high_s) = range_of_tenths(steps);
    const auto quarter = static_cast<std::ptrdiff_t>(std::max<std::size_t>(steps.size() / 4, 1));
    timed.drift = sim::sample_quantile({steps.end() - quarter, steps.end()}, 0.5) /
                      sim::sample_quantile({steps.begin(), steps.begin() + quarter}, 0.5) -
                  1.0;
    if (!timing.watts.empty()) timed.watts = sim::sample_quantile(timing.watts, 0.5);
    result_.clocks.add(timing.clocks);
    return timed;
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
    const double median = sim::sample_quantile({begin, end}, 0.5);
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
