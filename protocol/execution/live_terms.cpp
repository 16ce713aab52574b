#include "protocol/execution/live_terms.hpp"

namespace assay::protocol {

void LiveTerms::Cheat::describe(Fields& field) {
  field("name", name, "The behaviour in the cost table, such as skip.", kRequired);
  field("does", does, "What the worker does for it; `assay-worker list` names them.", kRequired);
  field("share", share, range(Share{1}, kWhole), "Of the steps, where it skips some.");
}

void LiveTerms::describe(Fields& field) {
  field("workload", workload, "The workload that is trained; `assay-worker list` names them.",
        kRequired);
  field("steps", steps, range(1, 1'000), "Real steps that stand for one segment.");
  field("patience", patience,
        range<sim::SimDuration>(std::chrono::milliseconds(1), std::chrono::hours(24)),
        "Wall time that a worker has for one request before it is killed and started again.");
  field("cheats", cheats, "What stands for each behaviour that is not honest.");
}

}  // namespace assay::protocol
