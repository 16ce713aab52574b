#include "gpu_backend/calibration/profile_of.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "gpu_backend/training/workload.hpp"

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

double median(std::vector<double> sample) {
  std::sort(sample.begin(), sample.end());
  const std::size_t middle = sample.size() / 2;
  return sample.size() % 2 == 1 ? sample[middle] : (sample[middle - 1] + sample[middle]) / 2.0;
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
  step.spread = {timed.p05_s / timed.median_s, timed.p95_s / timed.median_s};
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
  model.operators = timed.measurement.operators;
  model.largest_operator_flops = timed.measurement.largest_operator_flops;
  model.origin = {"analytic", fmt::format("counted from the graph of `{}`'s step", timed.workload)};
  return model;
}

/// The share of an honest step's time that a cheat's step takes. A cheat that was not timed costs
/// what honest work does.
double cost_share(const Calibration& calibration, const std::string& cheat) {
  const auto of = [&](const std::string& name) -> const TimedSteps* {
    const TimedSteps* found = nullptr;
    for (const TimedSteps& timed : calibration.times) {
      if (timed.cheat == name && !timed.bitwise) found = &timed;
    }
    return found;
  };
  const TimedSteps* cheated = of(cheat);
  if (cheated == nullptr) return 1.0;
  for (const TimedSteps& honest : calibration.times) {
    if (honest.cheat != "honest" || honest.bitwise || honest.workload != cheated->workload ||
        honest.precision != cheated->precision) {
      continue;
    }
    return std::min(cheated->median_s / honest.median_s, 1.0);
  }
  return 1.0;
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
    behaviour.cost_share = cost_share(calibration, cheat.name);
    behaviour.harm = 1.0 - behaviour.cost_share;
    behaviour.distance = law_of(cheat.distances, row.tolerance_share_of_movement);
    behaviour.distance.median_share_of_movement =
        std::max(behaviour.distance.median_share_of_movement, kNearest);
    behaviour.distance.origin = {"measured", between + "; harm: the work saved"};
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
/// workloads.
/// What a processor shows of it is no news of the base's cards.
void set_order_factor(const Calibration& calibration, const ProfileTerms& terms,
                      ProfileFile& profile) {
  std::vector<double> factors;
  for (const TimedSteps& exact : calibration.times) {
    if (!exact.bitwise) continue;
    for (const TimedSteps& plain : calibration.times) {
      if (plain.bitwise || plain.cheat != "honest" || plain.workload != exact.workload ||
          plain.precision != exact.precision) {
        continue;
      }
      factors.push_back(exact.measurement.matrix_s / plain.measurement.matrix_s);
    }
  }
  const std::string seen =
      factors.empty()
          ? "plain training was timed in the reproducible operators themselves"
          : fmt::format(
                "products of matrices in {} took {:.2f} times those in {}, the median of {} "
                "workloads from {:.2f} to {:.2f}",
                calibration.bitwise->backend, median(factors), calibration.native.backend,
                factors.size(), *std::min_element(factors.begin(), factors.end()),
                *std::max_element(factors.begin(), factors.end()));
  if (terms.base && !terms.gpu) {
    profile.bitwise_origin.source += fmt::format("; on {} {}", terms.device, seen);
    return;
  }
  profile.order_factor = factors.empty() ? 1.0 : std::max(median(factors), 1.0);
  profile.bitwise_origin = {"measured", seen + "; at least 1 is taken"};
}

void set_rates(const Calibration& calibration, ProfileFile& profile) {
  const TimedSteps* largest = nullptr;
  std::vector<double> hashing;
  std::string copies;
  for (const TimedSteps& timed : calibration.times) {
    if (timed.cheat != "honest") continue;
    const Measurement& measured = timed.measurement;
    hashing.push_back(measured.hash_bytes_per_s);
    if (measured.copy_to_bytes_per_s > 0.0) {
      copies =
          fmt::format("; {:.1f} GB/s to the device, {:.1f} GB/s from it",
                      measured.copy_to_bytes_per_s * 1e-9, measured.copy_from_bytes_per_s * 1e-9);
    }
    const bool exact = timed.bitwise || calibration.native_is_bitwise;
    if (exact && (largest == nullptr || measured.step_flops > largest->measurement.step_flops)) {
      largest = &timed;
    }
  }
  const TimedSteps& first = calibration.times.front();
  profile.checkpoint_bytes_per_parameter = static_cast<double>(first.measurement.state_bytes) /
                                           static_cast<double>(first.measurement.parameters);
  profile.hash_bytes_per_s = median(hashing);
  profile.checkpoint_origin = {
      "measured", fmt::format("{}'s state; SHA-256 of 64 KiB leaves on one core, the median of {} "
                              "states{}",
                              first.workload, hashing.size(), copies)};
  if (largest == nullptr) return;  // no referee's operators were timed: the base's rate stays
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
  set_rates(calibration, profile);
  for (const ComparedSegments& compared : calibration.comparisons) {
    put(profile.comparisons, comparison_of(calibration, compared, terms.tolerance),
        [](const auto& a, const auto& b) { return a.name == b.name; });
  }
  return profile;
}

}  // namespace assay::backend
