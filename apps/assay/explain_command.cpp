#include <fmt/format.h>

#include "apps/assay/commands.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/outline.hpp"
#include "protocol/scenario/scenario.hpp"
#include "protocol/scenario/schema.hpp"

namespace assay::apps {
namespace {

/// Prints an answer, or ends with the refusal.
int answer(const protocol::Result<std::string, std::string>& text) {
  if (!text) throw protocol::ConfigError(protocol::Complaint{"", 0, 0, text.error()});
  fmt::print("{}", *text);
  return 0;
}

}  // namespace

int explain(const std::string& key) {
  return answer(protocol::explain(protocol::outline(protocol::Scenario{}), key));
}

int list(const std::string& family) {
  return answer(protocol::list_families(protocol::outline(protocol::Scenario{}), family));
}

int schema() {
  protocol::Scenario scenario;
  fmt::print("{}", protocol::json_schema("Assay scenario", [&scenario](protocol::Fields& field) {
               scenario.describe(field);
             }));
  return 0;
}

}  // namespace assay::apps
