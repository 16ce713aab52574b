#pragma once

#include <string>
#include <string_view>

#include "analysis/experiment.hpp"
#include "sim/time.hpp"

namespace assay::apps {

/// How far a run is, on standard error: one line that is rewritten on a terminal, a line for every
/// tenth of the way elsewhere.
class ProgressLine {
 public:
  /// `horizon` is the simulated time of one run; `label` opens the line, where there is one.
  ProgressLine(sim::SimDuration horizon, std::string_view label);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();

  /// `note`: what else there is to say at its end.
  void show(const analysis::Progress& progress, std::string_view note = {});

 private:
  [[nodiscard]] std::string text(const analysis::Progress& progress) const;

  double horizon_d_;
  std::string label_;
  bool terminal_;
  bool shown_ = false;
  int tenths_ = 0;
};

}  // namespace assay::apps
