#include "analysis/campaign/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/random/sobol.hpp>
#include <charconv>
#include <exception>
#include <limits>
#include <mutex>
#include <set>
#include <utility>

#include "analysis/build_info.hpp"
#include "analysis/shell.hpp"
#include "analysis/threads.hpp"
#include "protocol/scenario/nearest.hpp"
#include "protocol/scenario/outline.hpp"
#include "protocol/scenario/units.hpp"
#include "sim/draws.hpp"

namespace assay::analysis {
namespace {

using protocol::Complaints;

/// Draws for where a hypercube's points lie; above the purposes of a market's own draws.
constexpr std::uint32_t kHypercubeDraws = 0x4C485300;

/// One place in each of `points` equal parts of [0, 1), in an order that belongs to the key.
std::vector<double> hypercube(std::uint64_t seed, std::uint64_t key, int points) {
  sim::Draws draws(seed, kHypercubeDraws, key);
  std::vector<double> places;
  for (int i = 0; i < points; ++i) places.push_back((i + draws.uniform()) / points);
  for (std::size_t i = places.size(); i > 1; --i) std::swap(places[i - 1], places[draws.below(i)]);
  return places;
}

/// Sobol's sequence from its second point on, one list a dimension.
/// Source: Joe and Kuo, "Constructing Sobol sequences with better two-dimensional projections",
/// SIAM J. Sci. Comput. 30 (2008), as Boost.Random has it.
std::vector<std::vector<double>> sobol(std::size_t dimensions, int points) {
  boost::random::sobol engine(dimensions);
  std::vector<std::vector<double>> places(dimensions);
  for (int i = 0; i < points; ++i) {
    for (std::vector<double>& of : places) {
      of.push_back(static_cast<double>(engine() >> 11) * 0x1.0p-53);
    }
  }
  return places;
}

}  // namespace

bool takes_whole_numbers(const std::string& key) {
  static const std::vector<protocol::KeyDoc> keys = protocol::outline(protocol::Scenario{});
  static const std::string whole = protocol::expectation(protocol::notation<std::int64_t>());
  const std::vector<protocol::KeyDoc> found = protocol::find_keys(keys, key);
  return std::any_of(found.begin(), found.end(),
                     [](const protocol::KeyDoc& doc) { return doc.type == whole; });
}

std::optional<Sampling> parse_sampling(std::string_view text) {
  Sampling sampling;
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  if (kind != "lhs" && kind != "sobol") return std::nullopt;
  if (kind == "sobol") sampling.kind = Sampling::Kind::Sobol;
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view count = text.substr(colon + 1);
  const auto end = std::from_chars(count.data(), count.data() + count.size(), sampling.points);
  const bool read = end.ec == std::errc() && end.ptr == count.data() + count.size();
  if (!read || sampling.points < 1 || sampling.points > static_cast<int>(Plan::kMostPoints)) {
    return std::nullopt;
  }
  return sampling;
}

Plan::Plan(PlanSpec spec) : spec_(std::move(spec)) {
  Complaints complaints;
  std::set<std::string> keys;
  for (const AxisSpec& axis : spec_.axes) {
    if (keys.insert(axis.key).second) continue;
    complaints.add(protocol::complaint_at(
        axis.key_place, fmt::format("{}: found this axis again, expected it once", axis.key)));
  }
  complaints.throw_if_any();
  spec_.sampling ? sample() : cross();
  size_ = 1;
  for (const std::size_t values : group_sizes_) {
    if (size_ > kMostPoints / values) {
      throw protocol::ConfigError(protocol::Complaint{
          "", 0, 0,
          fmt::format("found more than {} points, expected fewer: --sample draws some of them",
                      kMostPoints)});
    }
    size_ *= values;
  }
}

void Plan::sample() {
  Complaints complaints;
  if (!spec_.zipped.empty() || spec_.axes.empty()) {
    throw protocol::ConfigError(protocol::Complaint{
        "", 0, 0,
        spec_.axes.empty() ? "found no axis, expected spans to sample"
                           : "found both `sample` and `zip`, expected one of them"});
  }
  const int points = spec_.sampling->points;
  std::vector<std::vector<double>> places;
  if (spec_.sampling->kind == Sampling::Kind::Sobol) {
    places = sobol(spec_.axes.size(), points);
  } else {
    const auto seed = static_cast<std::uint64_t>(
        protocol::load_scenario(spec_.scenario, spec_.sets).scenario.seed);
    for (const AxisSpec& axis : spec_.axes) {
      places.push_back(hypercube(seed, sim::natural_key(axis.key), points));
    }
  }
  for (std::size_t a = 0; a < spec_.axes.size(); ++a) {
    const AxisSpec& axis = spec_.axes[a];
    auto done = sampled(axis, takes_whole_numbers(axis.key), places[a], complaints);
    if (done) axes_.push_back(std::move(*done));
  }
  complaints.throw_if_any();
  group_.assign(axes_.size(), 0);
  group_sizes_ = {static_cast<std::size_t>(points)};
}

void Plan::cross() {
  Complaints complaints;
  for (const AxisSpec& axis : spec_.axes) {
    auto done = grid(axis, takes_whole_numbers(axis.key), complaints);
    if (done) axes_.push_back(std::move(*done));
  }
  complaints.throw_if_any();
  std::vector<std::string> names;
  for (const Axis& axis : axes_) names.push_back(axis.key);
  constexpr std::size_t kAlone = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> zipped(axes_.size(), kAlone);
  for (std::size_t z = 0; z < spec_.zipped.size(); ++z) {
    for (const std::string& key : spec_.zipped[z]) {
      const auto at = std::find(names.begin(), names.end(), key);
      if (at == names.end()) {
        complaints.add({"", 0, 0,
                        fmt::format("zip: found {}, expected an axis: {}{}", protocol::shown(key),
                                    protocol::either(names), protocol::did_you_mean(key, names))});
        continue;
      }
      std::size_t& group = zipped[static_cast<std::size_t>(at - names.begin())];
      if (group != kAlone) {
        complaints.add(
            {"", 0, 0,
             fmt::format("zip: found {} again, expected it in one group", protocol::shown(key))});
      }
      group = z;
    }
  }
  complaints.throw_if_any();
  // Groups in the order of their first axis.
  std::vector<std::size_t> group_of_zip(spec_.zipped.size(), kAlone);
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    std::size_t* known = zipped[a] == kAlone ? nullptr : &group_of_zip[zipped[a]];
    if (known != nullptr && *known != kAlone) {
      group_.push_back(*known);
      if (axes_[a].values.size() == group_sizes_[*known]) continue;
      complaints.add(protocol::complaint_at(
          axes_[a].key_place,
          fmt::format("{}: found {} values, expected {}, as the axis that it is zipped with has",
                      axes_[a].key, axes_[a].values.size(), group_sizes_[*known])));
      continue;
    }
    group_.push_back(group_sizes_.size());
    if (known != nullptr) *known = group_sizes_.size();
    group_sizes_.push_back(axes_[a].values.size());
  }
  complaints.throw_if_any();
}

std::vector<std::size_t> Plan::place(std::size_t point) const {
  std::vector<std::size_t> of_group(group_sizes_.size());
  for (std::size_t g = group_sizes_.size(); g-- > 0;) {
    of_group[g] = point % group_sizes_[g];
    point /= group_sizes_[g];
  }
  std::vector<std::size_t> places;
  for (const std::size_t group : group_) places.push_back(of_group[group]);
  return places;
}

std::vector<Coordinate> Plan::coordinates(std::size_t point) const {
  const std::vector<std::size_t> places = place(point);
  std::vector<Coordinate> all;
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    const AxisValue& value = axes_[a].values[places[a]];
    const bool words = axes_[a].scale == AxisScale::Words;
    all.push_back({axes_[a].key, value.text, words ? std::nullopt : value.value, axes_[a].unit});
  }
  return all;
}

std::string Plan::label(std::size_t point) const {
  std::string text;
  for (const Coordinate& at : coordinates(point)) {
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", at.key, at.text);
  }
  return text.empty() ? "the scenario as it is" : text;
}

PointSpec Plan::load(std::size_t point) const {
  std::vector<protocol::Overlay> overlays = spec_.sets;
  const std::vector<std::size_t> places = place(point);
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    overlays.push_back({axes_[a].key, axes_[a].key_place, axes_[a].values[places[a]].node});
  }
  PointSpec spec;
  spec.label = label(point);
  spec.coordinates = coordinates(point);
  spec.ordinal = static_cast<std::int64_t>(point);
  spec.command = "assay run " + shell_quoted(spec_.scenario.string());
  for (const protocol::Overlay& overlay : overlays) {
    // A failed run's command names its seed itself.
    if (overlay.key == "seed" || overlay.key == "replications") continue;
    spec.command += " --set " + shell_quoted(overlay.key + "=" + node_text(overlay.value));
  }
  spec.loaded = protocol::load_scenario(spec_.scenario, overlays);
  return spec;
}

protocol::LoadedScenario Plan::load_with(const std::string& set) const {
  Complaints complaints;
  std::vector<protocol::Overlay> overlays = spec_.sets;
  auto overlay = protocol::parse_overlay("--set", set, complaints);
  complaints.throw_if_any();
  overlays.push_back(std::move(*overlay));
  return protocol::load_scenario(spec_.scenario, overlays);
}

std::vector<std::string> Plan::check(int jobs) const {
  std::vector<std::string> keys(size_);
  std::vector<std::vector<protocol::Complaint>> wrong(size_);
  std::atomic<std::size_t> next{0};
  std::atomic<int> mistaken{0};
  constexpr int kEnough = 100;  // points with mistakes: more would say the same
  std::mutex mutex;
  std::exception_ptr broken;
  Threads threads(jobs, [&] {
    for (std::size_t i = next++; i < size_ && mistaken < kEnough; i = next++) {
      try {
        keys[i] = point_key(load(i).loaded);
      } catch (const protocol::ConfigError& error) {
        wrong[i] = error.complaints();
        ++mistaken;
      } catch (...) {
        const std::lock_guard lock(mutex);
        broken = std::current_exception();
        mistaken = kEnough;
      }
    }
  });
  threads.join();
  if (broken) std::rethrow_exception(broken);
  Complaints complaints;
  std::set<std::string> said;
  for (const auto& of_point : wrong) {
    for (const protocol::Complaint& complaint : of_point) {
      if (said.insert(protocol::to_text(complaint)).second) complaints.add(complaint);
    }
  }
  complaints.throw_if_any();
  return keys;
}

std::vector<PlannedPoint> Plan::enter(Campaign& campaign, const std::vector<std::string>& keys,
                                      std::uint64_t seed, int replications) const {
  std::vector<PointRow> rows;
  for (std::size_t i = 0; i < size_; ++i) {
    PointRow row;
    row.key = keys[i];
    row.label = label(i);
    row.version = program_identity();
    row.coordinates = coordinates(i);
    row.ordinal = static_cast<std::int64_t>(i);
    rows.push_back(std::move(row));
  }
  const std::vector<std::int64_t> ids = campaign.store().put_points(rows);
  std::vector<PlannedPoint> points;
  for (std::size_t i = 0; i < size_; ++i) {
    PlannedPoint point;
    point.id = ids[i];
    point.key = keys[i];
    point.seed = seed;
    point.replications = replications;
    point.load = [this, i] { return std::make_shared<const PointSpec>(load(i)); };
    points.push_back(std::move(point));
  }
  return points;
}

}  // namespace assay::analysis
