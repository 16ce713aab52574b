#pragma once

#include <stdexcept>
#include <string>

namespace assay::sim {

/// The program is wrong, not its input: the run that met this cannot go on. Caught only where a
/// run begins, which reports the simulated time, the event and the command that repeats it.
class InvariantViolation : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void fail_check(const char* condition, const char* file, int line);

}  // namespace assay::sim

/// Ends the run when `condition` does not hold; on in every build.
#define SIM_CHECK(condition)                           \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::assay::sim::fail_check(#condition, __FILE__, __LINE__))
