#pragma once

#include <map>
#include <string>
#include <vector>

#include "protocol/data/csv.hpp"
#include "protocol/demand/demand.hpp"
#include "protocol/scenario/fields.hpp"
#include "protocol/setting.hpp"

namespace assay::protocol {

/// Jobs as somebody recorded them, in a CSV file of any size. Loading reads the whole file once:
/// a broken or unsorted row is an error that names file and line. What stays in memory is the list
/// of tenants and one position every 4,096 jobs, by which a stream is reopened anywhere.
class Trace final : public Demand {
 public:
  static constexpr auto kKind = "trace";
  static constexpr auto kSummary = "Recorded jobs from a CSV file, with a window and scales.";
  struct Columns {
    std::string arrival = "arrival";
    std::string gpus = "gpus";
    std::string duration = "duration";
    std::string tenant;
    std::string workload;
    void describe(Fields& field);
  };
  struct Window {
    sim::SimDuration from{};
    sim::SimDuration to = std::chrono::hours(24 * 36'500);
    void describe(Fields& field);
  };
  struct Params {
    FilePath file;
    Columns columns;
    Window window;
    double stretch = 1.0;
    double size_scale = 1.0;
    std::string zero_duration = "error";
    void describe(Fields& field);
  };
  /// Reads and checks the file; throws ConfigError.
  Trace(const Params& params, const Setting& setting);

  [[nodiscard]] std::unique_ptr<ArrivalStream> open(Chance chance,
                                                    std::uint64_t first_ordinal) const override;
  [[nodiscard]] std::uint32_t tenants() const override {
    return static_cast<std::uint32_t>(tenant_jobs_.size());
  }
  [[nodiscard]] double tenant_share(std::uint32_t tenant) const override;
  [[nodiscard]] std::uint64_t skipped() const override { return skipped_; }
  [[nodiscard]] std::optional<std::uint64_t> arrivals() const override { return arrivals_; }

 private:
  friend class TraceStream;
  Params params_;
  std::map<std::string, WorkloadId, std::less<>> workloads_;
  std::map<std::string, std::uint32_t, std::less<>> tenants_;  // ids in the order of appearance
  std::vector<std::uint64_t> tenant_jobs_;                     // by tenant
  std::vector<CsvReader::Position> index_;                     // of every kStride-th arrival
  std::uint64_t jobs_with_tenant_ = 0;
  std::uint64_t arrivals_ = 0;
  std::uint64_t skipped_ = 0;
};

}  // namespace assay::protocol
