#pragma once

#include <string>
#include <vector>

#include "analysis/story_events.hpp"
#include "analysis/story_words.hpp"

namespace assay::analysis {

/// Puts the event being handled into sentences, as one subject sees it. What the simulation knows
/// and the actors do not is marked as private.
class StoryTelling {
 public:
  /// All of them must outlive it.
  StoryTelling(const protocol::Model& model, const StoryEvents& events, const StoryWords& words)
      : world_(model.world()), rules_(model.rules()), events_(events), words_(words) {}

  /// Called after the event. `auctions`: what was said of its auctions.
  [[nodiscard]] std::vector<std::string> tell(const std::vector<std::string>& auctions);

 private:
  [[nodiscard]] const Scene& scene() const { return events_.scene(); }
  void tell_arrival();
  void tell_lease_end();
  void tell_audit();
  void tell_audit_begun();
  void tell_report();
  void tell_turn();
  void tell_verdict();
  void tell_whereabouts();
  void tell_staking();
  void say(std::string sentence) { what_.push_back(std::move(sentence)); }

  const protocol::World& world_;
  const protocol::Rules& rules_;
  const StoryEvents& events_;
  const StoryWords& words_;
  std::vector<std::string> what_;
};

}  // namespace assay::analysis
