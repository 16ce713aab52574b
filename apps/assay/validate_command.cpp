#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "analysis/validation/validation.hpp"
#include "apps/assay/commands.hpp"
#include "protocol/scenario/error.hpp"

namespace assay::apps {
namespace {

std::string parameters_text(const analysis::ValidationCase& result) {
  std::string text;
  for (const auto& [name, value] : result.parameters) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value);
  }
  return text;
}

void print_json(const std::vector<analysis::ValidationCase>& results) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const analysis::ValidationCase& result : results) {
    nlohmann::ordered_json parameters = nlohmann::ordered_json::object();
    for (const auto& [name, value] : result.parameters) parameters[name] = value;
    all.push_back({{"id", result.id},
                   {"parameters", std::move(parameters)},
                   {"expected", result.expected},
                   {"measured", result.measured.value},
                   {"standard_error", result.measured.standard_error},
                   {"z", result.z},
                   {"repeated", result.repeated},
                   {"verdict", result.pass ? "pass" : "fail"}});
  }
  fmt::print("{}\n", all.dump(2));
}

void print_table(const std::vector<analysis::ValidationCase>& results) {
  fmt::print("{:<22} {:<36} {:>12} {:>12} {:>10} {:>6}  {}\n", "case", "parameters", "expected",
             "measured", "std error", "z", "verdict");
  int failed = 0;
  for (const analysis::ValidationCase& result : results) {
    if (!result.pass) ++failed;
    fmt::print("{:<22} {:<36} {:>12.6g} {:>12.6g} {:>10.2g} {:>6.2f}  {}{}\n", result.id,
               parameters_text(result), result.expected, result.measured.value,
               result.measured.standard_error, result.z, result.pass ? "pass" : "FAIL",
               result.repeated ? " (second sample, 16 times the first)" : "");
  }
  fmt::print("{} of {} cases agree; over all of them a false alarm has a chance of 1 %\n",
             results.size() - static_cast<std::size_t>(failed), results.size());
}

}  // namespace

int validate(const ValidateOptions& options) {
  analysis::Values overrides;
  for (const std::string& set : options.sets) {
    const std::size_t equals = set.find('=');
    const std::string text = equals == std::string::npos ? "" : set.substr(equals + 1);
    std::size_t read = 0;
    double value = 0.0;
    try {
      value = std::stod(text, &read);
    } catch (const std::exception&) {
      read = 0;
    }
    if (equals == std::string::npos || equals == 0 || read == 0 || read != text.size() ||
        !(value > -1e300 && value < 1e300)) {
      fmt::print(stderr, "--set {}: expected name=number, such as --set c=2\n", set);
      return 2;
    }
    overrides[set.substr(0, equals)] = value;
  }
  std::vector<analysis::ValidationCase> results;
  try {
    int done = 0;
    results = analysis::validate(options.ids, overrides, options.seed, [&](const std::string& id) {
      fmt::print(stderr, "case {}: {}\n", ++done, id);
    });
  } catch (const analysis::ValidationError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
  options.json ? print_json(results) : print_table(results);
  for (const analysis::ValidationCase& result : results) {
    if (!result.pass) return 1;
  }
  return 0;
}

}  // namespace assay::apps
