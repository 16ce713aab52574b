#include "protocol/demand/poisson.hpp"

#include <algorithm>
#include <array>

#include "sim/distributions.hpp"

namespace assay::protocol {
namespace {

constexpr std::array<std::string_view, 2> kDistributions{"exponential", "fixed"};

class PoissonStream final : public ArrivalStream {
 public:
  PoissonStream(const Poisson::Params& params, Chance chance)
      : params_(params),
        chance_(chance),
        mean_gap_(sim::duration_up(3600.0 / params.rate)),
        fixed_(params.distribution == "fixed") {}

  [[nodiscard]] std::optional<Arrival> next() override {
    sim::Draws draws = chance_.open(Purpose::Arrival, ordinal_);
    Arrival arrival;
    arrival.ordinal = ordinal_++;
    arrival.at = at_ += sim::exponential_time(draws, mean_gap_);
    arrival.gpus = static_cast<std::uint32_t>(params_.gpus);
    arrival.work = fixed_
                       ? params_.work
                       : std::max(sim::SimDuration{1}, sim::exponential_time(draws, params_.work));
    return arrival;
  }

 private:
  Poisson::Params params_;
  Chance chance_;
  sim::SimDuration mean_gap_;
  bool fixed_;
  std::uint64_t ordinal_ = 0;
  sim::SimTime at_;
};

}  // namespace

void Poisson::Params::describe(Fields& field) {
  field("rate", rate, range(1e-3, 1e9), "Jobs an hour, on average.");
  field("gpus", gpus, range(1, 4096), "GPUs of each job: as many independent chains of tasks.");
  field("work", work,
        range<sim::SimDuration>(std::chrono::milliseconds(1), std::chrono::hours(24 * 365)),
        "Mean work of a job per GPU, as time on the reference device.");
  field("distribution", distribution, kDistributions,
        "Law of the work: all equal, or exponential.");
}

/// The time of an arrival is the sum of the distances up to it, so that reopening walks over those
/// before: some 20 ns each.
std::unique_ptr<ArrivalStream> Poisson::open(Chance chance, std::uint64_t first_ordinal) const {
  auto stream = std::make_unique<PoissonStream>(params_, chance);
  for (std::uint64_t i = 0; i < first_ordinal; ++i) static_cast<void>(stream->next());
  return stream;
}

}  // namespace assay::protocol
