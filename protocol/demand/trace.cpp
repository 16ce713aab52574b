#include "protocol/demand/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "protocol/scenario/error.hpp"
#include "protocol/scenario/nearest.hpp"

namespace assay::protocol {
namespace {

constexpr std::uint64_t kStride = 4096;
constexpr std::size_t kMostTenants = 1'000'000;
constexpr std::array<std::string_view, 2> kZeroDuration{"error", "skip"};

/// `span` times `factor`, rounded down: order is kept.
sim::SimDuration scaled(sim::SimDuration span, double factor) {
  return sim::SimDuration{
      static_cast<std::int64_t>(std::floor(static_cast<double>(span.count()) * factor))};
}

/// One row of the trace, as far as every row is read.
struct Row {
  sim::SimDuration arrival{};
  sim::SimDuration duration{};
  std::uint32_t gpus = 1;
};

/// The file behind a trace with the columns that the scenario maps.
class Rows {
 public:
  explicit Rows(const Trace::Params& params)
      : csv(params.file.resolved),
        arrival_(csv.column(params.columns.arrival)),
        gpus_(csv.column(params.columns.gpus)),
        duration_(csv.column(params.columns.duration)) {
    if (!params.columns.tenant.empty()) tenant_ = csv.column(params.columns.tenant);
    if (!params.columns.workload.empty()) workload_ = csv.column(params.columns.workload);
  }

  [[nodiscard]] Row read() const {
    return {csv.seconds(arrival_), csv.seconds(duration_),
            static_cast<std::uint32_t>(csv.whole(gpus_, 1, 65'536))};
  }
  /// Empty where the row, or the whole file, states none.
  [[nodiscard]] std::string_view tenant() const { return tenant_ ? csv.cell(*tenant_) : ""; }
  [[nodiscard]] std::string_view workload() const { return workload_ ? csv.cell(*workload_) : ""; }

  [[noreturn]] void fail_arrival(std::string_view expected) const { csv.fail(arrival_, expected); }
  [[noreturn]] void fail_duration(std::string_view expected) const {
    csv.fail(duration_, expected);
  }
  [[noreturn]] void fail_workload(std::string_view expected) const {
    csv.fail(*workload_, expected);
  }

  CsvReader csv;

 private:
  std::size_t arrival_;
  std::size_t gpus_;
  std::size_t duration_;
  std::optional<std::size_t> tenant_;
  std::optional<std::size_t> workload_;
};

}  // namespace

class TraceStream final : public ArrivalStream {
 public:
  TraceStream(const Trace& trace, std::uint64_t first_ordinal)
      : trace_(trace), rows_(trace.params_), ordinal_(first_ordinal / kStride * kStride) {
    if (first_ordinal >= trace.arrivals_) {
      ordinal_ = trace.arrivals_;
      return;
    }
    rows_.csv.seek(trace.index_[first_ordinal / kStride]);
    while (ordinal_ < first_ordinal) static_cast<void>(next());
  }

  [[nodiscard]] std::optional<Arrival> next() override {
    while (ordinal_ < trace_.arrivals_ && rows_.csv.next()) {
      const Row row = rows_.read();
      if (row.duration == sim::SimDuration::zero()) continue;
      Arrival arrival;
      arrival.ordinal = ordinal_++;
      arrival.at =
          sim::SimTime{scaled(row.arrival - trace_.params_.window.from, trace_.params_.stretch)};
      arrival.gpus = row.gpus;
      arrival.work = std::max(sim::SimDuration{1}, scaled(row.duration, trace_.params_.size_scale));
      if (const auto name = rows_.tenant(); !name.empty()) {
        arrival.tenant = known(trace_.tenants_, name);
      }
      if (const auto name = rows_.workload(); !name.empty()) {
        arrival.workload = known(trace_.workloads_, name);
      }
      return arrival;
    }
    if (ordinal_ < trace_.arrivals_) fail_changed();
    return std::nullopt;
  }

 private:
  /// What the first reading has kept for this name.
  template <class Names>
  [[nodiscard]] typename Names::mapped_type known(const Names& names, std::string_view name) const {
    const auto found = names.find(name);
    if (found == names.end()) fail_changed();
    return found->second;
  }
  [[noreturn]] void fail_changed() const {
    rows_.csv.fail("found other rows than at first: the trace changed while it was read");
  }

  const Trace& trace_;
  Rows rows_;
  std::uint64_t ordinal_;
};

void Trace::Columns::describe(Fields& field) {
  field("arrival", arrival, "Column of the arrival, in seconds from any start.");
  field("gpus", gpus, "Column of the number of GPUs, a whole number of at least 1.");
  field("duration", duration, "Column of the running time in seconds, on the reference device.");
  field("tenant", tenant, "Column of the tenant's name; left out, no job has a tenant.");
  field("workload", workload, "Column of the workload's name; left out or empty, the mix decides.");
}

void Trace::Window::describe(Fields& field) {
  constexpr sim::SimDuration kCentury = std::chrono::hours(24 * 36'500);
  field("from", from, range(sim::SimDuration{}, kCentury),
        "First arrival time that counts; it becomes time zero of the run.");
  field("to", to, range(sim::SimDuration{}, kCentury), "Arrivals from here on are left out.");
}

void Trace::Params::describe(Fields& field) {
  field("file", file, "The CSV file, its rows in the order of arrival.", kRequired);
  field("columns", columns, "Which column of the file holds what.");
  field("window", window, "The part of the trace that is used.");
  field("stretch", stretch, range(1e-3, 1e3), "Factor on the time between arrivals.");
  field("size_scale", size_scale, range(1e-6, 1e6), "Factor on the running times.");
  field("zero_duration", zero_duration, kZeroDuration,
        "What a row of zero duration inside the window is: an error, or skipped and counted.");
}

Trace::Trace(const Params& params, const Setting& setting) : params_(params) {
  if (params_.window.to <= params_.window.from) {
    throw ConfigError(
        Complaint{"", 0, 0, "demand.window.to: found a time before 'from', expected a later one"});
  }
  // Scaled times have to fit: 290 years are 9.15e18 ns.
  if (static_cast<double>((params_.window.to - params_.window.from).count()) * params_.stretch >
          9.1e18 &&
      params_.stretch > 1.0) {
    throw ConfigError(Complaint{
        "", 0, 0, "demand.stretch: found a window of over 288 years, expected a shorter one"});
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < setting.workloads.size(); ++i) {
    workloads_.emplace(setting.workloads[i].name, static_cast<WorkloadId>(i));
    names.push_back(setting.workloads[i].name);
  }

  Rows rows(params_);
  sim::SimDuration latest{};
  while (rows.csv.next()) {
    const Row row = rows.read();
    if (row.arrival < latest) {
      rows.fail_arrival(
          fmt::format("at least {} as in the row before: rows in the order of arrival",
                      decimal(latest.count(), 9)));
    }
    latest = row.arrival;
    if (static_cast<double>(row.duration.count()) * params_.size_scale > 9.1e18) {
      rows.fail_duration("a time of under 288 years, after size_scale");
    }
    if (const auto name = rows.workload(); !name.empty() && !workloads_.contains(name)) {
      rows.fail_workload(
          fmt::format("the name of a workload of the scenario{}", did_you_mean(name, names)));
    }
    if (row.arrival < params_.window.from || row.arrival >= params_.window.to) continue;
    if (row.duration == sim::SimDuration::zero()) {
      if (params_.zero_duration == "error") {
        rows.fail_duration("a time above zero (`zero_duration: skip` leaves such rows out)");
      }
      ++skipped_;
      continue;
    }
    if (const auto name = rows.tenant(); !name.empty()) {
      auto known = tenants_.find(name);
      if (known == tenants_.end()) {
        if (tenants_.size() == kMostTenants) {
          rows.csv.fail(fmt::format("found more than {} tenants", kMostTenants));
        }
        known = tenants_.emplace(std::string(name), tenants()).first;
        tenant_jobs_.push_back(0);
      }
      ++tenant_jobs_[known->second];
      ++jobs_with_tenant_;
    }
    if (arrivals_++ % kStride == 0) index_.push_back(rows.csv.position());
  }
  if (arrivals_ == 0) {
    throw ConfigError(Complaint{params_.file.resolved, 0, 0,
                                "found no job in the window, expected at least one"});
  }
}

double Trace::tenant_share(std::uint32_t tenant) const {
  return static_cast<double>(tenant_jobs_.at(tenant)) / static_cast<double>(jobs_with_tenant_);
}

std::unique_ptr<ArrivalStream> Trace::open(Chance /*chance*/, std::uint64_t first_ordinal) const {
  return std::make_unique<TraceStream>(*this, first_ordinal);
}

}  // namespace assay::protocol
