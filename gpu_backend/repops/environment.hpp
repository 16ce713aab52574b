#pragma once

#include <cfenv>

namespace assay::backend::repops {

/// While it lives, this thread rounds to the nearest and keeps subnormal numbers. A library that
/// was linked with -ffast-math turns these off for the thread that loads it.
class StandardEnvironment {
 public:
  StandardEnvironment() {
    std::fegetenv(&before_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~StandardEnvironment() { std::fesetenv(&before_); }
  StandardEnvironment(const StandardEnvironment&) = delete;
  StandardEnvironment& operator=(const StandardEnvironment&) = delete;

 private:
  std::fenv_t before_{};
};

}  // namespace assay::backend::repops
