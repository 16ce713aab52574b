#include "protocol/network/regions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "protocol/data/csv.hpp"
#include "protocol/scenario/error.hpp"

namespace assay::protocol {
namespace {

struct Access {
  std::string place;
  double download = 0.0;  // bytes a nanosecond
  double upload = 0.0;
  double latency_ms = 0.0;
};

constexpr double kBytesANanosecond = 1e6 / 8.0 * 1e-9;  // of one Mbit/s

using Latencies = std::map<std::pair<std::string, std::string>, double>;

Latencies read_latencies(const std::string& file) {
  CsvReader csv(file);
  const std::size_t from = csv.column("from");
  const std::size_t to = csv.column("to");
  const std::size_t ms = csv.column("round_trip_ms");
  Latencies latencies;
  while (csv.next()) {
    const auto pair = std::make_pair(std::string(csv.text(from)), std::string(csv.text(to)));
    if (!latencies.emplace(pair, csv.number(ms, 0.0, 1e6)).second) {
      csv.fail(to, "each pair of places once");
    }
  }
  return latencies;
}

}  // namespace

void Regions::Params::describe(Fields& field) {
  field("regions", regions, "CSV file of the regions: place, time zone, share, access.", kRequired);
  field("latency", latency, "CSV file of the round-trip times between places.", kRequired);
}

Regions::Regions(const Params& params) {
  const Latencies latencies = read_latencies(params.latency.resolved);
  CsvReader csv(params.regions.resolved);
  const std::size_t region = csv.column("region");
  const std::size_t place = csv.column("place");
  const std::size_t offset = csv.column("utc_offset_h");
  const std::size_t share = csv.column("share");
  const std::size_t download = csv.column("download_mbit_s");
  const std::size_t upload = csv.column("upload_mbit_s");
  const std::size_t access_ms = csv.column("access_ms");
  constexpr std::size_t kMostRegions = 1000;
  std::vector<Access> accesses;
  double sum = 0.0;
  while (csv.next()) {
    const std::string name(csv.text(region));
    for (const Region& other : regions_) {
      if (other.name == name) csv.fail(region, "each region once");
    }
    if (regions_.size() == kMostRegions) csv.fail("found more than 1000 regions");
    regions_.push_back(
        Region{name, static_cast<int>(csv.whole(offset, -12, 14)), csv.number(share, 0.0, 1.0)});
    sum += regions_.back().share;
    accesses.push_back(
        Access{std::string(csv.text(place)), csv.number(download, 1e-3, 1e7) * kBytesANanosecond,
               csv.number(upload, 1e-3, 1e7) * kBytesANanosecond, csv.number(access_ms, 0.0, 1e5)});
  }
  if (!(std::abs(sum - 1.0) <= 1e-6)) {
    csv.fail(fmt::format("found shares that sum to {:g}, expected 1", sum));
  }
  for (const Access& from : accesses) {
    for (const Access& to : accesses) {
      const auto latency = latencies.find({from.place, to.place});
      if (latency == latencies.end()) {
        throw ConfigError(Complaint{
            params.latency.resolved, 0, 0,
            fmt::format("found no row from '{}' to '{}', expected one for each pair of places",
                        shown(from.place), shown(to.place))});
      }
      const double ms = latency->second + from.latency_ms + to.latency_ms;
      paths_.push_back(Path{sim::duration_up(ms * 1e-3), 1.0 / std::min(from.upload, to.download)});
    }
  }
}

sim::SimDuration Regions::move(RegionId from, RegionId to, Bytes bytes) const {
  const Path& path = this->path(from, to);
  const double transfer = std::ceil(static_cast<double>(bytes.count) * path.nanoseconds_a_byte);
  return path.round_trip / 2 + sim::SimDuration{static_cast<std::int64_t>(transfer)};
}

}  // namespace assay::protocol
