#include "sim/probe.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/check.hpp"
#include "sim/distributions.hpp"
#include "tests/catch.hpp"

namespace assay::sim {
namespace {

using namespace std::chrono_literals;

SimTime at(SimDuration since_start) { return SimTime{} + since_start; }

/// The probe after saving and loading; the bytes must be read to their end.
template <class Probe>
Probe reloaded(const Probe& probe) {
  ByteWriter writer;
  probe.save(writer);
  const auto bytes = writer.take();
  ByteReader reader(bytes);
  Probe copy = Probe::load(reader);
  REQUIRE(reader.at_end());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ByteReader short_reader(std::span<const std::byte>(bytes.data(), size));
    REQUIRE_THROWS_AS(Probe::load(short_reader), CorruptBytes);
  }
  return copy;
}

TEST_CASE("a time-weighted mean weighs each value by how long it stood", "[sim]") {
  TimeWeightedMean probe;
  probe.set(at(0s), 2);
  probe.set(at(10s), 5);
  probe.add(at(30s), -5);
  // 2 for 10 s, 5 for 20 s, 0 for 10 s: 120 / 40.
  REQUIRE(probe.mean(at(40s)) == 3.0);
  REQUIRE(probe.integral(at(40s)) == WideInt{120'000'000'000});
  REQUIRE(probe.mean(at(40s)) == 3.0);  // asking changes nothing
  REQUIRE(probe.value() == 0);
  REQUIRE_THROWS_AS(probe.set(at(29s), 1), InvariantViolation);
  REQUIRE_THROWS_AS(probe.mean(at(29s)), InvariantViolation);
  REQUIRE(reloaded(probe).mean(at(40s)) == 3.0);
}

TEST_CASE("a time-weighted mean sees only its window", "[sim]") {
  TimeWeightedMean probe(at(10s), at(20s), 100);
  REQUIRE(probe.mean(at(10s)) == 0.0);
  probe.set(at(5s), 1);
  probe.set(at(15s), 3);
  probe.set(at(25s), 1000);
  REQUIRE(probe.mean(at(30s)) == 2.0);  // 1 for 5 s, 3 for 5 s
  TimeWeightedMean middle(at(10s), at(20s), 7);
  REQUIRE(middle.mean(at(12s)) == 7.0);
}

TEST_CASE("a time-weighted integral is exact where 64 bits overflow", "[sim]") {
  TimeWeightedMean probe;
  const std::int64_t large = 9'000'000'000'000'000'000;
  probe.set(at(0s), large);
  REQUIRE(probe.integral(at(24h)) == static_cast<WideInt>(large) * 86'400'000'000'000);
  REQUIRE(probe.mean(at(24h)) == static_cast<double>(large));
  REQUIRE(reloaded(probe).integral(at(24h)) == probe.integral(at(24h)));
}

TEST_CASE("a quantile sketch is within one percent of the exact quantile", "[sim]") {
  Draws draws(1, 1, 1);
  std::vector<std::int64_t> values;
  QuantileSketch sketch;
  WideInt sum = 0;
  for (int i = 0; i < 50'000; ++i) {
    const auto value = static_cast<std::int64_t>(lognormal(draws, 10.0, 4.0));
    values.push_back(value);
    sum += value;
    sketch.add(value);
  }
  std::sort(values.begin(), values.end());
  for (const double p : {0.0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.9999, 1.0}) {
    const auto rank = std::max<std::size_t>(
        static_cast<std::size_t>(std::ceil(p * static_cast<double>(values.size()))), 1);
    const auto exact = static_cast<double>(values[rank - 1]);
    REQUIRE(static_cast<double>(sketch.quantile(p)) == Approx(exact).epsilon(0.008));
  }
  REQUIRE(sketch.sum() == sum);
  REQUIRE(sketch.count() == 50'000);
  REQUIRE(sketch.least() == values.front());
  REQUIRE(sketch.greatest() == values.back());
}

TEST_CASE("every value falls into a bucket within one percent of it", "[sim]") {
  for (int bit = 0; bit < 63; ++bit) {
    for (const std::int64_t offset : {-1, 0, 1}) {
      const std::int64_t value = (std::int64_t{1} << bit) + offset;
      QuantileSketch sketch;
      sketch.add(0);
      sketch.add(value);
      sketch.add(std::numeric_limits<std::int64_t>::max());
      const auto found = static_cast<double>(sketch.quantile(0.5));
      if (value < 128) REQUIRE(found == static_cast<double>(value));
      REQUIRE(found == Approx(static_cast<double>(value)).epsilon(0.008));
    }
  }
}

TEST_CASE("a sketch refuses negative values and answers zero when empty", "[sim]") {
  QuantileSketch sketch;
  REQUIRE(sketch.quantile(0.5) == 0);
  REQUIRE(sketch.mean() == 0.0);
  REQUIRE_THROWS_AS(sketch.add(-1), InvariantViolation);
  REQUIRE_THROWS_AS(sketch.quantile(1.1), InvariantViolation);
  REQUIRE(reloaded(sketch).count() == 0);
}

TEST_CASE("merged sketches are the sketch of everything", "[sim]") {
  QuantileSketch all;
  QuantileSketch low;
  QuantileSketch high;
  for (int i = 0; i < 1000; ++i) {
    all.add(i * i);
    (i < 500 ? low : high).add(i * i);
  }
  low.merge(high);
  low.merge(QuantileSketch{});
  for (const double p : {0.1, 0.5, 0.9}) REQUIRE(low.quantile(p) == all.quantile(p));
  REQUIRE(low.sum() == all.sum());
  REQUIRE(low.least() == 0);
  REQUIRE(low.greatest() == 999 * 999);
  REQUIRE(reloaded(low).quantile(0.9) == all.quantile(0.9));
}

TEST_CASE("a series of sums gathers per cell and ignores what lies outside", "[sim]") {
  TimeSeries series(at(10s), 5s, 3);
  series.add(at(9s), 1000);
  series.add(at(10s), 1);
  series.add(at(15s) - 1ns, 3);
  series.add(at(15s), 7);
  series.add(at(25s), 1000);
  REQUIRE(series.mean(0) == 2.0);
  REQUIRE(series.weight(0) == 2);
  REQUIRE(series.sum(1) == 7);
  REQUIRE(series.is_empty(2));
  REQUIRE(series.mean(2) == 0.0);
  REQUIRE(series.start_of(2) == at(20s));
  REQUIRE_THROWS_AS(series.set(at(30s), 1), InvariantViolation);
  TimeSeries other(at(10s), 5s, 3);
  other.add(at(12s), 5);
  series.merge(other);
  REQUIRE(series.mean(0) == 3.0);
  REQUIRE(reloaded(series).mean(0) == 3.0);
}

TEST_CASE("a gauge's mean per cell is weighted by time", "[sim]") {
  TimeSeries series(at(10s), 10s, 3);
  series.set(at(5s), 4);   // known from before the grid
  series.set(at(15s), 8);  // half of the first cell
  series.set(at(35s), -1);
  TimeSeries copy = reloaded(series);
  for (TimeSeries* each : {&series, &copy}) {
    each->advance(at(60s));
    REQUIRE(each->mean(0) == 6.0);
    REQUIRE(each->mean(1) == 8.0);
    REQUIRE(each->mean(2) == 3.5);
    REQUIRE(each->weight(2) == 10'000'000'000);
  }
  REQUIRE_THROWS_AS(series.add(at(61s), 1), InvariantViolation);
  REQUIRE_THROWS_AS(series.set(at(59s), 1), InvariantViolation);
  // Unknown at first: only the time from the first value counts.
  TimeSeries late(at(0s), 10s, 1);
  late.set(at(8s), 5);
  late.advance(at(9s));
  REQUIRE(late.mean(0) == 5.0);
  REQUIRE(late.weight(0) == 1'000'000'000);
}

TEST_CASE("a series needs a step, cells, and an end that is a time", "[sim]") {
  REQUIRE_THROWS_AS(TimeSeries(at(0s), 0s, 1), InvariantViolation);
  REQUIRE_THROWS_AS(TimeSeries(at(0s), 1s, 0), InvariantViolation);
  REQUIRE_THROWS_AS(TimeSeries(at(0s), 24h, 1'000'000), InvariantViolation);
}

}  // namespace
}  // namespace assay::sim
