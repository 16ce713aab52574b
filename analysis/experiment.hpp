#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/outcome.hpp"
#include "protocol/rules.hpp"

namespace assay::analysis {

/// Replications of one market, each with its honest twin where the rules have attackers.
struct Experiment {
  std::shared_ptr<const protocol::Rules> rules;
  std::shared_ptr<const protocol::Rules> twin;  ///< the same, all attackers honest; or null
  std::uint64_t seed = 1;
  int first = 0;  ///< the ordinal of the first replication
  int replications = 1;
  int jobs = 1;  ///< threads
};

/// One market and its twin, under the same draws.
struct Replication {
  RunOutcome run;
  std::optional<RunOutcome> twin;
};

/// A broken invariant: the run that met it is lost, and says where.
struct Failure {
  int replication = 0;
  bool twin = false;
  double time_s = 0.0;
  std::uint64_t event = 0;
  std::uint64_t seed = 0;
  std::string what;
};

struct ExperimentResult {
  std::vector<Replication> replications;  ///< the finished ones, in order
  std::vector<int> ordinals;              ///< and which they are
  std::vector<Failure> failures;
  bool interrupted = false;
  double wall_s = 0.0;
  std::uint64_t events = 0;  ///< of finished replications, twins included
  std::string digest;        ///< SHA-256 over their digests in order
};

/// How far an experiment is: shares of all simulated time, and events so far.
struct Progress {
  double done_share = 0.0;
  std::uint64_t events = 0;
  double wall_s = 0.0;
  int finished = 0;
  int all = 0;
};

/// Runs the experiment on `jobs` threads; the result does not depend on their number. `report` is
/// called from this thread a few times a second. When `stop` becomes true, what is not finished is
/// given up and the rest returned with `interrupted`. Throws the protocol::ExecutionError of an
/// executor that cannot answer.
[[nodiscard]] ExperimentResult run_experiment(const Experiment& experiment,
                                              const std::atomic<bool>& stop,
                                              const std::function<void(const Progress&)>& report);

/// The seed of a replication: every one has draws of its own.
[[nodiscard]] std::uint64_t replication_seed(std::uint64_t seed, int replication);

/// One replication alone, on this thread; nothing where `stop` became true before its end. A broken
/// invariant leaves as the sim::InvariantViolation that it is.
[[nodiscard]] std::optional<Replication> run_replication(
    const std::shared_ptr<const protocol::Rules>& rules,
    const std::shared_ptr<const protocol::Rules>& twin, std::uint64_t seed, int replication,
    const std::atomic<bool>& stop);

}  // namespace assay::analysis
