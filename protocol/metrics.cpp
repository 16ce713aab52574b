#include "protocol/metrics.hpp"

#include <algorithm>

namespace assay::protocol {

Metrics::Metrics(std::size_t group_count, sim::SimDuration horizon)
    : groups(group_count),
      cells(kCells),
      group_cells(kCells * group_count),
      cell_length_((horizon.count() + static_cast<std::int64_t>(kCells) - 1) /
                   static_cast<std::int64_t>(kCells)),
      busy_slots_(group_count) {}

void Metrics::start_measuring(sim::SimTime now) {
  settle_busy(now);
  market = MarketTotals{};
  std::fill(groups.begin(), groups.end(), GroupTotals{});
  detection_ns = sim::QuantileSketch{};
  waiting_ns = sim::QuantileSketch{};
  dispute_ns = sim::QuantileSketch{};
  measured_from = now;
}

std::size_t Metrics::cell_index(sim::SimTime now) const {
  const auto at = static_cast<std::size_t>(now.time_since_epoch() / cell_length_);
  return std::min(at, kCells - 1);  // the horizon itself, and a drain, count for the last cell
}

Cell& Metrics::cell(sim::SimTime now) { return cells[cell_index(now)]; }

GroupCell& Metrics::cell(sim::SimTime now, GroupId group) {
  return group_cells[cell_index(now) * groups.size() + index(group)];
}

void Metrics::busy(sim::SimTime now, GroupId group, int delta) {
  settle_busy(now);
  busy_slots_[index(group)] += delta;
}

void Metrics::settle_busy(sim::SimTime now) {
  // A gauge is read at every boundary of the grid, so that no stretch spans two cells.
  const std::int64_t elapsed = to_us(now - busy_since_);
  if (elapsed == 0) return;
  busy_since_ += std::chrono::microseconds(elapsed);
  std::int64_t all = 0;
  for (std::size_t group = 0; group < groups.size(); ++group) {
    groups[group].busy_slot_us += busy_slots_[group] * elapsed;
    all += busy_slots_[group] * elapsed;
  }
  cells[cell_index(busy_since_ - sim::SimDuration{1})].busy_slot_us += all;
}

void Metrics::save(sim::ByteWriter& out) const {
  out.put(market);
  out.put_rows(groups);
  out.put_rows(cells);
  out.put_rows(group_cells);
  detection_ns.save(out);
  waiting_ns.save(out);
  dispute_ns.save(out);
  out.put(measured_from);
  out.put(cell_length_);
  out.put(busy_since_);
  out.put_rows(busy_slots_);
}

void Metrics::load(sim::ByteReader& in) {
  market = in.get<MarketTotals>();
  groups = in.get_rows<GroupTotals>();
  cells = in.get_rows<Cell>();
  group_cells = in.get_rows<GroupCell>();
  detection_ns = sim::QuantileSketch::load(in);
  waiting_ns = sim::QuantileSketch::load(in);
  dispute_ns = sim::QuantileSketch::load(in);
  measured_from = in.get<sim::SimTime>();
  cell_length_ = in.get<sim::SimDuration>();
  busy_since_ = in.get<sim::SimTime>();
  busy_slots_ = in.get_rows<std::int64_t>();
  if (cells.size() != kCells || group_cells.size() != kCells * groups.size() ||
      busy_slots_.size() != groups.size() || cell_length_.count() <= 0) {
    throw sim::CorruptBytes("saved state: torn metrics");
  }
}

}  // namespace assay::protocol
