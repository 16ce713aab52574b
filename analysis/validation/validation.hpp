#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

/// Closed forms against simulation: what `assay validate` and tests/validation run.
namespace assay::analysis {

/// A measured number and its standard error over replications; zero: it is exact.
struct Measured {
  double value = 0.0;
  double standard_error = 0.0;
  int replications = 0;  ///< that the error comes from
};

/// A parameter of a validation: what it may be, and whether it is a whole number.
struct Parameter {
  std::string name;
  double low = 0.0;
  double high = 0.0;
  bool whole = false;
  std::string meaning;
};

/// Values of the parameters of one case, by name.
using Values = std::map<std::string, double>;

/// One closed form, with the cases that are run unless told otherwise.
struct Validation {
  std::string id;  ///< as facts and reports name it: V16, V17.MD1
  std::string title;
  std::vector<Parameter> parameters;
  std::vector<Values> cases;
  /// Empty, or why no simulation has these values ("the queue never settles").
  std::function<std::string(const Values&)> refuse;
  std::function<double(const Values&)> expected;
  /// Simulates; `scale` multiplies the sample.
  std::function<Measured(const Values&, std::uint64_t seed, int scale)> measure;
};

/// All of them, in the order of their ids.
[[nodiscard]] const std::vector<Validation>& validations();
// The parts of the list, each in a file of its own.
[[nodiscard]] std::vector<Validation> sampling_validations();
[[nodiscard]] std::vector<Validation> game_validations();
[[nodiscard]] std::vector<Validation> queueing_validations();
[[nodiscard]] std::vector<Validation> price_validations();
[[nodiscard]] std::vector<Validation> auction_validations();
[[nodiscard]] std::vector<Validation> lottery_validations();
[[nodiscard]] std::vector<Validation> bribery_validations();
[[nodiscard]] std::vector<Validation> verifier_validations();
[[nodiscard]] std::vector<Validation> voting_validations();

/// One case as it came out.
struct ValidationCase {
  std::string id;
  std::vector<std::pair<std::string, double>> parameters;  ///< in the validation's order
  double expected = 0.0;
  Measured measured;
  double z = 0.0;         ///< standard errors off
  bool repeated = false;  ///< beyond its bound at first, and run again with 16 times the sample
  bool pass = false;
};

/// An id or a parameter that does not exist, or a value that none may have.
class ValidationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Runs the named validations (all, where `ids` is empty), or, with overrides, one case of each
/// that has all the overridden parameters, the rest as in its first case. Over all cases together a
/// false alarm has a chance of 1 % (Holm on Student's p); a case beyond its bound is repeated once
/// with 16 times the sample. `started` is told each case before it runs.
[[nodiscard]] std::vector<ValidationCase> validate(
    std::span<const std::string> ids, const Values& overrides, std::uint64_t seed,
    const std::function<void(const std::string& id)>& started);

}  // namespace assay::analysis
