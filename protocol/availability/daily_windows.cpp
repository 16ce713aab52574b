#include "protocol/availability/daily_windows.hpp"

#include "protocol/scenario/error.hpp"

namespace assay::protocol {
namespace {

constexpr sim::SimDuration kDay = std::chrono::hours(24);

/// The remainder in [0, 24 h), also for negative spans.
sim::SimDuration in_day(sim::SimDuration span) { return (span % kDay + kDay) % kDay; }

}  // namespace

void DailyWindows::Params::describe(Fields& field) {
  field("from", from, range(sim::SimDuration{}, kDay), "Local time at which a machine comes up.");
  field("to", to, range(sim::SimDuration{}, kDay),
        "Local time at which it goes; before `from`, on the next day.");
  field("jitter", jitter, range<sim::SimDuration>(sim::SimDuration{}, std::chrono::hours(12)),
        "Largest shift of a member's window, earlier or later.");
}

DailyWindows::DailyWindows(const Params& params)
    : params_(params), up_(in_day(params.to - params.from)) {
  if (up_ == sim::SimDuration::zero()) {
    throw ConfigError(Complaint{
        "", 0, 0,
        "availability.to: found the time of `from`, expected another (or `kind: always`)"});
  }
}

Availability::Interval DailyWindows::interval(Chance chance, std::uint64_t machine_key,
                                              std::uint32_t k, int utc_offset_hours) const {
  sim::Draws draws = chance.open(Purpose::Availability, machine_key);
  const auto width = static_cast<std::uint64_t>(2 * params_.jitter.count() + 1);
  const sim::SimDuration shift =
      sim::SimDuration{static_cast<std::int64_t>(draws.below(width))} - params_.jitter;
  // Time since the window's start, at time zero of the run.
  const sim::SimDuration phase =
      in_day(std::chrono::hours(utc_offset_hours) - params_.from - shift);
  const bool up_at_zero = phase < up_;
  const bool up = up_at_zero == (k % 2 == 0);
  if (k == 0) return {up, (up ? up_ : kDay) - phase};
  return {up, up ? up_ : kDay - up_};
}

}  // namespace assay::protocol
