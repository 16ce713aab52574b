#include "analysis/experiment.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <span>

#include "analysis/threads.hpp"
#include "sim/digest.hpp"

namespace assay::analysis {
namespace {

/// A run is cut into so many slices; between two of them it looks whether to stop.
constexpr int kSlices = 400;

/// One run of the experiment: a replication, or its twin.
struct Job {
  int replication = 0;
  bool twin = false;
  std::atomic<int> slices{0};
  std::atomic<std::uint64_t> events{0};
  std::optional<RunOutcome> outcome;
  std::optional<Failure> failure;
};

/// Runs a market to its horizon, calling `after(slice)` between slices; false when told to stop.
template <class After>
bool run_in_slices(protocol::Model& model, const std::atomic<bool>& stop, After after) {
  for (int slice = 1; slice <= kSlices; ++slice) {
    if (stop) return false;
    model.run(sim::SimTime{model.rules().horizon / kSlices * slice});
    after(slice);
  }
  model.finish();
  return true;
}

void run_one(const Experiment& experiment, Job& job, const std::atomic<bool>& stop) {
  const auto& rules = job.twin ? experiment.twin : experiment.rules;
  const std::uint64_t seed = replication_seed(experiment.seed, job.replication);
  std::unique_ptr<protocol::Model> model;
  try {
    model = std::make_unique<protocol::Model>(rules, seed);
    const auto note = [&](int slice) {
      job.slices = slice;
      job.events = model->events();
    };
    if (!run_in_slices(*model, stop, note)) return;
    job.events = model->events();
    job.outcome = outcome(*model);
  } catch (const sim::InvariantViolation& broken) {
    job.failure = Failure{job.replication,
                          job.twin,
                          model ? sim::to_seconds(model->now()) : 0.0,
                          model ? model->events() : 0,
                          experiment.seed,
                          broken.what()};
  }
}

}  // namespace

std::uint64_t replication_seed(std::uint64_t seed, int replication) {
  return sim::mix(seed, static_cast<std::uint64_t>(replication));
}

std::optional<Replication> run_replication(const std::shared_ptr<const protocol::Rules>& rules,
                                           const std::shared_ptr<const protocol::Rules>& twin,
                                           std::uint64_t seed, int replication,
                                           const std::atomic<bool>& stop) {
  const auto run = [&](const std::shared_ptr<const protocol::Rules>& of) {
    protocol::Model model(of, replication_seed(seed, replication));
    std::optional<RunOutcome> done;
    if (run_in_slices(model, stop, [](int) {})) done = outcome(model);
    return done;
  };
  std::optional<RunOutcome> market = run(rules);
  if (!market) return std::nullopt;
  Replication result{std::move(*market), std::nullopt};
  if (twin) {
    result.twin = run(twin);
    if (!result.twin) return std::nullopt;
  }
  return result;
}

ExperimentResult run_experiment(const Experiment& experiment, const std::atomic<bool>& stop,
                                const std::function<void(const Progress&)>& report) {
  const auto begun = std::chrono::steady_clock::now();
  const auto wall = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  };
  const int per_replication = experiment.twin ? 2 : 1;
  std::vector<Job> jobs(static_cast<std::size_t>(experiment.replications * per_replication));
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    jobs[i].replication = experiment.first + static_cast<int>(i) / per_replication;
    jobs[i].twin = static_cast<int>(i) % per_replication == 1;
  }

  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::condition_variable changed;
  int working = experiment.jobs;
  int finished = 0;
  std::exception_ptr broken;
  std::atomic<bool> gave_up{false};
  Threads threads(experiment.jobs, [&] {
    for (std::size_t i = next++; i < jobs.size() && !stop && !gave_up; i = next++) {
      try {
        run_one(experiment, jobs[i], stop);
        const std::lock_guard lock(mutex);
        ++finished;
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!broken) broken = std::current_exception();
        gave_up = true;
      }
    }
    const std::lock_guard lock(mutex);
    --working;
    changed.notify_all();
  });
  {
    std::unique_lock lock(mutex);
    working -= experiment.jobs - threads.started();
    while (working > 0) {
      changed.wait_for(lock, std::chrono::milliseconds(200));
      Progress progress;
      for (const Job& job : jobs) {
        progress.done_share += static_cast<double>(job.slices) /
                               (static_cast<double>(kSlices) * static_cast<double>(jobs.size()));
        progress.events += job.events;
      }
      progress.wall_s = wall();
      progress.finished = finished;
      progress.all = static_cast<int>(jobs.size());
      lock.unlock();
      report(progress);
      lock.lock();
    }
  }
  threads.join();
  if (broken) std::rethrow_exception(broken);

  ExperimentResult result;
  sim::Digest digest;
  const auto absorb = [&](const RunOutcome& run) {
    digest.update(std::as_bytes(std::span(run.digest)));
    result.events += run.events;
  };
  bool all_ended = true;  // every run has an outcome or a failure
  for (int r = 0; r < experiment.replications; ++r) {
    Job* const first = &jobs[static_cast<std::size_t>(r * per_replication)];
    Job* const twin = experiment.twin ? first + 1 : nullptr;
    for (const Job* job : {first, twin}) {
      if (job == nullptr) continue;
      if (job->failure) result.failures.push_back(*job->failure);
      all_ended = all_ended && (job->outcome || job->failure);
    }
    if (!first->outcome || (twin != nullptr && !twin->outcome)) continue;
    absorb(*first->outcome);
    Replication replication{std::move(*first->outcome), std::nullopt};
    if (twin != nullptr) {
      absorb(*twin->outcome);
      replication.twin = std::move(twin->outcome);
    }
    result.replications.push_back(std::move(replication));
    result.ordinals.push_back(first->replication);
  }
  result.interrupted = stop && !all_ended;
  result.wall_s = wall();
  result.digest = sim::hex(digest.finish());
  return result;
}

}  // namespace assay::analysis
