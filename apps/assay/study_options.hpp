#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/campaign/runner.hpp"
#include "apps/assay/running.hpp"
#include "protocol/money.hpp"

/// What `assay attack` and `assay tune` have in common on the command line. Wrong words are
/// ConfigErrors that name the option.
namespace assay::apps {

/// `all`, or names of strategies parted by commas.
[[nodiscard]] std::vector<std::string> strategies(const std::string& text, std::string_view option);
/// `95%`: at least 50 %, less than 100 %.
[[nodiscard]] double confidence(const std::string& text);
/// A share above zero, up to 100 %.
[[nodiscard]] protocol::Share share(const std::string& text, std::string_view option);

/// How many runs a study has made, on standard error: one line that is rewritten on a terminal,
/// nothing elsewhere.
class RunsLine {
 public:
  explicit RunsLine(std::string_view label);
  RunsLine(const RunsLine&) = delete;
  RunsLine& operator=(const RunsLine&) = delete;
  ~RunsLine() { end(); }

  /// A run begins; from any thread.
  void count_run() { ++computed_; }
  void show();
  /// Clears the line.
  void end();
  [[nodiscard]] std::int64_t computed() const { return computed_; }
  [[nodiscard]] double wall_s() const;

 private:
  std::string label_;
  bool terminal_;
  bool shown_ = false;
  std::atomic<std::int64_t> computed_{0};
  std::chrono::steady_clock::time_point begun_;
};

/// The campaign behind a study, in the folder of its results: what was run before is not run again.
[[nodiscard]] analysis::Campaign deviation_campaign(const std::filesystem::path& folder,
                                                    const std::optional<int>& jobs,
                                                    const StopOnSignal& stop, RunsLine& line);

}  // namespace assay::apps
