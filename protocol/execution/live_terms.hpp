#pragma once

#include <string>
#include <vector>

#include "protocol/scenario/fields.hpp"

namespace assay::protocol {

/// What stands for one segment of the market where a worker executes it: so many real steps of a
/// real, small workload, and the real cheat behind each name. Costs and times of the market stay
/// those of the table: a segment of hours is not executed for hours.
struct LiveTerms {
  /// An entry of `cheats:`: `name` is a behaviour of the cost table.
  struct Cheat {
    std::string name;
    std::string does;
    Share share = percent(50);
    void describe(Fields& field);
  };
  std::string workload;
  int steps = 4;
  sim::SimDuration patience = std::chrono::minutes(2);
  std::vector<Cheat> cheats;
  void describe(Fields& field);
};

}  // namespace assay::protocol
