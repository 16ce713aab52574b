#include "sim/check.hpp"

#include <fmt/format.h>

namespace assay::sim {

void fail_check(const char* condition, const char* file, int line) {
  throw InvariantViolation(fmt::format("{}:{}: check failed: {}", file, line, condition));
}

}  // namespace assay::sim
