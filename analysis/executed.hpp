#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay::analysis {

/// A dispute of the market that two workers played for real.
struct ExecutedDispute {
  std::string lease;  ///< its key, 16 hexadecimal digits
  std::int64_t segment = 0;
  std::string behaviour;  ///< of the provider in that segment
  std::string loser;
  std::string reason;
  std::int64_t step = 0;
  std::int64_t op = 0;
  std::string op_name;
  std::int64_t rounds = 0;
  std::int64_t bytes = 0;
  double referee_mflop = 0.0;
  double seconds = 0.0;  ///< of wall time, when it was recorded
};

/// How the verdicts of a run came about, where segments were executed.
struct Executed {
  std::string mode;  ///< `live`, or `tape` where an earlier run's answers were read back
  std::string backend;
  std::string device;
  std::string workload;
  std::int64_t steps = 0;      ///< that stand for a segment
  std::int64_t operators = 0;  ///< of a step
  std::int64_t segments = 0;   ///< that were executed, twice each
  std::int64_t differing = 0;  ///< of those: the claim was not the honest result
  double segment_s = 0.0;      ///< wall time of all segments
  std::vector<ExecutedDispute> disputes;
};

/// The same with the tape, which goes into the result folder as `tape.jsonl`.
struct ExecutionRecord {
  Executed executed;
  std::string tape;
  std::string tape_sha256;
};
inline constexpr const char* kTapeName = "tape.jsonl";

}  // namespace assay::analysis
