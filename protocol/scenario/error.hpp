#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::protocol {

/// One thing that is wrong with the input, and where. Line and column count from one; a line of
/// zero means that the source has no lines (a `--set`), an empty file that it has no place at all.
struct Complaint {
  std::string file;
  int line = 0;
  int column = 0;
  std::string text;  ///< "verification.rate: found 200 %, expected 0 % to 100 %"
};

/// `file:line:column: text`, as compilers and editors have it.
[[nodiscard]] std::string to_text(const Complaint& complaint);

/// The input is wrong. Thrown while a scenario and what it names are loaded, with everything that
/// is wrong at once; caught once in `apps/`, which ends with exit code 2.
class ConfigError : public std::runtime_error {
 public:
  /// `what()` is one line a complaint. Requires at least one.
  explicit ConfigError(std::vector<Complaint> complaints);
  explicit ConfigError(Complaint complaint);

  [[nodiscard]] const std::vector<Complaint>& complaints() const { return complaints_; }

 private:
  std::vector<Complaint> complaints_;
};

/// Collects everything that is wrong before anything is thrown.
class Complaints {
 public:
  void add(Complaint complaint) { all_.push_back(std::move(complaint)); }
  [[nodiscard]] bool empty() const { return all_.empty(); }
  /// Throws all of them in the order of files (as they came up), lines and columns; at most 100,
  /// and how many more there are. Returns where there are none.
  void throw_if_any() const;

 private:
  std::vector<Complaint> all_;
};

/// `text` as a message shows it: at most 60 characters, control characters escaped.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace assay::protocol
