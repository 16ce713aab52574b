#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "gpu_backend/live/answers.hpp"
#include "gpu_backend/live/live_setting.hpp"

namespace assay::backend {

/// All that the workers of a run have answered, so that the run can be repeated without them.
struct Tape {
  LiveSetting setting;
  DeviceInfo device;  ///< that answered
  std::map<Question, SegmentAnswer> segments;
  std::map<Question, DisputeAnswer> disputes;
};

/// The tape as text: a JSON object a line, first what it is, then the answers sorted by their
/// questions, last the SHA-256 of all lines before.
[[nodiscard]] std::string to_text(const Tape& tape);

/// Reads a tape back. Throws ConfigError, naming the file and the line, for one that is damaged,
/// cut short, or of another version.
[[nodiscard]] Tape read_tape(const std::filesystem::path& file);

/// Throws ConfigError where a tape was not recorded for this setting, and says in what they differ.
void require_same(const LiveSetting& tape, const LiveSetting& wanted,
                  const std::filesystem::path& file);

/// Answers from a tape; a question that is not on it is an ExecutionError.
class TapeAnswers final : public Answers {
 public:
  TapeAnswers(Tape tape, std::filesystem::path file)
      : tape_(std::move(tape)), file_(std::move(file)) {}
  [[nodiscard]] SegmentAnswer segment(const Question& question) override;
  [[nodiscard]] DisputeAnswer dispute(const Question& question) override;
  [[nodiscard]] const Tape& tape() const { return tape_; }

 private:
  Tape tape_;
  std::filesystem::path file_;
};

}  // namespace assay::backend
