#pragma once

#include <string>
#include <vector>

namespace assay::apps {

// One function a command, in a file of its own; each returns the exit code and throws ConfigError
// for wrong input.

struct CheckOptions {
  std::string scenario;
  std::vector<std::string> sets;
};
/// Loads a scenario and everything it names, and says what it is.
int check(const CheckOptions& options);

/// Prints the members of a family, or of all where `family` is empty.
int list(const std::string& family);

/// Prints what is known of a key, a family or a kind.
int explain(const std::string& key);

/// Prints the JSON Schema of scenarios.
int schema();

}  // namespace assay::apps
