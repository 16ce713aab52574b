#include "bench/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

namespace assay::bench {
namespace {

/// Keeps the best rate of every measurement and prints nothing but a sign of life.
class BestRates : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      const auto rate = run.counters.find("items_per_second");
      if (run.run_type != Run::RT_Iteration || rate == run.counters.end()) continue;
      double& best = best_[run.run_name.function_name];
      best = std::max(best, static_cast<double>(rate->second));
    }
    std::fputc('.', stderr);
  }
  void Finalize() override { std::fputc('\n', stderr); }

  [[nodiscard]] bool knows(const std::string& name) const { return best_.count(name) != 0; }
  [[nodiscard]] double of(const std::string& name) const { return best_.at(name); }

 private:
  std::map<std::string, double> best_;
};

}  // namespace

int run_rows(int argc, char** argv, const std::vector<Row>& rows) {
  bool json = false;
  std::vector<char*> arguments;
  std::string mixed = "--benchmark_enable_random_interleaving=true";
  for (int i = 0; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--json") {
      json = true;
    } else {
      arguments.push_back(argv[i]);
    }
  }
  arguments.push_back(mixed.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  BestRates best;
  benchmark::RunSpecifiedBenchmarks(&best);
  benchmark::Shutdown();

  if (!json) {
    fmt::print("{:<52}{:>12}{:>12}{:>8}{:>10}{:>7}\n", "work (items a second)", "ours", "baseline",
               "ratio", "required", "aim");
  }
  for (const Row& row : rows) {
    if (!best.knows(row.value) || (!row.baseline.empty() && !best.knows(row.baseline))) continue;
    const double value = best.of(row.value);
    const double baseline = row.baseline.empty() ? row.baseline_number : best.of(row.baseline);
    const double ratio = value / baseline;
    if (json) {
      const nlohmann::ordered_json line = {{"name", row.name},
                                           {"value", value},
                                           {"baseline", baseline},
                                           {"ratio", ratio},
                                           {"required", row.required}};
      fmt::print("{}\n", line.dump());
    } else {
      fmt::print("{:<52}{:>10.3f} M{:>10.3f} M{:>8.2f}{:>10.2f}{:>7.2f}{}\n", row.name,
                 value * 1e-6, baseline * 1e-6, ratio, row.required, row.aim,
                 ratio < row.required ? "  MISSED" : "");
    }
  }
  return 0;
}

double own_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace assay::bench
