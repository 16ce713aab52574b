#pragma once

#include <string>

#include "tests/catch.hpp"

/// A matcher for text that holds another, under the name that either version of Catch2 gives it.
inline auto contains(const std::string& part) {
#if __has_include(<catch2/catch_all.hpp>)
  return Catch::Matchers::ContainsSubstring(part);
#else
  return Catch::Contains(part);
#endif
}
