#include "gpu_backend/calibration/profile_of.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "gpu_backend/training/cheat.hpp"
#include "gpu_backend/training/workload.hpp"
#include "sim/math.hpp"

namespace assay::backend {
namespace {

using protocol::ProfileFile;

/// What a profile needs and one device cannot tell: as scenarios/data/profile_published.json has
/// it.
ProfileFile unmeasured() {
  ProfileFile profile;
  profile.near = {0.8, 1.25};
  profile.far = {0.6, 1.6};
  profile.apart = {0.2, 5.0};
  profile.transfer_origin = {
      "published",
      "per operator class by the ratio of the bounding rates: between Ampere, Ada and Hopper 5 to "
      "12 % off (Vidur, NeuSight), other cards 25 to 43 %; between a card and a processor assumed"};
  profile.wall_watts_per_board_watt = 1.38;
  profile.energy_origin = {"published",
                           "node power 76 % of rating in training (Newkirk et al. 2025) on a node "
                           "of 8 H100 rated 10.2 kW with 5.6 kW of boards"};
  profile.referee_flops_per_s = 85e9;
  profile.referee_origin = {"published", "fixed-order fp32 products on one core of an AMD Zen 5"};
  profile.order_factor = 1.3;
  profile.bitwise_origin = {
      "published", "a fixed order of sums on large matrix products (RepOps, arXiv 2502.19405)"};
  return profile;
}

std::string model_name(const std::string& workload, const std::string& precision) {
  return precision == "fp32" ? workload : fmt::format("{}-{}", workload, precision);
}

std::string optimizer_name(const Workload& workload) {
  return workload.optimizer == OptimizerKind::Sgd ? "sgd" : "adamw";
}

/// Predictions of a step: tokens of a language model, samples of another one.
double units_per_step(const Workload& workload) {
  const double samples = static_cast<double>(workload.batch) * workload.micro_batches;
  return workload.family == Family::Gpt ? samples * workload.context : samples;
}

std::string software_of(const DeviceInfo& info) {
  return fmt::format("{} ({}), {} {} on {}", info.backend, info.software, info.threads,
                     info.threads == 1 ? "thread" : "threads", info.device);
}

std::string time_text(double seconds) {
  return seconds < 1.0 ? fmt::format("{:.3g} ms", seconds * 1e3) : fmt::format("{:.3g} s", seconds);
}

ProfileFile::Step step_of(const TimedSteps& timed, const ProfileTerms& terms,
                          const DeviceInfo& info, bool bitwise) {
  const Measurement& measured = timed.measurement;
  const double total = measured.matrix_s + measured.memory_s + measured.overhead_s;
  ProfileFile::Step step;
  step.model = model_name(timed.workload, timed.precision);
  step.device = terms.device;
  step.backend = timed.backend;
  step.bitwise = bitwise;
  step.precision = timed.precision;
  step.units_per_s = units_per_step(workload(timed.workload)) / timed.median_s;
  step.spread = {timed.low_s / timed.median_s, timed.high_s / timed.median_s};
  step.matrix_share = measured.matrix_s / total;
  step.memory_share = measured.memory_s / total;
  step.overhead_share = std::max(1.0 - step.matrix_share - step.memory_share, 0.0);  // of rounding
  step.watts = timed.watts;
  step.figure = fmt::format(
      "{} a step, the median of {} (5 % to 95 %: {} to {}); {:.1f} GFLOP/s; state {:.1f} MB, at "
      "most {:.1f} MB at once; commitment {}",
      time_text(timed.median_s), timed.steps, time_text(timed.p05_s), time_text(timed.p95_s),
      measured.step_flops / timed.median_s * 1e-9, static_cast<double>(measured.state_bytes) * 1e-6,
      static_cast<double>(measured.peak_bytes) * 1e-6, time_text(measured.commit_s));
  step.origin = {"measured", software_of(info)};
  if (timed.watts) step.origin.source += "; power by " + terms.energy_source;
  return step;
}

ProfileFile::Model model_of(const TimedSteps& timed) {
  const Workload trained = workload(timed.workload);
  ProfileFile::Model model;
  model.name = model_name(timed.workload, timed.precision);
  model.parameters = static_cast<double>(timed.measurement.parameters);
  model.unit = trained.family == Family::Gpt ? "token" : "sample";
  model.units_per_step = units_per_step(trained);
  model.operators =
      sizes_of_step(trained).operators;  // of the reproducible ones, as disputes count
  model.largest_operator_flops = timed.measurement.largest_operator_flops;
  model.origin = {"analytic", fmt::format("counted from the graph of `{}`'s step", timed.workload)};
  return model;
}

const TimedSteps& timing_of(const Calibration& calibration, const ComparedSegments& compared,
                            const std::string& cheat) {
  for (const TimedSteps& timed : calibration.times) {
    if (timed.cheat == cheat && !timed.bitwise && timed.workload == compared.of.workload &&
        timed.precision == compared.of.precision) {
      return timed;
    }
  }
  throw std::invalid_argument(fmt::format("{} steps of {} in {} were not timed", cheat,
                                          compared.of.workload, compared.of.precision));
}

/// The share of an honest step's time that a cheat's step takes, and how that is known.
std::pair<double, std::string> cost_share(const Calibration& calibration,
                                          const ComparedSegments& compared,
                                          const std::string& cheat) {
  if (is_of_one_step(cheat_kind(cheat))) {
    return {1.0, "cost: honest, but for one step of a segment"};
  }
  const double share = timing_of(calibration, compared, cheat).median_s /
                       timing_of(calibration, compared, "honest").median_s;
  // What costs more than honest work saves nothing, and the clock cannot tell it from honest work.
  return {std::min(share, 1.0), fmt::format("cost: {:.3f} of an honest step, medians", share)};
}

ProfileFile::Comparison comparison_of(const Calibration& calibration,
                                      const ComparedSegments& compared,
                                      const TolerancePolicy& policy) {
  constexpr double kNearest = 1e-12;  // of a cheat whose results are honest ones
  ProfileFile::Comparison row;
  row.name =
      fmt::format("{}-{}-{}", compared.of.workload, compared.of.precision, compared.of.interval);
  row.optimizer = optimizer_name(workload(compared.of.workload));
  row.precision = compared.of.precision;
  row.interval_steps = compared.of.interval;
  row.tolerance_share_of_movement = tolerance_of(compared.honest, policy);
  row.tolerance_origin = {
      "chosen",
      fmt::format("{:g} times the {:g} % quantile of {} honest distances, at least {:g}",
                  policy.margin, 100.0 * policy.percentile, compared.honest.size(), policy.least)};
  const std::string between =
      fmt::format("{}, segments of {} steps from step 0 or a later one, between {}",
                  compared.of.workload, compared.of.interval, fmt::join(compared.kinds, "; "));
  row.honest = law_of(compared.honest_held_out, row.tolerance_share_of_movement);
  row.honest.origin = {"measured", between};
  for (const ComparedSegments::Cheat& cheat : compared.cheats) {
    ProfileFile::Behaviour behaviour;
    behaviour.name = cheat.name;
    const auto [share, known] = cost_share(calibration, compared, cheat.name);
    behaviour.cost_share = share;
    behaviour.distance = law_of(cheat.distances, row.tolerance_share_of_movement);
    behaviour.distance.median_share_of_movement =
        std::max(behaviour.distance.median_share_of_movement, kNearest);
    behaviour.harm = std::min(behaviour.distance.median_share_of_movement, 1.0);
    behaviour.distance.origin = {
        "measured", fmt::format("{}; {}; harm (chosen): the median distance, at most the segment",
                                between, known)};
    row.behaviours.push_back(std::move(behaviour));
  }
  return row;
}

/// Puts `row` where the row of the same key stands, or behind all others.
template <class T, class Same>
void put(std::vector<T>& rows, T row, Same same) {
  const auto known =
      std::find_if(rows.begin(), rows.end(), [&](const T& other) { return same(other, row); });
  if (known == rows.end()) {
    rows.push_back(std::move(row));
  } else {
    *known = std::move(row);
  }
}

void put_steps(const Calibration& calibration, const ProfileTerms& terms, ProfileFile& profile) {
  const auto same_model = [](const auto& a, const auto& b) { return a.name == b.name; };
  const auto same_step = [](const auto& a, const auto& b) {
    return a.model == b.model && a.device == b.device && a.bitwise == b.bitwise;
  };
  for (const TimedSteps& timed : calibration.times) {
    if (timed.cheat != "honest") continue;
    const DeviceInfo& info = timed.bitwise ? *calibration.bitwise : calibration.native;
    if (!timed.bitwise) put(profile.models, model_of(timed), same_model);
    put(profile.steps, step_of(timed, terms, info, timed.bitwise), same_step);
    // Without another back end the reproducible operators stand for plain training too.
    if (!calibration.bitwise && calibration.native_is_bitwise) {
      put(profile.steps, step_of(timed, terms, info, true), same_step);
    }
  }
}

/// How much longer the reproducible operators' products of matrices take: the median over
/// workloads that both back ends were timed with; without any, nothing new is known.
/// What a processor shows of it is no news of the base's cards.
void set_order_factor(const Calibration& calibration, const ProfileTerms& terms,
                      ProfileFile& profile) {
  // Over all of them together, where the largest weigh most: a device waits for its host between
  // the small products of a small model, whatever the order of their sums.
  double exact_s = 0.0;
  double plain_s = 0.0;
  std::vector<double> factors;
  for (const TimedSteps& exact : calibration.times) {
    if (!exact.bitwise) continue;
    for (const TimedSteps& plain : calibration.times) {
      if (plain.bitwise || plain.cheat != "honest" || plain.workload != exact.workload ||
          plain.precision != exact.precision) {
        continue;
      }
      exact_s += exact.measurement.matrix_s;
      plain_s += plain.measurement.matrix_s;
      factors.push_back(exact.measurement.matrix_s / plain.measurement.matrix_s);
    }
  }
  if (factors.empty()) {
    if (terms.base || !calibration.native_is_bitwise) return;
    profile.order_factor = 1.0;
    profile.bitwise_origin = {"measured",
                              "plain training was timed in the reproducible operators themselves"};
    return;
  }
  const double together = exact_s / plain_s;
  const std::string seen = fmt::format(
      "products of matrices in {} took {:.2f} times those in {}, over the steps of {} workloads "
      "together, and from {:.2f} to {:.2f} times in each",
      calibration.bitwise->backend, together, calibration.native.backend, factors.size(),
      *std::min_element(factors.begin(), factors.end()),
      *std::max_element(factors.begin(), factors.end()));
  if (terms.base && !terms.gpu) {
    profile.bitwise_origin.source += fmt::format("; on {} {}", terms.device, seen);
    return;
  }
  profile.order_factor = std::max(together, 1.0);
  profile.bitwise_origin = {"measured", seen + "; at least 1 is taken"};
}

/// Bytes, hashing and copies of the largest state: a device hashes large ones faster. A base's
/// figures are those of its cards, of which a processor knows nothing.
void set_checkpoint(const Calibration& calibration, const ProfileTerms& terms,
                    ProfileFile& profile) {
  const TimedSteps* largest = nullptr;
  for (const TimedSteps& timed : calibration.times) {
    if (timed.cheat != "honest") continue;
    const bool more = largest == nullptr ||
                      timed.measurement.state_bytes > largest->measurement.state_bytes ||
                      (timed.measurement.state_bytes == largest->measurement.state_bytes &&
                       timed.measurement.hash_bytes_per_s > largest->measurement.hash_bytes_per_s);
    if (more) largest = &timed;
  }
  const Measurement& measured = largest->measurement;
  std::string seen =
      fmt::format("SHA-256 of 64 KiB leaves of {}'s state, {:.1f} MB, by {} at {:.2f} GB/s",
                  largest->workload, static_cast<double>(measured.state_bytes) * 1e-6,
                  largest->backend, measured.hash_bytes_per_s * 1e-9);
  if (measured.copy_to_bytes_per_s > 0.0) {
    seen += fmt::format("; {:.1f} GB/s to the device, {:.1f} GB/s from it",
                        measured.copy_to_bytes_per_s * 1e-9, measured.copy_from_bytes_per_s * 1e-9);
  }
  if (terms.base && !terms.gpu) {
    profile.checkpoint_origin.source += fmt::format("; on {} {}", terms.device, seen);
    return;
  }
  profile.checkpoint_bytes_per_parameter =
      static_cast<double>(measured.state_bytes) / static_cast<double>(measured.parameters);
  profile.hash_bytes_per_s = measured.hash_bytes_per_s;
  profile.checkpoint_origin = {"measured", seen};
}

/// A referee recomputes on a processor; where a card was measured, or no reproducible operator,
/// nothing new is known of that.
void set_referee(const Calibration& calibration, const ProfileTerms& terms, ProfileFile& profile) {
  if (terms.gpu) return;
  const TimedSteps* largest = nullptr;
  for (const TimedSteps& timed : calibration.times) {
    const bool exact = timed.bitwise || calibration.native_is_bitwise;
    if (timed.cheat != "honest" || !exact) continue;
    if (largest == nullptr || timed.measurement.step_flops > largest->measurement.step_flops) {
      largest = &timed;
    }
  }
  if (largest == nullptr) return;
  profile.referee_flops_per_s = largest->measurement.step_flops / largest->median_s;
  profile.referee_origin = {
      "measured", fmt::format("a whole step of {} in {}", largest->workload, largest->backend)};
}

}  // namespace

ProfileFile profile_of(const Calibration& calibration, const ProfileTerms& terms) {
  if (calibration.times.empty()) {
    throw std::invalid_argument("found nothing that was measured: every workload was refused");
  }
  ProfileFile profile = terms.base.value_or(unmeasured());
  profile.name = terms.name;
  profile.made = terms.made;
  profile.split_origin = {
      "measured",
      "times of the operators of each class inside the steps; rows that were published: " +
          (terms.base ? terms.base->split_origin.source : std::string("none"))};
  put_steps(calibration, terms, profile);
  set_order_factor(calibration, terms, profile);
  set_checkpoint(calibration, terms, profile);
  set_referee(calibration, terms, profile);
  for (const ComparedSegments& compared : calibration.comparisons) {
    put(profile.comparisons, comparison_of(calibration, compared, terms.tolerance),
        [](const auto& a, const auto& b) { return a.name == b.name; });
  }
  return profile;
}

}  // namespace assay::backend
