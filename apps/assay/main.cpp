#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>

#include "apps/assay/command_line.hpp"
#include "protocol/scenario/error.hpp"

/// Exit codes: 0; 1 for a run that failed or was interrupted; 2 for wrong input.
int main(int argc, char** argv) {
  try {
    const int code = assay::apps::run_command_line(argc, argv);
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
    fmt::print(stderr, "assay: standard output cannot be written\n");
    return 1;
  } catch (const assay::protocol::ConfigError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "assay: out of memory\n");
    return 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "assay: {}\n", error.what());
    return 1;
  }
}
