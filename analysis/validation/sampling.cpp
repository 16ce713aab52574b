// What audits see: the market's own sampling against probability theory.
#include <cmath>

#include "analysis/closed_forms.hpp"
#include "analysis/validation/batches.hpp"
#include "protocol/claim.hpp"
#include "protocol/dispute/dispute.hpp"
#include "protocol/execution/analytic.hpp"
#include "protocol/verification/verification.hpp"

namespace assay::analysis {
namespace {

std::int64_t whole(const Values& values, const char* name) { return std::llround(values.at(name)); }

Measured detected(const Values& v, std::uint64_t seed, int scale) {
  protocol::SpotCheck::Params params;
  params.rate = protocol::Share{std::llround(v.at("q") * protocol::kWholePpb)};
  params.segments = 1;
  const protocol::SpotCheck scheme(params);
  const protocol::Chance chance{seed};
  const std::int64_t n = whole(v, "n");
  return mean_of(std::int64_t{2'000} * scale, seed, [&](std::uint64_t key) {
    for (std::int64_t i = 0; i < n; ++i) {
      const std::uint64_t lease = sim::mix(key, static_cast<std::uint64_t>(i));
      if (scheme.plan(chance, lease, 1).segments > 0) return true;
    }
    return false;
  });
}

Measured detected_without_replacement(const Values& v, std::uint64_t seed, int scale) {
  const protocol::Chance chance{seed};
  protocol::LeaseRow lease;
  lease.segments = static_cast<std::uint32_t>(whole(v, "N"));
  lease.done = lease.segments;
  lease.bad = static_cast<std::uint32_t>(whole(v, "B"));
  lease.sampled = static_cast<std::uint32_t>(whole(v, "k"));
  return mean_of(std::int64_t{2'000} * scale, seed, [&](std::uint64_t key) {
    lease.key = key;
    for (const std::uint32_t segment : protocol::sampled_segments(chance, lease)) {
      if (protocol::is_bad(chance, lease, segment)) return true;
    }
    return false;
  });
}

/// The share of honest segments that the market's comparison rejects.
Measured rejected(protocol::Analytic::Params params, std::uint64_t seed, int scale) {
  protocol::Setting setting;
  setting.devices = {
      {"device", "ampere", 1e13, 1e14, 1e12, protocol::Bytes{1}, protocol::Watts{1}}};
  protocol::Workload workload;
  workload.model = "model";
  setting.workloads = {workload};
  protocol::Analytic::ModelParams model;
  model.name = "model";
  params.models = {model};
  const protocol::Analytic executor(params, setting);
  const protocol::Chance chance{seed};
  return mean_of(std::int64_t{20'000} * scale, seed, [&](std::uint64_t key) {
    protocol::SegmentTruth honest;
    honest.lease_key = key;
    return !executor.compare(chance, honest, protocol::DeviceId{0}).agrees;
  });
}

/// Half of all normal variates lie within so many standard deviations.
constexpr double kMedianOfNormal = 0.6744897501960817;

/// Plays a dispute between an honest challenger and a liar through the market's own rules, at the
/// place that takes longest.
Measured rounds_played(const Values& v) {
  protocol::Bisection::Params params;
  params.branching = static_cast<int>(whole(v, "N"));
  const protocol::Bisection dispute(params);
  const auto steps = static_cast<std::uint64_t>(whole(v, "T"));
  std::uint32_t most = 0;
  for (const std::uint64_t location : {std::uint64_t{0}, steps / 2, steps - 1}) {
    protocol::Dispute::Question question;
    question.steps = steps;
    question.location = location;
    question.rerun = false;
    question.claim_differs = true;
    protocol::DisputeState state = dispute.open(question);
    while (state.phase != protocol::DisputePhase::Referee) {
      state = dispute.next(state, state.turn == protocol::Party::Defender ? protocol::Act::Lie
                                                                          : protocol::Act::Truth);
    }
    most = std::max(most, state.rounds);
  }
  return {static_cast<double>(most), 0.0, 1};
}

}  // namespace

std::vector<Validation> sampling_validations() {
  return {
      {"V1",
       "Detection over n audits",
       {{"q", 0.0, 1.0, false, "audit probability"}, {"n", 1, 1'000, true, "audits"}},
       {{{"q", 0.05}, {"n", 60}}, {{"q", 0.01}, {"n", 100}}, {{"q", 0.05}, {"n", 90}}},
       nullptr,
       [](const Values& v) { return detection(v.at("q"), v.at("n")); },
       detected},
      {"V1.WithoutReplacement",
       "Detection by k draws out of N with B bad",
       {{"N", 1, 10'000, true, "segments"},
        {"B", 0, 10'000, true, "bad ones"},
        {"k", 1, 1'000, true, "drawn"}},
       {{{"N", 1000}, {"B", 10}, {"k", 100}}, {{"N", 20}, {"B", 6}, {"k", 3}}},
       [](const Values& v) {
         return v.at("B") <= v.at("N") && v.at("k") <= v.at("N")
                    ? std::string()
                    : std::string("B and k may not exceed N");
       },
       [](const Values& v) {
         return detection_without_replacement(whole(v, "N"), whole(v, "B"), whole(v, "k"));
       },
       detected_without_replacement},
      {"V20",
       "Honest work rejected by a tolerance, normal noise",
       {{"sigma", 1e-6, 1e6, false, "deviation of an honest result"},
        {"tau", 1e-6, 1e6, false, "tolerance"}},
       {{{"sigma", 1}, {"tau", 2.7}}, {{"sigma", 4}, {"tau", 9.7}}},
       nullptr,
       [](const Values& v) { return false_rejection(v.at("sigma"), v.at("tau")); },
       [](const Values& v, std::uint64_t seed, int scale) {
         protocol::Analytic::Params params;
         params.noise_law = "normal";
         params.noise = kMedianOfNormal * v.at("sigma") / v.at("tau");
         return rejected(params, seed, scale);
       }},
      {"V20.LogNormal",
       "Honest work rejected by a tolerance, log-normal noise",
       {{"m", 1e-6, 1e6, false, "median distance of an honest result"},
        {"s", 1e-3, 10.0, false, "deviation of its logarithm"},
        {"tau", 1e-6, 1e6, false, "tolerance"}},
       {{{"m", 0.5}, {"s", 0.5}, {"tau", 1}}, {{"m", 0.32}, {"s", 0.33}, {"tau", 0.5}}},
       nullptr,
       [](const Values& v) {
         return false_rejection_log_normal(v.at("m"), v.at("s"), v.at("tau"));
       },
       [](const Values& v, std::uint64_t seed, int scale) {
         protocol::Analytic::Params params;
         params.noise = v.at("m") / v.at("tau");
         params.noise_spread = v.at("s");
         return rejected(params, seed, scale);
       }},
      {"V15",
       "Rounds of n-ary bisection",
       {{"T", 1, 1e15, true, "steps"}, {"N", 2, 1'024, true, "branching"}},
       {{{"T", 1048576}, {"N", 2}},
        {{"T", 1048576}, {"N", 16}},
        {{"T", 100000}, {"N", 2}},
        {{"T", 100000}, {"N", 10}},
        {{"T", 1}, {"N", 2}}},
       nullptr,
       [](const Values& v) {
         return static_cast<double>(bisection_rounds(whole(v, "T"), whole(v, "N")));
       },
       [](const Values& v, std::uint64_t, int) { return rounds_played(v); }},
  };
}

}  // namespace assay::analysis
