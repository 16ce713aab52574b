#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/bytes.hpp"
#include "sim/time.hpp"

// What a run measures while it goes. Memory is bounded however long the run is; all state is
// integer and sums are exact, so that neither the order of additions nor a checkpoint in the
// middle changes a result. Doubles appear only where a result is asked for.
namespace assay::sim {

__extension__ using WideInt = __int128;

/// The mean over time of an integer that changes now and then, within a window [from, to): changes
/// before and after it only set the value.
class TimeWeightedMean {
 public:
  explicit TimeWeightedMean(SimTime from = SimTime{}, SimTime to = kNever, std::int64_t value = 0)
      : from_(from), to_(to), last_(SimTime{}), value_(value) {}

  /// The value is `value` from `at` on; `at` is never before the last change.
  void set(SimTime at, std::int64_t value);
  void add(SimTime at, std::int64_t change) { set(at, value_ + change); }
  [[nodiscard]] std::int64_t value() const { return value_; }

  /// The integral of the value over [from, min(until, to)), in value x nanoseconds, exactly;
  /// `until` is not before the last change.
  [[nodiscard]] WideInt integral(SimTime until) const;
  /// The mean over [from, min(until, to)); 0 where that is empty.
  [[nodiscard]] double mean(SimTime until) const;

  void save(ByteWriter& writer) const;
  [[nodiscard]] static TimeWeightedMean load(ByteReader& reader);

 private:
  SimTime from_;
  SimTime to_;
  SimTime last_;
  std::int64_t value_;
  WideInt integral_ = 0;  // up to last_
};

/// Quantiles of non-negative integers (nanoseconds, micro-dollars) in bounded memory: counts in
/// 3,712 buckets whose width is at most 1/64 of their values. Below 128 it is exact; above, the
/// middle of a bucket is within 0.8 % of everything in it. Count, sum, least and greatest are
/// exact.
class QuantileSketch {
 public:
  /// Adds `value` >= 0, `times` times.
  void add(std::int64_t value, std::uint64_t times = 1);
  /// As if everything added to `other` had been added here.
  void merge(const QuantileSketch& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] WideInt sum() const { return sum_; }
  /// 0 where nothing was added, as for the following.
  [[nodiscard]] double mean() const;
  [[nodiscard]] std::int64_t least() const { return count_ == 0 ? 0 : least_; }
  [[nodiscard]] std::int64_t greatest() const { return greatest_; }
  /// The value of rank ceil(p count), at least the first, 0 <= p <= 1, within 0.8 %.
  [[nodiscard]] std::int64_t quantile(double p) const;

  void save(ByteWriter& writer) const;
  [[nodiscard]] static QuantileSketch load(ByteReader& reader);

 private:
  std::vector<std::uint64_t> buckets_;  // as long as the greatest value needs
  std::uint64_t count_ = 0;
  WideInt sum_ = 0;
  std::int64_t least_ = 0;
  std::int64_t greatest_ = 0;
};

/// A course over simulated time: `cells` equal steps from `start` on. One series is fed in one of
/// two ways, which do not mix (a check): with `add`, a cell's weight is the number of additions and
/// its mean that of the values added; with `set`, a gauge, its weight is the time in nanoseconds
/// during which the gauge was known and its mean is weighted by time. What lies outside the grid is
/// not recorded.
class TimeSeries {
 public:
  /// step > 0, cells > 0.
  TimeSeries(SimTime start, SimDuration step, std::size_t cells);

  /// A value that belongs to the moment `at`.
  void add(SimTime at, std::int64_t value);
  /// The gauge is `value` from `at` on; `at` is never before the last `set` or `advance`.
  void set(SimTime at, std::int64_t value);
  /// Records the gauge up to `at`, the end of the run for instance.
  void advance(SimTime at);
  /// Adds the cells of a series with the same grid.
  void merge(const TimeSeries& other);

  [[nodiscard]] std::size_t cells() const { return cells_.size(); }
  [[nodiscard]] SimTime start_of(std::size_t cell) const {
    return start_ + step_ * static_cast<std::int64_t>(cell);
  }
  [[nodiscard]] SimDuration step() const { return step_; }
  [[nodiscard]] WideInt sum(std::size_t cell) const { return cells_.at(cell).sum(); }
  [[nodiscard]] std::int64_t weight(std::size_t cell) const { return cells_.at(cell).weight; }
  [[nodiscard]] bool is_empty(std::size_t cell) const { return weight(cell) == 0; }
  /// sum / weight; 0 for an empty cell.
  [[nodiscard]] double mean(std::size_t cell) const;

  void save(ByteWriter& writer) const;
  [[nodiscard]] static TimeSeries load(ByteReader& reader);

 private:
  /// The sum in two words, so that a cell is plain bytes without alignment gaps.
  struct Cell {
    std::uint64_t sum_low = 0;
    std::int64_t sum_high = 0;
    std::int64_t weight = 0;
    [[nodiscard]] WideInt sum() const;
    void add(WideInt value, std::int64_t more_weight);
  };
  enum class Kind : std::uint8_t { Unused, Sums, Gauge };

  SimTime start_;
  SimDuration step_;
  std::vector<Cell> cells_;
  Kind kind_ = Kind::Unused;
  SimTime gauge_since_{};
  std::int64_t gauge_ = 0;
};

}  // namespace assay::sim
