// Prints the lines of golden.txt as the plain loops give them. Linked with reference.cpp from other
// compiler options, of which some may change the bits and others must not.
#include <iostream>

#include "tests/gpu_backend/repops/cases.hpp"

int main() {
  const auto runner = assay::backend::reference_runner();
  for (const assay::backend::Case& item : assay::backend::cases()) {
    std::cout << name_of(item) << ' ' << digest_of(*runner, item) << '\n';
  }
}
