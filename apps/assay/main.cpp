#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "apps/assay/command_line.hpp"
#include "protocol/scenario/error.hpp"

/// Exit codes: 0; 1 for a run that failed or was interrupted; 2 for wrong input.
int main(int argc, char** argv) {
  try {
    return assay::apps::run_command_line(argc, argv);
  } catch (const assay::protocol::ConfigError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "assay: {}\n", error.what());
    return 1;
  }
}
