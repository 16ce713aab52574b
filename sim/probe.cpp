#include "sim/probe.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "sim/check.hpp"

namespace assay::sim {
namespace {

constexpr std::size_t kSketchBuckets = 3712;

/// Values below 128 are their own bucket; above, the leading seven bits choose it.
std::size_t bucket_of(std::int64_t value) {
  const auto size = static_cast<std::uint64_t>(value);
  if (size < 128) return static_cast<std::size_t>(size);
  const auto shift = static_cast<std::size_t>(std::bit_width(size)) - 7;
  return 64 * shift + static_cast<std::size_t>(size >> shift);
}

std::int64_t middle_of(std::size_t bucket) {
  if (bucket < 128) return static_cast<std::int64_t>(bucket);
  const std::size_t shift = bucket / 64 - 1;
  const std::uint64_t low = std::uint64_t{bucket - 64 * shift} << shift;
  return static_cast<std::int64_t>(low + (std::uint64_t{1} << shift) / 2);
}

void put_wide(ByteWriter& writer, WideInt value) {
  writer.put(static_cast<std::uint64_t>(value));
  writer.put(static_cast<std::int64_t>(value >> 64));
}

WideInt wide_of(std::uint64_t low, std::int64_t high) {
  __extension__ using WideUnsigned = unsigned __int128;
  return static_cast<WideInt>((static_cast<WideUnsigned>(static_cast<std::uint64_t>(high)) << 64) |
                              low);
}

WideInt get_wide(ByteReader& reader) {
  const auto low = reader.get<std::uint64_t>();
  return wide_of(low, reader.get<std::int64_t>());
}

double quotient(WideInt sum, WideInt weight) {
  return weight == 0 ? 0.0 : static_cast<double>(sum) / static_cast<double>(weight);
}

}  // namespace

void TimeWeightedMean::set(SimTime at, std::int64_t value) {
  SIM_CHECK(at >= last_);
  integral_ = integral(at);
  last_ = at;
  value_ = value;
}

WideInt TimeWeightedMean::integral(SimTime until) const {
  const SimTime begin = std::max(last_, from_);
  const SimTime end = std::min(until, to_);
  if (end <= begin) return integral_;
  return integral_ + static_cast<WideInt>(value_) * (end - begin).count();
}

double TimeWeightedMean::mean(SimTime until) const {
  SIM_CHECK(until >= last_);
  const SimTime end = std::min(until, to_);
  return end <= from_ ? 0.0 : quotient(integral(until), (end - from_).count());
}

void TimeWeightedMean::save(ByteWriter& writer) const {
  writer.put(from_);
  writer.put(to_);
  writer.put(last_);
  writer.put(value_);
  put_wide(writer, integral_);
}

TimeWeightedMean TimeWeightedMean::load(ByteReader& reader) {
  TimeWeightedMean probe;
  probe.from_ = reader.get<SimTime>();
  probe.to_ = reader.get<SimTime>();
  probe.last_ = reader.get<SimTime>();
  probe.value_ = reader.get<std::int64_t>();
  probe.integral_ = get_wide(reader);
  return probe;
}

void QuantileSketch::add(std::int64_t value, std::uint64_t times) {
  SIM_CHECK(value >= 0);
  if (times == 0) return;
  const std::size_t bucket = bucket_of(value);
  if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
  buckets_[bucket] += times;
  least_ = count_ == 0 ? value : std::min(least_, value);
  greatest_ = std::max(greatest_, value);
  count_ += times;
  sum_ += static_cast<WideInt>(value) * static_cast<WideInt>(times);
}

void QuantileSketch::merge(const QuantileSketch& other) {
  if (other.count_ == 0) return;
  buckets_.resize(std::max(buckets_.size(), other.buckets_.size()));
  for (std::size_t i = 0; i < other.buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  least_ = count_ == 0 ? other.least_ : std::min(least_, other.least_);
  greatest_ = std::max(greatest_, other.greatest_);
  count_ += other.count_;
  sum_ += other.sum_;
}

double QuantileSketch::mean() const { return quotient(sum_, static_cast<WideInt>(count_)); }

std::int64_t QuantileSketch::quantile(double p) const {
  SIM_CHECK(p >= 0.0 && p <= 1.0);
  if (count_ == 0) return 0;
  const auto rank = std::clamp<std::uint64_t>(
      static_cast<std::uint64_t>(std::ceil(p * static_cast<double>(count_))), 1, count_);
  std::uint64_t so_far = 0;
  std::size_t bucket = 0;
  while ((so_far += buckets_[bucket]) < rank) ++bucket;
  return std::clamp(middle_of(bucket), least_, greatest_);
}

void QuantileSketch::save(ByteWriter& writer) const {
  writer.put_rows(buckets_);
  writer.put(count_);
  put_wide(writer, sum_);
  writer.put(least_);
  writer.put(greatest_);
}

QuantileSketch QuantileSketch::load(ByteReader& reader) {
  QuantileSketch sketch;
  sketch.buckets_ = reader.get_rows<std::uint64_t>();
  sketch.count_ = reader.get<std::uint64_t>();
  sketch.sum_ = get_wide(reader);
  sketch.least_ = reader.get<std::int64_t>();
  sketch.greatest_ = reader.get<std::int64_t>();
  std::uint64_t total = 0;
  for (const std::uint64_t times : sketch.buckets_) total += times;
  if (sketch.buckets_.size() > kSketchBuckets || total != sketch.count_ || sketch.least_ < 0 ||
      sketch.least_ > sketch.greatest_) {
    throw CorruptBytes("saved state: a quantile sketch that cannot be");
  }
  return sketch;
}

WideInt TimeSeries::Cell::sum() const { return wide_of(sum_low, sum_high); }

void TimeSeries::Cell::add(WideInt value, std::int64_t more_weight) {
  const WideInt total = sum() + value;
  sum_low = static_cast<std::uint64_t>(total);
  sum_high = static_cast<std::int64_t>(total >> 64);
  weight += more_weight;
}

TimeSeries::TimeSeries(SimTime start, SimDuration step, std::size_t cells)
    : start_(start), step_(step), cells_(cells) {
  SIM_CHECK(step > SimDuration::zero() && cells > 0);
  // The grid's end must be a time.
  SIM_CHECK(step.count() <= (kNever - start).count() / static_cast<std::int64_t>(cells));
}

void TimeSeries::add(SimTime at, std::int64_t value) {
  SIM_CHECK(kind_ != Kind::Gauge);
  kind_ = Kind::Sums;
  if (at < start_) return;
  const auto cell = static_cast<std::size_t>((at - start_) / step_);
  if (cell < cells_.size()) cells_[cell].add(value, 1);
}

void TimeSeries::set(SimTime at, std::int64_t value) {
  SIM_CHECK(kind_ != Kind::Sums);
  if (kind_ == Kind::Gauge) advance(at);
  kind_ = Kind::Gauge;
  gauge_since_ = at;
  gauge_ = value;
}

void TimeSeries::advance(SimTime at) {
  SIM_CHECK(kind_ != Kind::Sums);
  if (kind_ == Kind::Unused) return;
  SIM_CHECK(at >= gauge_since_);
  SimTime from = std::max(gauge_since_, start_);
  const SimTime until = std::min(at, start_of(cells_.size()));
  while (from < until) {
    const auto cell = static_cast<std::size_t>((from - start_) / step_);
    const SimTime end = std::min(until, start_of(cell + 1));
    const std::int64_t span = (end - from).count();
    cells_[cell].add(static_cast<WideInt>(gauge_) * span, span);
    from = end;
  }
  gauge_since_ = at;
}

void TimeSeries::merge(const TimeSeries& other) {
  SIM_CHECK(start_ == other.start_ && step_ == other.step_ && cells_.size() == other.cells_.size());
  SIM_CHECK(kind_ == Kind::Unused || other.kind_ == Kind::Unused || kind_ == other.kind_);
  if (kind_ == Kind::Unused) kind_ = other.kind_;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    cells_[i].add(other.cells_[i].sum(), other.cells_[i].weight);
  }
}

double TimeSeries::mean(std::size_t cell) const { return quotient(sum(cell), weight(cell)); }

void TimeSeries::save(ByteWriter& writer) const {
  writer.put(start_);
  writer.put(step_);
  writer.put_rows(cells_);
  writer.put(kind_);
  writer.put(gauge_since_);
  writer.put(gauge_);
}

TimeSeries TimeSeries::load(ByteReader& reader) {
  const auto start = reader.get<SimTime>();
  const auto step = reader.get<SimDuration>();
  auto cells = reader.get_rows<Cell>();
  const auto kind = reader.get<Kind>();
  const auto count = static_cast<std::int64_t>(cells.size());
  if (count == 0 || step <= SimDuration::zero() || start < SimTime{} ||
      step.count() > (kNever - start).count() / count || kind > Kind::Gauge) {
    throw CorruptBytes("saved state: a time series that cannot be");
  }
  TimeSeries series(start, step, cells.size());
  series.cells_ = std::move(cells);
  series.kind_ = kind;
  series.gauge_since_ = reader.get<SimTime>();
  series.gauge_ = reader.get<std::int64_t>();
  return series;
}

}  // namespace assay::sim
