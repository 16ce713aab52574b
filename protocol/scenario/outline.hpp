#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.hpp"
#include "protocol/scenario/fields.hpp"

namespace assay::protocol {

/// One key as `assay explain` shows it.
struct KeyDoc {
  struct Kind {
    std::string name;
    std::string summary;
  };
  std::string path;  ///< "verification.rate", "actors[].count"
  std::string kind;  ///< the member of a family whose parameter it is, else empty
  std::string meaning;
  std::string type;      ///< "a share in % or a bare number from 0 to 1, such as 5 %"
  std::string allowed;   ///< "0 % to 100 %"; empty: whatever the type allows
  std::string fallback;  ///< the default as text; empty: there is none
  bool required = false;
  bool conditional = false;  ///< only where other keys say so
  std::string family;        ///< of a choice
  std::vector<Kind> kinds;   ///< of that family
};

/// Every key that a description names, those of all kinds of all families among them, in the order
/// in which a scenario has them.
[[nodiscard]] std::vector<KeyDoc> outline_map(const std::function<void(Fields&)>& describe);
template <class S>
[[nodiscard]] std::vector<KeyDoc> outline(S params) {
  return outline_map([&params](Fields& field) { params.describe(field); });
}

/// The keys that a path (`verification.rate`, `actors.lazy.count`) names: one for each kind that
/// has it; none where it is unknown.
[[nodiscard]] std::vector<KeyDoc> find_keys(const std::vector<KeyDoc>& keys, std::string_view path);

/// What is known of `key`: a path (`verification.rate`, `actors.lazy.count`), the end of one
/// (`stake_per_slot`), a family or a kind; refuses an unknown key with the nearest.
[[nodiscard]] Result<std::string, std::string> explain(const std::vector<KeyDoc>& keys,
                                                       std::string_view key);

/// The families with their members, or those of one family; refuses an unknown family.
[[nodiscard]] Result<std::string, std::string> list_families(const std::vector<KeyDoc>& keys,
                                                             std::string_view family);

}  // namespace assay::protocol
